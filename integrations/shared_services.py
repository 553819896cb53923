"""What people do about a record that travels both ways: try again, take what stands there, insist, make it there,
fetch."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from busy.workspaces.models import Membership
from integrations import deliveries, health, inbound, services, shared, shared_reviving, shared_values, wakeups
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery, PullState
from integrations.policy import Event, State
from integrations.shared_models import SharedRecord


def retry(connection: Connection, kind: Kind, local_id: int, *, by: Membership) -> bool:
    """Try it now. False when nothing of it waits, or the connection does not run."""
    row = _row(connection, kind, local_id)
    if row is None or not connection.is_running:
        return False
    with transaction.atomic():
        return bool(shared_reviving.press(connection, by.pk, row.delivery_id))


def take_theirs(connection: Connection, kind: Kind, local_id: int, *, by: Membership) -> bool:
    """What stands there is taken over here, and what was changed here is not sent. False when it is not there."""
    with transaction.atomic():
        found = _held(connection, kind, local_id)
        if found is None or found.makes or found.delivery.is_unclear:
            return False
        found.gives_in, found.insists = True, False
        found.save(update_fields=["gives_in", "insists"])
        _carry(found, by)
    return True


def insist(connection: Connection, kind: Kind, local_id: int, *, by: Membership) -> bool:
    """What was not kept of a conflict is written on both sides after all, whichever it was. False when there is
    none."""
    with transaction.atomic():
        found = _held(connection, kind, local_id)
        if found is None or not found.conflict:
            return False
        local = shared.locked(kind, local_id)
        for one in found.conflict:
            other = one["theirs"] if one["stays"] == "ours" else one["ours"]
            found.before[one["field"]] = shared_values.value_of(connection, local, one["field"])
            shared_values.put_value(connection, local, one["field"], other)
        found.insists, found.gives_in, found.conflict = True, False, None
        found.changed_at, found.changed_by = timezone.now(), by
        found.save()
        _carry(found, by)
    return True


def seen(connection: Connection, kind: Kind, local_id: int) -> None:
    """Somebody has read what both sides said, and leaves it so."""
    SharedRecord.objects.filter(connection=connection, kind=kind, local_id=local_id).update(conflict=None)


def make(connection: Connection, kind: Kind, local_id: int) -> bool:
    """Have a record made there that only Busy has."""
    with transaction.atomic():
        shared.locked(kind, local_id)
        return shared.request(connection, kind, local_id, None)


def keep_here(connection: Connection, kind: Kind, local_id: int) -> bool:
    """Do not make it there after all. False when it may stand there already, or is under way."""
    with transaction.atomic():
        found = _held(connection, kind, local_id)
        if found is None or not found.makes or found.delivery.is_unclear:
            return False
        if found.delivery.state not in (State.WAITING, State.ATTENTION):
            return False
        Delivery.objects.filter(pk=found.delivery_id).update(state=State.CANCELLED, changed_at=timezone.now())
        SharedRecord.objects.filter(pk=found.pk).update(makes=False, before={}, in_doubt={})
        deliveries.note(found.delivery, Event.CANCELLED)
    return True


def fetch(connection: Connection, kind: Kind, *, by: Membership) -> bool:
    """Read all of a kind now (R61). Projects begin the main synchronisation, which reads everything (R64). False when
    the connection does not run."""
    if kind is Kind.PROJECTS:
        return services.synchronise_now(connection, by=by)
    with transaction.atomic():
        connection = health.lock(connection.pk)
        if not connection.is_running or kind not in {facts.kind for facts in inbound.pulled_kinds(connection)}:
            return False
        state, _ = PullState.objects.get_or_create(connection=connection, kind=kind)
        state.wants_everything = True
        state.save(update_fields=["wants_everything"])
        wakeups.nudge(connection, kind, by=by.pk)
    return True


def _row(connection: Connection, kind: Kind, local_id: int) -> SharedRecord | None:
    rows = SharedRecord.objects.filter(connection=connection, kind=kind, local_id=local_id)
    return rows.select_related("delivery").first()


def _held(connection: Connection, kind: Kind, local_id: int) -> SharedRecord | None:
    """The row, with the locks that a worker takes, in its order."""
    health.lock(connection.pk)
    shared.locked(kind, local_id)
    known = _row(connection, kind, local_id)
    if known is None:
        return None
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=known.delivery_id)
    found = SharedRecord.objects.select_for_update(no_key=True).get(pk=known.pk)
    found.delivery = delivery
    return found


def _carry(found: SharedRecord, by: Membership) -> None:
    delivery = found.delivery
    delivery.wanted += 1
    if delivery.state != State.TRANSFERRING:
        delivery.state, delivery.not_before = State.WAITING, timezone.now()
    delivery.changed_at, delivery.pressed_by = timezone.now(), by
    delivery.save(update_fields=["wanted", "state", "not_before", "changed_at", "pressed_by"])
    deliveries.note(delivery, Event.PRESSED, by=by.pk)
    wakeups.nudge(found.connection, wakeups.PUSH, by=by.pk)
