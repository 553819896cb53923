"""Values of the customers' own fields: as a kind of value, as it is kept, and as it is shown (R98).

Kept as a text that is the same for the same value, as `12.5`, `2026-11-22`, `yes`: it can be searched and compared.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from busy.catalog.customer_models import FieldKind
from busy.catalog.fields import read_amount

Value = str | Decimal | date | bool | None

LENGTH = 1000
_YES, _NO = "yes", "no"
_DIGITS = 28


def kept(kind: str, value: Value) -> str:
    """The text to keep; "" for nothing. Raises ValueError for a value of another kind or one that is too long."""
    if value is None or value == "":
        return ""
    match kind, value:
        case FieldKind.NUMBER, Decimal():
            return _plain(value)
        case FieldKind.DAY, date():
            return value.isoformat()
        case FieldKind.YES_NO, bool():
            return _YES if value else _NO
        case ((FieldKind.TEXT | FieldKind.CHOICE), str()):
            text = value.replace("\x00", "").strip()
            if len(text) <= LENGTH:
                return text
    raise ValueError(kind)


def value_of(kind: str, text: str) -> Value:
    """What `kept` kept; None for nothing."""
    if not text:
        return None
    if kind == FieldKind.NUMBER:
        return Decimal(text)
    if kind == FieldKind.DAY:
        return date.fromisoformat(text)
    if kind == FieldKind.YES_NO:
        return text == _YES
    return text


def shown(kind: str, text: str) -> str:
    """In the reader's language."""
    value = value_of(kind, text)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return number_format(value)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return value or ""


def looked_for(kind: str, written: str) -> str | None:
    """What a person wrote in a search, as it would be kept; None when it is no such value. Texts are found by part."""
    if kind == FieldKind.NUMBER:
        try:
            return _plain(read_amount(written))
        except ValueError:
            return None
    if kind == FieldKind.DAY:
        try:
            return date.fromisoformat(written).isoformat()
        except ValueError:
            return None
    return written


def _plain(number: Decimal) -> str:
    """Raises ValueError for what is no finite number, or has more digits than one can mean."""
    try:
        if not number.is_finite() or abs(number.adjusted()) > _DIGITS or len(number.as_tuple().digits) > _DIGITS:
            raise ValueError(number)
        plain = f"{number.normalize():f}"
    except InvalidOperation:
        raise ValueError(number) from None
    return "0" if plain == "-0" else plain
