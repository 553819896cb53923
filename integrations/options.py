"""What an administrator chooses for one connection among what its provider offers: the status orders arrive with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from integrations import health, set_up
from integrations.kernel.facts import ProviderFacts
from integrations.models import Connection

_KEY = "options"


def chosen(connection: Connection, facts: ProviderFacts) -> dict[str, str]:
    """By key, with the answers of the set-up; what was never chosen, or is no longer on offer, is the provider's own
    default."""
    kept = connection.settings.get(_KEY) or {}
    small = {
        option.key: kept[option.key] if kept.get(option.key) in dict(option.choices) else option.default
        for option in facts.options
    }
    return small | set_up.answers(connection, facts)


def choose(connection: Connection, values: Mapping[str, str]) -> None:
    """What goes out from now on goes by it; what was sent stays as it is."""
    locked = health.lock(connection.pk)
    locked.settings = {**locked.settings, _KEY: {**(locked.settings.get(_KEY) or {}), **values}}
    locked.save(update_fields=["settings"])


class OptionsForm(forms.Form):
    def __init__(self, facts: ProviderFacts, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for option in facts.options:
            self.fields[option.key] = forms.ChoiceField(
                label=_(option.label),
                help_text=_(option.help) if option.help else "",
                choices=[(value, _(label)) for value, label in option.choices],
            )
