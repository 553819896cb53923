"""The hours' part of the palette: an entry in one line, the timer, weeks by number, other people's timelines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from busy.lib.folding import fold
from busy.lib.palette import MOST, Found
from busy.lib.periods import Week, local_today
from busy.lib.written import written_days
from busy.workspaces.models import Membership
from busy.workspaces.selectors import people
from timesheets.lines import read_for
from timesheets.views.line_page import LinePage

# "uke 47", "vecka 47", "uge 47", "week 47", with or without the year.
_WEEK = re.compile(r"(?:uke|vecka|v|uge|week|w|u)\.? ?([0-9]{1,2})(?:[ /-]([0-9]{4}))?", re.ASCII)
# The word before what the timer is about, folded: "start", "starta", "begynn", "börja", "begynd", "begin".
_START = frozenset({"start", "starta", "begynn", "borja", "begynd", "begin"})
# Half a year on both sides: a number alone means the nearest week.
_HALF = 26


def find_line(request: HttpRequest, text: str) -> Iterable[Found]:
    """The entry that the text says. A week, one word, or what says no time is none: most of it looks for something."""
    if len(text.split()) < 2 or _WEEK.fullmatch(fold(text)):
        return
    member: Membership = request.membership  # type: ignore[attr-defined]
    page = LinePage(read_for(member, text, local_today(member.workspace.zone)))
    if not page.line.reading.has_time or page.is_empty:
        return
    said = ", ".join(chip.text for chip in page.chips if chip.text and not chip.is_missing)
    line = {"line": text, "complete": page.is_complete, "completion": page.completion}
    yield Found(label=said, detail=page.problem or _("Save the entry"), icon="spark", more=line)
    for choice in page.choices:
        label = " · ".join(filter(None, [choice.label, choice.detail]))
        yield Found(label=label, icon="plus", color=choice.color, more={"line": choice.line, "completion": choice.line})


def find_timer(request: HttpRequest, text: str) -> Iterable[Found]:
    """``start design fjell``: the timer with what is named, and the rest as its note (P15).

    What names several things can be chosen from, as in a line; a time in it makes an entry of the line, not a start.
    """
    word, _space, rest = text.strip().partition(" ")
    if fold(word) not in _START or not rest.strip():
        return
    member: Membership = request.membership  # type: ignore[attr-defined]
    page = LinePage(read_for(member, rest, local_today(member.workspace.zone)))
    reading = page.line.reading
    if reading.has_time or page.is_empty:
        return
    project, work = reading.project, reading.work
    if project is not None and work is not None:
        ids = [project.id, work.id, *([work.task_id] if work.task_id else [])]
        look = {
            "on": "-".join(str(id_) for id_ in ids),
            "project": project.name,
            "work": work.name,
            "task": work.task,
            "customer": project.customer,
            "color": project.color,
        }
        said = ", ".join(filter(None, [project.name, work.label, reading.note]))
        timer = {"timer": look | {"note": reading.note}}
        url = reverse("timesheets:timer", kwargs={"workspace": member.workspace.slug})
        yield Found(label=said, detail=_("Start the timer"), icon="play", url=url, more=timer)
    for choice in page.choices:
        line = f"{word} {choice.line}"
        label = " · ".join(filter(None, [choice.label, choice.detail]))
        yield Found(label=label, icon="play", color=choice.color, more={"line": line, "completion": line})


def find_weeks(request: HttpRequest, text: str) -> Iterable[Found]:
    member: Membership = request.membership  # type: ignore[attr-defined]
    match = _WEEK.fullmatch(fold(text))
    week = _week(int(match[1]), match[2], Week.of(local_today(member.workspace.zone))) if match else None
    if week is None:
        return
    for label, name, icon in ((_("Week"), "week-of", "week"), (_("Timeline"), "timeline-week", "timeline")):
        url = reverse(f"timesheets:{name}", kwargs={"workspace": member.workspace.slug, "week": week})
        days = written_days(week.monday, week.sunday, with_year=True)
        yield Found(label=f"{label} {week.number}", detail=days, icon=icon, url=url)


def find_timelines(request: HttpRequest, text: str) -> Iterable[Found]:
    """Colleagues, by name: a manager reads their timelines."""
    own: Membership = request.membership  # type: ignore[attr-defined]
    url = reverse("timesheets:timeline", kwargs={"workspace": own.workspace.slug})
    for member in people(search=text)[:MOST]:
        if member.pk != own.pk:
            yield Found(label=str(member), url=f"{url}?{urlencode({'member': member.pk})}", icon="timeline")


def _week(number: int, year: str | None, present: Week) -> Week | None:
    years = [int(year)] if year else [present.year, present.year - 1, present.year + 1]
    found = []
    for each in years:
        try:
            found.append(Week.parse(f"{each:04d}-W{number:02d}"))
        except ValueError:
            continue
    if not year:
        found = [week for week in found if abs((week.monday - present.monday).days) <= 7 * _HALF] or found[:1]
    return found[0] if found and 1990 <= found[0].year < 2200 else None
