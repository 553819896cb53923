"""The form of hour transfer, built from what the provider offers (R84)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.fields import DayField
from busy.lib.forms import Switch
from integrations.hour_words import trigger_label
from integrations.hours import HourChoices
from integrations.kernel.facts import HourTrigger, ProviderFacts


class HourChoiceForm(forms.Form):
    trigger = forms.ChoiceField(label=gettext_lazy("When hours are transferred"), widget=forms.RadioSelect)
    since = DayField(label=gettext_lazy("From"))

    def __init__(self, facts: ProviderFacts, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["trigger"].choices = [(str(one), _offer(one, facts)) for one in facts.hour_triggers]
        fields["since"].help_text = _("Hours of earlier days stay in Busy.")
        if facts.hours_may_be_unbilled:
            fields["arrive_unbilled"] = forms.BooleanField(
                label=_("Hours arrive as non-billable"),
                required=False,
                widget=Switch(),
                help_text=_(
                    "Orders bill the same work: if %(system)s bills the hours of a project as well, the customer pays "
                    "twice. Turn this off only if you invoice from hours in %(system)s and send no orders."
                )
                % {"system": facts.name},
            )
        if facts.hours_prepared:
            fields["prepares"] = forms.BooleanField(
                label=_("Prepare projects for hours"),
                required=False,
                widget=Switch(),
                help_text=_(facts.hours_prepared),
            )

    @property
    def choices(self) -> HourChoices:
        """Only after ``is_valid()``."""
        given = self.cleaned_data
        return HourChoices(
            trigger=HourTrigger(given["trigger"]),
            since=given.get("since"),
            arrive_unbilled=bool(given.get("arrive_unbilled", True)),
            prepares=bool(given.get("prepares", True)),
        )

    @staticmethod
    def initial_of(choices: HourChoices, today: Any) -> dict[str, Any]:
        return {
            "trigger": str(choices.trigger),
            "since": choices.since or today,
            "arrive_unbilled": choices.arrive_unbilled,
            "prepares": choices.prepares,
        }


def _offer(trigger: HourTrigger, facts: ProviderFacts) -> str:
    label = trigger_label(trigger)
    if trigger == facts.recommended_hour_trigger:
        return _("%(choice)s (recommended)") % {"choice": label}
    return label
