"""Writes of working weeks and of the period in which a person's hours are expected. Administrators alone come here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from busy.lib.durations import DAY
from busy.workspaces.models import Membership
from timesheets.models import WorkingWeek, WorkPeriod


class WorkingWeekRefused(Exception):
    """The week stays as it is; ``message`` says why, ``field`` where it belongs on the form."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@transaction.atomic
def set_week(member: Membership | None, minutes: Sequence[int] | None, *, valid_from: date | None) -> WorkingWeek:
    """The week in force from the day on, of the person or (None) of the company; a second one on a day replaces it.

    No minutes: the person follows the company's week again. Raises WorkingWeekRefused for a day of more than 24 hours.
    """
    if minutes is not None and (len(minutes) != 7 or not all(0 <= length <= DAY for length in minutes)):
        raise WorkingWeekRefused(_("A day has 24 hours."))
    if minutes is None and member is None:
        raise WorkingWeekRefused(_("The company needs a working week of its own."))
    stored = None if minutes is None else list(minutes)
    week, _made = WorkingWeek.objects.update_or_create(
        member=member, valid_from=valid_from, defaults={"minutes": stored}
    )
    return week


def remove_week(member: Membership | None, week_id: int) -> WorkingWeek | None:
    """Take a dated week away, so that the one before it goes on. Answers with what was there, to put it back."""
    week = WorkingWeek.objects.filter(member=member, pk=week_id).first()
    if week is not None:
        WorkingWeek.objects.filter(pk=week.pk).delete()
    return week


def set_period(member: Membership, *, first_day: date | None, last_day: date | None) -> None:
    """From when to when hours are expected. Raises WorkingWeekRefused when the end comes before the beginning."""
    if first_day and last_day and last_day < first_day:
        raise WorkingWeekRefused(_("The last working day comes before the first."), "last_day")
    WorkPeriod.objects.update_or_create(member=member, defaults={"first_day": first_day, "last_day": last_day})
