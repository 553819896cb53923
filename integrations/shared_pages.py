"""What the page of a record tells of its way to the system that keeps it as well. A constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.mastership import Place
from integrations import problems, shared, sharing
from integrations.conversations import connector_of
from integrations.events_told import told_attempts
from integrations.kernel.errors import Problem
from integrations.kernel.records import Kind
from integrations.models import Attempt, Connection, ConnectionState, Delivery, Link
from integrations.policy import State
from integrations.problems import Explained
from integrations.shared_models import SharedRecord
from integrations.shared_values import OWN, shown

_KEPT = 20  # attempts on the page
FIELD_NAMES: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "customer_id": gettext_lazy("Customer"),
    "start_date": gettext_lazy("Start date"),
    "end_date": gettext_lazy("End date"),
    "archived": gettext_lazy("State"),
    "done": gettext_lazy("State"),
    "member_ids": gettext_lazy("Members"),
    "work_type_id": gettext_lazy("Work type"),
    "organization_number": gettext_lazy("Organisation number"),
    "email": gettext_lazy("E-mail"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSaid:
    """A field that both sides changed, as people read it."""

    field: str
    ours: str
    theirs: str
    ours_stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """``state`` is one of a push's states, or "" while nothing is on its way; ``sentence`` says it."""

    system: str
    here: str  # the address of the page that tells of it: a cure that leads there is none
    state: str
    sentence: str
    is_linked: bool
    is_making: bool
    number: str
    url: str
    since: datetime | None
    problem: Explained | None
    conflict: tuple[BothSaid, ...]
    can_retry: bool
    can_take_theirs: bool
    can_make: bool
    can_keep_here: bool
    polls: bool
    fixed: tuple[str, ...]  # what cannot be changed from here
    place: Place | None
    attempts: list[dict[str, Any]]

    @property
    def has_acts(self) -> bool:
        """Whether there is a button to press."""
        acts = (self.can_retry, self.can_take_theirs, self.can_make, self.can_keep_here)
        return bool(self.conflict) or any(acts)


