"""A company with years of hours, loaded with COPY: who works there, on what, and what was approved."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, LiteralString

import psycopg

if TYPE_CHECKING:
    from busy.workspaces.models import Membership, Workspace

ENTRIES = "timesheets_timeentry"
_PROJECTS, _WORK_TYPES = 200, 10
# Weeks at the end that nobody has approved yet.
_OPEN_WEEKS = 4
# And at the end of what is on no order.
_NOT_INVOICED = 13
_MINUTES = (60, 90, 120, 150, 240)


@dataclass(frozen=True, slots=True)
class Company:
    workspace: Workspace
    manager: Membership
    people: list[Membership]
    # Project and work type, as time is written on them.
    pairs: list[tuple[int, int]]
    last: date
    entries: int


def company(*, people: int, entries: int) -> Company:
    """A new workspace with so many employees and entries, on working days until today."""
    from busy.lib.periods import local_today
    from busy.workspaces.models import Membership, User
    from busy.workspaces.scope import scope
    from busy.workspaces.services import create_workspace

    mark = secrets.token_hex(4)
    founder = User.objects.create(email=f"bo-{mark}@busy.example", name="Bo Berg", password="!")
    workspace = create_workspace(name=f"Hours {entries}", by=founder, zone="Europe/Oslo", currency="NOK", language="nb")
    users = User.objects.bulk_create(
        User(email=f"{n}-{mark}@busy.example", name=f"Employee {n:03d}", password="!") for n in range(people)
    )
    with scope(workspace.pk):
        Membership.objects.bulk_create(Membership(workspace=workspace, user=user) for user in users)
        staff = list(Membership.objects.select_related("workspace", "user").order_by("pk"))
        pairs = _catalog()
        last = local_today("Europe/Oslo")
    # The history of the load itself is nobody's; what is measured writes its own.
    _as_owner(f"ALTER TABLE {ENTRIES} DISABLE TRIGGER USER")
    try:
        with scope(workspace.pk):
            _load(workspace, staff[0], staff[1:], pairs, last, entries)
    finally:
        _as_owner(f"ALTER TABLE {ENTRIES} ENABLE TRIGGER USER")
    # As autovacuum would have done by the time that somebody looks.
    _as_owner(f"VACUUM {ENTRIES}", "ANALYZE")
    return Company(workspace, staff[0], staff[1:], pairs, last, entries)


def _catalog() -> list[tuple[int, int]]:
    from busy.catalog.models import Customer, Project, ProjectWorkType, WorkType
    from busy.workspaces.scope import current_workspace_id

    own = {"workspace_id": current_workspace_id()}
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {n}", **own) for n in range(50))
    projects = Project.objects.bulk_create(
        Project(name=f"Project {n}", customer=customers[n % 50], color=1 + n % 12, **own) for n in range(_PROJECTS)
    )
    kinds = WorkType.objects.bulk_create(WorkType(name=f"Work {n}", **own) for n in range(_WORK_TYPES))
    added = ProjectWorkType.objects.bulk_create(
        ProjectWorkType(project=project, work_type=kinds[(n + k) % _WORK_TYPES], **own)
        for n, project in enumerate(projects)
        for k in range(3)
    )
    return [(one.project_id, one.work_type_id) for one in added]


def _load(
    workspace: Workspace,
    manager: Membership,
    people: list[Membership],
    pairs: list[tuple[int, int]],
    last: date,
    entries: int,
) -> None:
    """COPY into a table of its own, for COPY passes no policy; from there with one statement each."""
    from django.db import connection

    from timesheets.models import Approval

    rows = _rows(people, pairs, last, entries)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            "CREATE TEMP TABLE loaded (member bigint, project bigint, work_type bigint, day date, minutes int, id uuid)"
            " ON COMMIT DROP"
        )
        with cursor.copy("COPY loaded FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        open_from = last - timedelta(days=last.weekday() + 7 * (_OPEN_WEEKS - 1))
        cursor.execute(
            f"INSERT INTO {Approval._meta.db_table}"
            " (workspace_id, kind, member_id, first_day, last_day, approved_by_id, approved_at)"
            " SELECT DISTINCT %(workspace)s, 'person', member, date_trunc('week', day)::date,"
            " date_trunc('week', day)::date + 6, %(manager)s, now() FROM loaded WHERE day < %(open_from)s",
            {"workspace": workspace.pk, "manager": manager.pk, "open_from": open_from},
        )
        cursor.execute(
            f"INSERT INTO {ENTRIES}"
            " (workspace_id, member_id, project_id, work_type_id, day, minutes, lunch_minutes, note, is_billable,"
            " client_id, revision, order_label, created_at, changed_at, ordered_at, person_approval_id)"
            " SELECT %(workspace)s, l.member, l.project, l.work_type, l.day, l.minutes, 0, '', true, l.id, 1, '',"
            " now(), now(), CASE WHEN l.day < %(invoiced)s THEN now() END,"
            f" a.id FROM loaded l LEFT JOIN {Approval._meta.db_table} a"
            " ON a.member_id = l.member AND a.first_day = date_trunc('week', l.day)::date",
            {"workspace": workspace.pk, "invoiced": last - timedelta(weeks=_NOT_INVOICED)},
        )


def _rows(
    people: list[Membership], pairs: list[tuple[int, int]], last: date, entries: int
) -> Iterator[tuple[int, int, int, date, int, uuid.UUID]]:
    """Five entries on each working day of each person, backwards from the last day; each on few projects."""
    made, day = 0, last
    while made < entries:
        if day.weekday() < 5:
            for number, person in enumerate(people):
                for place in range(min(5, entries - made)):
                    project, work_type = pairs[(number * 7 + place + day.toordinal() // 7) % len(pairs)]
                    minutes = _MINUTES[(place + number) % 5]
                    yield person.pk, project, work_type, day, minutes, uuid.uuid4()
                    made += 1
                if made >= entries:
                    return
        day -= timedelta(days=1)


def _as_owner(*orders: LiteralString) -> None:
    """What the serving role may not do."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for order in orders:
            owner.execute(order)
