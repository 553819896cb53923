"""Why a change of hours is refused. Each says in one sentence what happened and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from busy.lib.durations import print_hours

if TYPE_CHECKING:
    from timesheets.cells import CellState
    from timesheets.rules import LockReason


class HoursRefusal(Exception):
    """Understood and refused; ``code`` is for scripts."""

    code = "refused"

    @property
    def message(self) -> str:
        """One sentence in the language of the reader."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


class Locked(HoursRefusal):
    """An approval or an order holds the hours (R112)."""

    code = "locked"

    def __init__(self, reason: LockReason) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def message(self) -> str:
        return f"{self.reason.sentence} {self.reason.cure}"


class PartlyLocked(HoursRefusal):
    """Some of the cell's entries are locked, and the new total would have to come out of them."""

    code = "locked"

    def __init__(self, locked_minutes: int, reason: LockReason) -> None:
        super().__init__(locked_minutes, reason)
        self.locked_minutes = locked_minutes
        self.reason = reason

    @property
    def message(self) -> str:
        return _("%(hours)s of these hours are locked, so the day cannot have less. %(reason)s") % {
            "hours": print_hours(self.locked_minutes),
            "reason": self.reason.sentence,
        }


class CellChanged(HoursRefusal):
    """Somebody changed the cell since the revision that the save was based on; ``present`` is what it holds now."""

    code = "changed"

    def __init__(self, present: CellState) -> None:
        super().__init__(present)
        self.present = present

    @property
    def message(self) -> str:
        if not self.present.minutes:
            return _("This was emptied elsewhere in the meantime.")
        return _("This was changed elsewhere to %(hours)s in the meantime.") % {
            "hours": print_hours(self.present.minutes)
        }


class DayTooLong(HoursRefusal):
    """``minutes`` is what was not saved, ``elsewhere`` what stands on the day's other rows."""

    code = "day_too_long"

    def __init__(self, minutes: int, elsewhere: int = 0) -> None:
        super().__init__(minutes, elsewhere)
        self.minutes = minutes
        self.elsewhere = elsewhere

    @property
    def message(self) -> str:
        if not self.elsewhere:
            return _("A day has 24 hours. %(hours)s is not saved.") % {"hours": print_hours(self.minutes)}
        return _("A day has 24 hours, and %(elsewhere)s stand on other rows. %(hours)s is not saved.") % {
            "elsewhere": print_hours(self.elsewhere),
            "hours": print_hours(self.minutes),
        }


class SeveralEntries(HoursRefusal):
    """A cell that is the sum of several entries can give or take on its last unlocked entry alone."""

    code = "several_entries"

    def __init__(self, count: int, changeable: int, least: int) -> None:
        super().__init__(count, changeable, least)
        self.count = count
        self.changeable = changeable
        self.least = least

    @property
    def message(self) -> str:
        return _(
            "This is the sum of %(count)s entries. Only the last, of %(hours)s, can be changed here:"
            " write %(least)s or more."
        ) % {"count": self.count, "hours": print_hours(self.changeable), "least": print_hours(self.least)}


class SeveralNotes(HoursRefusal):
    """Each of several entries has a note of its own, and the cell cannot say which is meant."""

    code = "several_entries"

    @property
    def message(self) -> str:
        return _("This is the sum of several entries, each with a note of its own. They can only be read here.")


class NoteWithoutHours(HoursRefusal):
    code = "note_without_hours"

    @property
    def message(self) -> str:
        return _("A note belongs to hours. Write the hours first.")


class NotLoggable(HoursRefusal):
    """The member may not put more time on this project and work type (R21, P9, P10)."""

    code = "not_loggable"


class ProjectArchived(NotLoggable):
    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.project = project

    @property
    def message(self) -> str:
        return _("%(project)s is archived. Hours on it can be reduced or removed, not added.") % {
            "project": self.project
        }


class WorkTypeArchived(NotLoggable):
    def __init__(self, work_type: str) -> None:
        super().__init__(work_type)
        self.work_type = work_type

    @property
    def message(self) -> str:
        return _("The work type %(work_type)s is archived. Hours on it can be reduced or removed, not added.") % {
            "work_type": self.work_type
        }


class WorkTypeNotOnProject(NotLoggable):
    def __init__(self, project: str, work_type: str) -> None:
        super().__init__(project, work_type)
        self.project = project
        self.work_type = work_type

    @property
    def message(self) -> str:
        return _("%(work_type)s is not one of the work types of %(project)s. A manager can add it to the project.") % {
            "work_type": self.work_type,
            "project": self.project,
        }


class ProjectClosed(NotLoggable):
    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.project = project

    @property
    def message(self) -> str:
        return _("%(project)s is open to its members only. A manager can make you a member.") % {
            "project": self.project
        }


class RowHasHours(HoursRefusal):
    code = "row_has_hours"

    @property
    def message(self) -> str:
        return _("This row has hours. Clear them first, then remove the row.")


class NoSuchCell(LookupError):
    """There is no such project or work type in this workspace; a foreign one looks the same."""


class NotTheirs(PermissionError):
    """The acting member may not change this member's hours."""


class RequestReused(ValueError):
    """The id of one save came with another cell: the sender is broken."""
