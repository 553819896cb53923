"""Where vendors of calendars send people back to: one address for all workspaces, as they register just one."""

from __future__ import annotations

from django.urls import path

from timesheets.views import calendars

urlpatterns = [path("calendars/signed-in/", calendars.come_back, name="calendar-signed-in")]
