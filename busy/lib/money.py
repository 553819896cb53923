"""Money is Decimal with a currency; it is rounded once, at the line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

# What a Nordic workspace may keep its rates in.
CURRENCIES = ("NOK", "SEK", "DKK", "EUR", "ISK", "USD", "GBP")


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency after ISO 4217: 0.01 for NOK, 1 for ISK."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units, half up: the commercial habit of the Nordics; Python's default is half even."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    return rounded(quantity * unit_price, currency)


def hours_quantity(minutes: int, places: int = 2) -> Decimal:
    """Minutes as decimal hours with ``places`` decimals, half up: 20 minutes are 0.33."""
    return (Decimal(minutes) / 60).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
