"""What a provider is and can do, as data with its sources. Pages, policies and tests read this; nothing here runs.

Labels, steps and help are English msgids marked with `N_`; the web layer translates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.kernel.records import Kind


class HourTrigger(StrEnum):
    """When hours are transferred (R73, R84); the values are stored and stay stable."""

    OFF = "off"
    ON_SUBMISSION = "on_submission"
    ON_APPROVAL = "on_approval"
    ON_ORDER = "on_order"


class Mastership(StrEnum):
    """Who owns a kind of data."""

    PROVIDER = "provider"  # one way, provider -> Busy (R16)
    TWO_WAY = "two_way"
    CREATED_THERE = "created_there"  # created only at the provider, changed in both (R62)


class Switch(StrEnum):
    """A choice of the administrator that a kind depends on; the values are stored and stay stable."""

    PROJECT_SYNC = "project_sync"  # R4
    WORK_TYPE_SYNC = "work_type_sync"  # R81
    BOOKKEEPING = "bookkeeping"  # R104: the connection is for orders too, not for customers alone
    EXTENSION = "extension"  # projects and hours, where they are an extension


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One field of the connect form."""

    key: str
    label: str  # msgid
    secret: bool = True
    pattern: str = ""  # a regular expression the whole, trimmed value must match; "" for any
    max_length: int = 4096
    help: str = ""  # msgid: where to find it
    choices: bool = False  # asked for after the other fields: chosen among what `Connector.offer` gives for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of the administrator for one connection, kept in it: `Access.options` has the values by key."""

    key: str
    label: str  # msgid
    choices: tuple[tuple[str, str], ...]  # value and msgid, in the order of the interface
    default: str
    help: str = ""  # msgid


