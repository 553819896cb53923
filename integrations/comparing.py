"""Comparing months, as a worker does it: asked for by a person or by the night, read with no transaction open,
remembered in one.

Nothing is concluded from a reading that did not come to its end: the last result then stands (`order_comparison`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.fields.json import KT

from busy.lib.periods import local_today
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import (
    database_clock,
    deliveries,
    health,
    hour_comparison,
    hours,
    lane_jobs,
    nights,
    order_comparison,
    policy,
    turns,
    wakeups,
)
from integrations.comparing_models import ComparedMonth, CompareState, Difference, Subject, What
from integrations.conversations import connector_of, conversation
from integrations.kernel.connector import Push
from integrations.kernel.errors import Code, LoginNeeded, Problem, ProviderError, Temporary, Turn
from integrations.kernel.payloads import OrderPayload, from_json
from integrations.leases import Heartbeat
from integrations.models import Connection, Delivery
from integrations.months import Month
from integrations.order_comparison import Found, Sent, Unlike
from integrations.policy import Effect, State
from integrations.timings import timings
from integrations.wakeups import Lane, Taken
from orders.models import Order

logger = logging.getLogger(__name__)

SLICE = 60.0  # seconds of one job; then other connections have their turn
MOST_TRIES = 5  # of one comparison before it waits for the next night or press
_NOTES = 1.0  # seconds between two notes of the progress
_BROKEN = 600.0  # seconds until it is tried again after a fault of ours

INTERRUPTED = Problem(code="interrupted", turn=Turn.TIME, automatic=True)


def subjects(connection: Connection) -> list[Subject]:
    """What of the connection can be compared."""
    push = connector_of(connection).push(OrderPayload)
    found = [Subject.ORDERS] if push is not None and push.standing is not None else []
    return [*found, Subject.HOURS] if hours.is_offered(connection) else found


# --- Asking -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(connection: Connection, subject: Subject, month: Month, *, by: Membership) -> bool:
    """Have the month compared now. False while it is under way, and when the connection rests."""
    connection = health.lock(connection.pk)
    if not connection.is_running or subject not in subjects(connection):
        return False
    compared, _ = ComparedMonth.objects.get_or_create(
        connection=connection, subject=subject, month=month.first, defaults={"state": CompareState.DONE}
    )
    if compared.is_moving and compared.started_by_id is not None:
        return False
    _wait(compared, by=by.pk)
    wakeups.nudge(connection, wakeups.COMPARE, by=by.pk)
    return True


def _wait(compared: ComparedMonth, *, by: int | None, nightly_at: datetime | None = None) -> None:
    now = database_clock.now()
    compared.state, compared.started_by_id, compared.failures = CompareState.WAITING, by, 0
    compared.asked_at = compared.not_before = now
    compared.seen, compared.total = 0, None
    compared.nightly_at = nightly_at or compared.nightly_at
    compared.save()


def _ask_nightly(connection: Connection) -> None:
    """This month and the one before, once a night. The connection is locked."""
    now = database_clock.now()
    night = nights.last_night(connection, now)
    if night <= connection.connected_at:
        return
    month = Month.of(local_today(connection.workspace.zone))
    chosen = [one for one in subjects(connection) if one is not Subject.HOURS or hours.is_on(connection)]
    for subject in chosen:
        for first in (month.plus(-1).first, month.first):
            compared, _ = ComparedMonth.objects.get_or_create(
                connection=connection, subject=subject, month=first, defaults={"state": CompareState.DONE}
            )
            if compared.nightly_at is None or compared.nightly_at < night:
                _wait(compared, by=None, nightly_at=now)


# --- The job ----------------------------------------------------------------------------------------------------------


def run_comparisons(workspace_id: int, connection_id: int) -> None:
    """Do every comparison of the connection that is due. Does nothing when another worker is at it."""
    lane_jobs.run(Lane.COMPARE, workspace_id, connection_id, _run, broken=_BROKEN)


def _run(workspace_id: int, taken: Taken, heartbeat: Heartbeat) -> float:
    """Seconds until something is due again."""
    until = time.monotonic() + SLICE
    while True:
        heartbeat.ensure()
        with scope(workspace_id), transaction.atomic():
            connection = health.lock(taken.connection_id)
            if not connection.is_running:
                return wakeups.SWEEP
            if connection.hold_until is not None and connection.hold_until > database_clock.now():
                return (connection.hold_until - database_clock.now()).total_seconds()
            _ask_nightly(connection)
            compared = _next(connection)
            if compared is None:
                return _seconds_to_next(connection)
        if time.monotonic() > until:
            return 0.0
        with turns.one_voice(workspace_id, taken, heartbeat) as may_talk:
            if not may_talk:
                return 1.0
            _compare(connection, compared, heartbeat)


def _next(connection: Connection) -> ComparedMonth | None:
    """What is due, a person's first. One that ran and never ended is begun anew, and given up after a few times."""
    unfinished = ComparedMonth.objects.filter(connection=connection, state=CompareState.RUNNING)
    for left_over in unfinished:
        _again(left_over, INTERRUPTED)
    due = ComparedMonth.objects.filter(
        connection=connection, state=CompareState.WAITING, not_before__lte=database_clock.now()
    )
    compared = due.order_by("started_by", "asked_at", "pk").first()  # nobody's come last
    if compared is not None:
        compared.state, compared.seen, compared.total = CompareState.RUNNING, 0, None
        compared.save(update_fields=["state", "seen", "total"])
    return compared


