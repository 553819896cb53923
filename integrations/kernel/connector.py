"""A connector is a frozen value: facts, and functions for what the provider can do. Capability is presence in a tuple.

    with connector.open(access) as api:
        company = connector.check(api)
        for page in connector.pull(Kind.PROJECTS).read(api, cursor):
            ...
        receipt = connector.push(OrderPayload).send(api, payload)
        receipt = connector.put(HoursPayload).put(api, payload, known)
        stands = connector.save(Kind.PROJECTS).update(api, stands, wanted)

Every function raises only `ProviderError`s (see `errors`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from integrations.kernel.errors import Json, Problem, RecordRef
from integrations.kernel.facts import ProviderFacts
from integrations.kernel.payloads import ClosedDays, KnownHours, Receipt, StandingHours, StandingOrder
from integrations.kernel.records import Kind
from integrations.kernel.saving import Save

A = TypeVar("A")
R = TypeVar("R")
P = TypeVar("P")

Cursor: TypeAlias = Mapping[str, Json]


class SessionStore(Protocol):
    """Where an api keeps a session between runs. One store per connection; the engine encrypts and keeps it."""

    def get(self, key: str) -> str | None:
        """The value, or None when absent or past its expiry."""

    def set(self, key: str, value: str, *, expires_at: datetime) -> None: ...

    def forget(self, key: str) -> None: ...


class MemorySessions:
    """A store that lives as long as the object: for checking credentials before anything is stored (R11), and tests."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._values: dict[str, tuple[str, datetime]] = {}

    def get(self, key: str) -> str | None:
        value, expires_at = self._values.get(key, ("", self._now()))
        return value if expires_at > self._now() else None

    def set(self, key: str, value: str, *, expires_at: datetime) -> None:
        self._values[key] = (value, expires_at)

    def forget(self, key: str) -> None:
        self._values.pop(key, None)

    def __repr__(self) -> str:
        return f"<MemorySessions: {len(self._values)}>"


class Keyring(Protocol):
    """Credentials that change by being used, as the tokens of a sign-in do. All workers of a connection share one."""

    def read(self) -> Mapping[str, str]:
        """As they stand now. Raises LoginNeeded when they cannot be read."""

    def exclusive(self) -> AbstractContextManager[None]:
        """One holder at a time among all workers. Raises Temporary when another holds it for too long."""

    def write(self, credentials: Mapping[str, str]) -> None:
        """Only while held; stored for good when it returns. Raises Temporary when they are no longer ours to change."""


class MemoryKeyring:
    """For checking credentials before anything is stored (R11), and tests; `read` has what came of it."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = dict(credentials)
        self._lock = threading.Lock()

    def read(self) -> Mapping[str, str]:
        return dict(self._credentials)

    def exclusive(self) -> AbstractContextManager[Any]:
        return self._lock

    def write(self, credentials: Mapping[str, str]) -> None:
        self._credentials = dict(credentials)

    def __repr__(self) -> str:
        return f"<MemoryKeyring: {len(self._credentials)}>"


class Quota(Protocol):
    """A limit of the provider on all our connections together, counted per `lane`, a name of the connector's choice."""

    def wait(self, lane: str, per_minute: int, burst: float = 0) -> float:
        """0: the request may leave, and counts. Else the seconds after which to ask again. ``burst`` minutes of
        requests may leave at once after a rest."""

    def rest(self, lane: str, seconds: float) -> None:
        """The provider asked for it: nobody's requests of this lane leave for so long."""


class Unlimited:
    """Nobody else is there to share with."""

    def wait(self, lane: str, per_minute: int, burst: float = 0) -> float:
        return 0.0

    def rest(self, lane: str, seconds: float) -> None:
        """The transport holds its own requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came of it, shortened and without secrets: what the ledger of attempts keeps (R114)."""

    method: str
    path: str
    status: int | None  # None: no answer was seen
    sent: str
    received: str
    milliseconds: int
    outcome: str  # "ok", "refused", or the code of the problem
    request_id: str = ""  # the provider's, for its support


