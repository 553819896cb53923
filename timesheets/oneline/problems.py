"""What a line leaves open, each with a sentence that says what to write."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from timesheets.oneline.tokens import LONGEST


class Issue(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_TIME = "no_time"
    NO_LENGTH = "no_length"
    TOO_MANY_HOURS = "too_many_hours"
    TIMES_DIFFER = "times_differ"
    NO_SUCH_DAY = "no_such_day"
    SEVERAL_DAYS = "several_days"
    UNKNOWN_NAME = "unknown_name"
    NOTHING_TO_LOG = "nothing_to_log"
    NO_PROJECT = "no_project"
    WHICH_PROJECT = "which_project"
    WHICH_WORK_TYPE = "which_work_type"
    WHICH_TASK = "which_task"


@dataclass(frozen=True, slots=True)
class Problem:
    """``text`` is the piece of the line that it is about; ``minutes`` are the two lengths that differ."""

    issue: Issue
    text: str = ""
    minutes: tuple[int, int] = (0, 0)

    @property
    def sentence(self) -> str:
        match self.issue:
            case Issue.EMPTY:
                return _("Write how long and on what.")
            case Issue.TOO_LONG:
                return _("A line has %(count)s characters at most.") % {"count": LONGEST}
            case Issue.NO_TIME:
                return _("Write how long, as 2.5 h or 9-11.30.")
            case Issue.NO_LENGTH:
                return _("An entry lasts from a minute to a whole day. Write a later end.")
            case Issue.TOO_MANY_HOURS:
                return _("A day has 24 hours. Write less.")
            case Issue.TIMES_DIFFER:
                spans, length = (print_hours(minutes) for minutes in self.minutes)
                return _(
                    "From start to end it is %(span)s h, but the line says %(hours)s h too. Write one of them."
                ) % {
                    "span": spans,
                    "hours": length,
                }
            case _:
                return self._sentence_of_names()

    def _sentence_of_names(self) -> str:
        match self.issue:
            case Issue.NO_SUCH_DAY:
                return _("There is no day %(text)s.") % {"text": self.text}
            case Issue.SEVERAL_DAYS:
                return _("The line says several days. Choose one; the other becomes part of the note.")
            case Issue.UNKNOWN_NAME:
                return _("Nothing that you can write hours on is called %(text)s.") % {"text": self.text}
            case Issue.NOTHING_TO_LOG:
                return _("There is no project yet that you can write hours on.")
            case Issue.NO_PROJECT:
                return _("Write a project or a customer.")
            case Issue.WHICH_PROJECT:
                return _("Several projects fit. Choose one.")
            case Issue.WHICH_TASK:
                return _("Choose a task.")
            case _:
                return _("Choose a work type.")
