"""Weeks as whole numbers, for queries over many entries: truncating each date to its week costs ten times as much."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Func, IntegerField, Value

# A Monday before all hours; the number of its week is 0.
_FIRST = date(1900, 1, 1)


def week_number(column: str) -> Func:
    """The number of the week of a date column, counted in the database."""
    return Func(
        column, Value(_FIRST), template="((%(expressions)s) / 7)", arg_joiner=" - ", output_field=IntegerField()
    )


def monday_of(number: int) -> date:
    return _FIRST + timedelta(weeks=number)
