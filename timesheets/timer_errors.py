"""Why something about the timer is refused. Each says in one sentence what happened and what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from timesheets.errors import HoursRefusal


class TimerGone(HoursRefusal):
    """Saved or thrown away elsewhere, or never there; somebody else's looks the same."""

    code = "timer_gone"

    @property
    def message(self) -> str:
        return _("This timer was stopped and saved elsewhere in the meantime.")


class AnotherTimerRuns(HoursRefusal):
    code = "another_runs"

    @property
    def message(self) -> str:
        return _("Another timer runs now. Stop it first, then this one can go on.")


class StartsTooLate(HoursRefusal):
    """The start would lie after now, or after the stop."""

    code = "starts_too_late"

    @property
    def message(self) -> str:
        return _("A timer starts before it stops, and not later than now. Write an earlier start.")


class StopsTooLate(HoursRefusal):
    code = "stops_too_late"

    @property
    def message(self) -> str:
        return _("A timer stops after it starts, and not later than now. Write another stop.")


class RanTooLong(HoursRefusal):
    code = "ran_too_long"

    @property
    def message(self) -> str:
        return _("The timer ran for more than a week. Write when the work stopped, and it is saved.")


class NoProjectChosen(HoursRefusal):
    code = "no_project"

    @property
    def message(self) -> str:
        return _("Choose a project and a work type, and the time is saved.")
