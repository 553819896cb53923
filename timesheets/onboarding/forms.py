"""The two questions a new workspace is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import DecimalValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.fields import AmountField
from busy.lib.forms import Switch
from busy.workspaces.models import Role
from timesheets.onboarding.services import FirstWork, suggested_work_types

_PLACES = 4


class WorkForm(forms.Form):
    project = forms.CharField(
        label=gettext_lazy("First project"),
        max_length=255,
        help_text=gettext_lazy("What you are working on this week."),
        widget=forms.TextInput({"autofocus": True, "autocomplete": "off"}),
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer"), max_length=255, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    rate = AmountField(label=gettext_lazy("Hourly rate"), required=False, max_length=40)
    internal = forms.BooleanField(
        label=gettext_lazy("Also make a project for internal time"),
        required=False,
        initial=True,
        widget=Switch(),
        help_text=gettext_lazy(
            "Meetings, administration and absence, such as vacation and sick leave. Its hours are not billable."
        ),
    )

    def clean_rate(self) -> Decimal | None:
        rate: Decimal | None = self.cleaned_data["rate"]
        if rate is not None:
            for validate in (MinValueValidator(Decimal(0)), DecimalValidator(12, 2)):
                validate(rate)
        return rate

    def __init__(self, *args: Any, language: str, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].help_text = _(
            "In %(currency)s, without VAT. It is the workspace's default; work types and projects can have others."
        ) % {"currency": currency}
        suggestions = suggested_work_types(language)
        for place in range(_PLACES):
            self.fields[f"work_type_{place}"] = forms.CharField(
                label=_("Work type %(number)s") % {"number": place + 1},
                max_length=255,
                required=place == 0,
                initial=suggestions[place] if place < len(suggestions) else "",
                widget=forms.TextInput({"autocomplete": "off"}),
            )

    @property
    def work_type_fields(self) -> list[forms.BoundField]:
        return [self[f"work_type_{place}"] for place in range(_PLACES)]

    def first_work(self) -> FirstWork:
        """What was asked for; only after ``is_valid``."""
        data = self.cleaned_data
        names = (data[f"work_type_{place}"].strip() for place in range(_PLACES))
        return FirstWork(
            customer=data["customer"].strip(),
            project=data["project"].strip(),
            work_types=tuple(dict.fromkeys(name for name in names if name)),
            internal=data["internal"],
            rate=data["rate"],
        )


class ColleagueForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.EMPLOYEE)


ColleagueForms = forms.formset_factory(ColleagueForm, extra=3, max_num=20)
