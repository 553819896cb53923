"""What the pages of hours tell about a provider: which hours it will refuse, and how far the others are on their way.

From what was pulled and what was tried; nothing is asked of the provider here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.lib.written import written_month
from integrations import hours, people
from integrations.conversations import connector_of
from integrations.hour_models import HoursCell
from integrations.kernel.errors import Problem
from integrations.models import Connection
from integrations.policy import State
from integrations.problems import explain
from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.remarks import Caution, Transfer

# Hours that have arrived need no word.
_REFUSED = """
    SELECT * FROM (
        SELECT DISTINCT e.member_id, e.project_id, e.work_type_id, e.day, p.name AS project, w.name AS work_type,
            EXISTS (
                SELECT FROM integrations_closedperiod c WHERE c.workspace_id = %s AND c.connection_id = %s
                    AND c.employee = there.external_id AND e.day BETWEEN c.first_day AND c.last_day
            ) AS is_closed,
            there.external_id IS NOT NULL AND NOT there.external_id = ANY(pl.participants) AS is_stranger,
            wl.external_id IS NOT NULL AND NOT wl.external_id = ANY(pl.activities) AS is_unusable
        FROM timesheets_timeentry e
        JOIN workspaces_membership m ON m.workspace_id = e.workspace_id AND m.id = e.member_id
        JOIN catalog_project p ON p.workspace_id = e.workspace_id AND p.id = e.project_id
        JOIN catalog_worktype w ON w.workspace_id = e.workspace_id AND w.id = e.work_type_id
        LEFT JOIN LATERAL (  -- who they are there: by number, by their link, or the own user (R70, R71, R89)
            SELECT x.external_id FROM integrations_provideremployee x
            WHERE x.workspace_id = %s AND x.connection_id = %s AND x.archived_at IS NULL
                AND x.number = btrim(m.employee_number) AND x.number <> ''
                AND NOT %s
            UNION ALL
            SELECT coalesce(
                (SELECT ml.external_id FROM integrations_memberlink ml
                 WHERE ml.workspace_id = %s AND ml.connection_id = %s AND ml.local_id = e.member_id), nullif(%s, '')
            ) WHERE %s
            LIMIT 1
        ) there ON true
        LEFT JOIN integrations_projectlink pl
            ON pl.workspace_id = %s AND pl.connection_id = %s AND pl.local_id = e.project_id
        LEFT JOIN integrations_worktypelink wl
            ON wl.workspace_id = %s AND wl.connection_id = %s AND wl.local_id = e.work_type_id
        WHERE e.workspace_id = %s AND e.day >= %s AND e.id IN ({asked}) AND NOT EXISTS (
            SELECT FROM integrations_hourscell h
            JOIN integrations_delivery d ON d.workspace_id = h.workspace_id AND d.id = h.delivery_id
            WHERE h.workspace_id = %s AND h.connection_id = %s AND h.member_id = e.member_id AND h.day = e.day
                AND h.project_id = e.project_id AND h.work_type_id = e.work_type_id
                AND (h.is_whole OR h.task_id IS NOT DISTINCT FROM e.task_id)
                AND d.state = 'transferred' AND h.minutes > 0
        )
    ) hours WHERE is_closed OR is_stranger OR is_unusable
"""

_URGENCY = [State.TRANSFERRED, State.WAITING, State.TRANSFERRING, State.ATTENTION]


def cautions(entries: QuerySet[TimeEntry]) -> dict[Cell, tuple[Caution, ...]]:
    """Of those of the entries' cells that will be refused, as far as we know. Two queries."""
    found: dict[Cell, tuple[Caution, ...]] = {}
    for connection in hours.hour_connections():
        system = connector_of(connection).facts.name
        for *cell, project, work_type, is_closed, is_stranger, is_unusable in _refused(connection, entries):
            told = (
                _closed(cell[-1], system) if is_closed else None,
                _stranger(project, system) if is_stranger else None,
                _unusable(work_type, project, system) if is_unusable else None,
            )
            place = Cell(*cell)
            found[place] = found.get(place, ()) + tuple(caution for caution in told if caution)
    return found


