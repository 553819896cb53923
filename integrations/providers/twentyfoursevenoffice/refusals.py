"""What 24SevenOffice's refusals mean. Its faults are sentences without codes, in no fixed wording, so little is read
out of them: what they concern is found by asking what stands there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    Param,
    Problem,
    ProviderError,
    Refused,
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.parse import Row, optional_text

_NO_SESSION = re.compile(r"not authenticated|session (?:has )?(?:expired|ended)|no session", re.IGNORECASE)
_BLOCKED = re.compile(r"IdentityId is blocked", re.IGNORECASE)
# No list of these texts exists [inferred from other faults of the vendor].
_NO_RIGHT = re.compile(
    r"\b(?:access (?:is )?denied|no access|permission|not authori[sz]ed|unauthori[sz]ed|insufficient rights|privileges?"
    r"|not licen[sc]ed|licen[sc]e)\b",
    re.IGNORECASE,
)
_MAYBE_DONE = re.compile(r"time-?out|timed out|deadlock", re.IGNORECASE)
_LIMIT = re.compile(rb"Limit exceeded by \d+", re.IGNORECASE)
_UNTIL = re.compile(rb"Quarantine ends at:?\s*(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?", re.IGNORECASE)
_LONGEST_QUARANTINE = 3600.0  # seconds: the limit is by the hour [spec]


def is_no_session(text: str) -> bool:
    """The session is not (or no longer) one of this client."""
    return bool(_NO_SESSION.search(text))


def is_blocked(text: str) -> bool:
    return bool(_BLOCKED.search(text))


def quarantine(body: bytes, now: datetime) -> float | None:
    """Seconds for which nobody of us is heard: "Limit exceeded by 1. Request is blocked. Quarantine ends at <time>"
    [spec]; None when the answer says nothing like it. The time's zone is not stated; UTC, as all others [inferred].
    """
    if not _LIMIT.search(body):
        return None
    found = _UNTIL.search(body)
    if found is None:
        return _LONGEST_QUARANTINE - now.minute * 60 - now.second  # until the next hour
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        ends = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return _LONGEST_QUARANTINE
    return min(max((ends - now).total_seconds(), 1.0), _LONGEST_QUARANTINE)


def key_rejected(message: str = "") -> LoginNeeded:
    """E-mail or password are not (or no longer) right."""
    return _login(Code.KEY_REJECTED, field="password", message=message)


def client_blocked(message: str) -> LoginNeeded:
    """The person may no longer work in this client."""
    return _login("client_blocked", field="client", message=message)


def other_client(expected: str, found: str) -> LoginNeeded:
    """A session of ours, made for one client, is in another: nothing is written."""
    return _login("other_client", field="client", message="", expected=expected, found=found)


def setup_missing(variable: str, message: str = "") -> LoginNeeded:
    """The number of this deployment's integration is missing or refused: nothing the customer can cure."""
    params: dict[str, Param] = {"setting": variable, "message": message}
    return LoginNeeded(Problem(code=Code.SETUP_MISSING, params=params, turn=Turn.BUSY))


def _login(code: str, *, field: str, **params: Param) -> LoginNeeded:
    cure = Cure(page=CurePage.CONNECTION)
    return LoginNeeded(Problem(code=code, params=params, field=field, turn=Turn.ADMINISTRATOR, cure=cure))


def rights_missing(right: str, message: str) -> Problem:
    cure = Cure(page=CurePage.CONNECTION)
    params: dict[str, Param] = {"right": right, "message": message}
    return Problem(code=Code.RIGHTS_MISSING, params=params, turn=Turn.ADMINISTRATOR, cure=cure)


def is_about_rights(text: str) -> bool:
    return bool(_NO_RIGHT.search(text))


def read_refused(text: str, right: str) -> ProviderError:
    """A fault on a reading."""
    if is_blocked(text):
        return client_blocked(text)
    if is_no_session(text):
        return key_rejected(text)
    if is_about_rights(text):
        return LoginNeeded(rights_missing(right, text))
    return Temporary(Code.SERVER_ERROR, status=500, reason=text[:300])


def write_refused(text: str, right: str) -> ProviderError:
    """A fault on a write: nothing was stored, unless it says that it gave up waiting for its own database."""
    if is_blocked(text):
        return client_blocked(text)
    if is_no_session(text):
        return key_rejected(text)
    if _MAYBE_DONE.search(text):
        return Unclear(Code.ANSWER_LOST, reason=str(Code.TIMEOUT), detail=text[:300])
    if is_about_rights(text):
        return Refused(rights_missing(right, text))
    return _refused(Code.REFUSED, text)


def item_refused(exception: Row) -> Refused:
    """A row of an accepted call that carries its own exception; its stack trace concerns nobody."""
    kind, message = optional_text(exception, "Type"), optional_text(exception, "Message")
    return _refused(Code.VALIDATION, message or kind, type=kind)


def _refused(code: str, message: str, **params: Param) -> Refused:
    told: dict[str, Param] = {"field": "", "status": 500, "message": message[:1000], "verbatim": True, **params}
    return Refused(Problem(code=code, params=told, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER)))
