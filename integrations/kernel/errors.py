"""Problems and errors.

A `Problem` is a code with parameters, never a sentence; the web layer renders it in the user's language, with the
page or link that cures it. The errors are named by who must act:

    Temporary     time heals: back off, try again
    LoginNeeded   an administrator must give a new key or more rights: pause the connection
    Refused       the provider understood and said no: wait for a change
    Unclear       a write was sent and its answer was not seen: look for it, then decide
    MappingError  an answer of unknown shape: stop this run, tell us
    NotReady      ours, known before anything is sent: wait with the stated reason

Every error carries `problem`, so a caller can always store one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import msgspec

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
Param: TypeAlias = str | int | bool | list[str] | None


class Turn(StrEnum):
    """Whose turn it is."""

    TIME = "time"  # nobody's: it is tried again by itself
    ADMINISTRATOR = "administrator"  # the workspace's administrator, on a page in Busy
    ACCOUNTING = "accounting"  # somebody who may change records at the provider
    AUTHOR = "author"  # who made the order or the hours
    BUSY = "busy"  # the makers of Busy


class CurePage(StrEnum):
    """Pages in Busy that can cure a problem; the web layer knows their URLs."""

    CONNECTION = "connection"
    ORDER = "order"
    PROJECT = "project"
    CUSTOMER = "customer"
    WORK_TYPE = "work_type"
    USER = "user"
    WEEK = "week"
    SET_UP = "set_up"


class CureAct(StrEnum):
    """What a press of a button can do about a problem; the engine knows how."""

    OVERWRITE = "overwrite"  # the total of Busy replaces what it did not send (R92): `KnownHours.overwrite`


class Code(StrEnum):
    """Problem codes every provider may use. A provider's own codes come with their text in `ProviderFacts.problems`."""

    # Temporary, with params: reason
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"  # params: status
    NOT_AN_ANSWER = "not_an_answer"  # HTML, a redirect or a cut body where data was due
    NOT_SETTLED = "not_settled"  # a search is not reliable yet, or a list does not come to rest
    # LoginNeeded; params: message (the provider's words, may be "")
    KEY_REJECTED = "key_rejected"
    SIGN_IN_ENDED = "sign_in_ended"  # a sign-in at the provider (OAuth) no longer holds
    SIGN_IN_DENIED = "sign_in_denied"  # the person said no there
    SIGN_IN_LOST = "sign_in_lost"  # it came back too late, twice, or to another browser
    SETUP_MISSING = "setup_missing"  # a setting of this deployment is missing; params: setting
    RIGHTS_MISSING = "rights_missing"  # params: right, message
    OTHER_COMPANY = "other_company"
    # Refused; params: number, name of the record where known, message
    PROJECT_CLOSED = "project_closed"
    PROJECT_MISSING = "project_missing"
    CUSTOMER_INACTIVE = "customer_inactive"
    CUSTOMER_MISSING = "customer_missing"
    PRODUCT_INACTIVE = "product_inactive"
    PRODUCT_MISSING = "product_missing"
    REFERENCE_INACTIVE = "reference_inactive"
    REFERENCE_MISSING = "reference_missing"
    PERIOD_LOCKED = "period_locked"
    CHANGED_THERE = "changed_there"  # somebody changed the same record at the provider
    # Refused hours; params: employee, project, activity (what people there call them), day, message
    HOURS_CONFLICT = "hours_conflict"  # hours stand there that Busy did not send (R92); params: minutes, wanted, number
    HOURS_LOCKED = "hours_locked"  # the entry is locked, approved or paid there
    HOURS_INVOICED = "hours_invoiced"  # the entry stands on an invoice there; params: number
    MONTH_CLOSED = "month_closed"  # the employee's month is approved or completed there; params: month (YYYY-MM)
    OUTSIDE_PROJECT_DATES = "outside_project_dates"  # params: start, end
    ACTIVITY_NOT_USABLE = "activity_not_usable"  # closed, or not allowed on this project
    ACTIVITY_MISSING = "activity_missing"
    NOT_PARTICIPANT = "not_participant"
    EMPLOYEE_UNKNOWN = "employee_unknown"
    EMPLOYEE_INACTIVE = "employee_inactive"  # no hours may be registered on this person there
    COMMENT_REQUIRED = "comment_required"  # the company demands a note on hours
    HOURS_NOT_ACTIVE = "hours_not_active"  # the module for hours is not switched on there
    DAY_TOO_LONG = "day_too_long"  # more than 24 hours in one cell; params: minutes
    VALIDATION = "validation"  # params: field, message, verbatim
    REFUSED = "refused"  # params: status, message, verbatim
    FOUND_TWICE = "found_twice"  # params: ids: two records carry our reference, a person must decide
    # Unclear
    # params: reason, one of the codes under Temporary ("timeout": the work may still be going on); detail
    ANSWER_LOST = "answer_lost"
    # MappingError; params: path, expected
    UNKNOWN_ANSWER = "unknown_answer"
    INTERNAL = "internal"  # a fault of Busy's own while it read
    # NotReady, found in Busy before sending
    WORK_TYPE_WITHOUT_PRODUCT = "work_type_without_product"  # params: work_type
    EMPLOYEE_NUMBER_MISSING = "employee_number_missing"  # params: user
    EMPLOYEE_NOT_FOUND = "employee_not_found"  # params: user, number
    NOT_LINKED = "not_linked"  # params: name; see `record`
    REFERENCE_TOO_LONG = "reference_too_long"  # params: length, limit
    CURRENCY_NOT_USED = "currency_not_used"  # params: currency
    # Remarks on a receipt: it is there, but not as sent (params: field, sent, stored), or it could not be read back
    STORED_DIFFERS = "stored_differs"
    NOT_VERIFIED = "not_verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """A record at the provider: `what` is "project", "customer", "product", "employee", "order" ..."""

    what: str
    external_id: str = ""
    line: int | None = None  # the order line it stands on, counted from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """Where the problem is cured: a page in Busy, a deep link into the provider, a press of a button, or several."""

    page: CurePage | None = None
    url: str = ""
    act: CureAct | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, which record, whose turn, where the cure is. JSON-able through `to_json`."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    record: RecordRef | None = None
    field: str = ""  # the credential or form field it concerns (R11)
    turn: Turn = Turn.BUSY
    cure: Cure | None = None
    automatic: bool = False  # True: it is tried again without a person

    def to_json(self) -> dict[str, Json]:
        built: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(self))
        return built

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Problem:
        """Raises ValueError when `data` did not come from `to_json`."""
        return msgspec.convert(dict(data), type=cls)


class ProviderError(Exception):
    """Base of everything a connector raises. Holds no request, no header and no secret."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.problem.params.items())
        return f"{self.problem.code}({shown})"


