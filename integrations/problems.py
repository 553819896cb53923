"""The catalogue of problems: a code with parameters becomes a title, why it is so, and a button that leads to the
cure (R33).

Sentences are made in the language that is active. A provider's own codes bring their text in its facts.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from busy.lib.durations import print_hours
from busy.lib.written import short_date, written_month
from integrations import hour_problems, record_problems, set_up, sign_in_problems
from integrations.conversations import connector_of
from integrations.kernel.errors import Code, CurePage, Param, Problem, Turn
from integrations.kernel.texts import N_
from integrations.models import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button. ``is_external`` opens the provider in a new window. To others a page that is ``for_administrators``
    alone is no button: they are told whom to ask."""

    label: str
    url: str
    is_external: bool = False
    for_administrators: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A press that cures: ``key`` is a kernel ``CureAct``; the page makes the form of it."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A problem for a person: what is wrong, why and what to do, whose turn it is, where the cure is."""

    code: str
    title: str
    text: str
    turn: str
    turn_label: str
    is_automatic: bool
    actions: tuple[Action, ...] = ()
    provider_message: str = ""  # the provider's own words, as they came
    acts: tuple[Act, ...] = ()


TURNS: Mapping[Turn, str] = {
    Turn.TIME: gettext_lazy("Busy tries again by itself"),  # type: ignore[dict-item]
    Turn.ADMINISTRATOR: gettext_lazy("An administrator's turn"),  # type: ignore[dict-item]
    Turn.ACCOUNTING: gettext_lazy("The accounting's turn"),  # type: ignore[dict-item]
    Turn.AUTHOR: gettext_lazy("Your turn"),  # type: ignore[dict-item]
    Turn.BUSY: gettext_lazy("The makers of Busy are looking at it"),  # type: ignore[dict-item]
}

