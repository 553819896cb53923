"""One look at an account: claim it (commit), ask the vendor (no transaction open), record what came (commit).

What a whole listing of a window no longer has is gone; a listing that ended in an error takes nothing away. Nothing
here makes an entry.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from busy.lib.periods import Week, local_date
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from timesheets.calendars import accounts, turns
from timesheets.calendars.errors import CalendarError, NoSuchCalendar, SetupMissing, Temporary
from timesheets.calendars.http import Reader
from timesheets.calendars.oauth import Holder, Tokens
from timesheets.calendars.records import FoundEvent, Listing, digest
from timesheets.calendars.spans import Span
from timesheets.calendars.vendors import Vendor, client_of, vendor_of
from timesheets.models import Calendar, CalendarAccount, CalendarEvent

logger = logging.getLogger(__name__)

# The list of calendars changes seldom.
LIST_AGAIN = timedelta(hours=1)
ROUNDS = 3  # looks of one run, when more is asked for meanwhile


class _TakenOver(Exception):
    """The account is gone, or another worker has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What a worker holds: the account as it was when it was claimed."""

    account: CalendarAccount
    token: uuid.UUID
    began_at: datetime
    tokens: Tokens
    window: Span
    extra: Span | None
    lists: bool


@dataclass(slots=True)
class _Heard:
    """What the vendor said."""

    listing: Listing | None = None
    # By calendar and span; only listings that were read to their end.
    events: list[tuple[Calendar, Span, list[FoundEvent]]] = field(default_factory=list)
    gone: bool = False


def run(workspace_id: int, account_id: int) -> None:
    """Look at the account as long as somebody asked since. Each step is a short transaction of its own, so none may be
    open around it: the task sees to that."""
    for _ in range(ROUNDS):
        if not _look(workspace_id, account_id):
            return


def _look(workspace_id: int, account_id: int) -> bool:
    """One look; whether another was asked for meanwhile."""
    with scope(workspace_id):
        turn = _claim(workspace_id, account_id)
    if turn is None:
        return False
    vendor = vendor_of(turn.account.vendor)
    heard, problem = _Heard(), None
    try:
        heard = _ask(workspace_id, turn, vendor)
    except _TakenOver:
        return False
    except CalendarError as error:
        problem = error
        logger.info(
            "a calendar could not be fetched",
            extra={"vendor": vendor.key, "account": account_id, "trouble": str(error.trouble), "why": str(error)},
        )
    with scope(workspace_id):
        return _record(turn, heard, problem)


# --- Claim ------------------------------------------------------------------------------------------------------------
def _claim(workspace_id: int, account_id: int) -> _Turn | None:
    now = timezone.now()
    locked = CalendarAccount.objects.select_for_update(of=("self",))
    account = locked.select_related("member__user").filter(pk=account_id).first()
    if account is None:
        if not CalendarAccount.objects.filter(pk=account_id).exists():
            turns.forget(CalendarAccount(pk=account_id))
        return None
    if account.lease_until is not None and account.lease_until > now:
        return None
    if not (account.member.is_active and account.member.user.is_active):
        accounts.erase(account)  # who may not come in needs no calendar here
        return None
    zone = Workspace.objects.get(pk=workspace_id).zone
    try:
        if client_of(account.vendor) is None:
            raise SetupMissing(f"no client for {account.vendor}")
        tokens = Tokens.unseal(account.tokens, context=accounts.context_of(account))
    except CalendarError as error:
        _finish(account, error)
        return None
    token = uuid.uuid4()
    account.lease_token, account.lease_until = token, now + turns.LEASE
    account.save(update_fields=["lease_token", "lease_until"])
    monday = account.asked_monday
    return _Turn(
        account=account,
        token=token,
        began_at=now,
        tokens=tokens,
        window=Span.of(*turns.window_of(local_date(now, zone)), zone),
        extra=Span.of(monday, Week.of(monday).sunday, zone) if monday else None,
        lists=account.listed_at is None or now - account.listed_at > LIST_AGAIN,
    )


# --- Ask --------------------------------------------------------------------------------------------------------------
def _ask(workspace_id: int, turn: _Turn, vendor: Vendor) -> _Heard:
    def keep(tokens: Tokens) -> None:
        with scope(workspace_id):
            account = _held(turn)
            account.tokens = tokens.seal(context=accounts.context_of(account))
            account.save(update_fields=["tokens"])

    with scope(workspace_id):
        shown = list(Calendar.objects.filter(account=turn.account, is_shown=True).order_by("pk"))
    heard = _Heard()
    with accounts.reader_of(vendor, Holder(vendor, turn.tokens, keep)) as reader:
        if turn.lists:
            heard.listing = vendor.listing(reader)
        for calendar in shown:
            _ask_one(reader, vendor, calendar, turn, heard)
    return heard


def _ask_one(reader: Reader, vendor: Vendor, calendar: Calendar, turn: _Turn, heard: _Heard) -> None:
    """A calendar that is gone takes no other one along; the list is read anew next time."""
    try:
        for span in filter(None, (turn.window, turn.extra)):
            found = list(vendor.events(reader, calendar.vendor_id, span.start, span.end))
            heard.events.append((calendar, span, found))
    except NoSuchCalendar:
        heard.gone = True


# --- Record -----------------------------------------------------------------------------------------------------------
def _held(turn: _Turn) -> CalendarAccount:
    """The account, locked and still ours. Raises _TakenOver."""
    account = CalendarAccount.objects.select_for_update().filter(pk=turn.account.pk, lease_token=turn.token).first()
    if account is None:
        raise _TakenOver
    return account


def _record(turn: _Turn, heard: _Heard, problem: CalendarError | None) -> bool:
    try:
        account = _held(turn)
    except _TakenOver:
        return False
    if problem is None:
        _store(account, turn, heard)
    return _finish(account, problem, asked_until=turn.began_at)


def _store(account: CalendarAccount, turn: _Turn, heard: _Heard) -> None:
    now = timezone.now()
    if heard.listing is not None:
        accounts.take_listing(account, heard.listing)
        account.listed_at = now
    elif heard.gone:
        account.listed_at = None
    still_shown = set(Calendar.objects.filter(account=account, is_shown=True).values_list("pk", flat=True))
    for calendar, span, found in heard.events:
        if calendar.pk in still_shown:
            _replace(calendar, span, found)
    account.fetched_at = now
    if turn.extra is not None:
        account.extra_monday, account.extra_fetched_at = turn.extra.first, now
    kept = [turn.window]
    if account.extra_monday is not None:
        zone = Workspace.objects.get(pk=account.workspace_id).zone
        kept.append(Span.of(account.extra_monday, Week.of(account.extra_monday).sunday, zone))
    wanted = Q()
    for span in kept:
        wanted |= span.overlapping
    CalendarEvent.objects.filter(calendar__account=account).exclude(wanted).delete()


def _replace(calendar: Calendar, span: Span, found: Sequence[FoundEvent]) -> None:
    """The calendar's events of the span are these. An unchanged row costs no write."""
    wanted = {row.key: row for row in _rows(calendar, found)}
    known = {
        row.key: row for row in CalendarEvent.objects.filter(Q(key__in=wanted) | span.overlapping, calendar=calendar)
    }
    gone = [row.pk for key, row in known.items() if key not in wanted]
    CalendarEvent.objects.filter(pk__in=gone).delete()
    changed = [row for key, row in wanted.items() if key not in known or _said(known[key]) != _said(row)]
    CalendarEvent.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["workspace", "calendar", "key"],
        update_fields=["series", "title", "is_private", "starts_at", "ends_at", "first_day", "last_day"],
    )


