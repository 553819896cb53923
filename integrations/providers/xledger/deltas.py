"""What changed since: Xledger remembers changes for three days.

Every request counts against a monthly allowance, so whichever kind is read first asks for all kinds whose position is
known, and the others find their answer kept for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from integrations.kernel.errors import LoginNeeded, MappingError
from integrations.kernel.parse import Row, flag, identifier, optional_part, optional_text, part
from integrations.providers.xledger import documents
from integrations.providers.xledger.api import XledgerApi
from integrations.providers.xledger.listing import edges, nodes
from integrations.providers.xledger.reconstructed import has_deltas

MEMORY = timedelta(hours=60)  # of the three days [client]; beyond it the list is read whole
SHARED_FOR = timedelta(seconds=60)  # the kinds of one round follow each other within it
PAGE = 1000  # changes
_KEY = "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`after` is the position asked from, `position` the one to go on from."""

    after: str
    position: str
    ids: list[str] = field(default_factory=list)  # changed or new, once each
    has_deleted: bool = False


@dataclass(slots=True, kw_only=True)
class _Shared:
    asked_at: datetime | None = None
    positions: dict[str, str] = field(default_factory=dict)  # by kind, where its next look begins
    kept: dict[str, News] = field(default_factory=dict)  # asked along with another kind, not yet used


def position_now(api: XledgerApi, singular: str, *, name: str, right: str) -> str:
    """Where the memory of changes ends; "" when nothing is remembered."""
    data = api.ask(documents.position(f"{name}Position", singular), right=right)
    found = edges(part(data, f"{singular}_deltas"), f"{singular}_deltas")
    return optional_text(found[-1], "cursor") if found else ""


def look(api: XledgerApi, singular: str, after: str, *, right: str) -> News:
    """What changed after a position. Raises StaleCursor when it is no longer remembered."""
    shared = _load(api)
    kept = shared.kept.pop(singular, None)
    is_fresh = shared.asked_at is not None and api.now() - shared.asked_at <= SHARED_FOR
    if kept is None or kept.after != after or not is_fresh:
        others = {
            name: position
            for name, position in shared.positions.items()
            if name != singular and has_deltas(api.schema(), name)
        }
        found = _asked(api, {singular: after}, others, right=right)
        kept = found.pop(singular)
        shared.kept, shared.asked_at = found, api.now()
    shared.positions[singular] = kept.position
    _save(api, shared)
    return kept


def _asked(api: XledgerApi, own: Mapping[str, str], others: Mapping[str, str], *, right: str) -> dict[str, News]:
    """Of all kinds; of the own alone when another one's part is refused."""
    if others:
        try:
            return _poll(api, {**others, **own}, right=right)
        except (MappingError, LoginNeeded):
            return _poll(api, own, right=right)  # whose part it was shows when one is asked alone
    return _poll(api, own, right=right)


def _poll(api: XledgerApi, positions: Mapping[str, str], *, right: str) -> dict[str, News]:
    mutations: dict[str, dict[str, str]] = {name: {} for name in positions}
    now = dict(positions)
    open_ended = set(positions)
    while open_ended:
        document = documents.poll(open_ended)
        data = api.ask(document, {"first": PAGE, **{name: now[name] or None for name in open_ended}}, right=right)
        for name in sorted(open_ended):
            path = f"{name}_deltas"
            connection = part(data, path)
            found = edges(connection, path)
            for row in nodes(found, path):
                mutations[name][identifier(row, "dbId")] = optional_text(row, "mutationType")  # the last one counts
            moved = optional_text(found[-1], "cursor") if found else now[name]
            if not _has_more(connection) or moved == now[name]:
                open_ended.discard(name)
            now[name] = moved
    return {
        name: News(
            after=positions[name],
            position=now[name],
            ids=[key for key, mutation in mutations[name].items() if mutation != "DELETED"],
            has_deleted="DELETED" in mutations[name].values(),
        )
        for name in positions
    }


def _has_more(connection: Row) -> bool:
    return flag(optional_part(connection, "pageInfo") or {}, "hasNextPage", default=False)


def _load(api: XledgerApi) -> _Shared:
    kept = api.sessions.get(_KEY)
    try:
        return msgspec.json.decode(kept, type=_Shared) if kept else _Shared()
    except msgspec.DecodeError:  # of another release
        return _Shared()


def _save(api: XledgerApi, shared: _Shared) -> None:
    api.sessions.set(_KEY, msgspec.json.encode(shared).decode(), expires_at=api.now() + MEMORY)
