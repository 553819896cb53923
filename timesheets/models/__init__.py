from timesheets.models.approvals import Approval, ApprovalKind
from timesheets.models.calendars import (
    Calendar,
    CalendarAccount,
    CalendarClock,
    CalendarEvent,
    CalendarTrouble,
    CalendarVendor,
    EventChoice,
)
from timesheets.models.capacity import WorkingWeek, WorkPeriod
from timesheets.models.entries import TimeEntry
from timesheets.models.favourites import Favourite, TemplateRow, WeekTemplate
from timesheets.models.history import EntryChange
from timesheets.models.reminders import Reminder, ReminderClock
from timesheets.models.settings import TimeSettings
from timesheets.models.submissions import Rejection, ReopenOutcome, ReopenRequest
from timesheets.models.timers import Timer
from timesheets.models.weeks import CellChange, WeekRow

__all__ = [
    "Approval",
    "ApprovalKind",
    "Calendar",
    "CalendarAccount",
    "CalendarClock",
    "CalendarEvent",
    "CalendarTrouble",
    "CalendarVendor",
    "CellChange",
    "EntryChange",
    "EventChoice",
    "Favourite",
    "Rejection",
    "Reminder",
    "ReminderClock",
    "ReopenOutcome",
    "ReopenRequest",
    "TemplateRow",
    "TimeEntry",
    "TimeSettings",
    "Timer",
    "WeekRow",
    "WeekTemplate",
    "WorkPeriod",
    "WorkingWeek",
]
