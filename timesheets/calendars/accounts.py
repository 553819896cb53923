"""Writes about accounts: connecting, choosing calendars, disconnecting. All of them for the member's own accounts."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from busy.lib.secrets import is_current
from busy.workspaces.models import Membership
from timesheets.calendars.errors import CalendarError
from timesheets.calendars.http import Reader
from timesheets.calendars.oauth import Holder, Tokens, revoke
from timesheets.calendars.records import Listing, digest
from timesheets.calendars.turns import forget, wake
from timesheets.calendars.vendors import Vendor, client_of, vendor_of
from timesheets.models import Calendar, CalendarAccount, CalendarClock, CalendarEvent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """``is_revoked``: the vendor confirmed that the sign-in is given back."""

    vendor: Vendor
    address: str
    is_revoked: bool


def context_of(account: CalendarAccount) -> str:
    """What the tokens are bound to: they are worth nothing in another row."""
    return f"{account.workspace_id}:calendar:{account.pk}:tokens"


def reader_of(vendor: Vendor, holder: Holder) -> Reader:
    client = client_of(vendor.key)
    assert client is not None  # tokens were renewed or made with it
    return Reader(client.located(vendor.api_url), holder, vendor.forbidden)


def look_at(vendor: Vendor, tokens: Tokens) -> tuple[Listing, Tokens]:
    """Whose account it is and which calendars it has, asked at the vendor: never inside a transaction.

    Raises CalendarErrors.
    """
    kept = [tokens]
    with reader_of(vendor, Holder(vendor, tokens, kept.append)) as reader:
        return vendor.listing(reader), kept[-1]


@transaction.atomic
def connect(member: Membership, vendor: Vendor, tokens: Tokens, listing: Listing) -> CalendarAccount:
    """The same account again goes on with its calendars and choices. A new one shows its primary calendar."""
    account, is_new = CalendarAccount.objects.get_or_create(
        member=member, vendor=vendor.key, address=listing.address[:254]
    )
    account = CalendarAccount.objects.select_for_update().get(pk=account.pk)
    now = timezone.now()
    account.tokens = tokens.seal(context=context_of(account))
    account.trouble = ""
    account.used_at = account.asked_at = account.listed_at = now
    account.lease_token = account.lease_until = None  # a look with the old tokens has nothing to say any more
    if is_new:
        account.connected_at = now
    account.save()
    take_listing(account, listing, shows_primary=is_new)
    wake(account)
    return account


def take_listing(account: CalendarAccount, listing: Listing, *, shows_primary: bool = False) -> None:
    """What is not in the listing is gone, and its events with it: a listing is whole or was not read."""
    known = {calendar.key: calendar for calendar in account.calendars.all()}
    found = {digest(one.id): one for one in listing.calendars}
    Calendar.objects.filter(account=account).exclude(key__in=found).delete()
    Calendar.objects.bulk_create(
        [
            Calendar(
                workspace_id=account.workspace_id,
                account=account,
                key=key,
                vendor_id=one.id,
                name=one.name or one.id[:300],
                is_primary=one.is_primary,
                is_shown=shows_primary and one.is_primary,
            )
            for key, one in found.items()
            if key not in known
        ]
    )
    for key, calendar in known.items():
        one = found.get(key)
        if one is not None and (one.name or one.id[:300], one.is_primary) != (calendar.name, calendar.is_primary):
            calendar.name, calendar.is_primary = one.name or one.id[:300], one.is_primary
            calendar.save(update_fields=["name", "is_primary"])


@transaction.atomic
def show_calendars(account: CalendarAccount, shown: Collection[int]) -> None:
    """Show these calendars of the account and no others. What is not shown is not kept."""
    account = CalendarAccount.objects.select_for_update().get(pk=account.pk)
    calendars = Calendar.objects.filter(account=account)
    calendars.exclude(pk__in=shown).filter(is_shown=True).update(is_shown=False)
    CalendarEvent.objects.filter(calendar__account=account, calendar__is_shown=False).delete()
    if calendars.filter(pk__in=shown, is_shown=False).update(is_shown=True):
        now = timezone.now()
        CalendarAccount.objects.filter(pk=account.pk).update(
            asked_at=now, used_at=now, asked_monday=account.extra_monday
        )
        wake(account)


@transaction.atomic
def erase(account: CalendarAccount) -> Tokens | None:
    """Take the account away with everything that was fetched; the tokens, to be given back outside of a transaction.

    What the person answered stays as digests, so that connecting again does not ask again.
    """
    account = CalendarAccount.objects.select_for_update().get(pk=account.pk)
    try:
        tokens = Tokens.unseal(account.tokens, context=context_of(account)) if account.tokens else None
    except CalendarError:
        tokens = None
    forget(account)
    account.delete()
    return tokens


@transaction.atomic
def reseal(account_id: int) -> bool:
    """Seal the tokens anew with the newest key if another one did; True if so. Must run in the workspace's scope.

    Raises SignInNeeded when their key is gone: the person signs in again.
    """
    account = CalendarAccount.objects.select_for_update().filter(pk=account_id).first()
    if account is None or is_current(account.tokens):
        return False
    account.tokens = Tokens.unseal(account.tokens, context=context_of(account)).seal(context=context_of(account))
    account.save(update_fields=["tokens"])
    return True


def everywhere() -> list[tuple[int, int]]:
    """(workspace, account) of all workspaces."""
    return list(CalendarClock.objects.order_by("workspace_id", "account_id").values_list("workspace_id", "account_id"))


def give_back(vendor_key: str, tokens: Tokens | None) -> bool:
    """Tell the vendor that the sign-in is needed no more; what it says changes nothing here."""
    if tokens is None:
        return False
    is_revoked = revoke(vendor_of(vendor_key), tokens)
    if not is_revoked:
        logger.info("a calendar sign-in was not confirmed as given back", extra={"vendor": vendor_key})
    return is_revoked
