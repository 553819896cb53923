"""Who changed what: three sides of a record, field by field, without a database.

The rule for a field that was changed on both sides since they were the same: what was changed last stays; when the
provider does not say when, what stands there. What was changed on one side only goes to the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from integrations.kernel.errors import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that both sides changed, what each says, and which of the two stays."""

    field: str
    ours: Json
    theirs: Json
    stays: Literal["ours", "theirs"]

    def to_json(self) -> dict[str, Json]:
        return {"field": self.field, "ours": self.ours, "theirs": self.theirs, "stays": self.stays}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``wanted`` are the fields that are to be written there."""

    wanted: Mapping[str, Json]
    conflicts: tuple[Conflict, ...] = ()


def merge(
    *,
    before: Mapping[str, Json],
    ours: Mapping[str, Json],
    theirs: Mapping[str, Json],
    in_doubt: Mapping[str, Collection[Json]],
    ours_at: datetime,
    theirs_at: datetime | None,
    insists: bool = False,
) -> Merged:
    """``before`` has the fields that were changed here, as both sides had them; ``in_doubt`` what writes of ours may
    have left there, which is no change of theirs. ``insists``: what Busy says is written, whatever stands there."""
    wanted: dict[str, Json] = {}
    conflicts: list[Conflict] = []
    for field, base in before.items():
        mine, there = ours[field], theirs[field]
        if mine == there:
            continue
        is_theirs = there != base and there not in in_doubt.get(field, ())
        if insists or not is_theirs:
            wanted[field] = mine
            continue
        ours_stays = theirs_at is not None and theirs_at < ours_at
        conflicts.append(Conflict(field=field, ours=mine, theirs=there, stays="ours" if ours_stays else "theirs"))
        if ours_stays:
            wanted[field] = mine
    return Merged(wanted=wanted, conflicts=tuple(conflicts))
