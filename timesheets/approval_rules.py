"""What may be approved and what stands out in a week. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from busy.lib.durations import print_hours
from timesheets.events import Cell
from timesheets.holds import Hold


class CannotApprove(Exception):
    """The week stays as it is; ``message`` is the sentence for the person who tried."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NothingToApprove(CannotApprove):
    """The week has no hours at all."""


class OwnTime(CannotApprove):
    """Four eyes: somebody else can approve these hours."""


class CannotUndo(Exception):
    """The approval stays, because ``holds`` need its hours; ``message`` names them."""

    def __init__(self, message: str, holds: Sequence[Hold] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.holds = tuple(holds)


def nothing_to_approve() -> NothingToApprove:
    return NothingToApprove(_("There are no hours in this week to approve."))


def own_time() -> OwnTime:
    return OwnTime(_("You cannot approve your own hours while another manager or administrator can do it."))


def held(holds: Sequence[Hold]) -> CannotUndo:
    names = ", ".join(hold.label for hold in holds)
    return CannotUndo(
        _("The hours are on an order: %(orders)s. Leave them out of it or delete it, then undo the approval.")
        % {"orders": names},
        holds,
    )


def too_many(most: int) -> CannotApprove:
    return CannotApprove(
        _("At most %(most)s entries can be approved at once. Choose a shorter period.") % {"most": most}
    )


def before_start(start: date) -> CannotApprove:
    return CannotApprove(
        _("Hours before %(day)s are not approved here: approval starts on that day.")
        % {"day": date_format(start, "DATE_FORMAT")}
    )


def not_a_manager() -> CannotApprove:
    return CannotApprove(_("Only managers and administrators approve hours."))


def not_an_approver() -> CannotApprove:
    return CannotApprove(_("Only managers, administrators and the leaders of their groups approve these hours."))


def cells_of(rows: Iterable[tuple[int, int, int, date]]) -> frozenset[Cell]:
    """Cells from (member, project, work type, day), each named once."""
    return frozenset(Cell(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at before approving; ``code`` is stable, ``label`` is short and in the reader's language."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """One person's day, in minutes. ``waiting`` is what no user approval holds yet, ``submitted`` its sent part."""

    day: date
    capacity: int
    minutes: int = 0
    billable: int = 0
    waiting: int = 0
    submitted: int = 0
    # Of what waits: minutes that were sent back and not sent again, and entries changed after they were sent (R112).
    rejected: int = 0
    changed: int = 0
    # Billable entries, and how many of them carry a note.
    entries: int = 0
    noted: int = 0
    # The part of the minutes that is absence, and the name of a public holiday or an eve.
    absence: int = 0
    holiday: str = ""
    # Billable projects the person has not logged on for weeks, and how many entries were changed late.
    odd: tuple[str, ...] = ()
    late: int = 0
    # Of what waits: entries on days on which their project does not run, and what the accounting system will refuse.
    cautions: tuple[Flag, ...] = ()

    @property
    def worked(self) -> int:
        return self.minutes - self.absence

    @property
    def over(self) -> int:
        return min(self.worked, max(0, self.minutes - self.capacity))

    @property
    def under(self) -> int:
        return max(0, self.capacity - self.minutes)


def flags_of(days: Sequence[DaySum], today: date) -> tuple[Flag, ...]:
    """What stands out in a person's seven days; only days that have passed count as empty (P21).

    Notes are missed only from people who write them: some billable entries of the week have one, others have not.
    """
    found = (
        _capacity(days),
        _holiday(days),
        _weekend(days),
        _empty(days, today),
        _unfinished(days, today),
        _notes(days),
        _odd(days),
        _late(days),
        _changed(days),
    )
    cautions = dict.fromkeys(flag for day in days for flag in day.cautions)
    return (*(flag for flag in found if flag), *cautions)


def _capacity(days: Sequence[DaySum]) -> Flag | None:
    beyond = sum(day.minutes for day in days) - sum(day.capacity for day in days)
    over = min(sum(day.worked for day in days), beyond)
    if over <= 0:
        return None
    return Flag("over", _("%(hours)s h over capacity") % {"hours": print_hours(over)})


def _holiday(days: Sequence[DaySum]) -> Flag | None:
    worked = [day.holiday for day in days if day.holiday and day.worked and not day.capacity]
    return Flag("holiday", worked[0]) if worked else None


def _weekend(days: Sequence[DaySum]) -> Flag | None:
    """Work on a Saturday or Sunday that is nobody's ordinary day there."""
    found = any(day.worked and not day.capacity and not day.holiday and day.day.weekday() > 4 for day in days)
    return Flag("weekend", _("Weekend")) if found else None


def _empty(days: Sequence[DaySum], today: date) -> Flag | None:
    empty = [day.day for day in days if day.capacity and not day.minutes and day.day < today]
    if not empty or not any(day.minutes for day in days):
        return None
    if len(empty) == 1:
        return Flag("empty", _("%(weekday)s empty") % {"weekday": date_format(empty[0], "l").capitalize()})
    return Flag("empty", ngettext("%(n)s empty day", "%(n)s empty days", len(empty)) % {"n": len(empty)})


def _unfinished(days: Sequence[DaySum], today: date) -> Flag | None:
    """Approving closes the whole week, also its days that are still to come."""
    coming = any(day.capacity and not day.minutes and day.day >= today for day in days)
    return Flag("unfinished", _("Week not over")) if coming and any(day.minutes for day in days) else None


def _notes(days: Sequence[DaySum]) -> Flag | None:
    noted = sum(day.noted for day in days)
    missing = sum(day.entries for day in days) - noted
    if not noted or not missing:
        return None
    return Flag("notes", ngettext("%(n)s note missing", "%(n)s notes missing", missing) % {"n": missing})


def _odd(days: Sequence[DaySum]) -> Flag | None:
    projects = sorted({name for day in days for name in day.odd})
    if not projects:
        return None
    if len(projects) > 1:
        return Flag("odd", _("%(n)s unusual projects") % {"n": len(projects)})
    return Flag("odd", _("Unusual: %(project)s") % {"project": projects[0]})


def _late(days: Sequence[DaySum]) -> Flag | None:
    return late_edit() if any(day.late for day in days) else None


def over_capacity() -> Flag:
    return Flag("over", _("Over capacity"))


def note_missing() -> Flag:
    return Flag("notes", _("Note missing"))


def odd_project() -> Flag:
    return Flag("odd", _("Unusual project"))


def late_edit() -> Flag:
    return Flag("late", _("Late edit"))


def _changed(days: Sequence[DaySum]) -> Flag | None:
    if not any(day.changed for day in days):
        return None
    return Flag("changed", _("Changed after submission"))


def state_of(days: Sequence[DaySum]) -> str:
    """nothing, approved, submitted or open; a week is approved when none of its hours waits."""
    if not any(day.minutes for day in days):
        return "nothing"
    waiting = sum(day.waiting for day in days)
    if not waiting:
        return "approved"
    return "submitted" if sum(day.submitted for day in days) == waiting else "open"
