"""Some local days as instants, and which events touch them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From instant to instant in UTC, and the local days that this is."""

    start: datetime
    end: datetime
    first: date
    last: date

    @classmethod
    def of(cls, first: date, last: date, zone: str) -> Span:
        def midnight(day: date) -> datetime:
            return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

        return cls(start=midnight(first), end=midnight(last + timedelta(days=1)), first=first, last=last)

    @property
    def overlapping(self) -> Q:
        return Q(starts_at__lt=self.end, ends_at__gt=self.start) | Q(first_day__lte=self.last, last_day__gte=self.first)
