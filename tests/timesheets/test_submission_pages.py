"""Submission on the pages: the week, the timeline, the approver's list; reopening (P24, P25, R111, R112)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, log_weeks, make_project, make_work_type
from timesheets import approval
from timesheets.models import Rejection, ReopenRequest, TimeEntry, TimeSettings
from timesheets.submission import Choice, submit

WEEK = Week.of(MONDAY)
SEND = f"submission/{WEEK}/"
APPROVE = f"approve/{WEEK}/"
HTMX = {"HX-Request": "true"}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def the_week_after() -> Iterator[Any]:
    with time_machine.travel(f"{MONDAY + timedelta(days=8)}T12:00:00+01:00", tick=True):
        yield


@pytest.fixture
def arena(anna: Person) -> Project:
    with scope(anna.workspace.pk):
        TimeSettings.objects.create(submits_time=True)
    return make_project(anna.workspace)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


@pytest.fixture
def sent(anna: Person, arena: Project, design: WorkType) -> list[TimeEntry]:
    """Anna's week, submitted."""
    entries = log_week(anna.membership, arena, design)
    with scope(anna.workspace.pk):
        submit(anna.membership, Choice.all_of(WEEK), by=anna.membership)
    return entries


def count_sent(person: Person) -> int:
    with scope(person.workspace.pk):
        return TimeEntry.objects.exclude(submitted_at=None).count()


def told(response: Any) -> dict[str, Any]:
    toast: dict[str, Any] = json.loads(response["HX-Trigger"])["toast"]
    return toast


def test_dina_turns_submission_on_for_the_workspace_r111(dina: Person) -> None:
    assert dina.post("settings/time/", {"section": "approval", "submits_time": "on"}).status_code == 302
    with scope(dina.workspace.pk):
        assert TimeSettings.objects.get().submits_time


@pytest.mark.parametrize("page", [f"week/{WEEK}/", f"timeline/{WEEK}/"])
def test_the_buttons_are_there_only_when_it_is_on_and_for_ones_own_hours_r111(
    anna: Person, bo: Person, arena: Project, design: WorkType, page: str
) -> None:
    log(anna.membership, arena, design)
    assert "submit-week" in anna.get(page).content.decode()
    assert "submit-week" not in bo.get(f"{page}?member={anna.membership.pk}").content.decode()
    with scope(anna.workspace.pk):
        TimeSettings.objects.update(submits_time=False)
    assert "submit-week" not in anna.get(page).content.decode()


def test_anna_submits_her_week_and_undoes_it_from_the_toast_p25(anna: Person, arena: Project, design: WorkType) -> None:
    log_week(anna.membership, arena, design)
    answer = anna.post(SEND, {"do": "submit-week", "place": "week"}, headers=HTMX)
    assert told(answer)["text"] == "37.5 h are submitted for approval."
    assert 'id="submission-tools"' in answer.content.decode()
    assert count_sent(anna) == 5
    undone = anna.post(told(answer)["undo_url"], headers=HTMX)
    assert told(undone)["text"] == "37.5 h are withdrawn."
    assert count_sent(anna) == 0


def test_one_day_single_entries_and_withdrawing_them_p25(anna: Person, arena: Project, design: WorkType) -> None:
    entries = log_week(anna.membership, arena, design)
    anna.post(SEND, {"only": f"submit:{MONDAY}"}, headers=HTMX)
    assert count_sent(anna) == 1
    chosen = {"do": "submit", "days": [str(TUESDAY)], "entries": [str(entries[2].client_id)], "place": "timeline"}
    anna.post(SEND, chosen, headers=HTMX)
    assert count_sent(anna) == 3
    anna.post(SEND, {"do": "withdraw", "entries": [str(entries[2].client_id)]}, headers=HTMX)
    anna.post(SEND, {"only": f"withdraw:{MONDAY}"}, headers=HTMX)
    assert count_sent(anna) == 1
    assert told(anna.post(SEND, {"do": "submit"}, headers=HTMX))["text"] == "Choose days or entries first."


