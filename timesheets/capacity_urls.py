"""Pages about capacity, a part of the app's addresses."""

from __future__ import annotations

from django.urls import path

from timesheets.views import missing, working_week

urlpatterns = [
    path("settings/time/working-week/", working_week.of_company, name="working-week"),
    path("people/<int:member_id>/working-week/", working_week.of_person, name="working-week-of"),
    path("missing/", missing.index, name="missing"),
    path("missing/remind/", missing.remind, name="missing-remind"),
    path("missing/reminders/", missing.progress, name="missing-progress"),
    path("missing/mine/", missing.mine, name="missing-mine"),
]
