from __future__ import annotations

from django.urls import path

from timesheets.onboarding import views

app_name = "onboarding"
urlpatterns = [
    path("welcome/", views.start, name="start"),
    path("welcome/colleagues/", views.colleagues, name="colleagues"),
]
