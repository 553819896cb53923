"""Calendar months, as addresses and comparisons name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    first: date

    @property
    def last(self) -> date:
        return self.plus(1).first - timedelta(days=1)

    def plus(self, months: int) -> Month:
        """Raises ValueError beyond the calendar."""
        count = self.first.year * 12 + self.first.month - 1 + months
        return Month(first=date(count // 12, count % 12 + 1, 1))

    def __str__(self) -> str:
        return self.first.strftime("%Y-%m")

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(first=day.replace(day=1))

    @classmethod
    def parse(cls, text: str) -> Month:
        """Raises ValueError for what is no "YYYY-MM"."""
        return cls(first=date.fromisoformat(f"{text}-01"))