def _refused(connection: Connection, entries: QuerySet[TimeEntry]) -> list[Any]:
    try:
        asked, values = entries.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    since = hours.choices_of(connection).since or date.max
    at = [connection.workspace_id, connection.pk]
    linked = people.are_linked(connection)
    own = people.own_user(connection)
    who = [*at, linked, *at, own.external_id if own else "", linked]
    told = [*at, *who, *at, *at, connection.workspace_id, since, *values, *at]
    with database.cursor() as cursor:
        cursor.execute(_REFUSED.format(asked=asked), told)
        return list(cursor.fetchall())


def _closed(day: date, system: str) -> Caution:
    told = {"month": written_month(day), "system": system}
    return Caution(
        code="month_closed",
        label=_("Closed month"),
        sentence=_("The month %(month)s is closed in %(system)s, which will refuse these hours.") % told,
        cure=_("Have the month reopened there, or write the hours on a day that is open."),
    )


def _stranger(project: str, system: str) -> Caution:
    told = {"project": project, "system": system}
    return Caution(
        code="not_participant",
        label=_("Not a participant"),
        sentence=_("Only participants of %(project)s may have hours on it in %(system)s.") % told,
        cure=_("Have the person added there, or choose another project."),
    )


def _unusable(work_type: str, project: str, system: str) -> Caution:
    told = {"work_type": work_type, "project": project, "system": system}
    return Caution(
        code="work_type_unusable",
        label=_("Work type not usable"),
        sentence=_("%(work_type)s cannot be used on %(project)s in %(system)s.") % told,
        cure=_("Choose another work type, or have it allowed on the project there."),
    )


def transfers(entries: QuerySet[TimeEntry]) -> dict[Cell, Transfer]:
    """How far the entries' cells are; those that were never asked for are left out. Two queries."""
    there = entries.order_by().filter(
        member=OuterRef("member_id"),
        project=OuterRef("project_id"),
        work_type=OuterRef("work_type_id"),
        day=OuterRef("day"),
    )
    found: dict[Cell, Transfer] = {}
    for connection in hours.hour_connections():
        cells = HoursCell.objects.filter(Exists(there), connection=connection).exclude(delivery__state=State.CANCELLED)
        together: dict[Cell, list[HoursCell]] = {}
        for cell in cells.select_related("delivery").order_by("pk"):
            place = Cell(cell.member_id, cell.project_id, cell.work_type_id, cell.day)
            together.setdefault(place, []).append(cell)
        for place, of_tasks in together.items():
            if (told := _transfer(of_tasks, connection)) is not None:
                found[place] = told
    return found


def _transfer(of_tasks: list[HoursCell], connection: Connection) -> Transfer | None:
    """Where tasks have cells of their own, the one that a person must know of speaks for all."""
    cell = max(of_tasks, key=lambda one: _URGENCY.index(State(one.delivery.state)))
    minutes = sum(one.minutes or 0 for one in of_tasks)
    system, state = connector_of(connection).facts.name, str(cell.delivery.state)
    told = {"system": system, "hours": print_hours(minutes)}
    if state == State.TRANSFERRED:
        if not minutes:
            return None
        sentence = _("%(hours)s h stand in %(system)s.") % told
        return Transfer(state=state, sentence=sentence, cure=_("What is changed here is changed there too."))
    if state == State.ATTENTION and cell.delivery.problem:
        why = explain(Problem.from_json(cell.delivery.problem), connection=connection, is_hours=True)
        still = _("%(hours)s h stand there still.") % told if minutes else ""
        return Transfer(state=state, sentence=f"{why.title}. {still}".strip(), cure=why.text)
    if minutes:
        sentence = _("On the way to %(system)s, where %(hours)s h stand so far.") % told
    else:
        sentence = _("On the way to %(system)s.") % told
    return Transfer(state=state, sentence=sentence)