def _unguarded() -> None:
    """Nobody else could be sending the same here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What it takes to open a provider for one connection."""

    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)  # ProviderFacts.settings_from(environ)
    sessions: SessionStore = field(default_factory=MemorySessions)
    # Called after each request, also after one that failed; None where nobody keeps a ledger.
    observe: Callable[[Exchange], None] | None = None
    # Called directly before each write leaves the house; what it raises keeps the write from being sent.
    before_write: Callable[[], None] = _unguarded
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    keyring: Keyring | None = None  # where credentials that change are kept; None: in memory, beginning with these
    quota: Quota = field(default_factory=Unlimited)
    options: Mapping[str, str] = field(default_factory=dict)  # what the administrator chose among ProviderFacts.options
    # The customers' own fields of the workspace, to be exchanged by name (R99): name -> kind, one of "text", "number",
    # "day", "yes_no", "choice".
    fields: Mapping[str, str] = field(default_factory=dict)
    # May the connector change the customer's projects so that hours are taken? See `ProviderFacts.hours_prepared`.
    prepare_hours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who we are at the provider. `id` is compared at reconnecting (R40)."""

    id: str
    name: str
    organization_number: str = ""
    user: str = ""  # whose key it is, when the provider says
    user_id: str = ""  # the provider's id of that person among its employees (R58, R71)
    missing: tuple[str, ...] = ()  # keys of ProviderFacts.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several to choose from: a company that a key opens, or a row that answers a question of the set-up."""

    value: str
    label: str
    is_usual: bool = False  # chosen unless the person chooses another


