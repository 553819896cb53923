"""What became of an entry, in sentences. Each column that a change touched is told by a line of TELLERS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from busy.lib.durations import print_hours
from busy.lib.written import written_day
from timesheets import clock
from timesheets.history import Names
from timesheets.models import EntryChange

Values = dict[str, Any]
# What a change was, what it became, and the names; "" where another column tells it.
Teller = Callable[[Values, Values, Names], str]


def sentences_of(change: EntryChange, names: Names) -> list[str]:
    """What happened, in one sentence or a few. Durations and days as the reader writes them."""
    if change.before is None:
        return [_recorded(change.after or {}, names), *_extras(change.after or {}, names)]
    if change.after is None:
        return [_deleted(change.before, names), *_note_of(change.before)]
    told = [teller(change.before, change.after, names) for column, teller in TELLERS.items() if column in change.after]
    if change.after.keys() - TELLERS.keys():
        told.append(_("Other details were changed."))
    return [sentence for sentence in told if sentence]


def _recorded(values: Values, names: Names) -> str:
    return _("Recorded %(hours)s h on %(project)s, %(work_type)s, %(day)s.") % _facts(values, names)


def _deleted(values: Values, names: Names) -> str:
    return _("Deleted %(hours)s h on %(project)s, %(work_type)s, %(day)s.") % _facts(values, names)


def _facts(values: Values, names: Names) -> Values:
    return {
        "hours": print_hours(values["minutes"]),
        "project": names.project(values["project_id"]),
        "work_type": names.work_type(values["work_type_id"]),
        "day": _day(values["day"]),
    }


def _extras(values: Values, names: Names) -> list[str]:
    """What a new entry had beyond its hours, told as if it had come one after another."""
    blank: Values = dict.fromkeys(values) | {"note": "", "is_billable": True, "order_label": "", "lunch_minutes": 0}
    skip = {"minutes", "day", "project_id", "work_type_id"}
    told = [
        teller(blank, values, names)
        for column, teller in TELLERS.items()
        if column not in skip and values.get(column, blank.get(column)) != blank.get(column)
    ]
    return [sentence for sentence in told if sentence]


def _note_of(values: Values) -> list[str]:
    return [_("Note: %(note)s") % {"note": values["note"]}] if values.get("note") else []


# One column each -----------------------------------------------------------------------------------------------------


def _project(was: Values, now: Values, names: Names) -> str:
    told = {"before": names.project(was["project_id"]), "after": names.project(now["project_id"])}
    return _("Project changed from %(before)s to %(after)s.") % told


def _work_type(was: Values, now: Values, names: Names) -> str:
    told = {"before": names.work_type(was["work_type_id"]), "after": names.work_type(now["work_type_id"])}
    return _("Work type changed from %(before)s to %(after)s.") % told


def _task(was: Values, now: Values, names: Names) -> str:
    if was["task_id"] is None:
        return _("On the task %(task)s.") % {"task": names.task(now["task_id"])}
    if now["task_id"] is None:
        return _("Taken off the task %(task)s.") % {"task": names.task(was["task_id"])}
    told = {"before": names.task(was["task_id"]), "after": names.task(now["task_id"])}
    return _("Task changed from %(before)s to %(after)s.") % told


def _moved(was: Values, now: Values, names: Names) -> str:
    return _("Moved from %(before)s to %(after)s.") % {"before": _day(was["day"]), "after": _day(now["day"])}


def _minutes(was: Values, now: Values, names: Names) -> str:
    told = {"before": print_hours(was["minutes"]), "after": print_hours(now["minutes"])}
    return _("Hours changed from %(before)s to %(after)s.") % told


def _start(was: Values, now: Values, names: Names) -> str:
    """Times come and go together; each may move alone."""
    if was["start_time"] is None:
        told = {"start": _time(now["start_time"]), "end": _end(now["end_time"])}
        return _("On the clock from %(start)s to %(end)s.") % told
    if now["start_time"] is None:
        told = {"start": _time(was["start_time"]), "end": _end(was["end_time"])}
        return _("Taken off the clock, where it stood from %(start)s to %(end)s.") % told
    told = {"before": _time(was["start_time"]), "after": _time(now["start_time"])}
    return _("Start changed from %(before)s to %(after)s.") % told


def _finish(was: Values, now: Values, names: Names) -> str:
    if was["end_time"] is None or now["end_time"] is None:
        return ""
    told = {"before": _end(was["end_time"]), "after": _end(now["end_time"])}
    return _("End changed from %(before)s to %(after)s.") % told


def _lunch(was: Values, now: Values, names: Names) -> str:
    if not now["lunch_minutes"]:
        return _("Lunch deduction of %(minutes)s min removed.") % {"minutes": was["lunch_minutes"]}
    if not was["lunch_minutes"]:
        return _("%(minutes)s min lunch deducted.") % {"minutes": now["lunch_minutes"]}
    told = {"before": was["lunch_minutes"], "after": now["lunch_minutes"]}
    return _("Lunch deduction changed from %(before)s to %(after)s min.") % told


def _note(was: Values, now: Values, names: Names) -> str:
    if not was["note"]:
        return _("Note: %(note)s") % {"note": now["note"]}
    if not now["note"]:
        return _("Note removed. It said “%(note)s”.") % {"note": was["note"]}
    return _("Note changed from “%(before)s” to “%(after)s”.") % {"before": was["note"], "after": now["note"]}


def _billable(was: Values, now: Values, names: Names) -> str:
    return _("Set to billable.") if now["is_billable"] else _("Set to not billable.")


def _written_down(was: Values, now: Values, names: Names) -> str:
    before, after = was["billable_minutes"], now["billable_minutes"]
    if after is None:
        return _("The write-down was taken back.")
    if before is None:
        return _("Billable hours written down to %(hours)s.") % {"hours": print_hours(after)}
    told = {"before": print_hours(before), "after": print_hours(after)}
    return _("Billable hours changed from %(before)s to %(after)s.") % told


def _submitted(was: Values, now: Values, names: Names) -> str:
    if "rejection_id" in now and now["submitted_at"] is None:
        return ""  # sent back, which is told by itself
    return _("Opened again; no longer submitted.") if now["submitted_at"] is None else _("Submitted for approval.")


def _rejected(was: Values, now: Values, names: Names) -> str:
    return _("Rejected with a comment.")


def _person_approval(was: Values, now: Values, names: Names) -> str:
    if now["person_approval_id"] is None:
        return _("User approval undone.")
    return _("Approved (user approval).")


def _project_approval(was: Values, now: Values, names: Names) -> str:
    if now["project_approval_id"] is None:
        return _("Project approval undone.")
    return _("Approved (project approval).")


def _ordered(was: Values, now: Values, names: Names) -> str:
    if now["ordered_at"] is None:
        return _("Taken off order %(order)s.") % {"order": was.get("order_label", "")}
    return _("Put on order %(order)s.") % {"order": now.get("order_label", "")}


def _order_name(was: Values, now: Values, names: Names) -> str:
    """Told along with the order itself, unless only its name changed."""
    if "ordered_at" in now:
        return ""
    return _("The order is called %(order)s now.") % {"order": now["order_label"]}


TELLERS: dict[str, Teller] = {
    "project_id": _project,
    "work_type_id": _work_type,
    "task_id": _task,
    "day": _moved,
    "minutes": _minutes,
    "start_time": _start,
    "end_time": _finish,
    "lunch_minutes": _lunch,
    "note": _note,
    "is_billable": _billable,
    "billable_minutes": _written_down,
    "submitted_at": _submitted,
    "rejection_id": _rejected,
    "person_approval_id": _person_approval,
    "project_approval_id": _project_approval,
    "ordered_at": _ordered,
    "order_label": _order_name,
}


def _day(text: str) -> str:
    return written_day(date.fromisoformat(text))


def _time(text: str) -> str:
    return clock.written_time(clock.minute_of(time.fromisoformat(text)))


def _end(text: str) -> str:
    """The end of the day is kept as 00:00."""
    return clock.written_time(clock.end_minute_of(time.fromisoformat(text)))
