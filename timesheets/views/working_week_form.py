"""Forms of a working week and of the period in which a person works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.lib.durations import DAY, print_hours
from busy.lib.written import written_weekday
from busy.workspaces.forms import HoursField

_MONDAY = date(2024, 1, 1)


def weekdays() -> list[str]:
    """``Mon`` to ``Sun`` in the reader's language."""
    return [written_weekday(_MONDAY + timedelta(days=number)) for number in range(7)]


def day_field(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


class WeekForm(forms.Form):
    """Hours for each weekday from a day on. With ``follows`` only the day counts: the company's week holds again."""

    valid_from = day_field(
        gettext_lazy("From"), gettext_lazy("The first day it holds. Leave it empty for the beginning.")
    )

    def __init__(self, data: Any, *, minutes: Sequence[int], follows: bool) -> None:
        super().__init__(data)
        for place, name in enumerate(weekdays()):
            self.fields[f"day_{place}"] = HoursField(
                label=name, required=False, disabled=follows, max_length=20, initial=print_hours(minutes[place])
            )

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[f"day_{place}"] for place in range(7)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for place in range(7):
            if cleaned.get(f"day_{place}", 0) > DAY:
                self.add_error(f"day_{place}", _("A day has 24 hours."))
        return cleaned

    def minutes(self) -> list[int]:
        """Monday first; only after ``is_valid``."""
        return [self.cleaned_data[f"day_{place}"] for place in range(7)]


class WorkPeriodForm(forms.Form):
    first_day = day_field(
        gettext_lazy("First working day"),
        gettext_lazy("Hours before it are not expected. Empty: the day the person came to the workspace."),
    )
    last_day = day_field(gettext_lazy("Last working day"), gettext_lazy("Hours after it are not expected."))
