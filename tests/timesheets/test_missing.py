"""Missing time: people's days below their capacity, and asking for reminders (P21, P24, P39)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType, WorkTypeKind
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, make_project, make_work_type
from timesheets.missing import missing
from timesheets.models import Reminder, ReminderClock, TimeSettings
from timesheets.models.reminders import ReminderState
from timesheets.working_weeks import set_period, set_week

FRIDAY = MONDAY + timedelta(days=4)
NEXT_MONDAY = MONDAY + timedelta(days=7)
PAGE = "missing/?weeks=1"


@pytest.fixture(autouse=True)
def the_monday_after() -> Iterator[None]:
    with time_machine.travel(f"{NEXT_MONDAY}T12:00:00+01:00", tick=False):
        yield


@pytest.fixture
def arena(anna: Person) -> Project:
    """The people of the workspace have worked here for years."""
    with scope(anna.workspace.pk):
        Membership.objects.update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    return make_project(anna.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def days_of(person: Person, *, weeks: int = 1) -> list[date]:
    with scope(person.workspace.pk):
        member = Membership.objects.select_related("user", "workspace").get(pk=person.membership.pk)
        found = missing(person.workspace, [member], weeks=weeks)
    return [day.day for one in found for day in one.days]


def test_days_below_capacity_are_missing_and_full_ones_are_not(anna: Person, arena: Project, design: WorkType) -> None:
    log_week(anna.membership, arena, design)
    assert days_of(anna) == []
    log(anna.membership, arena, design, NEXT_MONDAY, 60)  # today is never missing
    assert days_of(anna, weeks=2) == [MONDAY - timedelta(days=n) for n in (7, 6, 5, 4, 3)]


def test_the_workspace_says_whether_short_days_count(anna: Person, arena: Project, design: WorkType) -> None:
    for day in range(4):
        log(anna.membership, arena, design, MONDAY + timedelta(days=day), 300 if day else 450)
    assert days_of(anna) == [MONDAY + timedelta(days=n) for n in (1, 2, 3, 4)]
    with scope(anna.workspace.pk):
        TimeSettings.objects.update_or_create(defaults={"missing_counts": "empty"})
    assert days_of(anna) == [FRIDAY]


def test_absence_counts_as_recorded(anna: Person, arena: Project, design: WorkType) -> None:
    vacation = make_work_type(arena, "Ferie", product=None, kind=WorkTypeKind.VACATION, is_billable=False)
    log_week(anna.membership, arena, vacation)
    assert days_of(anna) == []


def test_nothing_is_asked_from_before_the_start_of_approval_p24(anna: Person, arena: Project) -> None:
    with scope(anna.workspace.pk):
        TimeSettings.objects.update_or_create(defaults={"approval_starts_on": FRIDAY})
    assert days_of(anna, weeks=4) == [FRIDAY]


def test_nothing_is_asked_from_before_the_person_came_or_after_leaving(anna: Person, arena: Project) -> None:
    with scope(anna.workspace.pk):
        Membership.objects.filter(pk=anna.membership.pk).update(created_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    assert days_of(anna)[0] == date(2026, 3, 4)
    with scope(anna.workspace.pk):
        set_period(anna.membership, first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=2))
    assert days_of(anna) == [MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]


def test_part_time_and_public_holidays_are_not_missing(anna: Person, arena: Project) -> None:
    with scope(anna.workspace.pk):
        set_week(anna.membership, [450, 0, 0, 0, 450, 0, 0], valid_from=None)
    assert days_of(anna) == [MONDAY, FRIDAY]
    with time_machine.travel("2026-04-07T12:00:00+02:00", tick=False):  # after Easter
        assert days_of(anna) == []


def test_the_page_lists_who_misses_most_first(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(bo.membership, arena, design)
    log(anna.membership, arena, design, MONDAY, 450)
    answer = bo.get(PAGE)
    assert [str(row.person.member) for row in answer.context["rows"]] == ["Dina Dahl", "Anna Aas"]
    html = answer.content.decode()
    assert "2 people miss hours" in html
    assert f"week/2026-W10/?day=tue&amp;member={anna.membership.pk}" in html
    assert [str(row.person.member) for row in bo.get(f"{PAGE}&q=anna").context["rows"]] == ["Anna Aas"]
    assert "Nobody called" in bo.get(f"{PAGE}&q=nobody").content.decode()


def test_deactivated_people_are_not_asked(bo: Person, anna: Person, arena: Project) -> None:
    with scope(bo.workspace.pk):
        Membership.objects.filter(pk=anna.membership.pk).update(is_active=False)
    assert "Anna Aas" not in [str(row.person.member) for row in bo.get(PAGE).context["rows"]]


def test_only_managers_see_who_misses_hours(anna: Person, cilla: Person, arena: Project) -> None:
    assert anna.get(PAGE).status_code == 403
    assert anna.post("missing/remind/", {"all": "1"}).status_code == 403
    assert cilla.get(f"/w/{anna.workspace.slug}/{PAGE}").status_code == 404
    assert "Anna" not in cilla.get(PAGE).content.decode()


def test_anna_is_told_quietly_of_her_own_days(anna: Person, arena: Project, design: WorkType) -> None:
    assert "missing/mine/" in anna.get("week/").content.decode()
    hint = anna.get("missing/mine/").content.decode()
    assert "days lack hours" in hint
    assert "week/2026-W10/?day=fri" in hint
    assert "timeline/2026-W10/?day=fri" in anna.get("missing/mine/?on=timeline").content.decode()
    for weeks in range(5):
        log_week(anna.membership, arena, design, MONDAY - timedelta(weeks=weeks))
    assert anna.get("missing/mine/").content.decode().strip() == ""


def test_the_page_takes_as_many_queries_for_many_people(
    bo: Person, arena: Project, design: WorkType, fjell: Workspace
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert bo.get(PAGE).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for member in hire(fjell, 45):
        with scope(fjell.pk):
            set_period(member, first_day=MONDAY, last_day=None)
        log(member, arena, design, MONDAY, 60)
    assert queries() == few


# --- Asking for reminders --------------------------------------------------------------------------------------------


def waiting(workspace: Workspace) -> list[str]:
    with scope(workspace.pk):
        rows = Reminder.objects.filter(state=ReminderState.WAITING).select_related("member__user")
        return sorted(str(row.member) for row in rows)


def test_bo_reminds_one_person_once_a_day(bo: Person, anna: Person, arena: Project) -> None:
    answer = bo.post("missing/remind/?weeks=1", {"member": anna.membership.pk}, headers={"HX-Request": "true"})
    assert "1 reminder is on its way." in answer["HX-Trigger"]
    assert "On its way" in answer.content.decode()
    again = bo.post("missing/remind/?weeks=1", {"member": anna.membership.pk}, headers={"HX-Request": "true"})
    assert "1 person had one today." in again["HX-Trigger"]
    assert waiting(bo.workspace) == ["Anna Aas"]
    assert ReminderClock.objects.get().workspace_id == bo.workspace.pk
    progress = bo.get(f"missing/reminders/?member={anna.membership.pk}").content.decode()
    assert "On its way" in progress
    assert "missing/reminders/" in progress  # asks again


def test_everybody_of_the_search_is_reminded_without_a_script(
    bo: Person, anna: Person, dina: Person, arena: Project
) -> None:
    answer = bo.post("missing/remind/?weeks=1&q=d", {"all": "1"}, follow=True)
    assert "1 reminder is on its way." in answer.content.decode()
    assert waiting(bo.workspace) == ["Dina Dahl"]


def test_who_misses_nothing_cannot_be_reminded(
    bo: Person, anna: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    bo.post("missing/remind/?weeks=1", {"member": [anna.membership.pk, cilla.membership.pk, "x", 10**25]})
    assert waiting(bo.workspace) == []


def test_a_reminder_that_failed_may_be_asked_for_again(bo: Person, anna: Person, arena: Project) -> None:
    bo.post("missing/remind/?weeks=1", {"member": anna.membership.pk})
    with scope(bo.workspace.pk):
        Reminder.objects.update(state=ReminderState.FAILED, tries=3)
    assert "Not sent" in bo.get(PAGE).content.decode()
    bo.post("missing/remind/?weeks=1", {"member": anna.membership.pk})
    assert waiting(bo.workspace) == ["Anna Aas"]
