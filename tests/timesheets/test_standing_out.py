"""What stands out among hours that wait: over capacity, notes, an odd project, a late edit (P21, P22)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, log, log_week, make_project, make_work_type
from timesheets.approval_weeks import people_of_week
from timesheets.models import CellChange, TimeEntry
from timesheets.standing_out import flags_of_entries

WEEK = Week.of(MONDAY)
# The midnight in Oslo that ends the week is 23:00 of Sunday in UTC.
IN_TIME = datetime(2026, 3, 8, 22, 59, tzinfo=UTC)
LATE = datetime(2026, 3, 8, 23, 1, tzinfo=UTC)
WRITTEN = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def codes(workspace: Workspace) -> dict[int, list[str]]:
    """Flags of the entries of the week, by id."""
    with scope(workspace.pk):
        entries = TimeEntry.objects.filter(day__range=(MONDAY, WEEK.sunday))
        return {pk: [flag.code for flag in flags] for pk, flags in flags_of_entries(entries, workspace).items()}


def flags_of(member: Membership) -> list[str]:
    """Flags of the person's week on the page of people."""
    with scope(member.workspace_id):
        people = people_of_week(WEEK, member.workspace, today=MONDAY + timedelta(days=14))
    return [flag.label for person in people if person.member == member for flag in person.flags]


def changed(entry: TimeEntry, at: datetime, by: Membership) -> None:
    with scope(entry.workspace_id):
        CellChange.objects.create(
            request_id=uuid.uuid4(),
            member=entry.member,
            project=entry.project,
            work_type=entry.work_type,
            day=entry.day,
            minutes_before=60,
            minutes_after=entry.minutes,
            changed_by=by,
            changed_at=at,
        )


def regular(member: Membership, project: Project, work_type: WorkType, weeks: int = 5) -> None:
    """Somebody who logged every week before the one in question."""
    for back in range(1, weeks + 1):
        log(member, project, work_type, MONDAY - timedelta(weeks=back))


def test_a_day_over_capacity_stands_out_only_in_a_week_that_is_over_p21(
    anna: Person, arena: Project, design: WorkType
) -> None:
    monday, tuesday, *_ = log_week(anna.membership, arena, design)
    with scope(anna.workspace.pk):
        TimeEntry.objects.filter(pk=monday.pk).update(minutes=510)
        assert codes(anna.workspace) == {monday.pk: ["over"]}
        TimeEntry.objects.filter(pk=tuesday.pk).update(minutes=390)
    assert codes(anna.workspace) == {}


def test_hours_on_other_projects_count_against_capacity_too(anna: Person, arena: Project, design: WorkType) -> None:
    log_week(anna.membership, make_project(anna.workspace, "Intern", customer=""), design)
    entry = log(anna.membership, arena, design, minutes=60)
    assert codes(anna.workspace)[entry.pk] == ["over"]


def test_notes_are_missed_only_from_who_writes_them(
    anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, note="Skisser")
    bare = log(anna.membership, arena, design, MONDAY + timedelta(days=1))
    log(anna.membership, arena, design, MONDAY + timedelta(days=2), is_billable=False)
    log(dina.membership, arena, design)
    assert codes(anna.workspace) == {bare.pk: ["notes"]}


def test_a_project_that_a_regular_person_has_not_logged_on_for_eight_weeks_is_odd(
    anna: Person, arena: Project, design: WorkType
) -> None:
    harbour = make_project(anna.workspace, "Havnekvartalet", customer="")
    regular(anna.membership, arena, design)
    log(anna.membership, harbour, design, MONDAY - timedelta(weeks=9))
    log(anna.membership, arena, design)
    odd = log(anna.membership, harbour, design, MONDAY + timedelta(days=1))
    assert codes(anna.workspace) == {odd.pk: ["odd"]}
    assert "Unusual: Havnekvartalet" in flags_of(anna.membership)
    log(anna.membership, harbour, design, MONDAY - timedelta(weeks=8))
    assert codes(anna.workspace) == {}


def test_who_is_new_and_who_is_on_vacation_does_nothing_odd(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    vacation = make_project(anna.workspace, "Intern", customer="", is_billable=False)
    regular(anna.membership, arena, design)
    log(anna.membership, vacation, design)
    regular(bo.membership, vacation, design, weeks=3)
    log(bo.membership, arena, design)
    assert codes(anna.workspace) == {}


@pytest.mark.parametrize(("at", "found"), [(IN_TIME, []), (LATE, ["late"])])
def test_a_change_after_the_week_was_over_is_a_late_edit(
    anna: Person, arena: Project, design: WorkType, at: datetime, found: list[str]
) -> None:
    entry = log(anna.membership, arena, design, created_at=WRITTEN)
    changed(entry, at, anna.membership)
    assert codes(anna.workspace).get(entry.pk, []) == found
    assert ("Late edit" in flags_of(anna.membership)) == bool(found)


def test_a_change_after_sending_is_a_late_edit_and_one_before_is_not(
    anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design, created_at=WRITTEN, submitted_at=WRITTEN + timedelta(hours=2))
    changed(entry, WRITTEN + timedelta(hours=1), anna.membership)
    assert codes(anna.workspace) == {}
    changed(entry, WRITTEN + timedelta(hours=3), anna.membership)
    assert codes(anna.workspace) == {entry.pk: ["late"]}


def test_an_approvers_correction_and_hours_first_written_late_are_no_late_edits(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    corrected = log(anna.membership, arena, design, created_at=WRITTEN)
    changed(corrected, LATE, bo.membership)
    written_late = log(anna.membership, arena, design, MONDAY + timedelta(days=1), created_at=LATE)
    changed(written_late, LATE + timedelta(minutes=5), anna.membership)
    assert codes(anna.workspace) == {}


def test_nothing_stands_out_among_no_entries(anna: Person) -> None:
    assert codes(anna.workspace) == {}