def _again(compared: ComparedMonth, problem: Problem, *, at_least: float = 0) -> None:
    compared.failures += 1
    wait = max(at_least, policy.backoff(compared.failures, timings()))
    compared.state = CompareState.WAITING if compared.failures < MOST_TRIES else CompareState.FAILED
    compared.not_before = database_clock.now() + timedelta(seconds=wait)
    compared.problem = problem.to_json()
    compared.save(update_fields=["failures", "state", "not_before", "problem"])


def _seconds_to_next(connection: Connection) -> float:
    waiting = ComparedMonth.objects.filter(connection=connection, state=CompareState.WAITING)
    first = waiting.order_by("not_before").values_list("not_before", flat=True).first()
    night = nights.seconds_to_next(connection)
    return night if first is None else min(night, max(0.0, (first - database_clock.now()).total_seconds()))


def _compare(connection: Connection, compared: ComparedMonth, heartbeat: Heartbeat) -> None:
    """One month of one subject: read, then remembered; or the reason why not."""
    began = database_clock.now()  # as deliveries are stamped
    keep: Callable[[Connection], Result]
    try:
        keep = (_orders if compared.subject == Subject.ORDERS else _hours)(connection, compared, began)
    except Temporary as error:
        _failed(compared, error, effect=Effect.STRAINED)
        return
    except LoginNeeded as error:
        is_right = error.problem.code == Code.RIGHTS_MISSING
        is_setup = error.problem.code == Code.SETUP_MISSING
        _failed(compared, error, effect=Effect.NONE if is_right else Effect.CONFIGURE if is_setup else Effect.SIGN_IN)
        return
    except ProviderError as error:
        _failed(compared, error, effect=Effect.NONE)
        return
    heartbeat.ensure()
    with scope(compared.workspace_id), transaction.atomic():
        connection = health.lock(compared.connection_id)
        result = keep(connection)
        store(compared, result, began)
        health.feel(connection, Effect.WELL, None)
        if Difference.objects.filter(compared__connection=connection, told_at=None).exists():
            wakeups.nudge(connection, wakeups.NOTICE)


def _failed(compared: ComparedMonth, error: ProviderError, *, effect: Effect) -> None:
    hold = (error.retry_after or 0.0) if isinstance(error, Temporary) else 0.0
    fields = {"connection": compared.connection_id, "subject": compared.subject, "code": error.problem.code}
    logger.info("a comparison failed", extra=fields)
    with scope(compared.workspace_id), transaction.atomic():
        connection = health.lock(compared.connection_id)
        if not isinstance(error, Temporary):
            compared.failures = MOST_TRIES  # a person or we must do something first
        _again(compared, error.problem, at_least=hold)
        health.feel(connection, effect, error.problem, hold=hold)


def _progress(compared: ComparedMonth) -> Callable[[int], None]:
    noted = time.monotonic()

    def note(seen: int) -> None:
        nonlocal noted
        if time.monotonic() > noted + _NOTES:
            noted = time.monotonic()
            with scope(compared.workspace_id):
                ComparedMonth.objects.filter(pk=compared.pk).update(seen=seen)

    return note


# --- What is compared -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a reading came to; the differences not stored yet."""

    differences: Sequence[Difference]
    equal: int
    equal_minutes: int = 0
    under_way: int = 0
    others: int = 0
    other_minutes: int = 0


def sent_orders(connection: Connection, month: Month, **which: Any) -> list[Sent]:
    """Orders of the month that arrived, by the day they were sent with."""
    rows = Delivery.objects.filter(
        connection=connection, kind=deliveries.ORDER, state=State.TRANSFERRED, payload__isnull=False, **which
    ).annotate(day=KT("payload__order_date"))
    dated = rows.filter(day__gte=month.first.isoformat(), day__lte=month.last.isoformat())
    return [
        Sent(
            delivery_id=row.pk,
            external_id=row.external_id,
            reference=row.reference,
            payload=from_json(OrderPayload, row.payload or {}),
        )
        for row in dated.order_by("pk")
    ]


def _orders(connection: Connection, compared: ComparedMonth, began: datetime) -> Callable[[Connection], Result]:
    month = Month(first=compared.month)
    push: Push[Any, OrderPayload] | None = connector_of(connection).push(OrderPayload)
    if push is None or push.standing is None:
        raise LookupError(f"{connection.provider} does not say which orders stand there")
    with scope(connection.workspace_id):
        wanted = [one.external_id for one in sent_orders(connection, month, transferred_at__lte=began)]
        ComparedMonth.objects.filter(pk=compared.pk).update(total=len(wanted))
    with conversation(connection) as api:
        found = order_comparison.read(push.standing, api, month, wanted, _progress(compared))
    return lambda locked: _result_of_orders(locked, compared, found, began)