def travel_of(kind: Kind, local_id: int) -> Travel | None:
    """None where the kind does not travel."""
    if kind not in shared.KINDS:
        return None
    connection = shared.connections().get(kind)
    facts = shared.shared_facts(connection, kind) if connection else None
    if connection is None or facts is None or facts.sends is None:
        return None
    row = SharedRecord.objects.filter(connection=connection, kind=kind, local_id=local_id).first()
    delivery = (
        Delivery.objects.select_related("connection__workspace").filter(pk=row.delivery_id).first() if row else None
    )
    link = shared.link_of(connection, kind, local_id)
    system = connector_of(connection).facts.name
    makes = row is not None and row.makes
    state = state_of(delivery, connection)
    moves = state in (State.WAITING, State.TRANSFERRING, "failed")
    stuck = state == State.ATTENTION
    record = shared.model_of(kind).objects.get(pk=local_id)
    problem = problem_of(delivery, connection) if stuck or state == "failed" else None
    is_gone = problem is not None and problem.code == "record_gone"
    return Travel(
        system=system,
        here=page_of(connection.workspace.slug, kind, record),
        state=state,
        sentence=_sentence(system, state, is_linked=link is not None, makes=makes),
        is_linked=link is not None,
        is_making=makes,
        number=record.number or (link.external_id if link else ""),
        url="" if is_gone else _url(connection, kind, link, record.number),
        since=delivery.transferred_at if delivery else None,
        problem=problem,
        conflict=both_said(connection, row),
        can_retry=connection.is_running and (stuck or state == "failed"),
        can_take_theirs=stuck and link is not None and not is_gone and not delivery_is_unclear(delivery),
        can_make=link is None
        and not makes
        and facts.sends.creates
        and not record.is_archived
        and _may_follow(kind, record),
        can_keep_here=makes
        and link is None
        and (stuck or state == State.WAITING)
        and not delivery_is_unclear(delivery),
        polls=moves,
        fixed=tuple(_fixed(kind, facts.sends.fields)),
        place=sharing.place_of(kind),
        attempts=_attempts(delivery),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A record that waits for a person, for the connection's page."""

    pk: int
    name: str
    url: str
    problem: Explained | None


def stuck(connection: Connection, number: int = 50) -> list[Stuck]:
    """Oldest first, at most so many. A constant number of queries."""
    rows = SharedRecord.objects.filter(connection=connection, delivery__state=State.ATTENTION)
    found = list(rows.select_related("delivery__connection__workspace").order_by("delivery__created_at", "pk")[:number])
    records: dict[tuple[str, int], Any] = {}
    for kind in (*shared.KINDS, Kind.CUSTOMERS):
        ids = [row.local_id for row in found if row.kind == kind]
        if ids:
            records |= {(str(kind), record.pk): record for record in shared.model_of(kind).objects.filter(pk__in=ids)}
    return [
        Stuck(
            pk=row.pk,
            name=record.name,
            url=page_of(connection.workspace.slug, Kind(row.kind), record),
            problem=problem_of(row.delivery, connection),
        )
        for row in found
        if (record := records.get((row.kind, row.local_id))) is not None
    ]


_PAGES = {Kind.PROJECTS: "catalog:project", Kind.WORK_TYPES: "catalog:work-type", Kind.CUSTOMERS: "catalog:customer"}


def page_of(slug: str, kind: Kind, record: Any) -> str:
    """The record's page in the catalogue."""
    if kind is Kind.TASKS:
        return reverse("catalog:project-task", args=[slug, record.project_id, record.pk])
    return reverse(_PAGES[kind], args=[slug, record.pk])


def _may_follow(kind: Kind, record: Any) -> bool:
    """A task goes where its project is."""
    if kind is not Kind.TASKS:
        return True
    connection = shared.connections()[kind]
    return shared.link_of(connection, Kind.PROJECTS, record.project_id) is not None


def delivery_is_unclear(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.is_unclear


def state_of(delivery: Delivery | None, connection: Connection) -> str:
    """As pages show it; "" while nothing is on its way. What waits for a connection that does not run waits for a
    person."""
    if delivery is None or delivery.state in (State.CANCELLED, State.TRANSFERRED):
        return ""
    if not connection.is_running:
        return State.ATTENTION
    if delivery.state == State.TRANSFERRING or (delivery.is_unclear and delivery.state == State.WAITING):
        return State.TRANSFERRING
    if delivery.state == State.WAITING and delivery.problem:
        return "failed"
    return delivery.state


def _sentence(system: str, state: str, *, is_linked: bool, makes: bool) -> str:
    names = {"system": system}
    if not is_linked and not makes:
        return _("Only in Busy. %(system)s knows nothing of it.") % names
    if not is_linked:
        if state == State.ATTENTION:
            return _("It is not in %(system)s yet.") % names
        return _("It is being made in %(system)s. The number comes from there.") % names
    if state == State.ATTENTION:
        return _("What you changed is not in %(system)s yet.") % names
    if state:
        return _("What you changed is on its way to %(system)s.") % names
    return _("What you change here goes to %(system)s at once, and what is changed there comes here.") % names


def _fixed(kind: Kind, fields: Iterable[str]) -> Iterable[str]:
    """What can be changed only there, in words."""
    told = {
        Kind.PROJECTS: {"name": _("the name"), "customer_id": _("the customer"), "archived": _("archiving")},
        Kind.WORK_TYPES: {"name": _("the name"), "archived": _("archiving")},
        Kind.TASKS: {"name": _("the name"), "member_ids": _("who is assigned"), "done": _("whether it is done")},
    }[kind]
    return (word for field, word in told.items() if field not in set(fields))


def _url(connection: Connection, kind: Kind, link: Link | None, number: str) -> str:
    what = {Kind.PROJECTS: "project", Kind.WORK_TYPES: "work_type", Kind.TASKS: "task"}[kind]
    template = connector_of(connection).facts.links.get(what, "")
    if not template or link is None:
        return ""
    return template.format(web=sharing.web_of(connection), id=link.external_id, number=number)


def problem_of(delivery: Delivery | None, connection: Connection) -> Explained | None:
    """Why it waits, in the words of records."""
    stored = delivery.problem if delivery is not None and connection.is_running else connection.problem
    if stored is None and connection.state == ConnectionState.PAUSED:
        stored = Problem(code="connection_paused").to_json()
    return problems.explain(Problem.from_json(stored), connection=connection, is_record=True) if stored else None


def both_said(connection: Connection, row: SharedRecord | None) -> tuple[BothSaid, ...]:
    """What both sides changed, until a person has seen it."""
    return tuple(
        BothSaid(
            field=str(FIELD_NAMES.get(one["field"], one["field"].removeprefix(f"{OWN}."))),
            ours=shown(connection, one["field"], one["ours"]),
            theirs=shown(connection, one["field"], one["theirs"]),
            ours_stays=one["stays"] == "ours",
        )
        for one in (row.conflict or [] if row else [])
    )


def _attempts(delivery: Delivery | None) -> list[dict[str, Any]]:
    if delivery is None:
        return []
    rows = Attempt.objects.filter(delivery=delivery).select_related(
        "started_by__user", "delivery__connection__workspace"
    )
    return told_attempts(rows.order_by("-pk")[:_KEPT])
