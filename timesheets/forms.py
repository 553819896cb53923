"""Forms about how a workspace records and approves time: one for each section of the settings page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from busy.lib.durations import DAY
from busy.lib.forms import Switch
from timesheets import clock
from timesheets.models import TimeSettings
from timesheets.models.settings import Eves
from timesheets.public_holidays import COUNTRIES
from timesheets.reminder_clock import reschedule
from timesheets.time_settings import save_time_settings


class SettingsSection(forms.ModelForm):  # type: ignore[type-arg]
    """One panel of the page with its own Save; ``key`` names it in the address and in the POST."""

    key: ClassVar[str]
    title: ClassVar[Promise]

    def save(self, commit: bool = True) -> TimeSettings:
        """Store this section's fields alone: another section may have been saved since the page was opened."""
        settings: TimeSettings = super().save(commit=False)
        if commit:
            save_time_settings(settings, list(self.fields))
        return settings


class ApprovalSettingsForm(SettingsSection):
    key = "approval"
    title = _("Approval")

    class Meta:
        model = TimeSettings
        fields = ("approval_starts_on", "submits_time")
        widgets = {
            "approval_starts_on": forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d"),
            "submits_time": Switch(),
        }


class CalendarSettingsForm(SettingsSection):
    key = "calendar"
    title = _("Public holidays")

    class Meta:
        model = TimeSettings
        fields = ("country", "eves")
        labels = {"country": _("Country"), "eves": _("Eves of the great holidays")}
        help_texts = {
            "country": _("Its public holidays are no working days."),
            "eves": _("Christmas Eve, New Year's Eve and, in Sweden, Midsummer Eve."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["country"].choices = [("", _("That of the time zone")), *COUNTRIES]
        choices["eves"].choices = [("", _("As is custom in the country")), *Eves.choices]


class LunchSettingsForm(SettingsSection):
    """P20."""

    key = "lunch"
    title = _("Lunch")

    class Meta:
        model = TimeSettings
        fields = ("lunch", "lunch_minutes", "lunch_starts_at")
        labels = {
            "lunch": _("Unpaid lunch"),
            "lunch_minutes": _("Length of the lunch, in minutes"),
            "lunch_starts_at": _("Lunch starts at"),
        }
        help_texts = {
            "lunch": _("A deduction is shown on the entry, where the person can change or remove it."),
            "lunch_starts_at": _("Where the grey area lies on working days."),
        }
        widgets = {"lunch_starts_at": forms.TimeInput({"type": "time", "class": "input"}, format="%H:%M")}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, minutes = cleaned.get("lunch_starts_at"), cleaned.get("lunch_minutes")
        if start is not None and minutes is not None and clock.minute_of(start) + minutes > DAY:
            self.add_error("lunch_starts_at", _("The lunch ends at midnight at the latest. Write an earlier start."))
        return cleaned


class ReminderSettingsForm(SettingsSection):
    key = "reminders"
    title = _("Missing time and reminders")

    class Meta:
        model = TimeSettings
        fields = ("missing_counts", "reminds", "remind_weekday", "remind_hour")
        labels = {
            "missing_counts": _("What is missing"),
            "reminds": _("Mail people who miss hours"),
            "remind_weekday": _("Every"),
            "remind_hour": _("At"),
        }
        help_texts = {
            "reminds": _("Once a week, in each person's language, with a link to every day that lacks hours."),
            "remind_hour": _("In the time zone of the workspace."),
        }
        widgets = {"reminds": Switch}

    def save(self, commit: bool = True) -> TimeSettings:
        settings = super().save(commit)
        if commit and {"reminds", "remind_weekday", "remind_hour"} & set(self.changed_data):
            reschedule(settings.workspace, settings)
        return settings


# In the order of the page.
SECTIONS: tuple[type[SettingsSection], ...] = (
    ApprovalSettingsForm,
    CalendarSettingsForm,
    LunchSettingsForm,
    ReminderSettingsForm,
)
