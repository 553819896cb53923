"""What the parts of a week about its submission show, on the week's page and on the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib.periods import Week
from busy.lib.written import closing, written_day, written_days, written_moment, written_weekday
from busy.workspaces.doors import MemberRequest
from busy.workspaces.models import Membership
from timesheets import clock
from timesheets.models import Rejection, ReopenOutcome, ReopenRequest, TimeEntry
from timesheets.submission_weeks import AHEAD, EARLY, OPEN, PART, SentDay, SentEntry, SentWeek, sent_week
from timesheets.views.week_page import DAY_NAMES

# How long it is told that hours were opened again, unless they are sent or approved before.
_TOLD_FOR = timedelta(days=7)


class Place(StrEnum):
    """The page that the parts stand on."""

    WEEK = "week"
    TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class Look:
    """Sign, tint and word of a state; ``state`` is one that the stylesheet knows."""

    state: str
    sign: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    sent: SentEntry
    times: str
    look: Look

    @property
    def weekday(self) -> str:
        day = self.sent.entry.day
        return f"{written_weekday(day)} {day.day}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """``name`` is the day's short English name, as the week's page has it."""

    name: str
    iso: str
    title: str
    weekday: str
    sent: SentDay
    look: Look | None
    entries: tuple[EntryLine, ...]

    @property
    def lunch(self) -> int:
        """Minutes that were deducted from the day's hours (P20)."""
        return sum(line.sent.entry.lunch_minutes for line in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNotice:
    """What became of asking. ``kind`` is asked, declined or reopened."""

    kind: str
    who: str
    days: str
    when: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionNotice:
    """``entries`` names what came back where that is not all of the days' hours."""

    rejection: Rejection
    days: str
    when: str
    day_values: tuple[str, ...]
    entries: tuple[EntryLine, ...]


@dataclass(frozen=True, kw_only=True)
class SubmissionPage:
    """``is_own``: the reader's own hours, which alone can be sent; others read."""

    sent: SentWeek
    place: Place
    reader: Membership

    @property
    def week(self) -> Week:
        return self.sent.week

    @property
    def is_on(self) -> bool:
        return self.sent.is_on

    @property
    def is_own(self) -> bool:
        return self.sent.member.pk == self.reader.pk

    @property
    def look(self) -> Look | None:
        return look_of(self.sent.whole.state)

    @cached_property
    def lines(self) -> tuple[DayLine, ...]:
        """All seven days, also those without hours. A page asks for them day by day."""
        return tuple(_day_line(name, day) for name, day in zip(DAY_NAMES, self.sent.days, strict=True))

    @property
    def written(self) -> list[DayLine]:
        """The days that have hours."""
        return [line for line in self.lines if line.entries]

    @property
    def rejections(self) -> list[RejectionNotice]:
        return [_rejection_notice(rejection, self.sent) for rejection in self.sent.rejections]

    @property
    def requests(self) -> list[RequestNotice]:
        notices = (_request_notice(request, self.sent) for request in self.sent.requests)
        return [notice for notice in notices if notice is not None]

    @property
    def address(self) -> str:
        slug = self.reader.workspace.slug
        return reverse("timesheets:submission", kwargs={"workspace": slug, "week": self.week})


def submission_of(
    member: Membership,
    week: Week,
    place: Place,
    *,
    reader: Membership,
    entries: Sequence[TimeEntry] | None = None,
    has_asked: bool = True,
) -> SubmissionPage:
    """``entries`` and ``has_asked`` as ``sent_week`` takes them."""
    return SubmissionPage(
        sent=sent_week(member, week, entries=entries, has_asked=has_asked), place=place, reader=reader
    )


def shown_with(
    request: MemberRequest, member: Membership, week: Week, place: Place, entries: Sequence[TimeEntry]
) -> SubmissionPage:
    """The parts on a page that has read the week's entries. Whether anything was ever asked of the own week's approver
    is known from the door."""
    reader = request.membership
    has_asked = reader.has_asked if member.pk == reader.pk else True  # type: ignore[attr-defined]
    return submission_of(member, week, place, reader=reader, entries=entries, has_asked=has_asked)


def look_of(state: str) -> Look | None:
    """None for a day without hours."""
    words = {
        OPEN: Look("open", "empty-ring", _("Not submitted")),
        PART: Look("open", "half", _("Partly submitted")),
        AHEAD: Look("open", "clock", _("Planned")),
        EARLY: Look("open", "minus", _("Not asked for")),
        "submitted": Look("submitted", "send", _("Submitted")),
        "rejected": Look("rejected", "undo", _("Rejected")),
        "approved": Look("approved", "approve", _("Approved")),
    }
    return words.get(state)


def _day_line(name: str, sent: SentDay) -> DayLine:
    assert sent.day is not None
    return DayLine(
        name=name,
        iso=sent.day.isoformat(),
        title=written_day(sent.day),
        weekday=f"{written_weekday(sent.day)} {sent.day.day}",
        sent=sent,
        look=look_of(sent.state),
        entries=tuple(_entry_line(entry) for entry in sent.entries),
    )


def _entry_line(sent: SentEntry) -> EntryLine:
    entry = sent.entry
    times = ""
    if entry.start_time is not None and entry.end_time is not None:
        start, end = clock.minute_of(entry.start_time), clock.end_minute_of(entry.end_time)
        times = f"{clock.written_time(start)}–{clock.written_time(end)}"
    look = look_of(sent.state)
    assert look is not None
    return EntryLine(sent=sent, times=times, look=look)


def _rejection_notice(rejection: Rejection, sent: SentWeek) -> RejectionNotice:
    days = [day for day in sent.week.days if rejection.first_day <= day <= rejection.last_day]
    there = [one for one in sent.whole.entries if one.entry.day in days]
    back = [one for one in there if one.entry.rejection_id == rejection.pk and one.entry.is_sent_back]
    return RejectionNotice(
        rejection=rejection,
        days=closing(days_in_words(rejection.first_day, rejection.last_day)),
        when=written_moment(rejection.rejected_at),
        day_values=tuple(day.isoformat() for day in days),
        entries=tuple(_entry_line(one) for one in back) if len(back) < len(there) else (),
    )


def _request_notice(request: ReopenRequest, sent: SentWeek) -> RequestNotice | None:
    approval = request.approval
    days = closing(days_in_words(request.day or approval.first_day, request.day or approval.last_day))
    if request.is_open:
        who, asked = str(approval.approved_by), written_moment(request.asked_at)
        return RequestNotice(kind="asked", who=who, days=days, when=asked, said=request.sentence)
    is_reopened = request.outcome == ReopenOutcome.REOPENED
    if request.outcome == ReopenOutcome.DECLINED and approval.undone_at is None:
        by, when = str(request.answered_by), written_moment(_known(request.answered_at))
        return RequestNotice(kind="declined", who=by, days=days, when=when, said=request.answer)
    # An approval that was undone in another way has answered its request as well.
    freed_by = request.answered_by if is_reopened else approval.undone_by
    freed_at = _known(request.answered_at if is_reopened else approval.undone_at)
    over = request.is_approved or freed_at < timezone.now() - _TOLD_FOR  # type: ignore[attr-defined]
    if over or (sent.sent_at is not None and sent.sent_at > freed_at):
        return None
    return RequestNotice(kind="reopened", who=str(freed_by), days=days, when=written_moment(freed_at), said="")


def _known(instant: datetime | None) -> datetime:
    assert instant is not None  # what was answered or undone was so at a time (the tables' constraints)
    return instant


def days_in_words(first: date, last: date) -> str:
    """``Monday 16 November``, or from and to."""
    return written_day(first) if first == last else written_days(first, last)
