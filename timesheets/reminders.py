"""Reminding people of missing hours by mail: who asked for it, sent once, in the reader's language.

A reminder is a row before it is a mail. One row a person and day is all there can be, so two beats, two workers and a
manager who presses twice still make one mail. A worker claims the row (state "sending") and commits before it talks to
the mail server: if it dies in between, the row stays so and nobody knows whether the mail left. It is not sent again
that day; the page says so, and the next day's reminder is a row of its own. A mail that the server refused was not
sent, and is tried again.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from busy.lib.periods import Week
from busy.lib.written import written_day
from busy.workspaces.mails import send
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import current_workspace_id, scope
from timesheets.missing import MissingPerson, missing
from timesheets.models import Reminder, ReminderClock
from timesheets.models.reminders import ReminderState
from timesheets.reminder_clock import claim_due, due_on, set_next, wake
from timesheets.time_settings import time_settings

TRIES = 3
SHOWN_DAYS = 10
# After this time a worker that claimed a reminder and said no more is taken for dead.
SILENT = timedelta(minutes=6)
# The week page's names of its days.
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Seconds of one run; the rest comes with the next tick.
_RUN = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Member ids: for whom a reminder is on its way now, and who has had one today."""

    asked: frozenset[int]
    before: frozenset[int]


@transaction.atomic
def ask(members: Collection[Membership], *, by: Membership | None, day: date) -> Asked:
    """Have the people reminded; who was reminded on the day already is not. Must run in the workspace's scope.

    A reminder that failed for good may be asked for again.
    """
    ids = {member.pk for member in members}
    if not ids:
        return Asked(asked=frozenset(), before=frozenset())
    request_id = uuid.uuid4()
    workspace_id = current_workspace_id()
    Reminder.objects.bulk_create(
        [
            Reminder(workspace_id=workspace_id, member_id=pk, day=day, asked_by=by, request_id=request_id)
            for pk in sorted(ids)
        ],
        ignore_conflicts=True,
    )
    Reminder.objects.filter(member__in=ids, day=day, state=ReminderState.FAILED).update(
        state=ReminderState.WAITING, tries=0, request_id=request_id, asked_by=by, changed_at=timezone.now()
    )
    asked = frozenset(Reminder.objects.filter(request_id=request_id).values_list("member_id", flat=True))
    if asked:
        wake(workspace_id)
    return Asked(asked=asked, before=frozenset(ids) - asked)


def tick() -> list[int]:
    """Workspaces that want a worker now; each is named to one caller."""
    return claim_due()


def run(workspace_id: int) -> int:
    """Make the round that is due and send what waits; the number of mails. No transaction may be open."""
    if connection.in_atomic_block:
        raise RuntimeError("mails are sent with no transaction open")
    with scope(workspace_id):
        workspace = Workspace.objects.filter(pk=workspace_id).first()
        if workspace is None:  # deleted since
            ReminderClock.objects.filter(workspace_id=workspace_id).delete()
            return 0
        _make_round(workspace)
    sent = _send_waiting(workspace)
    with scope(workspace_id):
        set_next(workspace, time_settings())
    return sent


def _make_round(workspace: Workspace) -> None:
    """Ask for the automatic reminders of the day, once: the clock's row is held and remembers the date."""
    settings = time_settings()
    clock = ReminderClock.objects.select_for_update().filter(workspace_id=workspace.pk).first()
    day = due_on(settings, workspace.zone, timezone.now())
    if clock is None or day is None or clock.round_made_on == day:
        return
    ReminderClock.objects.filter(pk=clock.pk).update(round_made_on=day)
    wanting = Membership.objects.filter(is_active=True, user__is_active=True, user__wants_reminders=True)
    members = [person.member for person in missing(workspace, list(wanting.select_related("user")), today=day)]
    ask(members, by=None, day=day)


def _send_waiting(workspace: Workspace) -> int:
    until = time.monotonic() + _RUN
    sent = after = 0
    while time.monotonic() < until:
        with scope(workspace.pk):
            reminder = _claim(after)
            mail = _mail(reminder, workspace) if reminder else None
        if reminder is None:
            break
        after = reminder.pk
        if mail is not None:
            was_taken = send(mail)
            sent += was_taken
            with scope(workspace.pk):
                _settle(reminder, was_taken=was_taken)
    return sent


def _claim(after: int) -> Reminder | None:
    """The next waiting reminder, ours alone: another worker's claim of the same row waits, and then finds it gone."""
    waiting = Reminder.objects.filter(state=ReminderState.WAITING)
    for pk in waiting.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:50]:
        if waiting.filter(pk=pk).update(state=ReminderState.SENDING, changed_at=timezone.now()):
            return Reminder.objects.select_related("member__user", "asked_by__user").get(pk=pk)
    return None


def _settle(reminder: Reminder, *, was_taken: bool) -> None:
    tries = reminder.tries + 1
    refused = ReminderState.FAILED if tries >= TRIES else ReminderState.WAITING
    _put(reminder, ReminderState.SENT if was_taken else refused, tries=tries)


def _put(reminder: Reminder, state: ReminderState, **fields: int) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(state=state, changed_at=timezone.now(), **fields)


def _mail(reminder: Reminder, workspace: Workspace) -> EmailMultiAlternatives | None:
    """The mail about what is missing at this moment; None, and the reminder is settled, when nothing is any more."""
    member = reminder.member
    found = missing(workspace, [member]) if member.is_active and member.user.is_active else []
    if not found:
        _put(reminder, ReminderState.NOT_NEEDED)
        return None
    return reminder_mail(found[0], workspace, asked_by=reminder.asked_by)


def reminder_mail(
    person: MissingPerson, workspace: Workspace, *, asked_by: Membership | None
) -> EmailMultiAlternatives:
    """In the person's language; each day leads straight to itself."""
    user = person.member.user
    with translation.override(user.language):
        context = {
            "name": user.get_short_name(),
            "workspace": workspace,
            "asked_by": asked_by,
            "days": [(written_day(day.day), day, _link(workspace, day.day)) for day in person.days[:SHOWN_DAYS]],
            "more": max(0, len(person.days) - SHOWN_DAYS),
            "count": len(person.days),
            "profile": django_settings.BASE_URL + reverse("profile"),
        }
        subject = render_to_string("timesheets/email/reminder_subject.txt", context)
        body = render_to_string("timesheets/email/reminder_message.txt", context)
    return EmailMultiAlternatives(
        " ".join(subject.split()), body.strip(), django_settings.DEFAULT_FROM_EMAIL, [user.email]
    )


def _link(workspace: Workspace, day: date) -> str:
    address = reverse("timesheets:week-of", kwargs={"workspace": workspace.slug, "week": Week.of(day)})
    return f"{django_settings.BASE_URL}{address}?day={_NAMES[day.weekday()]}"


def is_unclear(reminder: Reminder) -> bool:
    """Whether a worker claimed it and was not heard of since: the mail may have left."""
    return reminder.state == ReminderState.SENDING and timezone.now() - reminder.changed_at > SILENT


def latest_reminders(member_ids: Collection[int]) -> dict[int, Reminder]:
    """The last one by member id. One query."""
    rows = Reminder.objects.filter(member__in=list(member_ids)).order_by("member_id", "-day").distinct("member_id")
    return {reminder.member_id: reminder for reminder in rows.select_related("asked_by__user")}
