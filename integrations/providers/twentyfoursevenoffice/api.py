"""The api handle: questions and writes by the names of their operations, over one session on two hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, MappingError, ProviderError, Temporary, Unclear
from integrations.kernel.http import BROKEN, Answer, Share, Transport
from integrations.kernel.parse import Row, as_row
from integrations.providers.twentyfoursevenoffice import refusals
from integrations.providers.twentyfoursevenoffice.facts import FACTS, PER_MINUTE, SECOND_HOST, web_root
from integrations.providers.twentyfoursevenoffice.services import NAMESPACE, OPERATIONS, WRITES
from integrations.providers.twentyfoursevenoffice.signing_in import Session

LANE = "twentyfoursevenoffice"  # one for all connections and both hosts
_HEAD = re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_TAIL = re.compile(rb"</(?:[\w.-]+:)?Envelope>\s*$")
_FEW = 0.05  # of the hour's requests: who only reads waits then, so that what people wait for still goes through


class OfficeApi:
    """For one connection and one thread. Signs in when the first question needs it."""

    def __init__(self, access: Access, http: Transport) -> None:
        self._access = access
        self._http = http
        first = access.settings.get("url") or FACTS.base_url
        given = access.settings.get("second_url") or access.settings.get("url")
        self._hosts = (first, given or SECOND_HOST)
        self.web = web_root(access.settings.get("url", ""))
        self.session = Session(access, self._called)
        self.known: dict[str, Any] = {}  # what was asked in this conversation and does not change within it

    def __repr__(self) -> str:
        return f"<OfficeApi {self.web}>"

    @property
    def options(self) -> Mapping[str, str]:
        return self._access.options

    def now(self) -> datetime:
        return self._access.now().astimezone(UTC)

    def link(self, what: str, external_id: str) -> str:
        """Opens the system; "" when there is nothing to open."""
        return FACTS.links.get(what, "").format(web=self.web, id=external_id)

    def ask(self, operation: str, *, right: str, **params: Any) -> Any:
        """The result of a question, [] or None when there is none.

        Raises LoginNeeded, Temporary, MappingError.
        """
        from integrations.providers.twentyfoursevenoffice import wire

        try:
            session = self.session.current()
            try:
                return self._called(operation, params, session)
            except wire.Faulted as fault:
                if not refusals.is_no_session(fault.text):
                    raise
            return self._called(operation, params, self.session.living(session))
        except wire.Faulted as fault:
            raise refusals.read_refused(fault.text, right) from None

    def rows(self, operation: str, *, right: str, **params: Any) -> list[Row]:
        """The rows of a question that lists; an empty list comes as nothing at all."""
        found = self.ask(operation, right=right, **params)
        if found is None:
            return []
        if not isinstance(found, list):
            raise MappingError(operation, "list")
        return [as_row(row, f"{operation}[{index}]") for index, row in enumerate(found)]

    def tell(self, operation: str, *, right: str, **params: Any) -> Any:
        """Write once, after asking whose session it is.

        Raises Refused, Unclear, Temporary, LoginNeeded; after all but Unclear nothing was done.
        """
        from integrations.providers.twentyfoursevenoffice import wire

        if operation not in WRITES:
            raise LookupError(operation)
        try:
            session = self._verified()
            try:
                return self._called(operation, params, session)
            except wire.Faulted as fault:
                if not refusals.is_no_session(fault.text):
                    raise
            # Refused at the door: nothing was done with what was sent.
            self.session.living(session)
            return self._called(operation, params, self._verified())
        except wire.Faulted as fault:
            raise refusals.write_refused(fault.text, right) from None

    def _verified(self) -> str:
        """A session that is in our client at this moment. Raises LoginNeeded, Temporary."""
        identity = as_row(self.ask("GetIdentity", right="session"), "GetIdentity")
        if not self.session.is_ours(identity):
            self.session.another(self.session.current())
            identity = as_row(self.ask("GetIdentity", right="session"), "GetIdentity")
        if not self.session.is_ours(identity):
            raise refusals.other_client(self.session.client_id, self.session.client_of(identity))
        return self.session.current()

    def with_credential(self, operation: str, *, right: str) -> list[Row]:
        """A question that needs no session, since it brings the credentials. Raises LoginNeeded, Temporary."""
        from integrations.providers.twentyfoursevenoffice import wire

        credential = {key: value for key, value in self.session.credential.items() if key != "IdentityId"}
        try:
            found = self._called(operation, {"credential": credential}, "")
        except wire.Faulted as fault:
            raise refusals.read_refused(fault.text, right) from None
        return [as_row(row, operation) for row in found or []]

    def _called(self, operation: str, params: Mapping[str, Any], session: str) -> Any:
        """One exchange, judged as far as the transport can: raises wire.Faulted with the service's words."""
        from integrations.providers.twentyfoursevenoffice import wire

        if session:
            self._http.hide(session)
        address = OPERATIONS[operation].address(*self._hosts)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{operation}"'}
        if session:
            headers["Cookie"] = f"ASP.NET_SessionId={session}"
        content = wire.envelope(operation, params)
        is_write = operation in WRITES
        if is_write:
            answer = self._http.write("POST", address, content=content, headers=headers, expects_json=False)
        else:
            answer = self._http.read(address, method="POST", content=content, headers=headers, expects_json=False)
        if answer.status in (401, 403):
            raise wire.Faulted("Client is not authenticated on this identity")  # as the services themselves say it
        if answer.status not in (200, 500):
            raise wire.Faulted(f"HTTP {answer.status}")
        return self._understood(operation, answer, is_write=is_write)

    def _understood(self, operation: str, answer: Answer, *, is_write: bool) -> Any:
        from integrations.providers.twentyfoursevenoffice import wire

        try:
            found = wire.answered(operation, answer.body)
        except wire.Unreadable as error:
            if is_write:
                raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=operation) from None
            raise MappingError(operation, str(error)) from None
        if operation == "Login" and isinstance(found, str):
            self._http.hide(found)
        return found


