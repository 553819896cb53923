"""What a vendor of calendars is to us: where people sign in, what is asked for, how it is read. And this deployment's
client there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from timesheets.calendars.errors import CalendarError
from timesheets.calendars.records import FoundEvent, Listing

if TYPE_CHECKING:
    from timesheets.calendars.http import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """``forbidden`` says what a 403 means. ``{tenant}`` in an address is the deployment's."""

    key: str
    name: str
    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str
    scopes: tuple[str, ...]
    needed_scopes: frozenset[str]
    parameters: Mapping[str, str]
    listing: Callable[[Reader], Listing]
    events: Callable[[Reader, str, datetime, datetime], Iterator[FoundEvent]]
    forbidden: Callable[[object], CalendarError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the vendor gave this deployment. ``url`` takes the place of the vendor's hosts, as for a sandbox."""

    id: str
    secret: str = field(repr=False)
    tenant: str = "common"
    url: str = ""

    def located(self, address: str) -> str:
        """The vendor's own address, or the same path under the deployment's ``url``."""
        wanted = address.replace("{tenant}", self.tenant)
        if not self.url:
            return wanted
        base = urlsplit(self.url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + urlsplit(wanted).path, "", ""))


def vendors() -> tuple[Vendor, ...]:
    from timesheets.calendars.google import GOOGLE
    from timesheets.calendars.microsoft import MICROSOFT

    return (GOOGLE, MICROSOFT)


def vendor_of(key: str) -> Vendor:
    """Raises LookupError for a vendor that there is not."""
    found = next((vendor for vendor in vendors() if vendor.key == key), None)
    if found is None:
        raise LookupError(key)
    return found


def client_of(key: str) -> Client | None:
    """None where the deployment has not switched the vendor on."""
    found = settings.CALENDARS.get(key) or {}
    if not found.get("client_id") or not found.get("client_secret"):
        return None
    return Client(id=found["client_id"], secret=found["client_secret"], tenant=found["tenant"], url=found["url"])


def offered() -> tuple[Vendor, ...]:
    """The vendors that this deployment has switched on."""
    return tuple(vendor for vendor in vendors() if client_of(vendor.key) is not None)
