"""The approve page: who waits, what stands out, approving and undoing from it (P21, P23, R110)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from orders import services as orders
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, log_weeks, make_project, make_work_type
from timesheets import approval
from timesheets.approval_rules import DaySum, flags_of, state_of
from timesheets.models import TimeEntry
from timesheets.week_bars import bars_of

WEEK = Week.of(MONDAY)
PAGE = f"approve/{WEEK}/"
FRIDAY_AFTER = MONDAY + timedelta(days=11)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def the_week_after() -> Any:
    with time_machine.travel(f"{FRIDAY_AFTER}T12:00:00+01:00", tick=False):
        yield


@pytest.fixture
def arena(anna: Person) -> Project:
    return make_project(anna.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def locked(person: Person) -> int:
    with scope(person.workspace.pk):
        return TimeEntry.objects.exclude(person_approval=None).count()


def told(response: Any) -> dict[str, Any]:
    """The toast an htmx answer asks for."""
    toast: dict[str, Any] = json.loads(response["HX-Trigger"])["toast"]
    return toast


def names(response: Any) -> list[str]:
    return [str(row.member.user) for row in response.context["rows"]]


def test_bo_sees_who_waits_with_hours_and_flags_p21(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design, minutes=480)
    log(anna.membership, arena, design, MONDAY + timedelta(days=5), 120)
    page = bo.get(PAGE).content.decode()
    assert re.findall(r'data-flag="(\w+)"', page) == ["over", "weekend"]
    assert "1 person waits for you" in page
    assert "4.5 h over capacity" in page
    assert names(bo.get(f"{PAGE}?show=nothing")) == ["Bo Berg", "Dina Dahl"]


def test_the_page_opens_at_the_oldest_week_in_which_somebody_waits(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    assert bo.get("approve/").context["week"] == WEEK.plus(1)
    log(anna.membership, arena, design, FRIDAY_AFTER)
    log(anna.membership, arena, design, MONDAY)
    page = bo.get("approve/")
    assert page.context["week"] == WEEK
    assert page.context["other_weeks"] == [(WEEK.plus(1), 1)]


def test_bo_approves_from_the_list_and_undoes_from_the_toast_p23(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    answer = bo.post(f"{PAGE}people/", {"member": anna.membership.pk}, headers=HTMX)
    assert told(answer)["text"] == "Anna Aas, week 10: 37.5 h approved."
    assert names(answer) == []
    assert locked(bo) == 5
    undone = bo.post(told(answer)["undo_url"], headers=HTMX)
    assert json.loads(undone["HX-Trigger"])["approve:changed"]
    assert locked(bo) == 0


def test_all_without_flags_leaves_out_who_has_one_and_bo_himself(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log(dina.membership, arena, design)
    log_week(bo.membership, arena, design)
    assert bo.get(PAGE).context["unflagged"] == 1
    bo.post(f"{PAGE}people/", {"without_flags": "1"}, headers=HTMX)
    assert locked(bo) == 5
    assert sorted(names(bo.get(PAGE))) == ["Bo Berg", "Dina Dahl"]


def test_without_a_script_the_form_posts_and_the_page_comes_again(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    page = bo.post(f"{PAGE}people/", {"member": anna.membership.pk}, follow=True)
    assert "Anna Aas, week 10: 37.5 h approved." in page.content.decode()
    page = bo.post(f"{PAGE}undo/?show=approved", {"member": anna.membership.pk}, follow=True)
    assert "The approval of 1 week is undone." in page.content.decode()
    assert locked(bo) == 0


def test_nobody_chosen_is_told_so(bo: Person) -> None:
    assert told(bo.post(f"{PAGE}people/", headers=HTMX))["text"] == "Choose somebody first."
    assert told(bo.post(f"{PAGE}people/", {"member": str(2**70)}, headers=HTMX))["kind"] == "info"


def test_bo_is_told_why_he_cannot_approve_his_own_week(bo: Person, arena: Project, design: WorkType) -> None:
    log_week(bo.membership, arena, design)
    assert "Somebody else approves your hours" in bo.get(PAGE).content.decode()
    answer = bo.post(f"{PAGE}people/", {"member": bo.membership.pk}, headers=HTMX)
    assert "another manager or administrator" in told(answer)["text"]
    assert locked(bo) == 0


def test_the_panel_shows_entries_with_notes_and_the_order_that_holds_them(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, note="Façade <south>")
    panel = f"{PAGE}people/{anna.membership.pk}/"
    assert "Façade &lt;south&gt;" in bo.get(panel).content.decode()
    with scope(bo.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
        order = orders.create_draft(arena.pk, by=bo.membership)
    shown = bo.get(panel).content.decode()
    assert f"/w/{bo.workspace.slug}/orders/{order.pk}/" in shown
    assert "Order 1001" in shown
    refused = bo.post(f"{PAGE}undo/", {"member": anna.membership.pk}, headers=HTMX)
    assert "Order 1001" in told(refused)["text"]
    assert locked(bo) == 1


def test_anna_has_no_approve_page_and_cilla_finds_nobody_of_fjell(
    bo: Person, anna: Person, cilla: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    own = f"/w/{cilla.workspace.slug}/{PAGE}"
    assert anna.get(PAGE).status_code == 403
    assert anna.post(f"{PAGE}people/", {"member": anna.membership.pk}).status_code == 403
    assert cilla.get(f"/w/{bo.workspace.slug}/{PAGE}").status_code == 404
    assert cilla.get(f"{own}people/{anna.membership.pk}/").status_code == 404
    cilla.post(f"{own}people/", {"member": anna.membership.pk}, headers=HTMX)
    assert names(cilla.get(own)) == []
    assert locked(bo) == 0


def test_the_rail_counts_who_waits_and_not_the_future(
    bo: Person, anna: Person, dina: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    log(dina.membership, arena, design, FRIDAY_AFTER + timedelta(days=7))
    page = bo.get(PAGE)
    [link] = [link for link in page.context["navigation"].links if link.key == "approve"]
    assert link.count == 1


@pytest.mark.parametrize("week", ["1989-W01", "2200-W01"])
def test_weeks_outside_of_the_calendar_of_work_are_not_there(bo: Person, week: str) -> None:
    assert bo.get(f"approve/{week}/").status_code == 404


def test_a_hundred_people_cost_as_many_queries_as_two_and_come_in_pages(
    bo: Person, arena: Project, design: WorkType
) -> None:
    log_weeks(hire(bo.workspace, 2, "Few"), arena, design)
    few = queries(lambda: bo.get(PAGE))
    log_weeks(hire(bo.workspace, 98, "Many"), arena, design)
    many = queries(lambda: bo.get(PAGE))
    assert len(names(bo.get(PAGE))) == len(names(bo.get(f"{PAGE}?page=2"))) == 50
    bulk = queries(lambda: bo.post(f"{PAGE}people/", {"without_flags": "1"}, headers=HTMX))
    print(f"page of 100: {many} queries; approving 100: {bulk} queries")
    assert locked(bo) == 500
    assert few == many <= 26
    assert bulk <= many + 7


def test_what_stands_out_costs_no_more_queries(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    """Nor does a day on which a project does not run: odd, late and outside are asked for, whatever is found."""
    log_week(anna.membership, arena, design)
    plain = queries(lambda: bo.get(PAGE))
    for weeks in range(1, 6):
        log(anna.membership, arena, design, MONDAY - timedelta(weeks=weeks))
    harbour = make_project(bo.workspace, "Harbour")
    log(anna.membership, harbour, make_work_type(harbour, "Diving", product=None), MONDAY, 60)
    with scope(bo.workspace.pk):
        Project.objects.filter(pk=arena.pk).update(end_date=MONDAY - timedelta(days=1))
    assert queries(lambda: bo.get(PAGE)) == plain
    page = bo.get(PAGE).content.decode()
    assert 'data-flag="odd"' in page
    assert "After the project" in page


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def days_of(*minutes: int, **facts: Any) -> list[DaySum]:
    return [
        DaySum(day=day, capacity=450 if place < 5 else 0, minutes=length, waiting=length, **facts)
        for place, (day, length) in enumerate(zip(WEEK.days, minutes, strict=True))
    ]


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        ((450, 450, 450, 450, 450, 0, 0), []),
        ((480, 450, 420, 450, 450, 0, 0), []),
        ((480, 450, 450, 450, 450, 0, 0), ["over"]),
        ((450, 450, 450, 450, 0, 0, 0), ["empty"]),
        ((450, 450, 450, 450, 390, 0, 60), ["weekend"]),
        ((0, 0, 0, 0, 0, 0, 0), []),
    ],
)
def test_flags_say_what_stands_out_in_a_week_that_is_over(minutes: tuple[int, ...], codes: list[str]) -> None:
    assert [flag.code for flag in flags_of(days_of(*minutes), FRIDAY_AFTER)] == codes


def test_days_to_come_are_not_empty_but_the_week_is_not_over() -> None:
    days = days_of(450, 450, 0, 0, 0, 0, 0)
    assert [flag.code for flag in flags_of(days, MONDAY + timedelta(days=2))] == ["unfinished"]


def test_notes_are_missed_only_from_who_writes_them() -> None:
    assert flags_of(days_of(450, 450, 450, 450, 450, 0, 0, entries=1, noted=0), FRIDAY_AFTER) == ()
    days = [
        *days_of(450, 0, 0, 0, 0, 0, 0, entries=1, noted=1)[:1],
        *days_of(0, 450, 450, 450, 450, 0, 0, entries=1)[1:5],
    ]
    assert [(flag.code, flag.label) for flag in flags_of(days, FRIDAY_AFTER)] == [("notes", "4 notes missing")]


def test_a_week_with_some_hours_left_is_not_approved() -> None:
    partly = [DaySum(day=MONDAY, capacity=450, minutes=450, waiting=60, submitted=60)]
    assert state_of(partly) == "submitted"
    assert state_of([DaySum(day=MONDAY, capacity=450, minutes=450)]) == "approved"
    assert state_of([DaySum(day=MONDAY, capacity=450)]) == "nothing"


def test_bars_stay_within_their_box_and_show_what_is_over() -> None:
    bars = bars_of(days_of(450, 600, 1440, 0, 0, 120, 0))
    assert all(float(bar.y) >= 0 and float(bar.y) + float(bar.height) <= 28.05 for bar in bars)
    assert [bar.kind for bar in bars if bar.x == "12"] == ["capacity", "worked", "over"]
    assert [bar.kind for bar in bars if bar.x == "60"] == ["capacity", "over"]
