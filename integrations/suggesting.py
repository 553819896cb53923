"""What records of Busy that are not linked may be: records that were imported and that nothing depends on yet.

Of some of them, for a page; or of a whole catalogue, for all that are linked in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import Exists, OuterRef

from integrations import candidates, matching, relinking, usage
from integrations.appliers import TARGETS, among, of_whole_tables
from integrations.kernel.records import Kind
from integrations.mapping_models import Basis
from integrations.mapping_rows import Show
from integrations.matching import Named, Pair
from integrations.models import Connection, KeptRecord


class Likely(NamedTuple):
    """A record of Busy and what it may be. ``is_sure``: nobody would doubt it."""

    pk: int
    name: str
    number: str
    is_archived: bool
    external_id: str
    their_number: str
    their_name: str
    basis: Basis
    is_sure: bool


def with_links(connection: Connection, kind: Kind, ids: Sequence[int]) -> list[Any]:
    """Records of Busy in this order, each with the ``external_id`` it is linked to, or None. Two queries."""
    target: Any = TARGETS[kind]
    found = target.model.objects.in_bulk(ids)
    links = dict(
        target.link.objects.filter(connection=connection, local__in=ids).values_list("local_id", "external_id")
    )
    for pk, record in found.items():
        record.external_id = links.get(pk)
    return [found[pk] for pk in ids if pk in found]


def records(connection: Connection, kind: Kind, show: Show) -> QuerySet[Any]:
    """Records of Busy by whether they are linked; all of them are all that are active."""
    target: Any = TARGETS[kind]
    rows: QuerySet[Any] = target.model.objects.filter(archived_at__isnull=show is not Show.ARCHIVED)
    if show is Show.ALL:
        return rows
    free = rows.filter(~Exists(target.link.objects.filter(connection=connection, local=OuterRef("pk"))))
    if show is Show.UNLINKED:
        return free
    made = KeptRecord.objects.filter(connection=connection, kind=kind, local_id=OuterRef("pk"), is_imported=True)
    return free.filter(~Exists(made))


def of_some(connection: Connection, kind: Kind, ours: Iterable[Any]) -> dict[int, Likely]:
    """Of these records, by their ids."""
    mine = {one.pk: one for one in ours}
    if not mine:
        return {}
    named = [Named(key=pk, number=one.number, name=one.name) for pk, one in mine.items()]
    near = candidates.near(connection, kind, named)
    # Another of Busy's own may be the same one as well: then it is not clear which of the two.
    rivals = [one for one in near.rivals if one.key not in mine]
    found = [pair for pair in _pairs(kind, [*named, *rivals], near.imported) if pair.ours in mine]
    return {
        pair.ours: _likely(
            pair, near.imported, mine[pair.ours].name, mine[pair.ours].number, mine[pair.ours].is_archived
        )
        for pair in found
    }


@of_whole_tables()
def of_all(connection: Connection, kind: Kind) -> list[Likely]:
    """Of all that are not linked: the active ones, then archived ones of what is left. Four queries, and those of what
    is in use."""
    imported = candidates.imported(connection, kind)
    found: list[Likely] = []
    for show in (Show.UNLINKED, Show.ARCHIVED):
        if not imported:
            break
        rows = records(connection, kind, show).order_by("pk").values_list("pk", "number", "name")
        ours = {pk: Named(pk, number, name) for pk, number, name in rows}
        for pair in _pairs(kind, list(ours.values()), imported):
            one = ours[pair.ours]
            found.append(_likely(pair, imported, one.name, one.number, show is Show.ARCHIVED))
            del imported[pair.theirs]
    return found


def sure(connection: Connection, kind: Kind, *, after: int) -> list[Likely]:
    """All that are beyond doubt of records with a higher id, in the order of the ids."""
    found = (one for one in of_all(connection, kind) if one.is_sure and one.pk > after)
    return sorted(found, key=lambda one: one.pk)


def unchanged(connection: Connection, kind: Kind, found: Sequence[Likely]) -> list[Likely]:
    """Those whose two records are still called what they were called when they were found, and stand where they stood.
    Two queries."""
    target: Any = TARGETS[kind]
    with relinking.reading(len(found)):
        rows = target.model.objects.filter(pk__in=among([one.pk for one in found]))
        ours = {pk: tuple(said) for pk, *said in rows.values_list("pk", "number", "name", "archived_at")}
        there = among([one.external_id for one in found])
        links = target.link.objects.filter(connection=connection, external_id__in=there)
        named = links.filter(local__archived_at=None).values_list("external_id", "local__number", "local__name")
        theirs = {external_id: (number, name) for external_id, number, name in named}
    return [
        one
        for one in found
        if (here := ours.get(one.pk)) is not None
        and (here[:2], here[2] is not None) == ((one.number, one.name), one.is_archived)
        and theirs.get(one.external_id) == (one.their_number, one.their_name)
    ]


def _pairs(kind: Kind, ours: Sequence[Named[int]], imported: dict[int, tuple[str, str, str]]) -> list[Pair[int, int]]:
    theirs = (Named(pk, number, name) for pk, (_external, number, name) in imported.items())
    found = matching.pairs(ours, theirs)
    # Projects and work types go along with their customer and product; hours and orders would not.
    in_use = usage.used(kind, [pair.theirs for pair in found]) if kind in (Kind.PROJECTS, Kind.WORK_TYPES) else set()
    return [pair for pair in found if pair.theirs not in in_use]


def _likely(
    pair: Pair[int, int], imported: dict[int, tuple[str, str, str]], name: str, number: str, is_archived: bool
) -> Likely:
    external_id, their_number, their_name = imported[pair.theirs]
    return Likely(pair.ours, name, number, is_archived, external_id, their_number, their_name, pair.basis, pair.is_sure)
