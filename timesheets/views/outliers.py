"""What stands out in a selection that is about to be approved: listed, and left out unless it is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from timesheets.approval_rules import Flag

# Listed one by one; more are left out together.
MOST_OUTLIERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """One box to tick. ``value`` names it in the POST as ``also``."""

    value: int
    title: str
    detail: str
    flags: Sequence[Flag]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers:
    """``chosen`` repeats the selection as (name, value) of the POST; ``act`` is the word on the button."""

    found: list[Outlier]
    chosen: list[tuple[str, int]]
    act: str
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.found) + self.more

    @property
    def values(self) -> frozenset[int]:
        return frozenset(outlier.value for outlier in self.found)

    def names(self, name: str) -> frozenset[int]:
        """What was chosen under this name, to tick it again."""
        return frozenset(value for key, value in self.chosen if key == name)