def _rows(calendar: Calendar, found: Iterable[FoundEvent]) -> list[CalendarEvent]:
    return [
        CalendarEvent(
            workspace_id=calendar.workspace_id,
            calendar_id=calendar.pk,
            key=digest(calendar.vendor_id, one.id),
            series=digest(calendar.vendor_id, one.series) if one.series else "",
            title=one.title,
            is_private=one.is_private,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            first_day=one.first_day,
            last_day=one.last_day,
        )
        for one in found
    ]


def _said(row: CalendarEvent) -> tuple[object, ...]:
    return row.series, row.title, row.is_private, row.starts_at, row.ends_at, row.first_day, row.last_day


def _finish(account: CalendarAccount, problem: CalendarError | None, *, asked_until: datetime | None = None) -> bool:
    """Let the account go; whether somebody asked for more since it was claimed."""
    now = timezone.now()
    account.trouble = problem.trouble if problem else ""
    account.tried_at = now
    account.lease_token = account.lease_until = None
    again = asked_until is not None and account.asked_at is not None and account.asked_at > asked_until
    if again and problem is None:
        account.tried_at = asked_until  # who asked meanwhile still waits
    else:
        account.asked_monday = None
    account.save()
    turns.set_next(account, wait=_wait(problem))
    return again and problem is None


def _wait(problem: CalendarError | None) -> timedelta:
    if isinstance(problem, Temporary):
        return timedelta(seconds=min(3600.0, max(60.0, problem.retry_after or 0.0)))
    return turns.EVERY if problem is None else timedelta(hours=1)
