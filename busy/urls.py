"""All addresses of Busy, put together from the apps. A workspace's pages stand under /w/<workspace-slug>/."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path, register_converter

from busy.lib import views as lib_views
from busy.lib import views_installed
from busy.lib.periods import WeekConverter
from busy.workspaces.doors import public_view
from integrations.views import hints

register_converter(WeekConverter, "week")

urlpatterns = [
    path("healthz", public_view(lib_views.healthz), name="healthz"),
    path("readyz", public_view(lib_views.readyz), name="readyz"),
    path("manifest.webmanifest", public_view(views_installed.manifest), name="manifest"),
    path("service-worker.js", public_view(views_installed.service_worker), name="service-worker"),
    path("offline/", public_view(views_installed.offline), name="offline"),
    path("hints/<str:address>/", hints.hear, name="hints"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("busy.workspaces.urls")),
    path("", include("integrations.callback_urls")),
    path("", include("timesheets.calendar_callback_urls")),
    path("w/<slug:workspace>/", include("busy.workspaces.workspace_urls")),
    path("w/<slug:workspace>/", include("busy.catalog.urls")),
    path("w/<slug:workspace>/", include("timesheets.onboarding.urls")),
    path("w/<slug:workspace>/", include("timesheets.urls")),
    path("w/<slug:workspace>/", include("orders.urls")),
    path("w/<slug:workspace>/", include("integrations.urls")),
]
if settings.DEBUG:
    from busy.lib.views_styleguide import styleguide

    urlpatterns.append(path("styleguide/", public_view(styleguide), name="styleguide"))