class Listing(StrEnum):
    """What a page says about rows that are not in it."""

    COMPLETE = "complete"  # all pages of this run together are everything: what is absent is gone
    CHANGES = "changes"  # only what changed: absence means nothing
    UNCHANGED = "unchanged"  # nothing changed since the cursor; the page has no records: absence means nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[R]):
    """Some records. A record may come twice in a run, the later one counts.

    `cursor` is None until the run's last page, whose cursor is what the next run passes to `read`. `checkpoint` may be
    passed to `read` instead, but only to go on with the same interrupted run: what was seen before it must still
    count as seen, else a half listing would look complete.

    `gone` are ids of records that are deleted or inactive there, where nothing else is told of them. What is in no
    listing of ours may be among them. `marks` are the records' fingerprints by their ids: the engine adds them.
    """

    records: tuple[R, ...]
    listing: Listing
    gone: tuple[str, ...] = ()
    marks: Mapping[str, bytes] | None = None
    cursor: Cursor | None = None
    checkpoint: Cursor | None = None
    total: int | None = None  # about how many records the run will bring, for the progress bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull(Generic[A, R]):
    """`read(api, None)` is a complete listing; `read(api, cursor)` is what is needed since then, in the cheapest way.

    If the generator raises, the run is over and nothing may be concluded from absence.
    """

    record: type[R]
    read: Callable[[A, Cursor | None], Iterator[Page[R]]]
    lists_everything: bool = True  # False: absence never means anything

    @property
    def kind(self) -> Kind:
        kind: Kind = self.record.kind  # type: ignore[attr-defined] # R is one of records.Record
        return kind


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # could not be asked just now


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the list of R32, e.g. name "project_active". `problem` is set unless it passed."""

    name: str
    state: CheckState
    record: RecordRef | None = None
    label: str = ""  # what people call the record: number and name
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Generic[A]):
    """Reading orders back, for reconciliation; nothing is changed.

    `between` lists every order dated from the first to the last day, both included, whoever made it. `one` is asked for
    each order of ours that was not among them (its date may have been moved), by the provider's id; None only when the
    provider says that there is no such order. So a list that ends too early never makes an order look deleted.
    """

    between: Callable[[A, date, date], Iterator[StandingOrder]]
    one: Callable[[A, str], StandingOrder | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push(Generic[A, P]):
    """`send` sends once and never repeats; `find` looks for an earlier attempt by our reference, None if there is none.

    Where an order takes several writes, `find` gives None as well for one that is there by half, and `send` makes that
    one whole instead of another.

    A connector without `find` leaves doubt to a person. `checks` reports the conditions of R32 one by one, before
    sending and when stuck. Without `standing` what was sent is not compared with what stands there.
    """

    payload: type[P]
    send: Callable[[A, P], Receipt]
    find: Callable[[A, P], Receipt | None] | None = None
    checks: Callable[[A, P], list[Check]] | None = None
    standing: Standing[A] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Generic[A, P]):
    """A payload that is state at the provider, as hours are (R90, R91).

    `put` reads what stands there, takes over what is ours, and makes it equal with one write; it may be called again
    at any time, also after an Unclear, and 0 minutes remove the entry. Hours that stand there and are not ours are
    Refused with `hours_conflict`, unless `KnownHours.overwrite` (R92). Ours is an entry with the known `external_id`;
    while puts are in doubt, also one that holds the minutes of one of them.

    `standing` lists the cells from the first to the last day, both included. `closed` tells which of these days are
    closed for which of the employees, so that people are warned before they write such hours; None where the provider
    closes none, or does not say.
    """

    payload: type[P]
    put: Callable[[A, P, KnownHours], Receipt]
    standing: Callable[[A, date, date], Iterator[StandingHours]]
    closed: Callable[[A, Sequence[str], date, date], Iterator[ClosedDays]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What the provider says of our address (R102)."""

    is_registered: bool  # it stands there
    has_stopped: bool = False  # a call failed, and nothing more is sent until a person clears it
    message: str = ""  # the provider's words


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Generic[A]):
    """How changes are announced to us. A hint only says which kinds to pull; no data is taken from it.

    `by_hand`: an administrator pastes our address at the provider (R101), which signs nothing and may stop for good
    when a call fails. Then every call is answered with 200, GET too; `hints` gets the query, a line break and the body;
    and `silence` reads how the address fares, None when that cannot be read.
    """

    register: Callable[[A, str, str], Cursor]  # (api, our URL, secret) -> what `unregister` needs
    unregister: Callable[[A, Cursor], None]
    verify: Callable[[Mapping[str, str], bytes, str], bool]  # (headers in lower case, raw body, secret)
    hints: Callable[[bytes], tuple[Kind, ...]]
    silence: Callable[[A, str], Silence | None] | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector(Generic[A]):
    """`open` may be entered many times; it asks for a session only when one is needed."""

    facts: ProviderFacts
    open: Callable[[Access], AbstractContextManager[A]]
    check: Callable[[A], Company]
    pulls: tuple[Pull[A, Any], ...]
    pushes: tuple[Push[A, Any], ...]
    puts: tuple[Put[A, Any], ...] = ()
    saves: tuple[Save[A, Any], ...] = ()
    # The names of the fields that customers have there, for those who define fields here (R99).
    field_names: Callable[[A], tuple[str, ...]] | None = None
    watch: Watch[A] | None = None
    # What there is to choose from with the other credentials; raises LoginNeeded when they are wrong. None: nothing is.
    offer: Callable[[A], tuple[Choice, ...]] | None = None
    # What there is to answer each of `ProviderFacts.set_up` with, by its key. Raises ProviderError.
    set_up: Callable[[A], Mapping[str, tuple[Choice, ...]]] | None = None

    def pull(self, kind: Kind) -> Pull[A, Any] | None:
        return next((pull for pull in self.pulls if pull.kind == kind), None)

    def push(self, payload: type[P]) -> Push[A, P] | None:
        return next((push for push in self.pushes if push.payload is payload), None)

    def put(self, payload: type[P]) -> Put[A, P] | None:
        return next((put for put in self.puts if put.payload is payload), None)

    def save(self, kind: Kind) -> Save[A, Any] | None:
        return next((save for save in self.saves if save.kind == kind), None)