# Code -> (title, text). %(system)s is the provider's name; a missing parameter reads as "–".
TEXTS: dict[str, tuple[str, str]] = {
    # Time heals
    Code.UNREACHABLE: (
        N_("%(system)s cannot be reached"),
        N_("Busy gets no connection to %(system)s. It tries again by itself, and nothing is lost."),
    ),
    Code.TIMEOUT: (
        N_("%(system)s does not answer in time"),
        N_("Busy tries again by itself, and nothing is lost."),
    ),
    Code.RATE_LIMITED: (
        N_("%(system)s asks Busy to wait"),
        N_("There have been many requests in a short time. Busy goes on as soon as %(system)s allows it."),
    ),
    Code.SERVER_ERROR: (
        N_("%(system)s has trouble"),
        N_("%(system)s answered with an error of its own. Busy tries again by itself."),
    ),
    Code.NOT_AN_ANSWER: (
        N_("%(system)s is being maintained"),
        N_("%(system)s sent a page for people instead of data. Busy tries again by itself."),
    ),
    Code.NOT_SETTLED: (
        N_("%(system)s needs a moment"),
        N_("What was sent cannot be searched for yet. Busy looks again by itself."),
    ),
    "interrupted": (
        N_("The synchronisation was interrupted"),
        N_("What had arrived is kept, and the next one goes on from there."),
    ),
    # The administrator's
    Code.KEY_REJECTED: (
        N_("%(system)s refuses the key"),
        N_("The key is wrong, or it was revoked in %(system)s. Make a new key there and give it to Busy."),
    ),
    Code.SETUP_MISSING: (
        N_("Busy is not set up for %(system)s here"),
        N_("A setting of this installation is missing or wrong: %(setting)s. Whoever runs it must set it."),
    ),
    Code.RIGHTS_MISSING: (
        N_("The key lacks a right: %(right_label)s"),
        N_("Give the key this right in %(system)s, or make a new key that has it."),
    ),
    Code.OTHER_COMPANY: (
        N_("The key belongs to another company"),
        N_(
            "This connection belongs to %(company)s, and the key to %(other)s. Use a key of the same company: "
            "links, orders and history belong to it."
        ),
    ),
    "credential_malformed": (
        N_("This does not look like a key of %(system)s"),
        N_("Copy the whole key from %(system)s and paste it here."),
    ),
    "credentials_unreadable": (
        N_("The stored key can no longer be read"),
        N_("The key that sealed it is gone from this installation. Give Busy the key from %(system)s again."),
    ),
    "archiving_parked": (
        N_("Many records are gone in %(system)s"),
        N_(
            "The last complete list lacked %(count)s records that are active in Busy. "
            "Missing rights can look like this, so nothing was archived. Look at the list, then confirm or dismiss it."
        ),
    ),
    # Records at the provider
    Code.PROJECT_CLOSED: (
        N_("Project %(name)s is closed in %(system)s"),
        N_("Open the project in %(system)s. The order then goes on by itself."),
    ),
    Code.PROJECT_MISSING: (
        N_("Project %(name)s no longer exists in %(system)s"),
        N_("Restore the project in %(system)s, or reopen the order and put the hours on another project."),
    ),
    Code.CUSTOMER_INACTIVE: (
        N_("Customer %(name)s is inactive in %(system)s"),
        N_("Activate the customer in %(system)s. The order then goes on by itself."),
    ),
    Code.CUSTOMER_MISSING: (
        N_("Customer %(name)s no longer exists in %(system)s"),
        N_("Restore the customer in %(system)s, or choose another customer for the project there."),
    ),
    Code.PRODUCT_INACTIVE: (
        N_("Product %(name)s is inactive"),
        N_("Activate the product in %(system)s, or choose another product on the work type %(work_type)s."),
    ),
    Code.PRODUCT_MISSING: (
        N_("A product no longer exists in %(system)s"),
        N_("Choose another product on the work type %(work_type)s."),
    ),
    Code.REFERENCE_INACTIVE: (
        N_("%(name)s is not active in %(system)s"),
        N_(
            "Our reference must be an active employee there. "
            "Activate the person, or reopen the order and choose another."
        ),
    ),
    Code.REFERENCE_MISSING: (
        N_("Our reference does not exist in %(system)s"),
        N_("Reopen the order and choose another person as our reference, or none."),
    ),
    Code.PERIOD_LOCKED: (
        N_("The period is locked in %(system)s"),
        N_("Open the period in %(system)s, or reopen the order and give it a later date."),
    ),
    Code.CHANGED_THERE: (
        N_("The record was changed in %(system)s at the same time"),
        N_("Look at it in %(system)s, then try again."),
    ),
    Code.VALIDATION: (
        N_("%(system)s did not accept the order"),
        N_("%(system)s says: “%(message)s” Correct it, then try again."),
    ),
    Code.REFUSED: (
        N_("%(system)s refused the order"),
        N_("%(system)s says: “%(message)s” Correct it, then try again."),
    ),
    # In doubt
    Code.ANSWER_LOST: (
        N_("The answer of %(system)s was not seen"),
        N_(
            "The order was sent and the connection broke. Busy looks for it in %(system)s "
            "and sends it again only when it surely is not there."
        ),
    ),
    Code.FOUND_TWICE: (
        N_("%(system)s has the order twice"),
        N_("Orders %(ids)s carry the same reference. Delete one of them in %(system)s, then try again."),
    ),
    "never_arrives": (
        N_("The order does not arrive in %(system)s"),
        N_("It was sent %(times)s times, and was not there afterwards. Look in %(system)s, then try again."),
    ),
    # Ours
    Code.UNKNOWN_ANSWER: (
        N_("%(system)s answered in a way Busy does not know"),
        N_("Nothing was changed. The makers of Busy are told: %(path)s."),
    ),
    Code.INTERNAL: (
        N_("Something went wrong in Busy while it read from %(system)s"),
        N_("What was read before stays, and Busy tries again by itself. If it goes on, send the file for support."),
    ),
    Code.REFERENCE_TOO_LONG: (
        N_("The reference is too long for %(system)s"),
        N_("It has %(length)s characters, and %(system)s takes %(limit)s. The makers of Busy must shorten it."),
    ),
    # Known before anything is sent
    Code.WORK_TYPE_WITHOUT_PRODUCT: (
        N_("Work type %(work_type)s has no product"),
        N_("Choose a product on the work type. The order then goes on by itself."),
    ),
    Code.EMPLOYEE_NUMBER_MISSING: (
        N_("%(user)s has no employee number in Busy"),
        N_("Write the number that %(user)s has in %(system)s. The order then goes on by itself."),
    ),
    Code.EMPLOYEE_NOT_FOUND: (
        N_("Employee number %(number)s of %(user)s is not known in %(system)s"),
        N_("The number must be the same in Busy and in %(system)s, and belong to one person there."),
    ),
    Code.NOT_LINKED: (
        N_("%(name)s does not exist in %(system)s"),
        N_("It was made in Busy. Create it in %(system)s and use that one, so that the order can point to it."),
    ),
    "project_without_customer": (
        N_("Project %(name)s has no customer"),
        N_("Choose a customer for the project in %(system)s or in Busy. The order then goes on by itself."),
    ),
    set_up.UNFINISHED: (
        N_("The set-up of %(system)s is not finished"),
        N_("An administrator says in the set-up what orders arrive with. The order then goes on by itself."),
    ),
    Code.CURRENCY_NOT_USED: (
        N_("%(system)s does not use the currency %(currency)s"),
        N_("Add the currency in %(system)s, then try again."),
    ),
    # Remarks on what has arrived
    Code.STORED_DIFFERS: (
        N_("%(system)s stored the order differently"),
        N_("It was sent with “%(sent)s” and stands there as “%(stored)s” (%(field)s). Look at it before you invoice."),
    ),
    Code.NOT_VERIFIED: (
        N_("The order arrived, but could not be read back"),
        N_("Look at it in %(system)s before you invoice."),
    ),
}
# A code of hours alone reads the same wherever it is shown; one that both can meet, in the words of its subject.
_OF_ORDERS: Mapping[str, tuple[str, str]] = ChainMap(TEXTS, hour_problems.TEXTS, sign_in_problems.TEXTS)
_OF_HOURS: Mapping[str, tuple[str, str]] = ChainMap(hour_problems.TEXTS, TEXTS, sign_in_problems.TEXTS)
_OF_RECORDS: Mapping[str, tuple[str, str]] = ChainMap(dict(record_problems.TEXTS), TEXTS, sign_in_problems.TEXTS)
UNKNOWN = (
    N_("%(system)s reports a problem"),
    N_("Busy does not know this problem yet: %(code)s. Try again, or write to the makers of Busy."),
)

