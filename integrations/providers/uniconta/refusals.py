"""What Uniconta's errors mean: a member of its ErrorCodes, by name or number, in a 200 as often as in a 400.

The name decides, never the text, whose language depends on the user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

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
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.http import Answer

NO_SESSION = "UserNotLoggedIn"
_USER = {NO_SESSION, "UserIsBlocked", "UserOrPasswordIsWrong", "UserDoesNotExist", "IPAddressNotAllowed"}
_KEY = {"UnknownAppIdent", "AppIdentBlocked", "NoRightsToRunApp", "UserIsNotServerUser", "UserIsServerUser"}
_COMPANY = {
    "NoCompanyId", "CompanyIsDeactivated", "CompanyDoesNotExist", "UserHasNoCompany", "NoSubscription",
    "SubscriptionBlocked",
}  # fmt: skip
RIGHTS = {"NoRights", "NoRightsToDelete", "NoRightsToUpdate", "NoRightsToInsert"}
# It surely did not happen; and it may have.
_BUSY = {
    "SlowDown", "ServerIsBusy", "CompanyIsPosting", "TooManyCallsOpen", "NoMoreSQLConnections", "TooManyLoginAttempts",
}  # fmt: skip
_UNCLEAR = {"Exception", "SQLException", "QueryTimeout", "UpdateInBackground"}
_QUOTA = {"ToManyCreatesInOneDay", "EmailLimitExceeded"}
_MOVED = {"CouldNotLoadOriginal", "RecordIsAlreadyDeleted", "OrderIsDeleted"}
_CATEGORY = {"PrCategoryCannotBeBlank", "InvalidCategory"}
_CREDIT = {"DebtorIsStopped", "CreditLimitExceeded"}
_LOCKED = {"FinancePeriodNotOpen", "FinancePeriodDoesNotExist", "MonthNotOpen"}
KEY_EXISTS = {"KeyExists", "NumberIsUsedBefore"}
MISSING = {"CouldNotFind", "AccountDoesNotExist", "IdDoesNotExist", "NoLinesFound"}
_WAIT = 30.0  # seconds that Uniconta asks for after too many logins, and when it is slow [spec]
_UNTIL_TOMORROW = 6 * 3600.0

# Numbers that answers were seen to carry instead of names; the rest keeps its number [spec: SDK of 2019].
_NAMES = {
    2: "NoRights", 3: "Exception", 7: "UserNotLoggedIn", 8: "UserIsBlocked", 9: "UserOrPasswordIsWrong",
    10: "UnknownAppIdent", 12: "CouldNotLoadOriginal", 18: "CouldNotFind", 20: "AccountDoesNotExist",
    22: "AccountIsBlocked", 27: "FinancePeriodNotOpen", 40: "KeyExists", 41: "FieldHasinvalidValue",
    42: "FieldCannotBeBlank", 60: "SQLException", 72: "NoCompanyId", 80: "ProjectIsBlocked", 88: "SlowDown",
    92: "ServerIsBusy", 96: "DebtorIsStopped", 97: "ItemIsOnHold", 107: "CreditLimitExceeded",
    129: "CompanyDoesNotExist", 130: "TooManyCallsOpen", 132: "QueryTimeout", 137: "OrderIsDeleted",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    status: int
    name: str  # of ErrorCodes; "" when the answer has none
    message: str  # the vendor's words
    field: str = ""

    @property
    def params(self) -> dict[str, Param]:
        return {"status": self.status, "code": self.name, "field": self.field, "message": self.message or self.name}


def error_in(answer: Answer) -> ApiError | None:
    """The error an answer carries, whatever its status says; None when it carries none."""
    data = answer.data
    if isinstance(data, str) and data.strip():
        return _named(answer.status, data.strip())
    if isinstance(data, int) and not isinstance(data, bool) and data != 0:
        return ApiError(status=answer.status, name=_NAMES.get(data, str(data)), message=_NAMES.get(data, str(data)))
    if isinstance(data, dict) and isinstance(data.get("Err"), int) and data["Err"] != 0:
        name = _NAMES.get(data["Err"], str(data["Err"]))
        field = data.get("ErrorProperty")
        return ApiError(status=answer.status, name=name, message=name, field=field if isinstance(field, str) else "")
    return None if answer.ok else _refusal(answer)


def _named(status: int, said: str) -> ApiError:
    """A bare word is a name; a sentence may begin with one."""
    word = re.match(r"[A-Za-z]{3,60}(?=$|[\s:,.])", said)
    name = word[0] if word and (word[0] == said or word[0][1:].lower() != word[0][1:]) else ""
    return ApiError(status=status, name=name, message=said[:500])


def _refusal(answer: Answer) -> ApiError:
    """A status of refusal: text, or problem JSON."""
    data: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    words = next((data[key] for key in ("detail", "title", "message", "Message") if isinstance(data.get(key), str)), "")
    if not words and not isinstance(answer.data, dict):
        words = answer.body[:500].decode("utf-8", "replace").strip()
        words = "" if words.startswith("<") else words
    return _named(answer.status, words) if words else ApiError(status=answer.status, name="", message="")


def at_the_door(error: ApiError, company: str = "") -> LoginNeeded | None:
    """What concerns the user, the key or the company; None for anything else."""
    params = {**error.params, "company": company}
    cure = Cure(page=CurePage.CONNECTION)

    def login(code: str, field: str) -> LoginNeeded:
        return LoginNeeded(Problem(code=code, params=params, field=field, turn=Turn.ADMINISTRATOR, cure=cure))

    if error.name in _KEY:
        return login("api_key_refused", "api_key")
    if error.name in _COMPANY:
        return login("company_refused", "company_id")
    if error.name in _USER or error.status == 401:
        return login(Code.KEY_REJECTED, "password")
    return None


def rights_missing(error: ApiError, right: str) -> LoginNeeded:
    return LoginNeeded(
        Problem(
            code=Code.RIGHTS_MISSING,
            params={"right": right, "message": error.message},
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )
    )


def _passing(error: ApiError) -> Temporary | None:
    """What time heals, and what surely did nothing."""
    if error.name in _BUSY:
        return Temporary(Code.RATE_LIMITED, retry_after=_WAIT, reason=error.name)
    if error.name in _QUOTA:
        return Temporary(Code.RATE_LIMITED, retry_after=_UNTIL_TOMORROW, reason=error.name)
    return None


def read_refused(error: ApiError, right: str) -> ProviderError:
    closed = at_the_door(error)
    if closed is not None:
        return closed
    if error.name in RIGHTS or error.status == 403:
        return rights_missing(error, right)
    if error.name in _UNCLEAR:
        return Temporary(Code.SERVER_ERROR, reason=error.name)
    return _passing(error) or MappingError(error.name or f"status {error.status}", "an accepted query")


def write_refused(error: ApiError) -> ProviderError:
    """Understood and refused, unless its name says that it may have happened."""
    closed = at_the_door(error)
    if closed is not None:
        return closed
    if error.name in _UNCLEAR:
        return Unclear(Code.ANSWER_LOST, reason=Code.SERVER_ERROR, detail=error.name)
    if error.name in _MOVED:
        return Temporary(Code.NOT_SETTLED, reason="changed_there")
    passing = _passing(error)
    if passing is not None:
        return passing
    cure = Cure(page=CurePage.ORDER)
    if error.name in RIGHTS or error.status == 403:
        code, turn = "rights_missing", Turn.ADMINISTRATOR
        return Refused(Problem(code=Code(code), params={**error.params, "right": "orders"}, turn=turn, cure=cure))
    if error.name in _CATEGORY:
        set_up = Cure(page=CurePage.SET_UP)
        return Refused(Problem(code="category_wanted", params=error.params, turn=Turn.ADMINISTRATOR, cure=set_up))
    if error.name in _CREDIT:
        return Refused(Problem(code="credit_limit", params=error.params, turn=Turn.ACCOUNTING, cure=cure))
    if error.name in _LOCKED:
        return Refused(Problem(code=Code.PERIOD_LOCKED, params=error.params, turn=Turn.ACCOUNTING, cure=cure))
    return Refused(Problem(code=Code.VALIDATION, params=error.params, turn=Turn.AUTHOR, cure=cure))
