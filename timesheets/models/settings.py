"""How a workspace records and approves time."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from busy.workspaces.tenancy import TenantModel
from timesheets.public_holidays import COUNTRIES


class Eves(models.TextChoices):
    """What Christmas Eve, New Year's Eve and, in Sweden, Midsummer Eve are."""

    OFF = "off", _("Days off")
    HALF = "half", _("Half days")
    WORK = "work", _("Ordinary working days")


class Lunch(models.TextChoices):
    """What becomes of an unpaid lunch (P20)."""

    RECORDED = "recorded", _("Employees record it themselves")
    SHOWN = "shown", _("Part of the working week, shown as a grey area on the timeline")
    DEDUCTED = "deducted", _("Deducted from the first entry of the day")


class MissingCounts(models.TextChoices):
    """Which past days miss hours."""

    SHORT = "short", _("Every day with fewer hours than expected")
    EMPTY = "empty", _("Only days without any hours")


HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]


class TimeSettings(TenantModel):
    """One row per workspace, made when somebody first saves a choice; without it the defaults hold."""

    # P24. Local date; None: all hours are asked for.
    approval_starts_on = models.DateField(
        _("approve hours from"),
        null=True,
        blank=True,
        help_text=_("Hours before this day are never asked for. Leave it empty to ask for all of them."),
    )
    # R111, P25. Off: hours are approved without being sent.
    submits_time = models.BooleanField(
        _("submit time for approval"),
        default=False,
        help_text=_(
            "Everybody sends the own hours when they are complete, and approvers see who has sent and who has not."
        ),
    )

    # Nothing chosen: what the workspace's zone and the country's custom say (timesheets.capacity).
    country = models.CharField(_("country"), max_length=2, choices=COUNTRIES, blank=True)
    eves = models.CharField(_("eves of the great holidays"), max_length=4, choices=Eves, blank=True)

    # P20. The time of day is local and used where the lunch is shown.
    lunch = models.CharField(_("unpaid lunch"), max_length=8, choices=Lunch, default=Lunch.RECORDED)
    lunch_minutes = models.PositiveSmallIntegerField(
        _("length of the lunch, in minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    lunch_starts_at = models.TimeField(_("lunch starts at"), default=time(11, 30))

    # Kept by the layer that transfers hours: while they leave Busy, pages ask it what is known of them.
    transfers_hours = models.BooleanField(default=False, db_default=False, editable=False)

    missing_counts = models.CharField(
        _("what is missing"), max_length=5, choices=MissingCounts, default=MissingCounts.SHORT
    )
    # Automatic reminders: Monday is 0, the hour is the workspace's own (timesheets.reminder_clock).
    reminds = models.BooleanField(_("send reminders"), default=False)
    remind_weekday = models.PositiveSmallIntegerField(_("weekday"), choices=list(WEEKDAYS.items()), default=0)
    remind_hour = models.PositiveSmallIntegerField(_("hour"), choices=HOURS, default=9)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", name="time_settings_once")]
