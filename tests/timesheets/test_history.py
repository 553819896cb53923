"""What became of every entry: each change, each act, by whom, in order, for good."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from busy.catalog.models import Project, ProjectMember, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import acting_as, scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_weeks, make_project, make_work_type
from timesheets import approval
from timesheets.models import EntryChange, TimeEntry
from timesheets.order_locks import lock_for_order, unlock_from_order
from timesheets.timeline_book import revision_of
from timesheets.views.history_words import TELLERS

WEEK = Week.of(MONDAY)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def arena(fjell: Workspace) -> Project:
    return make_project(fjell)


@pytest.fixture
def design(arena: Project) -> WorkType:
    return make_work_type(arena)


def entry_of(workspace: Workspace) -> TimeEntry:
    with scope(workspace.pk):
        return TimeEntry.objects.get()


def save(person: Person, on: Project, kind: WorkType, hours: str, note: str | None = None, base: str = "") -> Any:
    sent = {
        "member": person.membership.pk,
        "project": on.pk,
        "work_type": kind.pk,
        "day": str(MONDAY),
        "client_id": str(uuid.uuid4()),
        "base": base,
        "hours": hours,
        "note": note,
    }
    answer = person.post_json("week/cell/", sent)
    assert answer.status_code == 200, answer.content
    return answer.json()["cell"]


def step(person: Person, *moves: dict[str, Any]) -> None:
    body = {"member": person.membership.pk, "id": str(uuid.uuid4()), "moves": list(moves)}
    answer = person.post_json("timeline/step/", body)
    assert answer.status_code == 200, answer.content


def change(entry: TimeEntry, **fields: Any) -> dict[str, Any]:
    return {"do": "change", "id": str(entry.client_id), "base": revision_of(entry), **fields}


def lines(answer: Any) -> list[str]:
    """The history as it is read, the oldest first: who, when, where, what."""
    assert answer.status_code == 200
    html = answer.content.decode().split('<ol class="history">')[1].split("</ol>")[0]
    items = re.findall(r"<li>(.*?)</li>", html, re.DOTALL)
    texts = [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", item))).strip() for item in items]
    return texts[::-1]


def history(person: Person, entry: TimeEntry) -> list[str]:
    return lines(person.get(f"history/{entry.client_id}/"))


def test_every_change_of_an_entry_is_told_in_order_and_where_it_was_made(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    cell = save(anna, arena, design, "4", "Facade")
    save(anna, arena, design, "7,5", "South facade", base=cell["revision"])
    meetings = make_work_type(arena, "Meetings", product=None)
    harbour = make_project(fjell, "Harbour", customer="")
    make_work_type(harbour, "Advice", product=None)
    with scope(fjell.pk):
        advice = WorkType.objects.get(name="Advice")
    tuesday = str(MONDAY + timedelta(days=1))
    step(anna, change(entry_of(fjell), on=[arena.pk, meetings.pk]))
    step(anna, change(entry_of(fjell), on=[harbour.pk, advice.pk]))
    step(anna, change(entry_of(fjell), place={"day": tuesday, "start": 540, "end": 660}))
    step(anna, change(entry_of(fjell), place={"day": tuesday, "start": 570, "end": 720}))
    step(anna, change(entry_of(fjell), place={"day": tuesday, "minutes": 150}))
    step(anna, change(entry_of(fjell), billable=False))
    step(anna, change(entry_of(fjell), note=""))
    told = history(anna, entry_of(fjell))
    assert all(line.startswith("AA Anna Aas ") for line in told)
    assert [("Week" in line, "Timeline" in line) for line in told] == [(True, False)] * 4 + [(False, True)] * 7
    expected = [
        "Recorded 4 h on Fjell Arena, Design, Monday 2 March.",
        "Note: Facade",
        "Hours changed from 4 to 7.5.",
        "Note changed from “Facade” to “South facade”.",
        "Work type changed from Design to Meetings.",
        "Project changed from Fjell Arena to Harbour. Work type changed from Meetings to Advice.",
        "Moved from Monday 2 March to Tuesday 3 March. Hours changed from 7.5 to 2. On the clock from 09:00 to 11:00.",
        "Hours changed from 2 to 2.5. Start changed from 09:00 to 09:30. End changed from 11:00 to 12:00.",
        "Taken off the clock, where it stood from 09:30 to 12:00.",
        "Set to not billable.",
        "Note removed. It said “South facade”.",
    ]
    for line, sentence in zip(told, expected, strict=True):
        assert sentence in line


def test_p21_p23_approvals_and_orders_are_told_with_who_gave_them(
    anna: Person, bo: Person, dina: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    save(anna, arena, design, "4")
    entry = entry_of(fjell)
    with acting_as(anna.user.pk), scope(fjell.pk):
        TimeEntry.objects.update(submitted_at=timezone.now())
    bo.post(f"approve/{WEEK}/people/", {"member": anna.membership.pk})
    bo.post(f"approve/{WEEK}/undo/", {"member": anna.membership.pk})
    bo.post(f"approve/{WEEK}/people/", {"member": anna.membership.pk})
    with acting_as(dina.user.pk), scope(fjell.pk, page="orders:finish"):
        lock_for_order([entry.pk], "1043")
        unlock_from_order([entry.pk])
    with scope(fjell.pk):
        TimeEntry.objects.update(billable_minutes=180)
        TimeEntry.objects.update(billable_minutes=None)
    told = history(anna, entry)
    expected = [
        ("Anna Aas", "Recorded 4 h"),
        ("Anna Aas", "Submitted for approval."),
        ("Bo Berg", "Approved (user approval)."),
        ("Bo Berg", "User approval undone."),
        ("Bo Berg", "Approved (user approval)."),
        ("Dina Dahl", "Put on order 1043."),
        ("Dina Dahl", "Taken off order 1043."),
        ("Busy", "Billable hours written down to 3."),
        ("Busy", "The write-down was taken back."),
    ]
    assert len(told) == len(expected)
    for line, (who, what) in zip(told, expected, strict=True):
        assert who in line
        assert what in line
    assert "Approve" in told[2]
    assert "Orders" in told[5]
    assert "Correction" not in " ".join(told[:7])


def test_a_correction_by_an_approver_says_so(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design, minutes=240)
    with acting_as(bo.user.pk), scope(entry.workspace_id):
        TimeEntry.objects.filter(pk=entry.pk).update(minutes=180)
    last = history(anna, entry)[-1]
    assert "Bo Berg" in last
    assert "Correction" in last
    assert "Hours changed from 4 to 3." in last


def test_what_was_deleted_can_still_be_read_and_goes_on_when_it_comes_back(
    anna: Person, bo: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    save(anna, arena, design, "4", "Facade")
    entry = entry_of(fjell)
    step(anna, {"do": "delete", "id": str(entry.client_id), "base": revision_of(entry)})
    told = history(bo, entry)
    assert "Deleted 4 h on Fjell Arena, Design, Monday 2 March. Note: Facade" in told[-1]
    place = {"day": str(MONDAY), "start": 540, "end": 600}
    step(anna, {"do": "create", "id": str(entry.client_id), "place": place, "on": [arena.pk, design.pk]})
    told = history(anna, entry)
    assert len(told) == 4  # recorded, noted, deleted, recorded again
    assert "Recorded 1 h on Fjell Arena, Design, Monday 2 March. On the clock from 09:00 to 10:00." in told[-1]


def test_a_cell_tells_of_all_entries_that_ever_stood_in_it(
    anna: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    first = log(anna.membership, arena, design, minutes=60)
    log(anna.membership, arena, design, minutes=120)
    with scope(fjell.pk):
        TimeEntry.objects.filter(pk=first.pk).update(day=MONDAY + timedelta(days=3))
    told = lines(anna.get(f"history/{arena.pk}/{design.pk}/{MONDAY}/"))
    assert ["Entry 1" in line for line in told] == [True, False, True]
    assert "Moved from Monday 2 March to Thursday 5 March." in told[2]
    assert "Nothing has happened here yet" in anna.get(f"history/{arena.pk}/{design.pk}/2026-03-20/").content.decode()
    assert anna.get(f"history/{arena.pk}/{design.pk}/2026-03-32/").status_code == 404


def test_times_stand_in_the_zone_of_the_workspace_and_words_in_the_readers_language(
    anna: Person, arena: Project, design: WorkType
) -> None:
    log(anna.membership, arena, design, minutes=450)
    anna.client.cookies["django_language"] = "nb"
    anna.user.language = "nb"
    anna.user.save()
    page = anna.get(f"history/{arena.pk}/{design.pk}/{MONDAY}/").content.decode()
    assert "7,5" in page
    with scope(anna.workspace.pk):
        at = EntryChange.objects.get().changed_at
    oslo = at.astimezone(ZoneInfo("Europe/Oslo"))
    assert f"{oslo:%H:%M}" in page


# --- Who may read it, and that nobody can alter it --------------------------------------------------------------------


def test_colleagues_and_other_companies_find_no_history(
    anna: Person, bo: Person, cilla: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    bos = log(bo.membership, arena, design)
    assert history(bo, bos)
    assert anna.get(f"history/{bos.client_id}/").status_code == 404
    assert cilla.get(f"history/{bos.client_id}/").status_code == 404
    assert anna.get(f"history/{arena.pk}/{design.pk}/{MONDAY}/?member={bo.membership.pk}").status_code == 403
    assert cilla.get(f"history/{arena.pk}/{design.pk}/{MONDAY}/").status_code == 404
    with scope(cilla.workspace.pk):
        assert not EntryChange.objects.exists()


def test_who_leads_the_project_may_read_it(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    bos = log(bo.membership, arena, design)
    with scope(anna.workspace.pk):
        ProjectMember.objects.create(project=arena, member=anna.membership, is_leader=True)
    assert len(history(anna, bos)) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE timesheets_entrychange SET page = 'x'", "DELETE FROM timesheets_entrychange"]
)
def test_the_serving_role_cannot_alter_the_history(
    anna: Person, arena: Project, design: WorkType, statement: str
) -> None:
    log(anna.membership, arena, design)

    def alter() -> None:
        with scope(anna.workspace.pk), connection.cursor() as cursor:
            cursor.execute(statement)

    with pytest.raises(ProgrammingError, match="permission denied"):
        alter()


def test_a_change_that_is_taken_back_leaves_no_trace(anna: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)

    def change_and_fail() -> None:
        with scope(anna.workspace.pk):
            TimeEntry.objects.filter(pk=entry.pk).update(minutes=60)
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert len(history(anna, entry)) == 1


def test_a_new_entry_tells_only_what_it_has(anna: Person, arena: Project, design: WorkType) -> None:
    log(anna.membership, arena, design)
    page = anna.get(f"history/{arena.pk}/{design.pk}/{MONDAY}/").content.decode()
    assert "Recorded 7.5 h" in page
    assert "None" not in page
    assert "lunch" not in page.lower()


def test_what_says_the_same_is_no_change(anna: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)
    with scope(anna.workspace.pk):
        TimeEntry.objects.filter(pk=entry.pk).update(minutes=entry.minutes, revision=2, changed_at=timezone.now())
    assert len(history(anna, entry)) == 1


def test_every_column_of_an_entry_has_its_words() -> None:
    """A new column is written down by itself; this asks for the sentence that tells it."""
    aside = {"id", "workspace_id", "client_id", "revision", "created_at", "changed_at", "member_id"}
    columns = {field.column for field in TimeEntry._meta.local_concrete_fields}
    assert columns - aside == set(TELLERS)


def test_approving_many_people_writes_as_many_statements_as_approving_one(
    bo: Person, fjell: Workspace, arena: Project, design: WorkType
) -> None:
    def approve(members: list[Membership], week: Week) -> int:
        log_weeks(members, arena, design, week.monday)
        with CaptureQueriesContext(connection) as queries, acting_as(bo.user.pk), scope(fjell.pk):
            approval.approve_many([member.pk for member in members], week, by=bo.membership)
        return len(queries)

    assert approve(hire(fjell, 1, "Ek"), WEEK) == approve(hire(fjell, 30, "Bjerk"), WEEK.plus(1))
    with scope(fjell.pk):
        acts = EntryChange.objects.filter(after__has_key="person_approval_id", before__isnull=False)
        assert set(acts.values_list("changed_by", flat=True)) == {bo.membership.pk}
        assert acts.count() == 31 * 5


def test_a_long_history_comes_in_pages_and_the_panel_shows_the_first(
    anna: Person, arena: Project, design: WorkType
) -> None:
    entry = log(anna.membership, arena, design)
    with CaptureQueriesContext(connection) as few:
        anna.get(f"history/{entry.client_id}/", headers=HTMX)
    with scope(anna.workspace.pk):
        for minutes in range(1, 41):
            TimeEntry.objects.filter(pk=entry.pk).update(minutes=minutes)
    with CaptureQueriesContext(connection) as many:
        panel = anna.get(f"history/{entry.client_id}/", headers=HTMX)
    assert len(many) == len(few)
    assert len(lines(panel)) == 30
    assert "All 41 changes" in panel.content.decode()
    assert "<html" not in panel.content.decode()
    assert len(lines(anna.get(f"history/{entry.client_id}/?page=2"))) == 11


@pytest.mark.parametrize("page", ["week/{week}/", "timeline/{week}/"])
def test_pages_lead_to_the_history(anna: Person, arena: Project, design: WorkType, page: str) -> None:
    log(anna.membership, arena, design)
    assert "data-history-url" in anna.get(page.format(week=WEEK)).content.decode()


def test_the_approve_panel_leads_to_the_history(anna: Person, bo: Person, arena: Project, design: WorkType) -> None:
    entry = log(anna.membership, arena, design)
    panel = bo.get(f"approve/{WEEK}/people/{anna.membership.pk}/").content.decode()
    assert bo.url(f"history/{entry.client_id}/") in panel
