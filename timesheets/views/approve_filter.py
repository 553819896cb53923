"""Who of those that wait has submitted the hours, and who has not (P25)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from timesheets.approval_weeks import PersonWeek
from timesheets.views.submission_page import Look, look_of

SENT, NOT_SENT, ALL = "yes", "no", ""


@dataclass(frozen=True, slots=True)
class SentFilter:
    label: str
    query: str
    count: int
    is_current: bool


def filter_of(request: HttpRequest) -> str:
    asked = request.GET.get("sent", "")
    return asked if asked in {SENT, NOT_SENT} else ALL


def asked_for(request: HttpRequest, people: Iterable[PersonWeek]) -> list[PersonWeek]:
    """Those who have submitted all that waits, those who have not, or all, as the address says."""
    asked = filter_of(request)
    return [person for person in people if asked == ALL or (person.state == "submitted") == (asked == SENT)]


def filters_of(request: HttpRequest, people: Sequence[PersonWeek]) -> list[SentFilter]:
    asked = filter_of(request)
    sent = sum(person.state == "submitted" for person in people)
    counts = {
        ALL: (_("All"), len(people)),
        SENT: (_("Submitted"), sent),
        NOT_SENT: (_("Not submitted"), len(people) - sent),
    }
    return [
        SentFilter(label, urlencode({"sent": key} if key else {}), count, key == asked)
        for key, (label, count) in counts.items()
    ]


def look_of_person(person: PersonWeek, *, submits_time: bool) -> Look | None:
    """The state of the week in the list; without submission an open week is open, and nothing more."""
    if person.state == "nothing":
        return None
    if person.state != "open" or not (submits_time or person.submitted):
        return look_of(person.state) if person.state != "open" else Look("open", "empty-ring", _("Open"))
    if person.rejected:
        return look_of("rejected")
    return look_of("part" if person.submitted else "open")
