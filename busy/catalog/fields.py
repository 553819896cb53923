"""Fields of the catalogue's forms: amounts as people write them, and records chosen by typing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Record
from busy.lib.durations import NotADuration, parse_hours, print_hours
from busy.lib.forms import Combobox, HoursInput

R = TypeVar("R", bound=Record)

# How many choices stand in the page itself, for browsers without JavaScript.
PLAIN_CHOICES = 200
NEW = "new:"


def read_amount(text: str) -> Decimal:
    """``1 450,50``, ``1450.50``, ``1.450,50`` and ``1,450`` as an amount. Raises ValueError.

    Of two different signs the last is the decimal one. One sign alone is the decimal one, unless the page's language
    puts it between thousands and three digits follow.
    """
    plain = "".join(text.split())
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        between = "," if comma < point else "."
        plain = plain.replace(between, "")
    elif plain.count(",") + plain.count(".") > 1 or _is_thousands(plain):
        plain = plain.replace(",", "").replace(".", "")
    try:
        amount = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def _is_thousands(plain: str) -> bool:
    sign = str(get_format("THOUSAND_SEPARATOR"))
    return sign in {",", "."} and sign in plain and len(plain.rpartition(sign)[2]) == 3


def write_amount(amount: Decimal) -> str:
    """An amount as the page's language writes it in an input: ``1450,50``, without thousands."""
    places = 2 if amount == amount.quantize(Decimal("0.01")) else 4
    if amount == amount.to_integral_value():
        places = 0
    return f"{amount:.{places}f}".replace(".", str(get_format("DECIMAL_SEPARATOR")))


class AmountInput(forms.TextInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "input input-number", "inputmode": "decimal", "autocomplete": "off"} | (attrs or {}))


class AmountField(forms.CharField):
    """Cleans to a Decimal, or None when nothing was written."""

    widget = AmountInput

    def prepare_value(self, value: Any) -> Any:
        return write_amount(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_amount(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write an amount, such as 1450 or 1 450,50."), code="invalid") from error


class HoursField(forms.CharField):
    """A length of time as people write it. Cleans to whole minutes, or None when nothing was written."""

    widget = HoursInput

    def prepare_value(self, value: Any) -> Any:
        return print_hours(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        try:
            return parse_hours(super().clean(value)) or None
        except NotADuration as error:
            raise forms.ValidationError(str(error.message), code="invalid") from error


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Labelled(str):
    """A choice's label with a quieter detail beside it."""

    __slots__ = ("color", "detail")
    detail: str
    color: int | None

    @classmethod
    def of(cls, record: Record, detail: str | None = None) -> Labelled:
        label = cls(record.name)
        label.detail = record.number if detail is None else detail
        label.color = getattr(record, "color", None)
        return label


class RecordCombobox(Combobox):
    """Carries each choice's detail and colour to the list that is typed in."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if isinstance(label, Labelled):
            if label.detail:
                option["attrs"]["data-detail"] = label.detail
            if label.color:
                option["attrs"]["data-color"] = label.color
        return option

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed without JavaScript wins over what the list happens to show."""
        typed = (data.get(f"{name}_text") or "").strip()
        return f"{NEW}{typed}" if typed else super().value_from_datadict(data, files, name)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """Nothing that was found, but a name to find or to make."""

    name: str


class RecordField(forms.Field):
    """One record of the workspace, or None; NewRecord where ``may_be_new`` and a name was written.

    What is chosen need not be active: whether it may be chosen is the services' rule, and an archived one may have been
    chosen before.
    """

    widget = RecordCombobox
    default_error_messages = {"missing": _("It is not there any more. Choose another.")}

    def __init__(self, model: type[Record], *, may_be_new: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.may_be_new = may_be_new

    def offer(self, records: Iterable[Record], chosen: Any, url: str = "", empty: Any = "") -> None:
        """Put choices into the page: all there are when they are few; ``url`` finds the others."""
        widget: Any = self.widget
        widget.url = url
        choices: dict[str, Labelled | str] = {"": str(empty)} if not self.required or not chosen else {}
        if isinstance(chosen, Record):
            choices[str(chosen.pk)] = Labelled.of(chosen)
        elif isinstance(chosen, str) and chosen.startswith(NEW):
            choices[chosen] = chosen.removeprefix(NEW)
        choices |= {str(record.pk): Labelled.of(record) for record in records}
        widget.choices = list(choices.items())

    def to_python(self, value: Any) -> str:
        return str(value.pk) if isinstance(value, Record) else str(value or "").strip()

    def prepare_value(self, value: Any) -> str:
        return self.to_python(value)

    def clean(self, value: Any) -> Record | NewRecord | None:
        text = self.to_python(value)
        self.validate(text)
        if text == "":
            return None
        if self.may_be_new and text.startswith(NEW):
            return NewRecord(text.removeprefix(NEW).replace("\x00", "")[:255])
        found = self.model.objects.filter(pk=int(text)).first() if text.isascii() and text.isdigit() else None
        if found is None:
            raise forms.ValidationError(self.error_messages["missing"], code="missing")
        return found
