"""The working schema, with scalars as strict as Xledger's are said to be.

It was reconstructed from what clients send and receive; its comments say what was seen and what was concluded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from pathlib import Path
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLScalarType, GraphQLSchema, build_ast_schema, parse

SDL = Path(__file__).with_name("schema.graphql")


@cache
def shared_schema() -> GraphQLSchema:
    """One for all sandboxes of a process; whoever wants to change it builds an own one."""
    return own_schema()


def own_schema() -> GraphQLSchema:
    """Built anew; that it is valid is tested once."""
    schema = build_ast_schema(_document(), assume_valid=True, assume_valid_sdl=True)
    for name, given in {
        "Int64String": _int64,
        "MoneyString": _money,
        "DateString": _day,
        "DateTimeString": _local_time,
    }.items():
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        # graphql-core takes anything for a scalar of a schema's text; Xledger does not.
        scalar.coerce_input_value = given
        scalar.coerce_input_literal = partial(_literal, given)
        scalar.coerce_output_value = str
    return schema


@cache
def _document() -> DocumentNode:
    return parse(SDL.read_text(encoding="utf-8"), no_location=True)


def _literal(given: Callable[[Any], str], node: Any) -> str:
    return given(node.value)


def _int64(value: Any) -> str:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,19}", str(value)):
        raise GraphQLError(f"Int64String cannot represent {value!r}")
    return str(value)


def _money(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise GraphQLError(f"MoneyString cannot represent {value!r}") from None
    if isinstance(value, bool) or not number.is_finite():
        raise GraphQLError(f"MoneyString cannot represent {value!r}")
    return str(value)


def _day(value: Any) -> str:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"DateString cannot represent {value!r}") from None
    return str(value)


def _local_time(value: Any) -> str:
    """Without an offset: one with it would be another time than meant."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"DateTimeString cannot represent {value!r}") from None
    if found.tzinfo is not None:
        raise GraphQLError(f"DateTimeString takes no offset: {value!r}")
    return found.isoformat(timespec="seconds")
