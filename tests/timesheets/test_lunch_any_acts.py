"""Unpaid lunch under any acts: the times stay minutes, and a lunch lies inside of them (P20)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY
from tests.timesheets.lunch_choice import choose
from timesheets import clock
from timesheets.errors import HoursRefusal
from timesheets.models import TimeEntry
from timesheets.models.settings import Lunch
from timesheets.timeline import take_step
from timesheets.timeline_book import revision_of
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Place

_quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)
_span = st.tuples(_quarters, _quarters).filter(lambda pair: pair[0] < pair[1] or 0 < pair[1] < pair[0] < 1440)
_days = st.sampled_from([date(2026, 3, 28), date(2026, 3, 29), MONDAY])
_acts = st.lists(
    st.tuples(
        st.sampled_from(["create", "put", "copy", "cut", "lunch", "bare", "delete"]),
        _days,
        _span,
        st.integers(0, 200),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_acts, usual=st.sampled_from([5, 30, 120]))
def test_p20_times_are_minutes_and_lunch_after_whatever_was_done(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType, acts: list[Any], usual: int
) -> None:
    choose(fjell, Lunch.DEDUCTED, usual)
    point = transaction.savepoint()
    try:
        with scope(fjell.pk):
            for act in acts:
                _do(anna, arena, design, *act)
                for entry in TimeEntry.objects.all():
                    _check(entry, fjell.zone)
    finally:
        transaction.savepoint_rollback(point)


def _do(
    anna: Person,
    arena: Project,
    design: WorkType,
    kind: str,
    day: date,
    span: tuple[int, int],
    lunch: int,
    which: int,
) -> None:
    place = Place(day=day, start=span[0], end=span[1])
    entries = list(TimeEntry.objects.order_by("pk"))
    create = Create(id=uuid.uuid4(), place=place, project_id=arena.pk, work_type_id=design.pk)
    move: Any = create
    if entries and kind != "create":
        entry = entries[which % len(entries)]
        id_, base = entry.client_id, revision_of(entry)
        move = {
            "put": Change(id=id_, base=base, place=place),
            "copy": Copy(id=uuid.uuid4(), of=id_, place=place),
            "cut": Cut(id=id_, base=base, at=span[0], rest_id=uuid.uuid4()),
            "lunch": Change(id=id_, base=base, lunch_minutes=lunch),
            "bare": Change(id=id_, base=base, place=Place(day=day, minutes=entry.minutes)),
            "delete": Delete(id=id_, base=base),
        }[kind]
    try:
        take_step(anna.membership, [move], request_id=uuid.uuid4(), by=anna.membership)
    except HoursRefusal:
        return  # a full day, a time the clock skips, a cut outside: nothing was done


def _check(entry: TimeEntry, zone: str) -> None:
    assert entry.minutes >= 1
    if entry.start_time is None or entry.end_time is None:
        assert entry.lunch_minutes == 0
        return
    start, end = clock.minute_of(entry.start_time), clock.end_minute_of(entry.end_time)
    assert clock.minutes_between(entry.day, start, end, zone) == entry.minutes + entry.lunch_minutes
