"""The timeline's minutes: through the change of clock, and beside the week's grid."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from busy.catalog.models import Project, WorkType
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY
from tests.timesheets.steps import Take, entry_of, made, times
from timesheets.models import TimeEntry
from timesheets.services import save_cell
from timesheets.timeline_book import revision_of
from timesheets.timeline_errors import NoSuchTime


# The change of clock --------------------------------------------------------------------------------------------------
def test_a_time_the_clock_skips_is_refused_with_a_sentence(take: Take, arena: Project, design: WorkType) -> None:
    with pytest.raises(NoSuchTime, match="There is no 02:30 on Sunday 29 March: the clock goes from 02:00 to 03:00"):
        take(made(arena, design, 150, 300, date(2026, 3, 29)))


def test_minutes_follow_the_real_hours_of_the_night(
    take: Take, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    take(made(arena, design, 60, 240, date(2026, 3, 29)))
    take(made(arena, design, 60, 240, date(2026, 10, 25)))
    assert [minutes for *_rest, minutes in times(fjell)] == [120, 240]


# The week's grid beside it --------------------------------------------------------------------------------------------
def test_hours_written_in_the_week_move_the_end_of_the_entry(
    fjell: Workspace, anna: Person, arena: Project, design: WorkType, morning: TimeEntry
) -> None:
    def save(minutes: int) -> None:
        present = entry_of(fjell, morning.client_id)
        with scope(fjell.pk):
            save_cell(
                anna.membership,
                arena.pk,
                design.pk,
                MONDAY,
                minutes,
                client_id=uuid.uuid4(),
                base_revision=revision_of(present),
                by=anna.membership,
            )

    save(240)
    assert times(fjell) == [(MONDAY, "09:00", "13:00", 240)]
    save(15 * 60)
    assert times(fjell) == [(MONDAY, "09:00", "00:00", 900)]
    save(16 * 60)  # more than is left of the day: the hours count, and no time is claimed
    entry = entry_of(fjell, morning.client_id)
    assert (entry.start_time, entry.end_time, entry.minutes) == (None, None, 960)
