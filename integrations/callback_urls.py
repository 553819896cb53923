"""The address that providers send people back to. It is registered with each provider, so it never changes."""

from __future__ import annotations

from django.urls import path

from integrations.views import signing_in

urlpatterns = [path("integrations/signed-in/", signing_in.come_back, name="provider-signed-in")]
