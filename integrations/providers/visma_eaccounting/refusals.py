"""What error answers of Visma eAccounting mean, decided on status and `ErrorCode`. The texts are for developers and in
English; they are shown to people and, but for one number that means two things, never read by us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    MappingError,
    Param,
    Problem,
    ProviderError,
    Refused,
    Turn,
)
from integrations.kernel.http import Answer
from integrations.kernel.oauth import setup_missing, sign_in_ended
from integrations.providers.visma_eaccounting.facts import FACTS

INVALID = 2000  # the document breaks a rule
NOT_FOUND = 3000  # something it points to does not exist
NO_FISCAL_YEAR = 3001
NO_MODULE = 4002  # of two meanings, see `is_about_modules`
START_GUIDE, NOT_ACTIVE, SCOPES, SANDBOX_CLIENT = 4003, 4004, 4006, 4034
PERIOD_LOCKED = 4026
_EXCEPTION = re.compile(r"^\w*Exception\s*-\s*")
_WAIT = re.compile(rb"[Tt]ry again in (\d+) second")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    status: int
    code: int
    message: str  # the vendor's words: each field's message when there are any
    field: str
    error_id: str  # what the vendor's support asks for

    @property
    def params(self) -> dict[str, Param]:
        return {
            "status": self.status,
            "code": self.code,
            "field": self.field,
            "message": self.message,
            "error_id": self.error_id,
        }


def api_error(answer: Answer) -> ApiError:
    """Read leniently: an error must never hide behind the shape of its description."""
    data = answer.data if isinstance(answer.data, dict) else {}
    found = data.get("Errors")
    details = [detail for detail in found if isinstance(detail, dict)] if isinstance(found, list) else []
    code = data.get("ErrorCode")
    words = _words(" ".join(_words(detail.get("Message")) for detail in details) or data.get("DeveloperErrorMessage"))
    return ApiError(
        status=answer.status,
        code=code if isinstance(code, int) else 0,
        message=_EXCEPTION.sub("", words),
        field=_words(details[0].get("Field")) if details else "",
        error_id=_words(data.get("ErrorId")),
    )


def _words(value: object) -> str:
    return value.strip()[:1000] if isinstance(value, str) else ""


def seconds_to_wait(body: bytes) -> float | None:
    """How long a 429 asks for: "Try again in 55 seconds." [spec]"""
    try:
        told = msgspec.json.decode(body)
        text = told.get("DeveloperErrorMessage", "").encode() if isinstance(told, dict) else b""
    except (msgspec.DecodeError, AttributeError):
        text = body[:2000]
    found = _WAIT.search(text)
    return min(float(found[1]), 300.0) if found else None


def is_about_modules(error: ApiError) -> bool:
    """4002 stands in the vendor's table twice: "cannot be created or updated" and "no access to module" [spec]."""
    return error.code == NO_MODULE and (error.status == 403 or "module" in error.message.lower())


def _at_the_door(code: str, error: ApiError) -> LoginNeeded:
    cure = Cure(page=CurePage.CONNECTION)
    return LoginNeeded(Problem(code=code, params=error.params, turn=Turn.ADMINISTRATOR, cure=cure))


def closed_to_us(error: ApiError) -> LoginNeeded | None:
    """What concerns the whole company or the sign-in, whatever was asked; None for anything else."""
    if error.status == 401:
        return sign_in_ended(error.message)
    if error.code == SANDBOX_CLIENT:
        return LoginNeeded(Problem(code="sandbox_client", params=error.params, turn=Turn.BUSY))
    if error.code == START_GUIDE:
        return _at_the_door("start_guide_unfinished", error)
    if error.code == NOT_ACTIVE:
        return _at_the_door("company_not_active", error)
    if error.code == SCOPES:
        return setup_missing(FACTS, "client_id", error.message)
    if error.status == 403 and "api_standard" in error.message.lower():
        return _at_the_door("api_module_off", error)
    return None


def read_refused(answer: Answer, right: str) -> ProviderError:
    """A list or object was not given."""
    error = api_error(answer)
    closed = closed_to_us(error)
    if closed is not None:
        return closed
    if error.status == 403:
        problem = Problem(
            code=Code.RIGHTS_MISSING,
            params={"right": right, "message": error.message},
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
        return LoginNeeded(problem)
    return MappingError(error.field or f"status {error.status}", f"an accepted request (code {error.code})")


def write_refused(answer: Answer, *, day: str = "") -> ProviderError:
    """A 4xx on a write: understood, refused, and nothing stored."""
    error = api_error(answer)
    closed = closed_to_us(error)
    if closed is not None:
        return closed
    if error.status == 403 or is_about_modules(error):
        code, turn = "orders_not_included", Turn.ACCOUNTING
    elif error.code == NO_FISCAL_YEAR:
        code, turn = "fiscal_year_missing", Turn.ACCOUNTING
    elif error.code == PERIOD_LOCKED:
        code, turn = Code.PERIOD_LOCKED, Turn.ACCOUNTING
    elif error.code in (INVALID, NOT_FOUND):
        code, turn = Code.VALIDATION, Turn.AUTHOR
    else:
        code, turn = Code.REFUSED, Turn.AUTHOR if error.code else Turn.BUSY
    params = {**error.params, "day": day}
    return Refused(Problem(code=code, params=params, turn=turn, cure=Cure(page=CurePage.ORDER)))
