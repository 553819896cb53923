"""Cells become deliveries, in the transaction that changed them: each wants the total that its hours have come to (R90,
R91, R93).

One statement for any number of cells. It asks for no lock that is held long: a worker that carries the same cell is
told by the counter ``wanted`` and begins again when it is done.

Where hours stand on tasks at the provider, the hours of a day on a project and work type are one cell for each task,
and one for those without.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import F

from integrations import afterwards, database_clock
from integrations.conversations import connector_of
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices, choices_of
from integrations.models import Connection, Delivery
from integrations.policy import State
from timesheets.events import Cell

_GIVEN = (
    "SELECT * FROM unnest(%(members)s::bigint[], %(projects)s::bigint[], %(work_types)s::bigint[], %(days)s::date[])"
    " AS given (member_id, project_id, work_type_id, day)"
)
# Every cell that has, or had, something to send.
_EVERY = """
    SELECT member_id, project_id, work_type_id, day FROM timesheets_timeentry
    WHERE workspace_id = %(workspace)s AND day >= %(since)s
    UNION SELECT member_id, project_id, work_type_id, day FROM integrations_hourscell
    WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s
"""
# What is sent of the entries "e": the total, and the notes in the order they were written.
_TOTAL = "coalesce(sum(e.minutes), 0)"
_NOTES = "coalesce(left(string_agg(nullif(btrim(e.note), ''), '; ' ORDER BY e.id), 500), '')"
_DIFFERENT = f"""
    WITH cells AS MATERIALIZED (
        SELECT given.*, NOT %(tasks)s OR EXISTS (
            SELECT FROM integrations_hourscell h
            WHERE h.workspace_id = %(workspace)s AND h.connection_id = %(connection)s
                AND h.member_id = given.member_id AND h.day = given.day AND h.project_id = given.project_id
                AND h.work_type_id = given.work_type_id
                -- What stands there of all tasks together stays so.
                AND h.task_id IS NULL AND h.is_whole AND (h.minutes > 0 OR h.in_doubt <> '{{{{}}}}')
        ) AS is_whole
        FROM ({{cells}}) given
    ), places AS MATERIALIZED (
        SELECT c.*, NULL::bigint AS task_id FROM cells c
        UNION SELECT c.*, e.task_id FROM cells c JOIN timesheets_timeentry e
            ON e.workspace_id = %(workspace)s AND e.member_id = c.member_id AND e.day = c.day
            AND e.project_id = c.project_id AND e.work_type_id = c.work_type_id
        WHERE NOT c.is_whole
        UNION SELECT c.*, h.task_id FROM cells c JOIN integrations_hourscell h
            ON h.workspace_id = %(workspace)s AND h.connection_id = %(connection)s AND h.member_id = c.member_id
            AND h.day = c.day AND h.project_id = c.project_id AND h.work_type_id = c.work_type_id
        WHERE NOT c.is_whole
    ), totals AS (
        SELECT c.*, {_TOTAL} AS total, {_NOTES} AS notes
        FROM places c LEFT JOIN timesheets_timeentry e
            ON e.workspace_id = %(workspace)s AND e.member_id = c.member_id AND e.day = c.day
            AND e.project_id = c.project_id AND e.work_type_id = c.work_type_id
            AND (c.is_whole OR e.task_id IS NOT DISTINCT FROM c.task_id) AND {{stage}}
        GROUP BY c.member_id, c.project_id, c.work_type_id, c.day, c.is_whole, c.task_id
    ), different AS MATERIALIZED (
        SELECT t.*, coalesce(h.minutes, 0) AS there,
            concat_ws(
                ':', 'hours', t.member_id, t.project_id, t.work_type_id, to_char(t.day, 'YYYY-MM-DD'), t.task_id
            ) AS key,
            gen_random_uuid() AS reference_id
        FROM totals t
        LEFT JOIN integrations_hourscell h
            ON h.workspace_id = %(workspace)s AND h.connection_id = %(connection)s AND h.member_id = t.member_id
            AND h.day = t.day AND h.project_id = t.project_id AND h.work_type_id = t.work_type_id
            AND h.task_id IS NOT DISTINCT FROM t.task_id
        LEFT JOIN integrations_delivery d ON d.workspace_id = %(workspace)s AND d.id = h.delivery_id
        WHERE CASE
            WHEN h.id IS NULL THEN t.total > 0 AND t.day >= %(since)s
            -- What was sent once is kept right, also when the day from which hours are sent was moved since.
            WHEN t.day < %(since)s AND coalesce(h.minutes, 0) = 0 AND h.in_doubt = '{{{{}}}}' THEN false
            ELSE d.state NOT IN ('transferred', 'cancelled') OR coalesce(h.minutes, 0) <> t.total
                OR (t.total > 0 AND h.comment <> t.notes) OR h.in_doubt <> '{{{{}}}}'
        END
    )
