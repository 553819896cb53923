"""The form of one timer on the timer's own page, where every act is a plain POST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.selectors import LoggableProject
from timesheets.errors import HoursRefusal
from timesheets.models import Timer
from timesheets.timer import On
from timesheets.views.timer_state import wall_time
from timesheets.views.timer_steps import NotAWallTime, read_wall_time

_WALL = {"type": "datetime-local", "class": "input input-number"}


class TimerForm(forms.Form):
    """What an open timer is about, and when it began and stopped, by the workspace's clock."""

    on = forms.ChoiceField(
        label=gettext_lazy("Project and work type"), required=False, widget=forms.Select({"data-combobox": True})
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 2})
    )
    started = forms.CharField(label=gettext_lazy("Started"), widget=forms.TextInput(_WALL))
    stopped = forms.CharField(label=gettext_lazy("Stopped"), required=False, widget=forms.TextInput(_WALL))

    def __init__(self, data: Any, *, timer: Timer, zone: str, choices: Sequence[LoggableProject]) -> None:
        initial = {
            "on": "-".join(str(part) for part in timer.on or () if part is not None),
            "note": timer.note,
            "started": wall_time(timer.started_at, zone),
            "stopped": wall_time(timer.stopped_at, zone) if timer.stopped_at else "",
        }
        # Several timers stand on the page: names are the same in each form, ids are not.
        super().__init__(data, initial=initial, auto_id=f"timer-{timer.pk}-%s")
        self.timer = timer
        self._zone = zone
        on = self.fields["on"]
        assert isinstance(on, forms.ChoiceField)
        on.choices = _pairs(timer, choices)
        if timer.is_running:
            del self.fields["stopped"]

    def clean_started(self) -> datetime | None:
        return self._instant("started")

    def clean_stopped(self) -> datetime | None:
        return self._instant("stopped") if self.cleaned_data["stopped"] else None

    def clean_on(self) -> On | None:
        if not self.cleaned_data["on"]:
            return None
        project_id, work_type_id, *task = (int(number) for number in self.cleaned_data["on"].split("-"))
        return project_id, work_type_id, task[0] if task else None

    def _instant(self, name: str) -> datetime | None:
        """None when the field says what it said: seconds, and the second run of a repeated hour, are kept."""
        typed = self.cleaned_data[name]
        if typed == self.initial[name]:
            return None
        try:
            return read_wall_time(typed, self._zone)
        except NotAWallTime as error:
            raise forms.ValidationError(_("Choose a date and a time.")) from error
        except HoursRefusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal


def _pairs(timer: Timer, choices: Sequence[LoggableProject]) -> list[tuple[str, str]]:
    """What may be chosen, and what the timer has, also when it could not be chosen any more."""
    pairs = {"": _("No project yet")}
    if timer.project is not None and timer.work_type is not None:
        key = "-".join(str(part) for part in timer.on or () if part is not None)
        pairs[key] = _named(timer.project.name, timer.task.name if timer.task else "", timer.work_type.name)
    for project in choices:
        for choice in project.choices:
            task = choice.task.name if choice.task else ""
            pairs[choice.key] = _named(choice.project.name, task, choice.work_type.name)
    return list(pairs.items())


def _named(*names: str) -> str:
    return ", ".join(filter(None, names))