def judged(access: Access, answer: Answer, is_write: bool) -> ProviderError | None:
    """What an answer is before anybody reads it: a message, a limit, or neither."""
    wait = refusals.quarantine(answer.body, access.now().astimezone(UTC)) if answer.status != 200 else None
    if wait is not None:
        access.quota.rest(LANE, wait)
        return Temporary(Code.RATE_LIMITED, retry_after=wait)
    if 400 <= answer.status < 500 or is_message(answer):
        return None
    is_page = answer.body.lstrip()[:1] == b"<" and not _HEAD.search(answer.body[:2000])
    reason = "html" if is_page else BROKEN
    if is_write:
        return Unclear(Code.ANSWER_LOST, reason=str(Code.NOT_AN_ANSWER), detail=reason)
    return Temporary(Code.NOT_AN_ANSWER, reason=reason)


def is_message(answer: Answer) -> bool:
    """Whether it looks like a whole SOAP message; a cut one does not."""
    return bool(_HEAD.search(answer.body[:2000]) and _TAIL.search(answer.body[-200:]))


def held(access: Access, headers: Mapping[str, str]) -> float:
    """Seconds to hold, from `APILimitRemaining` and `APILimitReset` [client]: when little is left, all of us rest."""
    remaining, reset = headers.get("apilimitremaining", ""), headers.get("apilimitreset", "")
    if not remaining.isdigit() or int(remaining) > PER_MINUTE * 60 * _FEW:
        return 0.0
    try:
        ends = datetime.fromisoformat(reset)
    except ValueError:
        return 0.0
    left = (ends.replace(tzinfo=ends.tzinfo or UTC) - access.now()).total_seconds()
    if left <= 0:
        return 0.0
    pause = min(left, 3600.0) / max(int(remaining), 1)  # what is left is spread over the time until there are more
    access.quota.rest(LANE, pause)
    return pause


@contextmanager
def open_api(access: Access) -> Iterator[OfficeApi]:
    """Nothing is sent until the first question."""

    def waits(body: bytes) -> float | None:
        return refusals.quarantine(body, access.now().astimezone(UTC))

    with Transport(
        access.settings.get("url") or FACTS.base_url,
        timeouts=FACTS.timeouts,
        headers={"Accept": "text/xml"},
        secrets=[access.credentials.get("password", "")],
        observe=access.observe,
        before_write=access.before_write,
        pace=partial(held, access),
        judge=partial(judged, access),
        heard=is_message,
        wait_told=waits,
        share=Share(quota=access.quota, per_minute=PER_MINUTE, lane=lambda _: LANE),
    ) as http:
        yield OfficeApi(access, http)
