"""What holds approved hours: told by a layer above, so that this app can say why they stay approved, and link to it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that holds entries. ``label`` is in the reader's language; the page ``url_name`` takes the id.

    ``entry_ids`` are those it holds of the ones that were asked for.
    """

    object_id: int
    label: str
    url_name: str
    member_ids: frozenset[int]
    entry_ids: frozenset[int] = frozenset()


Source = Callable[[Collection[int]], list[Hold]]
_sources: list[Source] = []


def register_hold_source(source: Source) -> None:
    """Called once by a layer that can hold entries, when its app is ready."""
    if source not in _sources:
        _sources.append(source)


def holds_on(entry_ids: Collection[int]) -> list[Hold]:
    """Everything that holds any of the entries, of the workspace in scope. A constant number of queries."""
    return sorted((hold for source in _sources for hold in source(entry_ids)), key=lambda hold: hold.label)
