"""R67-R71: hours name their task in 24SevenOffice, over real HTTP; what was sent before tasks were told is never there
twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from busy.catalog.models import Project, ProjectWorkType, Task
from integrations import hour_choice, hour_comparison, hour_pages, hour_remarks, hour_reviving, shared_services, wakeups
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel import registry
from integrations.kernel.facts import HourTrigger
from integrations.kernel.records import Kind
from integrations.models import Connection
from integrations.months import Month
from integrations.policy import Event
from integrations.shared_models import TaskLink
from tests.integrations.office_stage import OfficeStage, office
from tests.integrations.test_hours_in_24sevenoffice import Story
from tests.timesheets.hours import use_tasks
from timesheets import approval, project_approval
from timesheets.cells import cell_state
from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.services import save_cell
from timesheets.slots import Slot

__all__ = ["office"]

PROJECT, TASK = "1003", "7101"


class OnTasks(Story):
    """Dina is Anna there, who is assigned to a task of the project."""

    def begin_on_tasks(self) -> None:
        self.begin(HourTrigger.ON_APPROVAL)
        use_tasks(self.office.workspace)
        self.office.make_due("tasks")
        self.office.pull()
        with self.office.scope():
            self.project: Project = self.office.project(PROJECT)
            self.task = Task.objects.get(project=self.project)
            ProjectWorkType.objects.get_or_create(project=self.project, work_type=self.work_type)

    def put(self, minutes: int, task: Task | None) -> None:
        by, place = self.office.by, (self.project.pk, self.work_type.pk, self.day)
        with self.office.scope():
            Project.objects.filter(pk=self.project.pk).update(is_task_driven=task is not None)
            slot = Slot(Cell(by.pk, *place), task.pk if task else None)
            present = cell_state(slot, list(TimeEntry.objects.filter(slot.where)), period_lock=None)
            save_cell(
                by, *place, minutes, client_id=uuid.uuid4(), base_revision=present.revision,
                task_id=task.pk if task else None, by=by,
            )  # fmt: skip

    @property
    def on_tasks(self) -> list[tuple[str, int | None]]:
        rows = self.office.there.hours()
        return sorted(((row["TotalHours"], row.get("ProjectTaskId")) for row in rows), key=str)


@pytest.fixture
def story(office: OfficeStage) -> OnTasks:
    return OnTasks(office)


@contextmanager
def _before_tasks_were_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connector = registry.connector("twentyfoursevenoffice")
    older: Any = replace(connector, facts=replace(connector.facts, hours_on_tasks=False))
    with monkeypatch.context() as patch:
        patch.setattr(registry, "connector", lambda key: older)
        yield


def test_hours_stand_on_their_task_and_follow_each_change(story: OnTasks) -> None:
    story.begin_on_tasks()
    story.office.there.change("Project", PROJECT, TimeReg="Task")
    story.put(90, story.task)
    story.approve_week()
    story.settle()
    assert story.on_tasks == [("1.5", int(TASK))], story.problems
    story.undo_week()
    story.settle()
    assert story.on_tasks == []
    story.put(30, story.task)
    story.approve_week()
    story.settle()
    assert story.on_tasks == [("0.5", int(TASK))]
    story.office.there.delete("Task", TASK)
    story.undo_week()
    story.settle()
    assert story.on_tasks == [], "what stands there goes, also when the task is gone"
    story.approve_week()
    story.settle()
    assert [problem["code"] for problem in story.problems if problem] == ["task_missing"]


def test_hours_without_a_task_and_on_one_stand_beside_each_other_and_compare_equal(story: OnTasks) -> None:
    story.begin_on_tasks()
    story.put(60, None)
    story.put(90, story.task)
    story.approve_week()
    story.settle()
    assert story.on_tasks == [("1", None), ("1.5", int(TASK))]
    office, month = story.office, Month.of(story.day)
    with office.scope():
        connection = Connection.objects.get()
    found = list(hour_comparison.standing(connection, month))
    with office.scope():
        came = hour_comparison.compare(connection, month, found, before=timezone.now())
        assert (came.equal, came.equal_minutes, came.unequal, came.others) == (2, 150, (), 0)
        rows = hour_pages.cells_part(connection, "transferred", None)["cells"]
        assert {str(row["cell"].task or "") for row in rows} == {"", "7101 Tekst og korrektur"}
        (told,) = hour_remarks.transfers(TimeEntry.objects.all()).values()
        assert told.sentence.startswith("2.5 h stand in")


def test_a_task_that_only_busy_has_leaves_its_hours_on_the_project_until_it_is_made_there(story: OnTasks) -> None:
    story.begin_on_tasks()
    with story.office.scope():
        mine = Task.objects.create(project=story.project, name="Bare her")
    story.put(45, mine)
    story.approve_week()
    story.settle()
    assert story.on_tasks == [("0.75", None)]
    with story.office.scope():
        shared_services.make(Connection.objects.get(), Kind.TASKS, mine.pk)
    story.office.work_until(lambda: bool(story.on_tasks and story.on_tasks[0][1]))
    story.settle()
    with story.office.scope():
        own = TaskLink.objects.get(local=mine).external_id.partition("/")[2]
    assert story.on_tasks == [("0.75", int(own))], "they moved to it"


def test_what_was_sent_before_tasks_were_told_is_never_there_twice(
    story: OnTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.begin_on_tasks()
    story.put(60, None)
    story.put(90, story.task)
    with _before_tasks_were_told(monkeypatch):
        story.approve_week()
        story.settle()
    assert story.on_tasks == [("2.5", None)]
    story.undo_week()
    story.settle()
    story.put(30, story.task)
    with story.office.scope():
        project_approval.approve_hours(TimeEntry.objects.filter(task=story.task), by=story.office.by)
    story.settle()
    assert story.on_tasks == [("0.5", int(TASK))], "nothing stood there any more, so each has its own place"
    with story.office.scope():
        HoursCell.objects.filter(task=None).update(is_whole=True)  # older rows that stand for nothing change nothing
        project_approval.approve_hours(TimeEntry.objects.filter(task=None), by=story.office.by)
    story.settle()
    assert story.on_tasks == [("0.5", int(TASK)), ("1", None)]


def test_what_stands_there_of_all_tasks_together_stays_so_through_an_edit(
    story: OnTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.begin_on_tasks()
    with story.office.scope():
        hour_choice.choose(
            Connection.objects.get(), HourChoices(trigger=HourTrigger.ON_APPROVAL, since=story.day), by=story.office.by
        )
    story.put(60, None)
    story.put(90, story.task)
    with _before_tasks_were_told(monkeypatch):
        story.approve_week()
        story.settle()
    with story.office.scope():
        entry = TimeEntry.objects.get(task=story.task)
        project_approval.approve_hours(TimeEntry.objects.all(), by=story.office.by)
        approval.undo_person_week(story.office.by.pk, story.week, by=story.office.by)
        project_approval.undo_hours([entry.pk], by=story.office.by)
    story.settle()
    assert story.on_tasks == [("1", None)], "the entry there has become less"
    with story.office.scope():
        project_approval.approve_hours(TimeEntry.objects.all(), by=story.office.by)
    story.settle()
    assert story.on_tasks == [("2.5", None)]


def test_hours_that_a_task_only_project_refused_find_their_task_by_themselves(
    story: OnTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.begin_on_tasks()
    story.office.there.change("Project", PROJECT, TimeReg="Task")
    story.put(90, story.task)
    with _before_tasks_were_told(monkeypatch):
        story.approve_week()
        story.settle()
    assert [problem["code"] for problem in story.problems] == ["task_needed"]
    with story.office.scope():
        hour_reviving.revive_where(Connection.objects.get(), Q(), Event.PRESSED)
        wakeups.nudge(Connection.objects.get(), wakeups.PUSH)
    story.office.work_until(lambda: bool(story.on_tasks))
    story.settle()
    assert story.on_tasks == [("1.5", int(TASK))]
    assert not any(story.problems)
