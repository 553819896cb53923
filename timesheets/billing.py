"""What of a cell's hours is billed: all, some (a write-down), or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from timesheets.errors import HoursRefusal
from timesheets.models import TimeEntry


@dataclass(frozen=True, slots=True)
class Billing:
    """``minutes`` is what the hours are written down to, None for all of them."""

    is_billable: bool
    minutes: int | None = None

    def of(self, minutes: int) -> Billing:
        """The same said of so many minutes: what bills all of them is no write-down, what bills none has none."""
        return self if self.is_billable and self.minutes != minutes else Billing(self.is_billable)


class BillingWithoutHours(HoursRefusal):
    code = "billing_without_hours"

    @property
    def message(self) -> str:
        return _("There are no hours to bill. Write the hours first.")


class BillingOfSeveral(HoursRefusal):
    """Each of several entries is billed by itself, and the cell cannot say which is meant."""

    code = "several_entries"

    @property
    def message(self) -> str:
        return _("This is the sum of several entries. What of each is billed is set on the timeline.")


class NeverBillable(HoursRefusal):
    """The project or the work type is not billable."""

    code = "never_billable"

    def __init__(self, project: str, work_type: str) -> None:
        super().__init__(project, work_type)
        self.project = project
        self.work_type = work_type

    @property
    def message(self) -> str:
        told = {"project": self.project, "work_type": self.work_type}
        return _("Hours on %(project)s with %(work_type)s are not billable.") % told


class MoreThanHours(HoursRefusal):
    """``minutes`` is what was to be billed of ``hours`` minutes."""

    code = "more_than_hours"

    def __init__(self, minutes: int, hours: int) -> None:
        super().__init__(minutes, hours)
        self.minutes = minutes
        self.hours = hours

    @property
    def message(self) -> str:
        told = {"billed": print_hours(self.minutes), "hours": print_hours(self.hours)}
        return _("%(billed)s is more than the %(hours)s that were worked. Write fewer billable hours.") % told


def billing_of(entries: Sequence[TimeEntry]) -> Billing | None:
    """Of a cell with one entry; None for an empty cell and for the sum of several."""
    if len(entries) != 1:
        return None
    return Billing(entries[0].is_billable, entries[0].billable_minutes)


def change_billing(entries: Sequence[TimeEntry], wanted: Billing) -> None:
    """Raises BillingWithoutHours, BillingOfSeveral, NeverBillable, MoreThanHours."""
    if not entries:
        raise BillingWithoutHours
    if len(entries) > 1:
        raise BillingOfSeveral
    entry = entries[0]
    if wanted.is_billable and not (entry.project.is_billable and entry.work_type.is_billable):
        raise NeverBillable(entry.project.name, entry.work_type.name)
    if wanted.minutes is not None and wanted.minutes > entry.minutes:
        raise MoreThanHours(wanted.minutes, entry.minutes)
    entry.is_billable, entry.billable_minutes = wanted.is_billable, wanted.minutes
    entry.revision += 1
    entry.changed_at = timezone.now()
    entry.save(update_fields=["is_billable", "billable_minutes", "revision", "changed_at"])
