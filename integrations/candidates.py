"""Imported records that one of some names may be, found by the database: of very many only these are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Exists,
    Expression,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Left, Length, Lower, LTrim, Replace, Trim
from django.db.models.lookups import Exact

from busy.lib.folding import beginnings, fold
from integrations.appliers import TARGETS
from integrations.kernel.records import Kind
from integrations.matching import Named
from integrations.models import Connection, KeptRecord

_LETTERS = "æøåäöéüèêëáàâíúóýðçñþß"  # each costs a look at each name that is not plain


@dataclass(frozen=True, slots=True)
class Near:
    """``imported``, by their local ids: the provider's id, number and name. ``rivals`` are Busy's own, not linked."""

    imported: dict[int, tuple[str, str, str]]
    rivals: list[Named[int]]


def near(connection: Connection, kind: Kind, ours: Sequence[Named[int]]) -> Near:
    """Active records that share a number or a name with one of them, but for capitals, blanks and the accents of our
    neighbours. Two queries."""
    target: Any = TARGETS[kind]
    numbers = {one.number.strip().lower() for one in ours} - {""}
    # Of the catalogue first: with the links beside it, each of a hundred thousand would be looked up by itself.
    named = (
        target.model.objects.filter(archived_at=None)
        .alias(number_key=Lower(Trim("number")), first=Left(LTrim("name"), 1), name_key=_folded("name"))
        .filter(
            Q(number_key__in=numbers)
            | Q(name__in={one.name.strip() for one in ours})
            # Most names are ruled out by their first letter, before they are taken apart.
            | Q(first__in=frozenset().union(*(beginnings(one.name) for one in ours)))
            & Q(name_key__in={_without_blanks(fold(one.name)) for one in ours})
        )
    )
    said = {pk: (number, name) for pk, number, name in named.values_list("pk", "number", "name")}
    links = target.link.objects.filter(connection=connection, local_id__in=list(said))
    rows = list(links.annotate(is_own=Exists(_kept(connection, kind))).values_list("local_id", "external_id", "is_own"))
    linked = {pk for pk, _external, _own in rows}
    return Near(
        imported={pk: (external_id, *said[pk]) for pk, external_id, is_own in rows if not is_own},
        rivals=[Named(key=pk, number=number, name=name) for pk, (number, name) in said.items() if pk not in linked],
    )


def imported(connection: Connection, kind: Kind) -> dict[int, tuple[str, str, str]]:
    """All active ones, by their local ids: the provider's id, number and name. One query."""
    links: Any = TARGETS[kind].link
    rows = links.objects.filter(~Exists(_kept(connection, kind)), connection=connection, local__archived_at=None)
    found = rows.values_list("local_id", "external_id", "local__number", "local__name").order_by("pk")
    return {pk: (external_id, number, name) for pk, external_id, number, name in found}


def _kept(connection: Connection, kind: Kind) -> QuerySet[KeptRecord]:
    """It was Busy's own before it was linked."""
    return KeptRecord.objects.filter(connection=connection, kind=kind, local_id=OuterRef("local_id"), is_imported=False)


def _folded(field: str) -> Expression:
    """As `fold`, without blanks, of what our neighbours write. Taking letters apart is dear, so plain names are not."""
    plain = Replace(Lower(field), Value(" "), Value(""))
    apart: Expression = plain
    for letter in _LETTERS:
        apart = Replace(apart, Value(letter), Value(fold(letter)))
    octets = Func(field, function="octet_length", output_field=IntegerField())
    return Case(When(Exact(octets, Length(field)), then=plain), default=apart)


def _without_blanks(text: str) -> str:
    return text.replace(" ", "")
