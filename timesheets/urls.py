from __future__ import annotations

from django.urls import URLPattern

app_name = "timesheets"
urlpatterns: list[URLPattern] = []