# The names of the checks of R32, for the list on the order's page.
CHECKS: dict[str, str] = {
    "project_active": N_("The project is open"),
    "customer_active": N_("The customer is active"),
    "reference_active": N_("Our reference is an active employee"),
    "product_active": N_("The product is active"),
    "set_up_done": N_("The set-up is finished"),
}


class _Params(dict[str, str]):
    """A parameter that nobody gave must not keep the sentence from being shown."""

    def __missing__(self, key: str) -> str:
        return "–"


def explain(
    problem: Problem,
    *,
    connection: Connection,
    order_id: int | None = None,
    is_hours: bool = False,
    is_record: bool = False,
    week_url: str = "",
) -> Explained:
    """The problem in the active language; ``is_hours`` says it in the words of hours, ``week_url`` leads to them, and
    ``is_record`` in those of a project, work type or task that travels both ways."""
    facts = connector_of(connection).facts
    words = _OF_RECORDS if is_record else _OF_HOURS if is_hours else _OF_ORDERS
    title, text = words.get(problem.code, UNKNOWN)
    if facts.oauth:
        title, text = sign_in_problems.INSTEAD.get(problem.code, (title, text))
    elif facts.is_user:
        title, text = sign_in_problems.OF_USERS.get(problem.code, (title, text))
    if problem.code not in words and problem.code in facts.problems:
        text = facts.problems[problem.code]
        is_at_the_door = problem.cure is not None and problem.cure.page is CurePage.CONNECTION
        title = N_("%(system)s does not let Busy in") if is_at_the_door else N_("%(system)s does not accept this")
    values = _Params({key: _shown(key, value) for key, value in problem.params.items() if value not in (None, "")})
    values |= {"system": facts.name, "code": str(problem.code)}
    right = next((p.label for p in facts.permissions if p.key == problem.params.get("right")), "")
    values["right_label"] = _(right) if right else values["right"]
    for key, minutes in (("hours", "minutes"), ("wanted_hours", "wanted")):
        if isinstance(found := problem.params.get(minutes), int):
            values[key] = print_hours(found)
    act = problem.cure.act if problem.cure else None
    return Explained(
        code=problem.code,
        title=_(title) % values,
        text=(_(text) if is_record else _counted(problem, text)) % values,
        turn=problem.turn,
        turn_label=str(TURNS[problem.turn]),
        is_automatic=problem.automatic,
        actions=_actions(problem, connection, order_id, week_url),
        provider_message=str(problem.params.get("message") or ""),
        acts=(Act(key=act, label=_(hour_problems.ACTS[act])),) if act else (),
    )


