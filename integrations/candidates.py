"""Imported records that one of some names may be, found by the database: of very many only these are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, CharField, Exists, Expression, Func, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Length, Lower, Replace, Trim
from django.db.models.lookups import Exact

from busy.lib.folding import fold
from integrations.appliers import TARGETS
from integrations.kernel.records import Kind
from integrations.matching import Named
from integrations.models import Connection, KeptRecord

# Letters that fold to one, and to two: each costs a look at each letter of each name.
_TO_ONE, _TO_TWO = "øåäöéüèêëáàâíóúýðçñ", "æþß"


def like(connection: Connection, kind: Kind, ours: Sequence[Named[int]]) -> dict[int, tuple[str, str, str]]:
    """By their local ids: the provider's id, number and name of all that share a number or a name with one of them,
    but for capitals, blanks and the accents of our neighbours. Two queries."""
    target: Any = TARGETS[kind]
    numbers = {one.number.strip().lower() for one in ours} - {""}
    # Of the catalogue first: with the links beside it, each of a hundred thousand would be looked up by itself.
    named = (
        target.model.objects.filter(archived_at=None)
        .alias(number_key=Lower(Trim("number")), name_key=_folded("name"))
        .filter(
            Q(number_key__in=numbers)
            | Q(name__in={one.name.strip() for one in ours})
            | Q(name_key__in={_without_blanks(fold(one.name)) for one in ours})
        )
    )
    said = {pk: (number, name) for pk, number, name in named.values_list("pk", "number", "name")}
    kept = KeptRecord.objects.filter(
        connection=connection, kind=kind, local_id=OuterRef("local_id"), is_imported=False
    )  # it was Busy's own before
    links = target.link.objects.filter(~Exists(kept), connection=connection, local_id__in=list(said))
    return {pk: (external_id, *said[pk]) for pk, external_id in links.values_list("local_id", "external_id")}


def _folded(field: str) -> Expression:
    """As `fold`, without blanks, of what our neighbours write. Taking letters apart is dear, so plain names are not."""
    plain = Replace(Lower(field), Value(" "), Value(""))
    text: Expression = plain
    for letter in _TO_TWO:
        text = Replace(text, Value(letter), Value(fold(letter)))
    folded = "".join(fold(letter) for letter in _TO_ONE)
    apart = Func(text, Value(_TO_ONE), Value(folded), function="translate", output_field=CharField())
    octets = Func(field, function="octet_length", output_field=IntegerField())
    return Case(When(Exact(octets, Length(field)), then=plain), default=apart)


def _without_blanks(text: str) -> str:
    return text.replace(" ", "")
