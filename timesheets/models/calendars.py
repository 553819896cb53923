"""A person's calendars at Google or Microsoft (P16): the sign-in, the calendars, their events, and what became of them.

Everything here is one person's: every query starts from the membership, and no page shows it to anybody else.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class CalendarVendor(models.TextChoices):
    GOOGLE = "google", "Google"
    MICROSOFT = "microsoft", "Microsoft"


class CalendarTrouble(models.TextChoices):
    """Why the last look did not succeed."""

    SIGN_IN = "sign_in"  # the person signs in again
    SETUP = "setup"  # the client of this deployment is missing or refused: the operator's turn
    REFUSED = "refused"  # signed in, and yet not let in: no calendar in this account, or closed by its administrator
    TEMPORARY = "temporary"  # time heals
    UNREADABLE = "unreadable"  # an answer of unknown shape: ours to mend


class CalendarAccount(TenantModel):
    """A sign-in of one member. ``tokens`` are sealed, bound to this row, and shown, logged or exported nowhere.

    The timeline asks for a look by ``asked_at``; ``asked_monday`` is the week it shows when that lies outside of the
    usual window. A worker holds the row by its lease. ``tried_at`` is the end of the last look, ``fetched_at`` that of
    the last whole one; ``extra_monday`` is the last week outside of the window that was fetched, at
    ``extra_fetched_at``.
    """

    member = TenantForeignKey(Membership, models.CASCADE, related_name="calendar_accounts")
    vendor = models.CharField(max_length=20, choices=CalendarVendor)
    # Who is signed in there, as the vendor says it.
    address = models.CharField(max_length=254)
    tokens = models.TextField()
    trouble = models.CharField(max_length=20, choices=CalendarTrouble, blank=True)
    connected_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True)
    asked_monday = models.DateField(null=True)
    tried_at = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    extra_monday = models.DateField(null=True)
    extra_fetched_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "member", "vendor", "address", name="calendar_account_once")
        ]

    @property
    def needs_sign_in(self) -> bool:
        return self.trouble == CalendarTrouble.SIGN_IN


class Calendar(TenantModel):
    """One of the calendars of an account. Only those that are shown are fetched."""

    account = TenantForeignKey(CalendarAccount, models.CASCADE, related_name="calendars")
    vendor_id = models.TextField()
    # Of the vendor's id, which may be too long for an index.
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=300)
    is_primary = models.BooleanField(default=False)
    is_shown = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "account", "key", name="calendar_once")]


class CalendarEvent(TenantModel):
    """An event as the vendor last told it: from instant to instant, or on whole days.

    ``key`` and ``series`` are digests of the vendor's ids. A private event has no title here, since it would become the
    note of an entry that others read.
    """

    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="events")
    key = models.CharField(max_length=64)
    series = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=300, blank=True)
    is_private = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "calendar", "key", name="calendar_event_once"),
            models.CheckConstraint(
                condition=models.Q(
                    starts_at__isnull=False, ends_at__gt=models.F("starts_at"), first_day=None, last_day=None
                )
                | models.Q(starts_at=None, ends_at=None, first_day__isnull=False, last_day__gte=models.F("first_day")),
                name="calendar_event_has_a_time",
            ),
        ]


class EventChoice(TenantModel):
    """What a person made of an event on one day: an entry, or nothing (``client_id`` None: hidden).

    It outlives the event and the sign-in, so that what was answered is not asked again; therefore it holds digests
    only, and nothing of the calendar can be read from it. While the entry is there the event is answered; an entry that
    is deleted brings it back, and one that comes back by undo takes it again.
    """

    member = TenantForeignKey(Membership, models.CASCADE, related_name="event_choices")
    # The event's key and how many days after its first this one is: 5e88…d8.0
    key = models.CharField(max_length=80)
    client_id = models.UUIDField(null=True)
    series = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "member", "key", name="event_choice_once")]


class CalendarClock(models.Model):
    """When an account is to be looked at next; None while nobody looks at its timeline.

    The tick reads it across workspaces, and so does who seals tokens anew: it holds no business data, and therefore no
    row-level security. Each account has a row.
    """

    workspace_id = models.BigIntegerField()
    account_id = models.BigIntegerField(unique=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index("next_at", name="calendar_clock_next")]

    def __str__(self) -> str:
        return f"account {self.account_id} at {self.next_at}"