def check_label(name: str, connection: Connection) -> str:
    own = CHECKS.get(name) or connector_of(connection).facts.checks.get(name, "")
    return _(own) if own else name


def permission_labels(connection_facts: object, missing: tuple[str, ...]) -> list[str]:
    """Missing rights by the name people know them by (R44)."""
    permissions = getattr(connection_facts, "permissions", ())
    return [_(permission.label) for permission in permissions if permission.key in missing]


_DAYS = frozenset({"day", "start", "end"})  # parameters that are ISO dates


def _shown(key: str, value: Param) -> str:
    if key in _DAYS and isinstance(value, str):
        return short_date(date.fromisoformat(value))
    if key == "month" and isinstance(value, str):
        return written_month(date.fromisoformat(f"{value}-01"))
    return ", ".join(value) if isinstance(value, list) else str(value)


def _counted(problem: Problem, text: str) -> str:
    if problem.code != "never_arrives":
        return _(text)
    return ngettext(
        "It was sent %(times)s time, and was not there afterwards. Look in %(system)s, then try again.",
        "It was sent %(times)s times, and was not there afterwards. Look in %(system)s, then try again.",
        int(str(problem.params.get("times", 1))),
    )


# --- Where the cure is
# ----------------------------------------------------------------------------------------------------


def _page(name: str, *args: object) -> str:
    """The page's address; "" when this installation has no such page, so that a problem can be told without its
    button."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def connection_url(connection: Connection) -> str:
    return _page("integrations:connection", connection.workspace.slug, connection.provider)


def _actions(problem: Problem, connection: Connection, order_id: int | None, week_url: str) -> tuple[Action, ...]:
    found = [_page_action(problem, connection, order_id, week_url), _external_action(problem, connection)]
    return tuple(action for action in found if action is not None)


_PAGES: dict[CurePage, tuple[str, str, Callable[[Problem, int | None], object]]] = {
    CurePage.ORDER: (N_("Open the order"), "orders:order", lambda problem, order_id: order_id),
    CurePage.PROJECT: (N_("Open the project"), "catalog:project", lambda p, _o: p.params.get("project_id")),
    CurePage.CUSTOMER: (N_("Open the customer"), "catalog:customer", lambda p, _o: p.params.get("customer_id")),
    CurePage.WORK_TYPE: (N_("Open the work type"), "catalog:work-type", lambda p, _o: p.params.get("work_type_id")),
    CurePage.USER: (N_("Open the person's page"), "workspaces:person", lambda p, _o: p.params.get("user_id")),
}


def _page_action(problem: Problem, connection: Connection, order_id: int | None, week_url: str) -> Action | None:
    page = problem.cure.page if problem.cure else None
    if page is None:
        return None
    if page is CurePage.WEEK:
        return Action(label=_("Open the week"), url=week_url) if week_url else None
    if page is CurePage.CONNECTION:
        if problem.code == Code.SIGN_IN_ENDED:  # R56
            url = _page("integrations:connect", connection.workspace.slug, connection.provider)
            return Action(label=_("Sign in again"), url=url, for_administrators=True) if url else None
        url = connection_url(connection)
        return Action(label=_("Open the integration"), url=url, for_administrators=True) if url else None
    if page is CurePage.SET_UP:
        url = _page("integrations:set-up", connection.workspace.slug, connection.provider)
        return Action(label=_("Open the set-up"), url=url, for_administrators=True) if url else None
    if page not in _PAGES:
        return None
    label, name, pick = _PAGES[page]
    key = pick(problem, order_id)
    url = _page(name, connection.workspace.slug, key) if key else ""
    return Action(label=_(label), url=url, for_administrators=page is CurePage.USER) if url else None


def _external_action(problem: Problem, connection: Connection) -> Action | None:
    url = problem.cure.url if problem.cure else ""
    if not url:
        return None
    system = connector_of(connection).facts.name
    return Action(label=_("Open in %(system)s") % {"system": system}, url=url, is_external=True)
