"""Pages about a person's own calendars, a part of the app's addresses."""

from __future__ import annotations

from django.urls import path

from timesheets.views import calendar_events, calendars

urlpatterns = [
    path("calendars/", calendars.index, name="calendars"),
    path("calendars/<slug:vendor>/sign-in/", calendars.sign_in, name="calendar-sign-in"),
    path("calendars/<int:account_id>/shown/", calendars.choose, name="calendar-shown"),
    path("calendars/<int:account_id>/disconnect/", calendars.disconnect, name="calendar-disconnect"),
    path("timeline/<week:week>/events/", calendar_events.events, name="calendar-events"),
    path("timeline/<week:week>/events/refresh/", calendar_events.refresh, name="calendar-refresh"),
    path("timeline/<week:week>/events/answer/", calendar_events.answer, name="calendar-answer"),
]
