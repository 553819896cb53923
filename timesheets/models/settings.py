"""How a workspace records and approves time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from busy.workspaces.tenancy import TenantModel


class TimeSettings(TenantModel):
    """One row per workspace, made when somebody first saves a choice; without it the defaults hold."""

    # P24. Local date; None: all hours are asked for.
    approval_starts_on = models.DateField(
        _("approve hours from"),
        null=True,
        blank=True,
        help_text=_("Hours before this day are never asked for. Leave it empty to ask for all of them."),
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", name="time_settings_once")]
