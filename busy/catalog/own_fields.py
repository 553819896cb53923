"""The workspace's own fields in forms: a widget per kind, and the form in which an administrator defines one (R98)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog import custom_values, exchange
from busy.catalog.customer_models import FIELD_NAME_LENGTH, CustomerField, FieldKind
from busy.catalog.fields import AmountInput, DayField, read_amount
from busy.lib.forms import Suggested


class NumberField(forms.CharField):
    """Cleans to a Decimal of any number of decimals, or None when nothing was written."""

    widget = AmountInput

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return custom_values.kept(FieldKind.NUMBER, value).replace(".", str(get_format("DECIMAL_SEPARATOR")))

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            number = read_amount(text)
            custom_values.kept(FieldKind.NUMBER, number)
        except ValueError as error:
            raise forms.ValidationError(_("Write a number, such as 12 or 12,5."), code="invalid") from error
        return number

    def has_changed(self, initial: Any, data: Any) -> bool:
        """By value: 12,50 is the 12,5 that the page showed."""
        try:
            return self.clean(initial) != self.clean(data)
        except forms.ValidationError:
            return True


def own_field(field: CustomerField, kept: str) -> forms.Field:
    """The form field of one of the workspace's own; a choice taken from the list stays where it is ``kept``."""
    common: dict[str, Any] = {"label": field.name, "required": False}
    if field.kind == FieldKind.NUMBER:
        return NumberField(**common)
    if field.kind == FieldKind.DAY:
        return DayField(**common)
    if field.kind == FieldKind.YES_NO:
        return forms.TypedChoiceField(
            choices=[("", "–"), ("True", _("Yes")), ("False", _("No"))],
            coerce=lambda value: value == "True",
            empty_value=None,
            **common,
        )
    if field.kind == FieldKind.CHOICE:
        choices = [*field.choices, *([kept] if kept and kept not in field.choices else [])]
        return forms.ChoiceField(choices=[("", "–"), *((choice, choice) for choice in choices)], **common)
    return forms.CharField(max_length=custom_values.LENGTH, **common)


class OwnFieldForm(forms.Form):
    """Name, kind and choices. The names that a connected system has are suggested (R99)."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=FIELD_NAME_LENGTH,
        widget=Suggested,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=FieldKind.choices, initial=FieldKind.TEXT)
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("For one of a list: one choice a line."),
    )

    def __init__(self, *args: Any, record: CustomerField | None = None, **kwargs: Any) -> None:
        if record is not None:
            own = {"name": record.name, "kind": record.kind, "choices": "\n".join(record.choices)}
            kwargs["initial"] = own | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        systems = exchange.system_fields()
        widget = self.fields["name"].widget
        assert isinstance(widget, Suggested)
        widget.suggestions = lambda: sorted({name for system in systems for name in system.names})
        if systems:
            self.fields["name"].help_text = _(
                "Exchanged with %(system)s when it is called exactly as the field is called there."
            ) % {"system": ", ".join(system.system for system in systems)}

    @property
    def wanted(self) -> dict[str, Any]:
        """What the services ask for."""
        return {
            "name": self.cleaned_data["name"],
            "kind": self.cleaned_data["kind"],
            "choices": self.cleaned_data["choices"].splitlines(),
        }


def name_warning(name: str, systems: Sequence[exchange.SystemFields] | None = None) -> str:
    """What the administrator should know of a field's name: that no connected system has it, or writes it otherwise; ""
    when it is equal in one of them, and when there is none (R99). ``systems`` spares asking for each name of a list."""
    systems = exchange.system_fields() if systems is None else systems
    for system in systems:
        match = system.match(name)
        if match == name:
            return ""
    for system in systems:
        if match := system.match(name):
            return _("%(system)s writes it %(name)s. It is exchanged only when both are written alike.") % {
                "system": system.system,
                "name": match,
            }
    if systems:
        return _("%(system)s has no field of this name, so it stays in Busy.") % {
            "system": ", ".join(system.system for system in systems)
        }
    return ""
