"""The connect form, built from a provider's facts: a new provider needs no form of its own (R2)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.lib.forms import Switch as Toggle
from integrations import customer_exchange, exchange_forms
from integrations.kernel.facts import CredentialField, ProviderFacts, Switch
from integrations.kernel.records import Kind

_PROJECT_SYNC = "project_sync"


class ConnectForm(forms.Form):
    """Credentials and the project-sync choice of one provider. Values are trimmed: a pasted key may bring a space."""

    def __init__(self, facts: ProviderFacts, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        for credential in self.typed:
            widget = (
                # Write-only (R13): what was typed is not sent back to the browser, not even after a mistake.
                forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)
                if credential.secret
                else forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            )
            self.fields[credential.key] = forms.CharField(
                label=_(credential.label),
                help_text=_(credential.help) if credential.help else "",
                max_length=credential.max_length,
                widget=widget,
            )
        if customer_exchange.is_offered(facts):
            self.fields["enabled"] = forms.BooleanField(
                label=_("On"), required=False, initial=True, widget=Toggle(),
                help_text=_("Off keeps the settings and stops all traffic."),
            )  # fmt: skip
            exchange_forms.add_fields(self, facts)
        if self.has_project_sync:
            told = _(
                "Projects are created in %(system)s and refined in Busy. Projects that exist only in Busy are "
                "archived; their hours, rates and orders are kept."
            )
            if facts.shares(Kind.PROJECTS):
                told = _(
                    "Projects can be created in %(system)s and in Busy, and changes go both ways. What becomes of "
                    "those that only Busy has is asked before you connect."
                )
            self.fields[_PROJECT_SYNC] = forms.BooleanField(
                label=_("Project sync"), required=False, initial=True, help_text=told % {"system": facts.name}
            )

    @property
    def typed(self) -> list[CredentialField]:
        """The credentials asked for here; what is chosen from a list of the provider's comes after them."""
        return list(self.facts.typed_credentials)

    @property
    def has_project_sync(self) -> bool:
        """Not where projects are an extension: that is turned on in the settings, and looked at first there."""
        return not self.facts.has_extension and any(kind.switch == Switch.PROJECT_SYNC for kind in self.facts.kinds)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for credential in self.typed:
            value = cleaned.get(credential.key)
            if value and credential.pattern and not re.fullmatch(credential.pattern, value):
                self.add_error(credential.key, _("This does not look right. Copy the whole value once more."))
        return cleaned

    @property
    def credentials(self) -> dict[str, str]:
        """By field key; only after ``is_valid()``."""
        return {field.key: self.cleaned_data[field.key] for field in self.typed}

    @property
    def project_sync(self) -> bool:
        return bool(self.cleaned_data.get(_PROJECT_SYNC, False))


class ProjectSyncForm(forms.Form):
    project_sync = forms.BooleanField(label=gettext_lazy("Project sync"), required=False)
