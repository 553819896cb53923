"""Changing which record of Busy is which record of the provider, and taking it back.

One record of the provider belongs to at most one of Busy (R19). What moves with a link is what the provider says of
the record: name, number, customer, archived state. What Busy says of it, hours, rates, members, stays where it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.catalog.events import CustomerChanged, ProductChanged, ProjectChanged, WorkTypeChanged
from busy.lib.events import publish
from busy.workspaces.models import Membership, Role
from busy.workspaces.people import PersonRefused, change_person
from integrations import health, inbound, people, people_links, relinking, reviving, snapshot, usage
from integrations.appliers import TARGETS, among
from integrations.conversations import connector_of
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.link_results import Done, LinkRefused, State, Taken
from integrations.models import Connection, LinkChange, ProviderEmployee

__all__ = ["Done", "LinkRefused", "Taken", "link", "link_all", "mapped_kinds", "undo", "unlink"]

# In the order of the page.
KINDS = (Kind.EMPLOYEES, Kind.PROJECTS, Kind.WORK_TYPES, Kind.PRODUCTS, Kind.CUSTOMERS)
_EVENTS: Mapping[Kind, Callable[[int, int], object]] = {
    Kind.PROJECTS: ProjectChanged,
    Kind.PRODUCTS: ProductChanged,
    Kind.CUSTOMERS: CustomerChanged,
}

# Synchronised by a choice, which archives what only Busy has (R6, R81).
_KEPT_OUT = (Kind.PROJECTS, Kind.WORK_TYPES)


def mapped_kinds(connection: Connection) -> list[KindFacts]:
    """The kinds that are linked as the connection is set up now, in the order of the page."""
    pulled = {facts.kind: facts for facts in inbound.pulled_kinds(connection)}
    return [pulled[kind] for kind in KINDS if kind in pulled]


def ensure_mapped(connection: Connection, kind: Kind) -> None:
    """Raises LinkRefused while the kind is not synchronised: what stands at the provider is not known then."""
    if not any(facts.kind is kind for facts in mapped_kinds(connection)):
        raise LinkRefused(_("This kind of record is not synchronised."))


# --- Linking ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def link(
    connection: Connection, kind: Kind, local_id: int, external_id: str, *, moves: bool = False, by: Membership
) -> Done:
    """Let a record of Busy be that record of the provider.

    The one that had the link before gets what this one had, if anything; else it is archived as something that only
    Busy has. Raises Taken when it is in use and ``moves`` was not said, LinkRefused, and DoesNotExist.
    """
    connection = health.lock(connection.pk)
    ensure_mapped(connection, kind)
    if kind is Kind.EMPLOYEES and people.are_linked(connection):
        return people_links.link(connection, local_id, external_id, moves=moves, by=by)
    if kind is Kind.EMPLOYEES:
        return _give_number(connection, local_id, external_id, moves=moves, by=by)
    return _link_record(connection, kind, local_id, external_id, moves=moves, by=by)


def _link_record(
    connection: Connection, kind: Kind, local_id: int, external_id: str, *, moves: bool, by: Membership
) -> Done:
    links: Any = _links(kind)
    local = _model(kind).objects.get(pk=local_id)
    theirs = links.filter(connection=connection, external_id=external_id).select_related("local").first()
    if theirs is None:
        raise LinkRefused(
            _("%(system)s has no such record any more. Synchronise, then choose again.")
            % {"system": connector_of(connection).facts.name}
        )
    if theirs.local_id == local_id:
        return Done(change=None)
    mine = links.filter(connection=connection, local_id=local_id).first()
    if mine is None and not moves:
        _ensure_free(connection, kind, theirs.local, local)
    before: State = {local_id: mine.external_id if mine else None, theirs.local_id: external_id}
    after: State = {local_id: external_id, theirs.local_id: mine.external_id if mine else None}
    followed = {theirs.local_id: local_id} | ({local_id: theirs.local_id} if mine else {})
    change = _record(connection, kind, before, after, by=by, followed=followed)
    return Done(change=change, let_go=() if mine else (str(theirs.local),))


def _ensure_free(connection: Connection, kind: Kind, holder: Any, wanted: Any) -> None:
    if kind not in _KEPT_OUT:
        return  # projects and work types go along, and nothing else points to what was only just imported
    if holder.pk in usage.used(kind, [holder.pk]) or holder.pk not in snapshot.imported(connection, kind, [holder.pk]):
        system = connector_of(connection).facts.name
        raise Taken(
            _("“%(holder)s” has this link to %(system)s already. Move it to “%(wanted)s” if that is the right one.")
            % {"holder": holder, "system": system, "wanted": wanted},
            holder.pk,
        )


@transaction.atomic
def unlink(connection: Connection, kind: Kind, local_id: int, *, by: Membership) -> Done:
    """Let a record be Busy's own again. The provider's comes in anew as one of its own. Raises DoesNotExist."""
    connection = health.lock(connection.pk)
    ensure_mapped(connection, kind)
    if kind is Kind.EMPLOYEES and people.are_linked(connection):
        return people_links.unlink(connection, local_id, by=by)
    if kind is Kind.EMPLOYEES:
        member = Membership.objects.get(pk=local_id)
        if not member.employee_number:
            return Done(change=None)
        return Done(change=_record_numbers({member.pk: member.employee_number}, {member.pk: ""}, connection, by))
    links: Any = _links(kind)
    mine = links.filter(connection=connection, local_id=local_id).first()
    if mine is None:
        return Done(change=None)
    return Done(change=_record(connection, kind, {local_id: mine.external_id}, {local_id: None}, by=by))


@transaction.atomic
def link_all(
    connection: Connection, kind: Kind, wanted: Mapping[int, str], *, by: Membership, batch: uuid.UUID | None = None
) -> tuple[LinkChange | None, int]:
    """Many links at once, as suggested and looked at: one change, that one undo takes back. What no longer fits is left
    out; the second value is how many. ``batch`` names changes that are made piece by piece and taken back together."""
    connection = health.lock(connection.pk)
    ensure_mapped(connection, kind)
    if kind is Kind.EMPLOYEES and people.are_linked(connection):
        return people_links.link_all(connection, wanted, by=by)
    if kind is Kind.EMPLOYEES:
        return _give_numbers(connection, wanted, by=by)
    links: Any = _links(kind).filter(connection=connection)
    with relinking.reading(len(wanted)):
        rows = links.filter(external_id__in=among(wanted.values())).values_list("external_id", "local_id")
        there: dict[str, int] = dict(rows)
        linked = set(links.filter(local_id__in=among(wanted)).values_list("local_id", flat=True))
        known = set(_model(kind).objects.filter(pk__in=among(wanted)).values_list("pk", flat=True))
        held = list(there.values())
        free = snapshot.imported(connection, kind, held) - (usage.used(kind, held) if kind in _KEPT_OUT else set())
    before: State = {}
    after: State = {}
    followed: dict[int, int] = {}
    for local_id, external_id in wanted.items():
        holder = there.get(external_id)
        if holder is None or holder not in free or local_id in linked or local_id not in known:
            continue
        free.discard(holder)  # two cannot have it
        before |= {local_id: None, holder: external_id}
        after |= {local_id: external_id, holder: None}
        followed[holder] = local_id
    if not after:
        return None, len(wanted)
    change = _record(connection, kind, before, after, by=by, followed=followed, batch=batch)
    return change, len(wanted) - len(followed)


# --- Undoing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo(connection: Connection, client_id: uuid.UUID) -> bool:
    """Take a change back. False when it was taken back already. Raises LinkRefused when links changed since."""
    connection = health.lock(connection.pk)
    change = LinkChange.objects.get(connection=connection, client_id=client_id)
    if change.undone_at is not None:
        return False
    kind = Kind(change.kind)
    before, after = _state(change.before), _state(change.after)
    if kind is Kind.EMPLOYEES and people.are_linked(connection):
        people_links.put(connection, after, before)
    elif kind is Kind.EMPLOYEES:
        _put_numbers({pk: text or "" for pk, text in after.items()}, {pk: text or "" for pk, text in before.items()})
        reviving.look_again(connection)
    else:
        if change.followers:
            relinking.follow(kind, {pk: told["from"] for told in change.followers for pk in told["ids"]})
        _put(connection, kind, after, before)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    return True


def _state(stored: Mapping[str, str | None]) -> State:
    return {int(key): value for key, value in stored.items()}


# --- Records ----------------------------------------------------------------------------------------------------------


def _links(kind: Kind) -> Any:
    link_model = TARGETS[kind].link
    if link_model is None:
        raise LookupError(f"{kind} have no links")
    return link_model.objects


def _model(kind: Kind) -> Any:
    return TARGETS[kind].model


def _record(
    connection: Connection,
    kind: Kind,
    before: State,
    after: State,
    *,
    by: Membership,
    followed: Mapping[int, int] | None = None,
    batch: uuid.UUID | None = None,
) -> LinkChange:
    """``followed``: from which record to which goes what points to it, along with its link."""
    with relinking.reading(len(before)):
        # While linked, these have nothing of Busy's own to keep; the others have.
        snapshot.keep(connection, kind, [pk for pk, external_id in before.items() if external_id is None])
        if kind in _KEPT_OUT:
            snapshot.note_archived(connection, kind, [pk for pk, external_id in after.items() if external_id is None])
    _put(connection, kind, before, after)
    to = followed or {}
    going = relinking.followers(kind, to)
    if going:
        relinking.follow(kind, {pk: to[old] for old, ids in going.items() for pk in ids})
    return LinkChange.objects.create(
        connection=connection,
        kind=kind,
        before=before,
        after=after,
        followers=[{"ids": ids, "from": old, "to": to[old]} for old, ids in going.items()],
        by=by,
        batch=batch,
    )


def _put(connection: Connection, kind: Kind, expected: State, wanted: State) -> None:
    relinking.put(connection, kind, expected, wanted)
    if kind is Kind.WORK_TYPES:
        for pk in expected:
            publish(WorkTypeChanged(connection.workspace_id, pk))
    else:  # nobody who listens asks which it was
        publish(_EVENTS[kind](connection.workspace_id, next(iter(expected))))


# --- Employees --------------------------------------------------------------------------------------------------------


def _give_number(connection: Connection, member_id: int, external_id: str, *, moves: bool, by: Membership) -> Done:
    """A person is known by the employee number that stands at both ends (R89)."""
    system = {"system": connector_of(connection).facts.name}
    person = ProviderEmployee.objects.filter(connection=connection, external_id=external_id, archived_at=None).first()
    if person is None:
        raise LinkRefused(_("%(system)s has no such record any more. Synchronise, then choose again.") % system)
    if not person.number:
        raise LinkRefused(
            _("%(name)s has no employee number in %(system)s. Write one there, then synchronise.")
            % {**system, "name": person.name}
        )
    member = Membership.objects.select_related("user").get(pk=member_id)
    if member.employee_number == person.number:
        return Done(change=None)
    holder = Membership.objects.select_related("user").filter(employee_number=person.number).first()
    if holder is not None and not moves:
        raise Taken(
            _("%(holder)s has employee number %(number)s already. Move it to %(wanted)s if that is right.")
            % {"holder": holder.user, "number": person.number, "wanted": member.user},
            holder.pk,
        )
    before = {member.pk: member.employee_number}
    after = {member.pk: person.number}
    if holder is not None:
        before[holder.pk] = holder.employee_number
        after[holder.pk] = ""
    change = _record_numbers(before, after, connection, by)
    return Done(change=change, let_go=(str(holder.user),) if holder else ())


def _give_numbers(
    connection: Connection, wanted: Mapping[int, str], *, by: Membership
) -> tuple[LinkChange | None, int]:
    people = ProviderEmployee.objects.filter(connection=connection, external_id__in=wanted.values(), archived_at=None)
    numbers = dict(people.exclude(number="").values_list("external_id", "number"))
    taken = set(Membership.objects.exclude(employee_number="").values_list("employee_number", flat=True))
    members = Membership.objects.filter(pk__in=wanted).values_list("pk", "employee_number")
    before = dict(members)
    after = {
        pk: numbers[external_id]
        for pk, external_id in wanted.items()
        if pk in before and external_id in numbers and numbers[external_id] not in taken
    }
    if not after:
        return None, len(wanted)
    change = _record_numbers({pk: before[pk] for pk in after}, after, connection, by)
    return change, len(wanted) - len(after)


def _record_numbers(
    before: Mapping[int, str], after: Mapping[int, str], connection: Connection, by: Membership
) -> LinkChange:
    _put_numbers(before, after)
    reviving.look_again(connection)
    return LinkChange.objects.create(
        connection=connection, kind=Kind.EMPLOYEES, before=dict(before), after=dict(after), by=by
    )


def _put_numbers(expected: Mapping[int, str], wanted: Mapping[int, str]) -> None:
    """Those that lose theirs first: a number belongs to one person."""
    members = {member.pk: member for member in Membership.objects.filter(pk__in=expected)}
    if {pk: member.employee_number for pk, member in members.items()} != dict(expected):
        raise LinkRefused(_("The links were changed meanwhile. Look at them again."))
    for pk, number in sorted(wanted.items(), key=lambda one: one[1] != ""):
        try:
            change_person(pk, role=Role(members[pk].role), employee_number=number)
        except PersonRefused as refusal:
            raise LinkRefused(refusal.message) from refusal
