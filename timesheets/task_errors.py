"""Why hours cannot be put on a task, or not without one (P19, R68). Each says in one sentence what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from timesheets.errors import NotLoggable


class TaskMissing(NotLoggable):
    """The project is task-driven. Hours from before it was may stay without a task; more of them may not come."""

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.project = project

    @property
    def message(self) -> str:
        return _("Hours on %(project)s need a task. Choose one.") % {"project": self.project}


class TasksNotUsed(NotLoggable):
    """The project is not task-driven, or not any more."""

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.project = project

    @property
    def message(self) -> str:
        return _("%(project)s is not task-driven. Hours on its tasks can be reduced or removed, not added.") % {
            "project": self.project
        }


class TaskDone(NotLoggable):
    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task

    @property
    def message(self) -> str:
        return _("The task %(task)s is done. Hours on it can be reduced or removed, not added.") % {"task": self.task}


class TaskArchived(NotLoggable):
    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task

    @property
    def message(self) -> str:
        return _("The task %(task)s is archived. Hours on it can be reduced or removed, not added.") % {
            "task": self.task
        }


class TaskOfOthers(NotLoggable):
    """A task with members takes hours of these people alone (R68)."""

    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task

    @property
    def message(self) -> str:
        return _("The task %(task)s is open to its members only. A manager can make you one of them.") % {
            "task": self.task
        }


class WorkTypeFollowsTask(NotLoggable):
    """The project lets the task decide the work type; ``work_type`` is the task's, "" while it has none."""

    def __init__(self, task: str, work_type: str) -> None:
        super().__init__(task, work_type)
        self.task = task
        self.work_type = work_type

    @property
    def message(self) -> str:
        if not self.work_type:
            return _("The task %(task)s has no work type yet. A manager can choose one.") % {"task": self.task}
        return _("The work type follows from the task here: hours on %(task)s are %(work_type)s.") % {
            "task": self.task,
            "work_type": self.work_type,
        }