def test_without_scripts_the_page_comes_back_with_the_sentence(anna: Person, arena: Project, design: WorkType) -> None:
    log_week(anna.membership, arena, design)
    answer = anna.post(SEND, {"do": "submit-week", "place": "timeline"}, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"timeline/{WEEK}/")
    assert "37.5 h are submitted for approval." in answer.content.decode()


@pytest.mark.parametrize("broken", [{"do": "submit", "entries": "x"}, {"only": "submit:yesterday"}])
def test_what_is_no_choice_has_no_effect(
    anna: Person, arena: Project, design: WorkType, broken: dict[str, str]
) -> None:
    log(anna.membership, arena, design)
    assert anna.post(SEND, broken, headers=HTMX).status_code in {200, 404}
    assert count_sent(anna) == 0


def test_each_day_says_how_far_it_is(anna: Person, bo: Person, sent: list[TimeEntry], arena: Project) -> None:
    with scope(anna.workspace.pk):
        TimeEntry.objects.filter(pk=sent[1].pk).update(submitted_at=None)
        TimeSettings.objects.update(approval_starts_on=MONDAY)
    states = [line.sent.state for line in anna.get(f"week/{WEEK}/").context["submission"].lines]
    assert states == ["submitted", "open", "submitted", "submitted", "submitted", "", ""]
    with scope(anna.workspace.pk):
        approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert anna.get(f"week/{WEEK}/").context["submission"].look.word == "Approved"


def test_bo_sees_who_has_submitted_and_who_has_not_p25(
    anna: Person, bo: Person, dina: Person, sent: list[TimeEntry], arena: Project, design: WorkType
) -> None:
    log(dina.membership, arena, design)

    def shown(query: str) -> list[str]:
        return [str(row.member) for row in bo.get(f"{APPROVE}{query}").context["rows"]]

    assert shown("") == ["Anna Aas", "Dina Dahl"]
    assert shown("?sent=yes") == ["Anna Aas"]
    assert shown("?sent=no") == ["Dina Dahl"]
    words = [row.look.word for row in bo.get(APPROVE).context["rows"]]
    assert words == ["Submitted", "Not submitted"]


def test_bo_approves_all_that_is_submitted_and_leaves_the_rest(
    anna: Person, bo: Person, dina: Person, sent: list[TimeEntry], arena: Project, design: WorkType
) -> None:
    log_week(dina.membership, arena, design)
    page = bo.get(f"{APPROVE}?sent=yes").content.decode()
    assert "Approve 1 submitted without flags" in page
    bo.post(f"{APPROVE}people/?sent=yes", {"without_flags": "1"}, headers=HTMX)
    with scope(anna.workspace.pk):
        assert {entry.member_id for entry in TimeEntry.objects.all() if entry.is_locked} == {anna.membership.pk}


def test_bo_rejects_and_anna_reads_why_and_sends_again_p25(anna: Person, bo: Person, sent: list[TimeEntry]) -> None:
    url = f"{APPROVE}people/{anna.membership.pk}/reject/"
    answer = bo.post(url, {"comment": "Use the Arena project", "days": [str(MONDAY), str(TUESDAY)]}, headers=HTMX)
    assert told(answer)["text"] == "15 h are rejected. Anna Aas is told why by e-mail."
    page = anna.get(f"week/{WEEK}/").content.decode()
    assert "Use the Arena project" in page
    assert "Bo Berg rejected the hours of 2–3 Mar." in page
    assert [row.look.word for row in bo.get(APPROVE).context["rows"]] == ["Rejected"]
    anna.post(SEND, {"do": "submit", "days": [str(MONDAY), str(TUESDAY)]}, headers=HTMX)
    assert count_sent(anna) == 5
    assert "Use the Arena project" not in anna.get(f"week/{WEEK}/").content.decode()
    assert "Use the Arena project" in bo.get(f"{APPROVE}people/{anna.membership.pk}/").content.decode()


