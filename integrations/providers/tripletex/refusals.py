"""What Tripletex's error answers mean: section "Errors" of its reference, decided on status, code and field.

The texts follow the language of the key's user, so they are shown to people and never read by us.
"""

from __future__ import annotations

from dataclasses import dataclass

from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    MappingError,
    Problem,
    ProviderError,
    Refused,
    Temporary,
    Turn,
)
from integrations.kernel.http import Answer

TOO_LARGE = 23000  # "Result Set Too Large"
_LOCKED = 10000
_PASSING = (7000, 14000)  # object exists, duplicate entry: somebody wrote at the same moment
_OURS = (16000, 21000, 22000)  # unknown field or wrong type, parameter, JSON: our request was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    status: int
    code: int
    message: str  # the provider's words: the field's message when there is one
    field: str

    @property
    def params(self) -> dict[str, str | int | bool | list[str] | None]:
        return {"status": self.status, "code": self.code, "field": self.field, "message": self.message}


def api_error(answer: Answer) -> ApiError:
    """Read leniently: an error must never hide behind the shape of its description."""
    data = answer.data if isinstance(answer.data, dict) else {}
    found = data.get("validationMessages")
    details = [detail for detail in found if isinstance(detail, dict)] if isinstance(found, list) else []
    first = details[0] if details else {}
    code = data.get("code")
    return ApiError(
        status=answer.status,
        code=code if isinstance(code, int) else 0,
        message=_words(" ".join(_words(detail.get("message")) for detail in details) or data.get("message")),
        field=_words(first.get("field")),
    )


def _words(value: object) -> str:
    return value.strip()[:1000] if isinstance(value, str) else ""


def key_rejected(error: ApiError) -> LoginNeeded:
    """The key is wrong or revoked; Tripletex's own reason belongs next to the field (R11)."""
    return LoginNeeded(
        Problem(
            code=Code.KEY_REJECTED,
            params={"message": error.message},
            field="employee_token",
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
    )


def accountant_key() -> LoginNeeded:
    return LoginNeeded(
        Problem(
            code="accountant_key",
            field="employee_token",
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
    )


def consumer_refused(variable: str, message: str = "") -> LoginNeeded:
    """The deployment's own token is missing or wrong: nothing the customer can cure."""
    return LoginNeeded(
        Problem(code=Code.SETUP_MISSING, params={"setting": variable, "message": message}, turn=Turn.BUSY)
    )


def read_refused(answer: Answer, right: str) -> ProviderError:
    """A list or object was not given. 403 is about rights or packages and is not healed by a new session."""
    error = api_error(answer)
    if error.status == 403:
        return LoginNeeded(
            Problem(
                code=Code.RIGHTS_MISSING,
                params={"right": right, "message": error.message},
                turn=Turn.ADMINISTRATOR,
                cure=Cure(page=CurePage.CONNECTION),
            )
        )
    return MappingError(error.field or f"status {error.status}", f"an accepted request (code {error.code})")


def write_refused(answer: Answer, right: str) -> ProviderError:
    """A 4xx on a write: understood, refused, and nothing stored."""
    error = api_error(answer)
    if error.status == 403:
        return Refused(
            Problem(
                code=Code.RIGHTS_MISSING,
                params={"right": right, **error.params},
                turn=Turn.ADMINISTRATOR,
                cure=Cure(page=CurePage.CONNECTION),
            )
        )
    if error.status == 409 and error.code in _PASSING:
        return Temporary(Code.SERVER_ERROR, status=error.status, reason="parallel_write")
    if error.status == 409:
        code = Code.PERIOD_LOCKED if error.code == _LOCKED else Code.CHANGED_THERE
        return Refused(Problem(code=code, params=error.params, turn=Turn.ACCOUNTING))
    if error.status == 422:
        turn = Turn.BUSY if error.code in _OURS else Turn.AUTHOR
        return Refused(Problem(code=Code.VALIDATION, params=error.params, turn=turn, cure=Cure(page=CurePage.ORDER)))
    turn = Turn.BUSY if error.status == 400 else Turn.AUTHOR
    return Refused(Problem(code=Code.REFUSED, params=error.params, turn=turn))
