"""What travels between a vendor and us."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalendar:
    id: str
    name: str
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All calendars of the account, and whose it is."""

    address: str
    calendars: tuple[FoundCalendar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """One occurrence. Either instants in UTC, or whole days, both included. ``series`` is "" for a single event."""

    id: str
    series: str
    title: str
    is_private: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None


def digest(*parts: str) -> str:
    """64 letters that stand for the parts and tell nothing of them."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def title_digest(title: str) -> str:
    """Titles that differ in case and spaces alone are the same; none is ""."""
    words = " ".join(title.casefold().split())
    return digest("title", words) if words else ""