def test_p25_bo_rejects_a_single_entry_and_anna_reads_which_and_why(
    anna: Person,
    bo: Person,
    arena: Project,
    design: WorkType,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    log(anna.membership, arena, design, MONDAY, 300)
    wrong = log(anna.membership, arena, make_work_type(arena, "Meetings", product=None), MONDAY, 150)
    log(anna.membership, arena, design, TUESDAY)
    with scope(anna.workspace.pk):
        submit(anna.membership, Choice.all_of(WEEK), by=anna.membership)
    panel = bo.get(f"{APPROVE}people/{anna.membership.pk}/").content.decode()
    assert f'name="entries" value="{wrong.client_id}"' in panel
    url = f"{APPROVE}people/{anna.membership.pk}/reject/"
    with django_capture_on_commit_callbacks(execute=True):
        answer = bo.post(url, {"comment": "No meeting that day", "entries": [str(wrong.client_id)]}, headers=HTMX)
    assert told(answer)["text"] == "2.5 h are rejected. Anna Aas is told why by e-mail."
    assert count_sent(anna) == 2
    page = anna.get(f"week/{WEEK}/").content.decode()
    notice = page[page.index('data-kind="rejected"') :]
    assert "No meeting that day" in notice
    assert "Mon 2 · Fjell Arena, Meetings, 2.5 h" in notice
    assert "Design" not in notice[: notice.index("</section>")]
    [mail] = mailoutbox
    assert "2 Mar: Fjell Arena, Meetings, 2.5 h" in mail.body
    assert "· rejected" in bo.get(f"{APPROVE}people/{anna.membership.pk}/").content.decode()
    anna.post(SEND, {"do": "submit", "days": [str(MONDAY)]}, headers=HTMX)
    assert count_sent(anna) == 3
    assert "No meeting that day" not in anna.get(f"week/{WEEK}/").content.decode()


def test_p25_whole_days_are_named_by_their_days_alone(
    anna: Person, bo: Person, sent: list[TimeEntry], mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        bo.post(f"{APPROVE}people/{anna.membership.pk}/reject/", {"comment": "Notes?", "days": [str(MONDAY)]})
    assert "submission-back" not in anna.get(f"week/{WEEK}/").content.decode()
    assert "Design" not in mailoutbox[0].body


def test_p25_nothing_chosen_rejects_nothing_and_anothers_entry_is_not_reached(
    anna: Person, bo: Person, cilla: Person, sent: list[TimeEntry], design: WorkType, arena: Project
) -> None:
    url = f"{APPROVE}people/{anna.membership.pk}/reject/"
    assert told(bo.post(url, {"comment": "Why"}, headers=HTMX))["text"] == "Choose days or entries first."
    other = log(bo.membership, arena, design)
    with scope(anna.workspace.pk):
        TimeEntry.objects.filter(pk=other.pk).update(submitted_at=timezone.now())
    bo.post(url, {"comment": "Why", "entries": [str(other.client_id)]}, headers=HTMX)
    assert bo.post(url, {"comment": "Why", "entries": ["x"]}).status_code == 404
    assert cilla.post(url, {"comment": "Why", "entries": [str(sent[0].client_id)]}).status_code == 404
    assert count_sent(anna) == 6


def test_without_a_comment_nothing_is_rejected_and_the_list_stays(
    anna: Person, bo: Person, sent: list[TimeEntry]
) -> None:
    answer = bo.post(f"{APPROVE}people/{anna.membership.pk}/reject/", {"comment": " "}, headers=HTMX)
    assert told(answer)["text"] == "Write why, so that it can be mended."
    assert "approve:changed" not in json.loads(answer["HX-Trigger"])
    assert count_sent(anna) == 5


def test_a_change_after_submission_is_flagged_to_bo_r112(anna: Person, bo: Person, sent: list[TimeEntry]) -> None:
    revision = f"{sent[0].pk}.{sent[0].revision}"
    change = {
        "member": anna.membership.pk,
        "project": sent[0].project_id,
        "work_type": sent[0].work_type_id,
        "day": str(MONDAY),
        "client_id": "5f0f6f0e-6d0c-4a39-9c0b-0f6f2a3b4c5d",
        "base": revision,
        "hours": "7",
    }
    assert anna.post_json("week/cell/", change).json()["cell"]["state"] == "submitted"
    assert 'data-flag="changed"' in bo.get(APPROVE).content.decode()


def test_anna_asks_from_a_locked_week_and_bo_reopens_it_r112(anna: Person, bo: Person, sent: list[TimeEntry]) -> None:
    with scope(anna.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    assert "Ask to reopen" in anna.get(f"week/{WEEK}/").content.decode()
    asked = anna.post(f"{SEND}ask/", {"approval": given.pk, "sentence": "Two hours more on Tuesday"}, headers=HTMX)
    assert told(asked)["text"] == "Bo Berg is asked to reopen the hours."
    page = bo.get("approve/").content.decode()
    assert "Asked to be reopened" in page
    assert "Two hours more on Tuesday" in page
    with scope(anna.workspace.pk):
        request = ReopenRequest.objects.get()
    answer = bo.post(f"{APPROVE}requests/{request.pk}/", {"do": "reopen"}, headers=HTMX)
    assert told(answer)["text"] == "The hours of Anna Aas are open again."
    assert "Bo Berg reopened the hours" in anna.get(f"week/{WEEK}/").content.decode()
    again = bo.post(f"{APPROVE}requests/{request.pk}/", {"do": "reopen"}, headers=HTMX)
    assert told(again)["text"] == "Somebody has answered this already."


def test_bo_declines_and_anna_reads_why(anna: Person, bo: Person, sent: list[TimeEntry]) -> None:
    with scope(anna.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    anna.post(f"{SEND}ask/", {"approval": given.pk, "day": str(TUESDAY)})
    with scope(anna.workspace.pk):
        request = ReopenRequest.objects.get()
    assert request.day == TUESDAY
    bo.post(f"{APPROVE}requests/{request.pk}/", {"do": "decline", "answer": "It is invoiced"})
    page = anna.get(f"timeline/{WEEK}/").content.decode()
    assert "Bo Berg did not reopen the hours of Tuesday 3 March." in page
    assert "It is invoiced" in page


def test_cilla_and_anna_reach_nothing_of_it(anna: Person, bo: Person, cilla: Person, sent: list[TimeEntry]) -> None:
    with scope(anna.workspace.pk):
        given = approval.approve_person_week(anna.membership.pk, WEEK, by=bo.membership)
    anna.post(f"{SEND}ask/", {"approval": given.pk})
    with scope(anna.workspace.pk):
        request = ReopenRequest.objects.get()
    assert anna.post(f"{APPROVE}people/{bo.membership.pk}/reject/", {"comment": "x"}).status_code == 403
    assert anna.post(f"{APPROVE}requests/{request.pk}/", {"do": "reopen"}).status_code == 403
    assert cilla.post(f"{APPROVE}people/{anna.membership.pk}/reject/", {"comment": "x"}).status_code == 404
    assert cilla.post(f"{APPROVE}requests/{request.pk}/", {"do": "reopen"}).status_code == 404
    told_cilla = told(cilla.post(f"{SEND}ask/", {"approval": given.pk}, headers=HTMX))
    assert told_cilla["kind"] == "info"
    with scope(anna.workspace.pk):
        assert ReopenRequest.objects.get().is_open
        assert not Rejection.objects.exists()


def test_many_requests_people_and_entries_cost_the_same_number_of_queries(
    anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    def cost(person: Person, page: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert person.get(page, headers=HTMX).status_code == 200
        return len(queries)

    def ask(people: list[Any]) -> None:
        log_weeks(people, arena, design)
        with scope(anna.workspace.pk):
            for member in people:
                given = approval.approve_person_week(member.pk, WEEK, by=bo.membership)
                ReopenRequest.objects.create(member=member, approval=given)

    log(anna.membership, arena, design)
    ask(hire(anna.workspace, 1, "One"))
    few = cost(bo, APPROVE), cost(anna, SEND)
    ask(hire(anna.workspace, 8, "More"))
    for day in range(5):
        for _ in range(4):
            log(anna.membership, arena, design, MONDAY + timedelta(days=day), 60)
    assert (cost(bo, APPROVE), cost(anna, SEND)) == few