class Temporary(ProviderError):
    """Time heals. `retry_after` is in seconds when the provider said how long, else None."""

    def __init__(self, code: str = Code.UNREACHABLE, /, *, retry_after: float | None = None, **params: Param) -> None:
        super().__init__(Problem(code=code, params=params, turn=Turn.TIME, automatic=True))
        self.retry_after = retry_after


class LoginNeeded(ProviderError):
    """The key is revoked, the password changed, rights or a module are missing: pause, tell the administrators once."""


class Refused(ProviderError):
    """Understood and refused. Nothing was stored at the provider."""


class Unclear(ProviderError):
    """A write was, or may have been, sent and its answer was not seen. Never send again before looking."""

    def __init__(self, code: str = Code.ANSWER_LOST, /, **params: Param) -> None:
        super().__init__(Problem(code=code, params=params, turn=Turn.TIME, automatic=True))


class NotReady(ProviderError):
    """Known before sending; nothing left the house."""


class Internal(ProviderError):
    """A fault of Busy's own, or of its database, while it read. It is tried again, and said."""

    def __init__(self) -> None:
        super().__init__(Problem(code=Code.INTERNAL, turn=Turn.BUSY, automatic=True))


class MappingError(ProviderError):
    """An answer of unknown shape. `path` is where, e.g. "values[3].customer.id"; `expected` what should stand there."""

    def __init__(self, path: str, expected: str = "") -> None:
        super().__init__(Problem(code=Code.UNKNOWN_ANSWER, params={"path": path, "expected": expected}, turn=Turn.BUSY))
        self.path = path
        self.expected = expected

    def inside(self, prefix: str) -> MappingError:
        """The same error seen from one level further out."""
        joint = "" if self.path.startswith("[") or not self.path else "."
        return MappingError(f"{prefix}{joint}{self.path}", self.expected)