class SetUpPart(StrEnum):
    """What a question of the set-up is about: it is asked while the connection is used for that."""

    ORDERS = "orders"
    CUSTOMERS = "customers"  # while customers are exchanged by a tag
    HOURS = "hours"  # while projects and hours are on


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the set-up step that follows connecting (R104). Its choices are rows of the provider's own
    tables, which `Connector.set_up` reads; `Access.options` has the answer by key, "" for `otherwise`.

    What nothing that is sent depends on is not asked.
    """

    key: str
    label: str  # msgid
    otherwise: str  # msgid: what is so while nothing is chosen
    help: str = ""  # msgid
    of: SetUpPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step to do inside the provider (R12). `text` is a msgid; `values` are its %(name)s, never translated."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)  # exact menu and button names
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A right the key needs. `key` is what `Company.missing` lists; `label` a msgid."""

    key: str
    label: str
    kinds: tuple[Kind, ...] = ()  # what cannot be pulled without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something the deployment gives, not the user: environment variable `BUSY_<PROVIDER>_<KEY>`."""

    key: str
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """Sign-in with an authorisation code. The deployment gives the settings `client_id` and `client_secret`.

    What is sealed of it are the credentials `refresh_token`, `access_token` and `expires_at`; see `kernel.oauth`.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    pkce: bool = True
    revoke_url: str = ""  # "": a sign-in cannot be given back
    parameters: Mapping[str, str] = field(default_factory=dict)  # what else the authorisation request says


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `total` bounds one request from connecting to the last byte."""

    connect: float = 5
    read: float = 30
    write: float = 10
    total: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`parallel` requests at a time for one credential; `per_minute` None when unpublished (headers tell).

    `per_day` is how many calls the provider includes a day, in the time zone ``day_of``: our requests are counted for
    it, each as `calls_each`, and looks get rarer before it is used up.
    """

    parallel: int = 1
    per_minute: int | None = None
    per_day: int | None = None
    calls_each: int = 1
    day_of: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """What of a kind that both sides keep goes out. What is not named here the provider's API does not take: Busy
    keeps it read-only, says so, and shows `KindFacts.place`."""

    creates: bool = True  # a record made in Busy is made there
    fields: tuple[str, ...] = ()  # fields of the record that are changed there when they are changed in Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    kind: Kind
    mastership: Mastership
    interval: int  # seconds between looks for changes
    nightly_complete: bool = True  # read the complete listing once a night, whatever the changes said
    switch: Switch | None = None  # pulled only while this choice is on; None: always
    owned: tuple[str, ...] = ()  # record fields that are read-only in Busy (R18)
    there: str = ""  # msgid: what the provider calls it ("Activities"); "" when it says the same as Busy
    # Only records whose counterpart in Busy carries the connection's tag travel, either way (R95, R106).
    is_tagged: bool = False
    sends: Sends | None = None  # None: nothing of the kind goes out (R16)
    # Where people make such records at the provider, and change what does not go out; its url takes {web}.
    place: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReference:
    """The provider's field that carries our reference, and how many characters it takes."""

    field: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxFacts:
    """The provider's stand-in: `python -m <module> --port N --state FILE`, and what to connect to it with."""

    module: str
    path: str  # of the API below the printed address, e.g. "/v2"
    settings: Mapping[str, str] = field(repr=False)
    credentials: Mapping[str, str] = field(repr=False)
    company: str
    is_first: bool = False  # of several, the demo is connected to this one


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    key: str
    name: str  # a name: not translated
    tagline: str  # msgid: one sentence for the card
    kinds: tuple[KindFacts, ...]
    credentials: tuple[CredentialField, ...]
    steps: tuple[Step, ...]  # R12
    permissions: tuple[Permission, ...] = ()
    oauth: OAuth2 | None = None
    settings: tuple[Setting, ...] = ()
    options: tuple[Option, ...] = ()
    set_up: tuple[Question, ...] = ()
    # Projects, work types and hours are shown only once an administrator has turned them on in the settings.
    has_extension: bool = False
    # Our reference goes out as a name alone: nobody needs to be known among the provider's employees for an order.
    reference_by_name: bool = False
    set_up_told: str = ""  # msgid: what the set-up step does not ask about orders, and why
    base_url: str
    page_size: int  # rows
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    hour_triggers: tuple[HourTrigger, ...] = ()  # in the order of the interface; () when hours never leave Busy
    default_hour_trigger: HourTrigger = HourTrigger.OFF
    recommended_hour_trigger: HourTrigger | None = None  # R83; None: the provider recommends none
    hours_beta: bool = False
    hours_prepared: str = ""  # msgid: what the connector may add there so that hours are taken; "" for nothing
    # Users are linked to people there by their ids (R70), not by a number that both sides hold (R89); hours of who is
    # not linked go to `Company.user_id` (R71).
    links_people: bool = False
    # Hours stand on tasks there: each task has a cell of its own. Else a cell holds the hours of all tasks together.
    hours_on_tasks: bool = False
    hours_may_be_unbilled: bool = False  # hours can arrive as non-billable, so that orders do not bill them twice
    order_reference: OrderReference | None = None
    find_after: int = 0  # seconds after a lost answer until a search is reliable
    links: Mapping[str, str] = field(
        default_factory=dict
    )  # "order", "project" ... -> template with {web}, {id}, {number}
    order_next_step: str = ""  # msgid: what happens at the provider after the transfer
    employee_number_label: str = ""  # msgid: the provider's word for the employee code
    problems: Mapping[str, str] = field(default_factory=dict)  # the provider's own codes -> msgid
    checks: Mapping[str, str] = field(default_factory=dict)  # names of its own conditions of an order (R32) -> msgid
    sandbox: SandboxFacts | None = None

    @property
    def is_user(self) -> bool:
        """Whether Busy signs in as somebody with a password, and not by a key alone."""
        return any(credential.key == "password" for credential in self.credentials)

    @property
    def is_account(self) -> bool:
        """A person's e-mail and password stand for us there, and not a key made for us (R58)."""
        return any(credential.choices for credential in self.credentials)

    @property
    def typed_credentials(self) -> tuple[CredentialField, ...]:
        """Those that a person types; the others are chosen once these are known."""
        return tuple(credential for credential in self.credentials if not credential.choices)

    def variable(self, setting: str) -> str:
        """The environment variable of a setting, e.g. BUSY_<KEY>_URL."""
        return f"BUSY_{self.key}_{setting}".upper()

    def settings_from(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The settings that are given, by key; empty variables count as absent.

        Among them "url" (another base URL), and "identity_url" where people sign in at the provider.
        """
        keys = ("url", *(("identity_url",) if self.oauth else ()), *(setting.key for setting in self.settings))
        return {key: value for key in keys if (value := environ.get(self.variable(key), ""))}

    def shares(self, kind: Kind) -> bool:
        """Whether new records of the kind may be made at either end (R63)."""
        found = self.of_kind(kind)
        return found is not None and found.sends is not None and found.sends.creates

    def of_kind(self, kind: Kind) -> KindFacts | None:
        return next((facts for facts in self.kinds if facts.kind == kind), None)
