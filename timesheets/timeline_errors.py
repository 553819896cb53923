"""Why a step on the timeline is refused. Each says in one sentence what happened and what to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.lib.written import written_day
from timesheets.clock import Shift, written_time
from timesheets.errors import HoursRefusal

if TYPE_CHECKING:
    from timesheets.models import TimeEntry


class EntryChanged(HoursRefusal):
    """Somebody changed the entry since the revision that the step was based on; ``present`` is what it is now."""

    code = "changed"

    def __init__(self, present: TimeEntry) -> None:
        super().__init__(present)
        self.present = present

    @property
    def message(self) -> str:
        return _("This entry was changed elsewhere in the meantime.")


class EntryGone(HoursRefusal):
    """There is no such entry of this member any more; one of somebody else looks the same."""

    code = "gone"

    @property
    def message(self) -> str:
        return _("This entry was deleted elsewhere in the meantime.")


class NoSuchTime(HoursRefusal):
    """The clock goes forward over this time."""

    code = "no_such_time"

    def __init__(self, day: date, minute: int, shift: Shift) -> None:
        super().__init__(day, minute, shift)
        self.day = day
        self.minute = minute
        self.shift = shift

    @property
    def message(self) -> str:
        return _("There is no %(time)s on %(day)s: the clock goes from %(from)s to %(to)s. Write another time.") % {
            "time": written_time(self.minute),
            "day": written_day(self.day),
            "from": written_time(self.shift.start),
            "to": written_time(self.shift.end),
        }


class NoLength(HoursRefusal):
    code = "no_length"

    @property
    def message(self) -> str:
        return _("An entry lasts from a minute to a whole day. Write a later end.")


class LunchTooLong(HoursRefusal):
    """An entry that is not longer than its lunch would hold no work; ``length`` are its minutes by the clock."""

    code = "lunch_too_long"

    def __init__(self, lunch: int, length: int) -> None:
        super().__init__(lunch, length)
        self.lunch = lunch
        self.length = length

    @property
    def message(self) -> str:
        return _("The entry lasts %(length)s min, so that %(lunch)s min of lunch leave no work. Write less.") % {
            "length": self.length,
            "lunch": self.lunch,
        }


class CutOutside(HoursRefusal):
    """Entries are cut between their start and their end; one without times has neither."""

    code = "cut_outside"

    @property
    def message(self) -> str:
        return _("An entry is cut at a time between its start and its end.")


class DayFull(HoursRefusal):
    """``minutes`` is what the day would have held."""

    code = "day_too_long"

    def __init__(self, day: date, minutes: int) -> None:
        super().__init__(day, minutes)
        self.day = day
        self.minutes = minutes

    @property
    def message(self) -> str:
        return _("A day has 24 hours, and %(day)s would have %(hours)s.") % {
            "day": written_day(self.day),
            "hours": print_hours(self.minutes),
        }
