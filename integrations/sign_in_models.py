"""A sign-in at a provider that is under way: asked for here, and not back yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel


class SignIn(TenantModel):
    """What must be the same when the person comes back: the browser, the member, the provider, and the time not over.

    Taken out by whoever comes back with its state, so that each serves once. ``verifier`` is sealed (busy.lib.secrets);
    of state and browser only digests are kept.
    """

    provider = models.CharField(max_length=40)
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    state_digest = models.CharField(max_length=64)
    browser_digest = models.CharField(max_length=64)
    verifier = models.TextField()
    project_sync = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "state_digest", name="sign_in_once_per_state")]
