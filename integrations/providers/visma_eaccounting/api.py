"""The api handle: signed calls to Visma eAccounting, and the few kinds of them that we make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, MappingError, Unclear
from integrations.kernel.http import Answer, Share, Transport
from integrations.kernel.oauth import REFRESH, Bearer
from integrations.kernel.parse import Row, as_row
from integrations.providers.visma_eaccounting import refusals
from integrations.providers.visma_eaccounting.facts import FACTS, PER_MINUTE

Params = Mapping[str, str | int]
_ID = re.compile(r"/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?=/|$)")


class QueryRefused(MappingError):
    """400 on a list: a filter or an order that this list does not know. Ask without it."""


def lane(path: str) -> str:
    """What the limit counts by: the endpoint, whichever record is asked for [spec: "per client and per endpoint"]."""
    return f"{FACTS.key}:{_ID.sub('/{id}', path)}"


class EaccountingApi:
    """For one connection and one thread."""

    def __init__(self, access: Access, http: Transport) -> None:
        self._access = access
        self._http = http
        self._bearer = Bearer(access, FACTS)
        self._web = web_root(access.settings.get("url", ""))

    def __repr__(self) -> str:
        return f"<EaccountingApi {self._web}>"

    def now(self) -> datetime:
        return self._access.now()

    def link(self, what: str) -> str:
        """Opens the application; "" when there is no page for it."""
        return FACTS.links.get(what, "").format(web=self._web)

    def token(self) -> str:
        return self._bearer.token()

    def get_page(self, path: str, params: Params, *, right: str) -> Row:
        """One page of a list. Raises QueryRefused, LoginNeeded, Temporary, MappingError."""
        answer = self._signed_read(path, params)
        if answer.status == 400:
            error = refusals.api_error(answer)
            raise QueryRefused(error.field or "query", f"an accepted query (code {error.code})")
        if not answer.ok:
            raise refusals.read_refused(answer, right)
        return as_row(answer.data)

    def get_one(self, path: str, *, right: str) -> Row | None:
        """A single object, or None when there is no such object (404)."""
        answer = self._signed_read(path, {})
        if answer.status == 404:
            return None
        if not answer.ok:
            raise refusals.read_refused(answer, right)
        return as_row(answer.data)

    def post_order(self, body: Mapping[str, Any]) -> Row:
        """Create once. Raises Refused, Unclear, Temporary, LoginNeeded."""
        token = self._signed()
        answer = self._http.write("POST", "/orders", json=body, headers=_header(token))
        if answer.status == 401:  # refused at the door: nothing was done with the body
            answer = self._http.write("POST", "/orders", json=body, headers=_header(self._renewed(token)))
        if not answer.ok:
            raise refusals.write_refused(answer, day=str(body.get("OrderDate", "")))
        return written(answer)

    def _signed_read(self, path: str, params: Params) -> Answer:
        token = self._signed()
        answer = self._http.read(path, params=params, headers=_header(token))
        if answer.status == 401:
            answer = self._http.read(path, params=params, headers=_header(self._renewed(token)))
        return answer

    def _signed(self) -> str:
        token = self._bearer.token()
        self._http.hide(token)
        return token

    def _renewed(self, dead: str) -> str:
        token = self._bearer.renewed(dead)
        self._http.hide(token)
        return token


def _header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def written(answer: Answer) -> Row:
    """The object of an accepted write. Raises Unclear when there is none: it was done, and we know not what."""
    try:
        return as_row(answer.data)
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None


def web_root(base_url: str) -> str:
    """Where people open it. A sandbox shows its pages beside its API."""
    return base_url.rstrip("/").removesuffix("/v2") if base_url else "https://eaccounting.vismaonline.com"


@contextmanager
def open_api(access: Access) -> Iterator[EaccountingApi]:
    """Nothing is sent until the first call."""
    secrets = [access.credentials.get(REFRESH, ""), access.settings.get("client_secret", "")]
    with Transport(
        access.settings.get("url") or FACTS.base_url,
        timeouts=FACTS.timeouts,
        secrets=secrets,
        observe=access.observe,
        before_write=access.before_write,
        wait_told=refusals.seconds_to_wait,
        share=Share(quota=access.quota, per_minute=PER_MINUTE, lane=lane),
    ) as http:
        yield EaccountingApi(access, http)
