"""Accounts and their troubles in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from timesheets.calendars import selectors
from timesheets.calendars.errors import CalendarError
from timesheets.calendars.vendors import Vendor, client_of, offered, vendor_of
from timesheets.models import Calendar, CalendarAccount, CalendarTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """``trouble`` is the sentence about the last look, "" when all is well. ``can_sign_in``: where that helps."""

    account: CalendarAccount
    vendor: Vendor
    calendars: tuple[Calendar, ...]
    trouble: str

    @property
    def can_sign_in(self) -> bool:
        return self.account.needs_sign_in and client_of(self.vendor.key) is not None


def account_lines(member: Membership) -> list[AccountLine]:
    return [
        AccountLine(
            account=account,
            vendor=vendor_of(account.vendor),
            calendars=tuple(account.calendars.all()),
            trouble=trouble_of(account.trouble, vendor_of(account.vendor)),
        )
        for account in selectors.accounts_of(member)
    ]


def profile_section(member: Membership) -> dict[str, Any] | None:
    """For the profile; None where nothing is switched on, unless that concerns an administrator."""
    lines, is_offered = account_lines(member), bool(offered())
    if not (lines or is_offered or member.is_administrator):
        return None
    return {"workspace": member.workspace, "lines": lines, "is_offered": is_offered or bool(lines)}


def trouble_of(trouble: str, vendor: Vendor) -> str:
    names = {"vendor": vendor.name}
    if not trouble:
        return ""
    return {
        CalendarTrouble.SIGN_IN: _("%(vendor)s wants you to sign in again. Until then the events here are old.")
        % names,
        CalendarTrouble.SETUP: _("Busy is not set up for %(vendor)s any more. Whoever runs it has to mend that.")
        % names,
        CalendarTrouble.REFUSED: _(
            "%(vendor)s lets nobody read the calendars of this account. Its administrator can change that."
        )
        % names,
        CalendarTrouble.TEMPORARY: _("%(vendor)s did not answer. Busy tries again by itself.") % names,
        CalendarTrouble.UNREADABLE: _(
            "%(vendor)s answered in a way that Busy does not understand. The events here may be old."
        )
        % names,
    }[CalendarTrouble(trouble)]


def refusal_of(error: CalendarError, vendor: Vendor) -> str:
    """Why a sign-in connected nothing."""
    names = {"vendor": vendor.name}
    return {
        CalendarTrouble.SIGN_IN: _(
            "%(vendor)s let Busy see only a part. Connect once more, and allow both the list of calendars and the"
            " events."
        ),
        CalendarTrouble.SETUP: _("%(vendor)s does not know this Busy. Whoever runs it has to mend that."),
        CalendarTrouble.REFUSED: _("%(vendor)s lets nobody read the calendars of this account. Nothing was connected."),
        CalendarTrouble.TEMPORARY: _("%(vendor)s did not answer. Nothing was connected; try again in a while."),
        CalendarTrouble.UNREADABLE: _(
            "%(vendor)s answered in a way that Busy does not understand. Nothing was connected."
        ),
    }[error.trouble] % names