"""  # noqa: S608 - our own expressions
# What becomes less goes first: hours that move leave their old cell before they come to the new one. The keys are in
# order, so that two of us never wait for each other.
_REQUEST = f"""{_DIFFERENT}, asked AS (
        INSERT INTO integrations_delivery AS d (
            workspace_id, connection_id, kind, key, reference, reference_id, wanted, done, state, is_unclear, sends,
            attempts, not_before, external_id, external_number, external_url, created_at, changed_at
        )
        SELECT %(workspace)s, %(connection)s, 'hours', key,
            'Busy ' || upper(left(replace(reference_id::text, '-', ''), 16)), reference_id,
            1, 0, 'waiting', false, 0, 0,
            clock_timestamp() - CASE WHEN total < there THEN interval '1 millisecond' ELSE interval '0' END,
            '', '', '', now(), now()
        FROM different ORDER BY key
        ON CONFLICT (workspace_id, connection_id, key) DO UPDATE SET
            wanted = d.wanted + 1, changed_at = now(),
            state = CASE WHEN d.state = 'transferring' THEN d.state ELSE 'waiting' END,
            problem = CASE WHEN d.is_unclear THEN d.problem END,
            not_before = CASE WHEN d.is_unclear THEN d.not_before ELSE excluded.not_before END
        RETURNING d.id, d.key
    )
    INSERT INTO integrations_hourscell AS h (
        workspace_id, connection_id, delivery_id, member_id, project_id, work_type_id, task_id, is_whole, day,
        minutes_wanted, comment, version, in_doubt, overwrite, at_employee, at_project, at_work_type, at_task
    )
    SELECT %(workspace)s, %(connection)s, asked.id, member_id, project_id, work_type_id, task_id, is_whole, day,
        total, '', '', '{{{{}}}}', false, '', '', '', ''
    FROM different JOIN asked USING (key) ORDER BY key
    ON CONFLICT (workspace_id, connection_id, member_id, day, project_id, work_type_id, task_id)
        DO UPDATE SET minutes_wanted = excluded.minutes_wanted, is_whole = excluded.is_whole
"""  # noqa: S608 - our own expressions
_COUNT = f"""{_DIFFERENT}
    SELECT count(*) FILTER (WHERE total > there), coalesce(sum(total - there) FILTER (WHERE total > there), 0),
        count(*) FILTER (WHERE total < there), coalesce(sum(there - total) FILTER (WHERE total < there), 0)
    FROM different
