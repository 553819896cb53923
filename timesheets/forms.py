"""Forms about how a workspace records and approves time: one for each section of the settings page."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from timesheets.models import TimeSettings


class SettingsSection(forms.ModelForm):  # type: ignore[type-arg]
    """One panel of the page with its own Save; ``key`` names it in the address and in the POST."""

    key: ClassVar[str]
    title: ClassVar[Promise]

    def save(self, commit: bool = True) -> TimeSettings:
        """Store this section's fields alone: another section may have been saved since the page was opened."""
        settings: TimeSettings = super().save(commit=False)
        if commit:
            settings.save(update_fields=list(self.fields))
        return settings


class ApprovalSettingsForm(SettingsSection):
    key = "approval"
    title = _("Approval")

    class Meta:
        model = TimeSettings
        fields = ("approval_starts_on",)
        widgets = {"approval_starts_on": forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d")}


# In the order of the page.
SECTIONS: tuple[type[SettingsSection], ...] = (ApprovalSettingsForm,)
