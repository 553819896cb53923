"""Hours that wait for a cause to change go on by themselves when it has (R89, R116); `reviving` calls at the right
moments. Also many at once, when a person says so."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection as database
from django.db.models import Q, QuerySet

from integrations import deliveries, hours
from integrations.changes import Changes
from integrations.hour_drafts import MISSING_HERE, Places
from integrations.hour_models import HoursCell
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery
from integrations.policy import Event, State

_RECORD_OF = {Kind.PROJECTS: "project", Kind.WORK_TYPES: "activity", Kind.EMPLOYEES: "employee", Kind.TASKS: "task"}
AT_MOST = 2000  # stuck cells looked at in one go


def go_on(connection: Connection, *, kind: Kind, changed: Changes) -> int:
    """After a pull: let those go on whose cause it cured; how many. The connection is locked."""
    if not hours.is_on(connection):
        return 0
    refused = 0
    if changed and kind in _RECORD_OF:
        stuck = _stuck(connection).filter(problem__record__what=_RECORD_OF[kind])
        if changed.known is not None:
            stuck = stuck.filter(problem__record__external_id__in=changed.known)
        refused = revive(connection, list(stuck.values_list("pk", flat=True)[:AT_MOST]), Event.CAUSE_CHANGED)
    return refused + look_again(connection)


def look_again(connection: Connection) -> int:
    """Let those go on that only lacked what is there now: an employee number, a link; how many."""
    if not hours.is_on(connection):
        return 0
    stuck = HoursCell.objects.filter(
        connection=connection,
        delivery__kind=deliveries.HOURS,
        delivery__state=State.ATTENTION,
        delivery__problem__code__in=MISSING_HERE,
    )
    places = Places(connection)
    cured = [cell.delivery_id for cell in stuck.order_by("pk")[:AT_MOST] if places.problem_of(cell) is None]
    return revive(connection, cured, Event.CAUSE_CHANGED)


def revive(connection: Connection, ids: Sequence[int], event: Event, *, by: int | None = None) -> int:
    """Let these deliveries go on now, with a line in the ledger of each; how many. The caller nudges afterwards."""
    if not ids:
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            """
            WITH chosen AS (
                SELECT id FROM integrations_delivery
                WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND kind = 'hours'
                    AND state IN ('waiting', 'attention') AND id = ANY(%(ids)s)
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            ), revived AS (
                UPDATE integrations_delivery d
                SET state = 'waiting', not_before = clock_timestamp(), changed_at = now(),
                    pressed_by_id = coalesce(%(by)s, d.pressed_by_id)
                FROM chosen WHERE d.id = chosen.id RETURNING d.id
            )
            INSERT INTO integrations_attempt (workspace_id, delivery_id, at, event, started_by_id)
            SELECT %(workspace)s, id, now(), %(event)s, %(by)s FROM revived ORDER BY id
            """,
            {
                "workspace": connection.workspace_id,
                "connection": connection.pk,
                "ids": list(ids),
                "event": str(event),
                "by": by,
            },
        )
        return int(cursor.rowcount)


def revive_where(connection: Connection, which: Q, event: Event, *, by: int | None = None) -> int:
    """All that wait, of those; how many."""
    waiting = Delivery.objects.filter(
        which, connection=connection, kind=deliveries.HOURS, state__in=[State.WAITING, State.ATTENTION]
    )
    return revive(connection, list(waiting.values_list("pk", flat=True)), event, by=by)


def _stuck(connection: Connection) -> QuerySet[Delivery]:
    return Delivery.objects.filter(connection=connection, kind=deliveries.HOURS, state=State.ATTENTION)
