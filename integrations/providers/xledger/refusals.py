"""What Xledger's error answers mean: decided on the code (after its last dot), the status and the few texts known.

The same bodies come with status 200 and 400 [client], so the body is read before the status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    MappingError,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.http import Answer
from integrations.providers.xledger.facts import CENTRAL_EUROPE
from integrations.providers.xledger.reconstructed import cursor_refused, permission_denied, token_rejected

BURST_WAIT = 5.0  # seconds: the window of the burst limit [spec]
CONCURRENCY_WAIT = 1.0  # seconds [spec]
CREDITS_WAIT = 20 * 60.0  # seconds, when `resetAt` does not say [spec]
LONGEST_CREDITS_WAIT = 32 * 24 * 3600.0  # seconds; beyond a month it is no time but a mistake

_LIMITS = ("BURST_RATE_LIMIT_REACHED", "CONCURRENCY_LIMIT_REACHED", "INSUFFICIENT_CREDITS")
# `subledger.code: No value matching owner 42365431, code 'P123456'.` [client]
_LOOKUP = re.compile(r"^(?P<field>[\w.\[\]]+): (?P<words>.*)$", re.DOTALL)
_MISSING = {
    "subledger": (Code.CUSTOMER_MISSING, "customer"),
    "customer": (Code.CUSTOMER_MISSING, "customer"),
    "project": (Code.PROJECT_MISSING, "project"),
    "product": (Code.PRODUCT_MISSING, "product"),
    "ourRef": (Code.REFERENCE_MISSING, "employee"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    status: int
    code: str  # after the last dot: "INSUFFICIENT_CREDITS"; "" when none was given
    message: str
    field: str = ""  # "subledger.code"
    path: tuple[str | int, ...] = ()
    reset_at: Any = None

    @property
    def is_lookup(self) -> bool:
        return "No value matching" in self.message

    @property
    def is_timeout(self) -> bool:
        return "timed out" in self.message.lower()

    @property
    def is_our_mistake(self) -> bool:
        """The document does not fit the live schema: told before anything is done."""
        words = (
            "Cannot query field",
            "Unknown argument",
            "Unknown type",
            "is not defined by type",
            "got invalid value",
        )
        return self.code in ("ARGUMENTS_OF_CORRECT_TYPE", "GRAPHQL_VALIDATION_FAILED") or any(
            word in self.message for word in words
        )

    @property
    def params(self) -> dict[str, str | int | bool | list[str] | None]:
        return {"status": self.status, "code": self.code, "field": self.field, "message": self.message}


def api_errors(found: object, status: int = 0) -> list[ApiError]:
    """Read leniently: an error must never hide behind the shape of its description."""
    rows = found if isinstance(found, Sequence) and not isinstance(found, str) else []
    return [_api_error(row if isinstance(row, Mapping) else {"message": str(row)}, status) for row in rows]


def errors_of(answer: Answer) -> list[ApiError]:
    return api_errors(answer.data.get("errors"), answer.status) if isinstance(answer.data, Mapping) else []


def _api_error(row: Mapping[str, Any], status: int) -> ApiError:
    more = row.get("extensions") if isinstance(row.get("extensions"), Mapping) else {}
    code = row.get("code") or (more or {}).get("code") or ""
    message = row.get("message")
    words = message.strip()[:1000] if isinstance(message, str) else ""
    lookup = _LOOKUP.match(words)
    path = row.get("path")
    return ApiError(
        status=int(row.get("status") or status),
        code=str(code).rpartition(".")[2],
        message=words,
        field=lookup["field"] if lookup else "",
        path=tuple(path) if isinstance(path, list) else (),
        reset_at=(more or {}).get("resetAt"),
    )


# --- Limits and keys --------------------------------------------------------------------------------------------------


def limited(answer: Answer, now: datetime) -> Temporary | None:
    """The wait that a limit asks for, each its own [spec]. Nothing was done with the request."""
    for error in errors_of(answer):
        if error.code in _LIMITS:
            return Temporary(Code.RATE_LIMITED, retry_after=wait_of(error, now), reason=error.code.lower())
    return None


def wait_of(error: ApiError, now: datetime) -> float:
    """Seconds."""
    if error.code == "BURST_RATE_LIMIT_REACHED":
        return BURST_WAIT
    if error.code == "CONCURRENCY_LIMIT_REACHED":
        return CONCURRENCY_WAIT
    until = _instant(error.reset_at)
    wait = (until - now).total_seconds() if until else CREDITS_WAIT
    return wait if 0 < wait < LONGEST_CREDITS_WAIT else CREDITS_WAIT


def _instant(value: object) -> datetime | None:
    """`resetAt` was not seen: ISO 8601, in Central European time unless it says otherwise, or an epoch in seconds or
    milliseconds."""
    text = str(value).strip() if value is not None and not isinstance(value, bool) else ""
    try:
        if re.fullmatch(r"\d{9,14}(\.\d+)?", text):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=CENTRAL_EUROPE)


def is_rejected(errors: Sequence[ApiError]) -> bool:
    return any(token_rejected(error.status, error.code, error.message) for error in errors)


def key_rejected(message: str, code: str = Code.KEY_REJECTED) -> LoginNeeded:
    return LoginNeeded(
        Problem(
            code=code,
            params={"message": message},
            field="api_token",
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
    )


# --- Reading ----------------------------------------------------------------------------------------------------------


class TooHeavy(Temporary):
    """The query timed out: ask for less at a time."""

    def __init__(self) -> None:
        super().__init__(Code.TIMEOUT, reason="query")


class StaleCursor(MappingError):
    """The position is no longer remembered: read the list whole."""


def read_refused(errors: Sequence[ApiError], right: str) -> ProviderError:
    first = errors[0]
    if is_rejected(errors):
        return key_rejected(first.message)
    if any(error.is_timeout for error in errors):
        return TooHeavy()
    for error in errors:
        if permission_denied(error.status, error.code, error.message):
            return LoginNeeded(
                Problem(
                    code=Code.RIGHTS_MISSING,
                    params={"right": right, "message": error.message},
                    turn=Turn.ADMINISTRATOR,
                    cure=Cure(page=CurePage.CONNECTION),
                )
            )
    if any(cursor_refused(error.message) for error in errors):
        return StaleCursor(".".join(map(str, first.path)), "a position that is remembered")
    if first.code == "INTERNAL_SERVER_ERROR" or first.status >= 500:
        return Temporary(Code.SERVER_ERROR, status=first.status)
    path = ".".join(map(str, first.path)) or f"status {first.status}"
    return MappingError(path, f"an accepted request ({first.code or 'no code'}: {first.message[:200]})")


# --- Writing ----------------------------------------------------------------------------------------------------------


def write_refused(errors: Sequence[ApiError], right: str, line: int | None = None) -> ProviderError:
    """An error answer after which the row surely does not stand there; `line` is the order's line it is about."""
    first = errors[0]
    if is_rejected(errors):
        return key_rejected(first.message)
    if first.is_timeout:
        return Unclear(Code.ANSWER_LOST, reason=str(Code.TIMEOUT), detail="query")
    if permission_denied(first.status, first.code, first.message):
        return _refused(Code.RIGHTS_MISSING, {"right": right, **first.params}, Turn.ADMINISTRATOR, CurePage.CONNECTION)
    if first.is_our_mistake:
        return _refused(Code.VALIDATION, first.params, Turn.BUSY, CurePage.ORDER)
    root = first.field.partition(".")[0]
    if first.is_lookup and root == "currency":
        return _refused(Code.CURRENCY_NOT_USED, {"currency": _quoted(first.message), **first.params}, Turn.ACCOUNTING)
    if first.is_lookup and root in _MISSING:
        code, what = _MISSING[root]
        found = _refused(code, first.params, Turn.AUTHOR, CurePage.ORDER)
        record = RecordRef(what=what, external_id=_quoted(first.message), line=line)
        problem = found.problem
        return Refused(Problem(code=code, params=problem.params, record=record, turn=problem.turn, cure=problem.cure))
    return _refused(Code.VALIDATION, first.params, Turn.AUTHOR, CurePage.ORDER)


def _refused(code: str, params: Mapping[str, Any], turn: Turn, page: CurePage | None = None) -> Refused:
    return Refused(Problem(code=code, params=params, turn=turn, cure=Cure(page=page) if page else None))


def _quoted(message: str) -> str:
    found = re.search(r"'([^']*)'", message)
    return found[1] if found else ""
