"""The calls to Fjord: a key in a header, refusals as codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from integrations.kernel.connector import Access, Company
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    MappingError,
    Problem,
    ProviderError,
    Refused,
    Turn,
)
from integrations.kernel.http import Answer, Transport
from integrations.kernel.parse import Row, as_row, identifier, optional_text, part, text

from .facts import FACTS


class FjordApi:
    def __init__(self, access: Access, http: Transport) -> None:
        self._http = http
        self._headers = {"X-Key": access.credentials["key"]}
        self._web = (access.settings.get("url") or FACTS.base_url).removesuffix("/api")

    def __repr__(self) -> str:
        return f"<FjordApi {self._web}>"

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Row | None:
        """None when there is no such thing. Raises LoginNeeded, Temporary, MappingError."""
        answer = self._http.read(path, params=params, headers=self._headers)
        if answer.status == 401:  # which may be a hiccup once
            answer = self._http.read(path, params=params, headers=self._headers)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise refusal(answer)
        return as_row(answer.data)

    def post(self, path: str, body: Mapping[str, Any]) -> Row:
        """Once. Raises Refused, LoginNeeded, Unclear, Temporary."""
        return self._written("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Row:
        """As ``post``."""
        return self._written("PUT", path, body)

    def _written(self, method: str, path: str, body: Mapping[str, Any]) -> Row:
        answer = self._http.write(method, path, json=body, headers=self._headers)
        if not answer.ok:
            raise refusal(answer)
        return as_row(answer.data)

    def link(self, external_id: str, what: str = "order") -> str:
        template = FACTS.links.get(what, "")
        return template.format(web=self._web, id=external_id)


@contextmanager
def open_api(access: Access) -> Iterator[FjordApi]:
    url = access.settings.get("url") or FACTS.base_url
    secrets = [access.credentials["key"]]
    with Transport(url, secrets=secrets, observe=access.observe, before_write=access.before_write) as http:
        yield FjordApi(access, http)


def company(api: FjordApi) -> Company:
    me = api.get("/me")
    if me is None:
        raise MappingError("/me", "an answer")
    who = part(me, "company")
    user = part(me, "user")
    return Company(
        id=identifier(who, "id"), name=text(who, "name"), user=text(user, "name"), user_id=identifier(user, "id")
    )


def refusal(answer: Answer) -> ProviderError:
    message = optional_text(answer.data, "message") if isinstance(answer.data, dict) else ""
    if answer.status in (401, 403):
        code = Code.KEY_REJECTED if answer.status == 401 else Code.RIGHTS_MISSING
        cure = Cure(page=CurePage.CONNECTION)
        params = {"message": message}
        return LoginNeeded(Problem(code=code, params=params, field="key", turn=Turn.ADMINISTRATOR, cure=cure))
    params = {"status": str(answer.status), "message": message}
    return Refused(Problem(code=Code.REFUSED, params=params, turn=Turn.ACCOUNTING))