"""  # noqa: S608 - our own expressions


def request(connection: Connection, cells: Collection[Cell]) -> int:
    """Have the cells carried, where what they come to is not what stands there; how many. Call inside a transaction."""
    if not cells:
        return 0
    return _request(connection, _GIVEN, _given(cells))


def request_all(connection: Connection) -> int:
    """Compare every cell, and have those carried that differ; how many. For when the choice was made or changed."""
    return _request(connection, _EVERY, {})


def look_at_again(connection: Connection, **whose: int) -> int:
    """Have a worker look whether what stands there of the ``member``, or the ``task``, still stands in the right place;
    how many cells. Call inside a transaction. What does costs no request."""
    standing = HoursCell.objects.filter(connection=connection, minutes__gt=0, **whose)
    rows = Delivery.objects.filter(pk__in=standing.values("delivery"), state=State.TRANSFERRED)
    ids = list(rows.select_for_update(no_key=True).order_by("key").values_list("pk", flat=True))
    now = database_clock.now()
    Delivery.objects.filter(pk__in=ids).update(
        state=State.WAITING, wanted=F("wanted") + 1, not_before=now, changed_at=now
    )
    if ids:
        afterwards.rouse(connection)
    return len(ids)


def _request(connection: Connection, cells: str, given: dict[str, Any]) -> int:
    choices = choices_of(connection)
    if not choices.is_on:
        return 0
    with database.cursor() as cursor:
        cursor.execute(_REQUEST.format(cells=cells, stage=choices.stage), _names(connection, choices, given))
        count = int(cursor.rowcount)
    if count:
        afterwards.rouse(connection)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a choice would send and take back: cells, and minutes."""

    more: int
    more_minutes: int
    less: int
    less_minutes: int


def difference(connection: Connection, choices: HourChoices) -> Difference:
    """What would be carried if the choices were made now. One query."""
    if not choices.is_on:
        return Difference(more=0, more_minutes=0, less=0, less_minutes=0)
    with database.cursor() as cursor:
        cursor.execute(_COUNT.format(cells=_EVERY, stage=choices.stage), _names(connection, choices, {}))
        more, more_minutes, less, less_minutes = cursor.fetchone()
    return Difference(more=more, more_minutes=int(more_minutes), less=less, less_minutes=int(less_minutes))


def _given(cells: Collection[Cell]) -> dict[str, Any]:
    return {
        "members": [cell.member_id for cell in cells],
        "projects": [cell.project_id for cell in cells],
        "work_types": [cell.work_type_id for cell in cells],
        "days": [cell.day for cell in cells],
    }


def _names(connection: Connection, choices: HourChoices, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "workspace": connection.workspace_id,
        "connection": connection.pk,
        "since": choices.since or "infinity",
        "tasks": connector_of(connection).facts.hours_on_tasks,
        **given,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a cell comes to: whole minutes, and the notes."""

    minutes: int = 0
    notes: str = ""


def wanted(cell: HoursCell, choices: HourChoices) -> Wanted:
    """What the cell comes to now (R90). Nothing when no hours of it have come so far, or its day is before the
    choice's and it was never sent."""
    is_before = choices.since is None or cell.day < choices.since
    if not choices.is_on or (is_before and not cell.may_stand_there):
        return Wanted()
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT {_TOTAL}, {_NOTES} FROM timesheets_timeentry e WHERE workspace_id = %s AND member_id = %s"  # noqa: S608
            f" AND day = %s AND project_id = %s AND work_type_id = %s AND (%s OR task_id IS NOT DISTINCT FROM %s)"
            f" AND {choices.stage}",
            [
                cell.workspace_id,
                cell.member_id,
                cell.day,
                cell.project_id,
                cell.work_type_id,
                cell.is_whole,
                cell.task_id,
            ],
        )
        minutes, notes = cursor.fetchone()
    return Wanted(minutes=int(minutes), notes=notes if minutes else "")


def falls_apart(connection: Connection, cell: HoursCell) -> bool:
    """A cell of all tasks together, of which nothing stands there, where hours stand on tasks by now: its tasks get
    cells of their own, and True. Call in a scope."""
    on_tasks = connector_of(connection).facts.hours_on_tasks
    if not on_tasks or not cell.is_whole or cell.may_stand_there:
        return False
    with transaction.atomic():
        request(connection, [Cell(cell.member_id, cell.project_id, cell.work_type_id, cell.day)])
    cell.is_whole = False
    return True