def _result_of_orders(connection: Connection, compared: ComparedMonth, found: Found, began: datetime) -> Result:
    month = Month(first=compared.month)
    # Asked again: what a person has sent anew meanwhile is under way, and no longer ours to judge.
    sent = [
        one
        for one in sent_orders(connection, month, transferred_at__lte=began)
        if one.external_id in found.listed or one.external_id in found.looked_up
    ]
    equal, unlike = order_comparison.compare(sent, found)
    references = {order.reference for order in found.listed.values() if order.reference}
    ours = Delivery.objects.filter(connection=connection, kind=deliveries.ORDER)
    rows = ours.filter(Q(external_id__in=list(found.listed)) | Q(reference__in=references))
    known = {row.external_id for row in rows if row.state == State.TRANSFERRED}
    by_reference = {row.reference: _sent(row) for row in rows if row.state != State.CANCELLED}
    strange, others = order_comparison.strangers(found, known, by_reference)
    taken_back = {row.reference: row.pk for row in rows if row.state == State.CANCELLED}
    return Result(
        differences=[_of_order(one, taken_back) for one in (*unlike, *strange)],
        equal=len(equal),
        under_way=_orders_under_way(connection, month),
        others=others,
    )


def _sent(row: Delivery) -> Sent | None:
    if row.state != State.TRANSFERRED or not row.payload:
        return None
    payload = from_json(OrderPayload, row.payload)
    return Sent(delivery_id=row.pk, external_id=row.external_id, reference=row.reference, payload=payload)


def _orders_under_way(connection: Connection, month: Month) -> int:
    """Orders of the month that have not arrived: their own page says why."""
    rows = Delivery.objects.filter(
        connection=connection,
        kind=deliveries.ORDER,
        state__in=[State.WAITING, State.TRANSFERRING, State.ATTENTION],
    )
    dated = Order.objects.filter(pk__in=rows.values("order_id"), order_date__range=(month.first, month.last))
    return dated.count()


def _of_order(unlike: Unlike, taken_back: dict[str, int]) -> Difference:
    there = unlike.there
    delivery = unlike.sent.delivery_id if unlike.sent else taken_back.get(there.reference if there else "")
    details = list(unlike.details)
    external_id = there.external_id if there else unlike.sent.external_id if unlike.sent else ""
    return Difference(
        key=unlike.key,
        what=unlike.what,
        delivery_id=delivery,
        external_id=external_id[:100],
        number=(there.number if there else "")[:100],
        url=(there.url if there else "")[:500],
        details=details,
        mark=order_comparison.mark(unlike.what, [*details, {"id": external_id}]),
    )


def _hours(connection: Connection, compared: ComparedMonth, began: datetime) -> Callable[[Connection], Result]:
    month = Month(first=compared.month)
    found = []
    note = _progress(compared)
    for one in hour_comparison.standing(connection, month):
        found.append(one)
        note(len(found))
    return lambda locked: _result_of_hours(locked, month, found, began)


def _result_of_hours(connection: Connection, month: Month, found: list[Any], began: datetime) -> Result:
    came = hour_comparison.compare(connection, month, found, before=began)
    rows = []
    for one in came.unequal:
        details = [{"field": "minutes", "ours": one.cell.minutes or 0, "there": one.there}]
        what = What.DIFFERENT if one.there else What.MISSING
        rows.append(
            Difference(
                key=f"cell:{one.cell.pk}",
                what=what,
                delivery_id=one.cell.delivery_id,
                cell_id=one.cell.pk,
                external_id=one.cell.delivery.external_id,
                details=details,
                mark=order_comparison.mark(what, details),
            )
        )
    return Result(
        differences=rows,
        equal=came.equal,
        equal_minutes=came.equal_minutes,
        under_way=came.under_way,
        others=came.others,
        other_minutes=came.other_minutes,
    )


def store(compared: ComparedMonth, result: Result, began: datetime) -> None:
    """Replace the last result. A difference that was known keeps when it was found, told and accepted; of a new one a
    person who asked for the comparison needs no mail."""
    present = {row.key: row for row in Difference.objects.filter(compared=compared).select_for_update()}
    now = database_clock.now()
    found = {row.key: row for row in result.differences}
    kept = {key for key, row in found.items() if key in present and present[key].mark == row.mark}
    Difference.objects.filter(pk__in=[row.pk for key, row in present.items() if key not in kept]).delete()
    fresh = []
    for key, row in found.items():
        if key in kept:
            continue
        row.compared, row.workspace_id = compared, compared.workspace_id
        row.found_at, row.told_at = now, now if compared.started_by_id is not None else None
        fresh.append(row)
    Difference.objects.bulk_create(fresh, batch_size=1000)
    compared.state, compared.problem, compared.failures = CompareState.DONE, None, 0
    compared.read_at, compared.finished_at = began, now
    compared.equal, compared.equal_minutes = result.equal, result.equal_minutes
    compared.under_way, compared.others = result.under_way, result.others
    compared.other_minutes = result.other_minutes
    compared.save()
