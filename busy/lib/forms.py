"""The look of every Django form: label, help and error where they belong, in one place.

``{{ form }}``, ``{{ form.name.as_field_group }}`` and ``{% include "parts/_field.html" with field=form.name %}`` give
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.utils.translation import gettext_lazy as _

_UNSTYLED = ("hidden", "file", "checkbox", "radio")


class Switch(forms.CheckboxInput):
    """A choice that takes effect as a state, on or off, rather than as a tick in a list."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "switch", "role": "switch"} | (attrs or {}))


class Combobox(forms.Select):
    """A list to type in. Without JavaScript it is the select it grows from.

    ``url`` answers ``?q=`` with ``{"results": [{"value", "label", "detail", "color", "group"}]}``; without it the
    options of the page are filtered.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), *, url: Any = "") -> None:
        super().__init__({"data-combobox": ""} | (attrs or {}), choices)
        self.url = url

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.url:
            context["widget"]["attrs"]["data-combobox-url"] = str(self.url)
        return context


class Suggested(forms.TextInput):
    """A text with suggestions below it; anything else may be written too. They are asked for when it is drawn."""

    template_name = "parts/_suggested.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggestions: Callable[[], Sequence[str]] = tuple

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["suggestions_id"] = f"{widget['attrs'].get('id', name)}-suggestions"
        widget["attrs"] |= {"list": widget["suggestions_id"], "autocomplete": "off"}
        widget["suggestions"] = self.suggestions()
        return context


class HoursInput(forms.TextInput):
    """Hours as people write them; a phone shows its number keys."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "input input-number", "inputmode": "decimal", "autocomplete": "off"} | (attrs or {}))


class BusyBoundField(BoundField):
    """A field that knows how it looks: the class of its widget, and whether its label stands beside it."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        look = _class_of(widget)
        if look and "class" not in built and "class" not in widget.attrs:
            built["class"] = look
        return built

    @property
    def is_choice(self) -> bool:
        """One box with its label beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choices(self) -> bool:
        """Several boxes under one legend."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    @property
    def optional_mark(self) -> str:
        """Said where most fields are required: the exception is marked, not the rule. A list whose empty choice is an
        answer of its own (``empty_answers`` on the field) is none."""
        quiet = (
            self.is_choice or self.is_choices or self.field.disabled or isinstance(self.field.widget, forms.HiddenInput)
        ) or getattr(self.field, "empty_answers", False)
        return "" if self.field.required or quiet else str(_("optional"))


def _class_of(widget: forms.Widget) -> str:
    # Several boxes are, to Django, a kind of radio buttons; so they are asked for first.
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.RadioSelect):
        return "radio"
    if isinstance(widget, forms.NumberInput):
        return "input input-number"
    if isinstance(widget, forms.Textarea | forms.Select):
        return "input"
    if isinstance(widget, Input) and widget.input_type not in _UNSTYLED:
        return "input"
    return ""


class BusyRenderer(TemplatesSetting):
    form_template_name = "parts/_form.html"
    field_template_name = "parts/_field.html"
    bound_field_class = BusyBoundField
