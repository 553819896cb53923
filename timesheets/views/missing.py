"""Missing time: who has recorded less than expected, for managers, with reminders; and one's own, as a quiet hint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from busy.lib.periods import Week, local_today
from busy.lib.written import short_day, written_weekday
from busy.workspaces.doors import MemberRequest, employee_view, manager_view
from busy.workspaces.models import Membership
from timesheets.missing import WEEKS, MissingDay, MissingPerson, missing
from timesheets.models import Reminder
from timesheets.models.reminders import ReminderState
from timesheets.reminders import Asked, ask, is_unclear, latest_reminders
from timesheets.views.week_page import DAY_NAMES

PER_PAGE = 50
PERIODS = (1, 2, 4, 8, 13)  # weeks
_DAYS_IN_ROW = 5
_DAYS_IN_HINT = 3
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLink:
    day: MissingDay
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLook:
    """``look`` is moving, unclear, sent, failed or not_needed; ``is_today``: no other one can be asked for today."""

    reminder: Reminder
    look: str
    is_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    person: MissingPerson
    days: tuple[DayLink, ...]
    more: int
    reminder: ReminderLook | None

    @property
    def can_remind(self) -> bool:
        return self.reminder is None or not self.reminder.is_today or self.reminder.look == "failed"


@manager_view
@require_GET
def index(request: MemberRequest) -> HttpResponse:
    return render(request, "timesheets/missing.html", _context(request))


@manager_view
@require_POST
def remind(request: MemberRequest) -> HttpResponse:
    """Remind the people named, or everybody of the list; the mails leave within seconds."""
    found = _found(request)
    if "all" not in request.POST:
        named = _numbers(request.POST.getlist("member"))
        found = [person for person in found if person.member.pk in named]
    if not found:
        return _answer(request, _("Choose somebody first."), kind="info")
    day = local_today(request.workspace.zone)
    asked = ask([person.member for person in found], by=request.membership, day=day)
    return _answer(request, _told(asked), kind="success" if asked.asked else "info")


@manager_view
@require_GET
def progress(request: MemberRequest) -> HttpResponse:
    """What became of the reminders of the people named, for a page that waits for it."""
    ids = _numbers(request.GET.getlist("member")[:PER_PAGE])
    looks = [_look(request, reminder) for reminder in latest_reminders(ids).values()]
    moving = [look.reminder.member_id for look in looks if look.look == "moving"]
    return render(request, "timesheets/_missing_progress.html", {"looks": looks, "poll": _poll(request, moving)})


@employee_view
@require_GET
def mine(request: MemberRequest) -> HttpResponse:
    """One's own days that lack hours, as a line below the week or the timeline; nothing when all is there."""
    found = missing(request.workspace, [request.membership])
    name = "timeline-week" if request.GET.get("on") == "timeline" else "week-of"
    days = [_day_link(request, day, name) for day in found[0].days] if found else []
    context = {"days": days[-_DAYS_IN_HINT:][::-1], "count": len(days), "more": max(0, len(days) - _DAYS_IN_HINT)}
    return render(request, "timesheets/_missing_mine.html", context)


def _context(request: MemberRequest) -> dict[str, Any]:
    """Everything on the page, in a constant number of queries whatever the number of people."""
    page = Paginator(_found(request), PER_PAGE).get_page(request.GET.get("page", 1))
    reminders = latest_reminders([person.member.pk for person in page.object_list])
    rows = [_row(request, person, reminders.get(person.member.pk)) for person in page.object_list]
    moving = [row.person.member.pk for row in rows if row.reminder and row.reminder.look == "moving"]
    weeks, search = _weeks(request), request.GET.get("q", "").strip()
    return {
        "rows": rows,
        "page_obj": page,
        "weeks": weeks,
        "periods": [(other, urlencode({"weeks": str(other), "q": search})) for other in PERIODS],
        "search": search,
        "query": urlencode({"weeks": str(weeks), "q": search, "page": str(page.number)}),
        "poll": _poll(request, moving),
    }


def _found(request: MemberRequest) -> list[MissingPerson]:
    """Active people of the search who miss hours; who misses most comes first."""
    members = Membership.objects.filter(is_active=True).select_related("user")
    for word in request.GET.get("q", "").replace("\x00", "").split():
        members = members.filter(user__name__icontains=word)
    found = missing(request.workspace, list(members), weeks=_weeks(request))
    return sorted(found, key=lambda person: (-person.short, str(person.member).casefold(), person.member.pk))


def _weeks(request: MemberRequest) -> int:
    asked = request.GET.get("weeks", "")
    return int(asked) if asked in {str(weeks) for weeks in PERIODS} else WEEKS


def _row(request: MemberRequest, person: MissingPerson, reminder: Reminder | None) -> Row:
    shown = person.days[-_DAYS_IN_ROW:]
    return Row(
        person=person,
        days=tuple(_day_link(request, day, "week-of", of=person.member) for day in shown),
        more=len(person.days) - len(shown),
        reminder=_look(request, reminder) if reminder else None,
    )


def _day_link(request: MemberRequest, day: MissingDay, name: str, of: Membership | None = None) -> DayLink:
    address = reverse(f"timesheets:{name}", kwargs={"workspace": request.workspace.slug, "week": Week.of(day.day)})
    query = {"day": DAY_NAMES[day.day.weekday()]} | ({"member": of.pk} if of and of != request.membership else {})
    label = f"{written_weekday(day.day)} {short_day(day.day)}"
    return DayLink(day=day, label=label, url=f"{address}?{urlencode(query)}")


def _look(request: MemberRequest, reminder: Reminder) -> ReminderLook:
    moving = reminder.state in (ReminderState.WAITING, ReminderState.SENDING)
    look = "unclear" if is_unclear(reminder) else "moving" if moving else str(reminder.state)
    return ReminderLook(reminder=reminder, look=look, is_today=reminder.day == local_today(request.workspace.zone))


def _poll(request: MemberRequest, moving: list[int]) -> str:
    """Where to ask what became of reminders on their way; "" when none is."""
    if not moving:
        return ""
    return (
        reverse("timesheets:missing-progress", args=[request.workspace.slug])
        + "?"
        + urlencode({"member": moving}, doseq=True)
    )


def _numbers(texts: list[str]) -> set[int]:
    numbers = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 20}
    return {number for number in numbers if number <= _LARGEST_ID}


def _told(asked: Asked) -> str:
    count, before = len(asked.asked), len(asked.before)
    told = []
    if count:
        sentence = ngettext("%(n)s reminder is on its way.", "%(n)s reminders are on their way.", count)
        told.append(sentence % {"n": count})
    if before:
        sentence = ngettext("%(n)s person had one today.", "%(n)s people had one today.", before)
        told.append(sentence % {"n": before})
    return " ".join(told)


def _answer(request: MemberRequest, told: str, *, kind: str) -> HttpResponse:
    """The list as it is now and the sentence as a toast; where no script runs, the page again with the sentence."""
    if not request.htmx:
        messages.add_message(request, getattr(messages, kind.upper()), told)
        kept = urlencode({key: request.GET[key] for key in ("weeks", "q", "page") if key in request.GET})
        return HttpResponseRedirect(f"{reverse('timesheets:missing', args=[request.workspace.slug])}?{kept}")
    response = render(request, "timesheets/_missing.html", _context(request))
    response["HX-Trigger"] = json.dumps({"toast": {"text": told, "kind": kind}}, ensure_ascii=True)
    return response
