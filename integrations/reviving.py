"""Waiting ends when the cause has changed (R116): what stood in the way of an order is looked at again, without a
person; `hour_reviving` does so for hours.
 Two kinds of causes. What is missing in Busy is looked at from our own rows, whenever one of them changes and after
each pull. What the provider refused is tried again when a pull brings a change of the very record that stood in the
way.
"""

from __future__ import annotations

from collections.abc import Iterable

from integrations import deliveries, drafts, health, hour_reviving, set_up, shared_reviving, wakeups
from integrations.changes import Changes
from integrations.kernel.errors import Code, Problem
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery
from integrations.policy import Event, State

MISSING_HERE = frozenset(
    {
        Code.NOT_LINKED,
        Code.WORK_TYPE_WITHOUT_PRODUCT,
        Code.EMPLOYEE_NUMBER_MISSING,
        Code.EMPLOYEE_NOT_FOUND,
        "nobody_linked",
        "project_without_customer",
        set_up.UNFINISHED,
    }
)
_RECORD_OF = {
    Kind.PROJECTS: "project",
    Kind.CUSTOMERS: "customer",
    Kind.PRODUCTS: "product",
    Kind.EMPLOYEES: "employee",
}
AT_MOST = 200  # stuck orders looked at in one go


def go_on(connection: Connection, *, kind: Kind, changed: Changes) -> int:
    """After a pull, in its last transaction: let orders go on whose cause it cured; how many. The connection is
    locked."""
    revived = 0
    for delivery in _stuck(connection):
        problem = Problem.from_json(delivery.problem) if delivery.problem else None
        if problem is None or delivery.is_unclear:
            continue
        if _was_changed(problem, kind, changed) or (problem.code in MISSING_HERE and _is_cured(connection, delivery)):
            deliveries.revive(delivery, Event.CAUSE_CHANGED)
            revived += 1
    revived += hour_reviving.go_on(connection, kind=kind, changed=changed)
    revived += shared_reviving.go_on(connection, changed)
    _sweep(connection, revived)
    return revived


def look_again(connection: Connection) -> int:
    """A row of Busy's own changed: let orders go on that were waiting for it; how many. Locks the connection first."""
    connection = health.lock(connection.pk)
    revived = 0
    for delivery in _stuck(connection):
        if not delivery.is_unclear and _is_worth_looking(delivery) and _is_cured(connection, delivery):
            deliveries.revive(delivery, Event.CAUSE_CHANGED)
            revived += 1
    revived += hour_reviving.look_again(connection)
    revived += shared_reviving.go_on(connection, Changes())
    if revived:
        wakeups.nudge(connection, wakeups.PUSH)
    return revived


def _sweep(connection: Connection, revived: int) -> None:
    """A delivery that nobody was told of is found here: its wakeup may have been lost with a backup or by hand."""
    next_in = deliveries.seconds_to_next(connection)
    if revived:
        wakeups.nudge(connection, wakeups.PUSH)
    elif next_in is not None:
        wakeups.due(connection, [wakeups.PUSH], in_seconds=next_in)


def _stuck(connection: Connection) -> Iterable[Delivery]:
    rows = Delivery.objects.filter(connection=connection, kind=deliveries.ORDER, state=State.ATTENTION)
    return rows.select_for_update(no_key=True, skip_locked=True).order_by("pk")[:AT_MOST]


def _was_changed(problem: Problem, kind: Kind, changed: Changes) -> bool:
    record = problem.record
    return record is not None and record.what == _RECORD_OF.get(kind) and record.external_id in changed


def _is_worth_looking(delivery: Delivery) -> bool:
    code = (delivery.problem or {}).get("code")
    return code in MISSING_HERE or code in drafts.STATES


def _is_cured(connection: Connection, delivery: Delivery) -> bool:
    """Whether nothing known here is in the way any more."""
    draft = drafts.draft_of(connection, delivery.order_id or 0, delivery.reference)
    return draft.payload is not None and draft.problem is None
