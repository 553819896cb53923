"""Forms about tasks. They read what was written; whether it may be so is for the services to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from busy.catalog.fields import HoursField, RecordField
from busy.catalog.forms import ChangeForm, NewForm
from busy.catalog.models import Project, Task, WorkType
from busy.catalog.selectors import work_types_for_tasks
from busy.lib.forms import Switch


class TaskRulesForm(ChangeForm):
    """Whether a project is driven by tasks, and whether they decide the work type (P19)."""

    is_task_driven = forms.BooleanField(
        label=_("Task-driven"),
        required=False,
        widget=Switch,
        help_text=_("Each new entry on the project names its task. Hours that are there stay as they are."),
    )
    task_decides_work_type = forms.BooleanField(
        label=_("The work type follows from the task"),
        required=False,
        widget=Switch,
        help_text=_("Off: whoever logs the time chooses among the project's work types."),
    )


class WithWorkType(forms.Form):
    """Offers the project's work types; one has to be chosen where the work type follows from the task."""

    def offer_work_types(self, project: Project, chosen: WorkType | None) -> None:
        field = self.fields["work_type"]
        assert isinstance(field, RecordField)
        field.required = project.task_decides_work_type
        field.offer(work_types_for_tasks(project), chosen, empty=_("No work type"))


class NewTaskForm(WithWorkType, NewForm):
    name = forms.CharField(label=_("Name of the task"), max_length=255)
    work_type = RecordField(WorkType, label=_("Work type"), required=False)

    def __init__(self, *args: Any, project: Project, goes_on: bool = False, **kwargs: Any) -> None:
        """``goes_on``: one was just added, and the next is likely to follow."""
        super().__init__(*args, auto_id="new-%s", **kwargs)
        if goes_on:
            self.fields["name"].widget.attrs["autofocus"] = True
        self.offer_work_types(project, None)
        if not project.task_decides_work_type:
            del self.fields["work_type"]


class TaskForm(WithWorkType, ChangeForm):
    name = forms.CharField(label=_("Name"), max_length=255)
    number = forms.CharField(label=_("Number"), max_length=100, required=False)
    work_type = RecordField(WorkType, label=_("Work type"), required=False)
    budget_minutes = HoursField(
        label=_("Budget in hours"), required=False, help_text=_("How long the task should take, all hours together.")
    )

    def __init__(self, *args: Any, record: Task, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.offer_work_types(project, record.work_type)
        self.fields["work_type"].help_text = (
            _("What hours on the task are.")
            if project.task_decides_work_type
            else _("Counts where the work type follows from the task.")
        )
