"""Pages outside of any workspace."""

from __future__ import annotations

from django.urls import path

from busy.workspaces.views import home, join, opened

urlpatterns = [
    path("", home.home, name="home"),
    path("profile/", home.profile, name="profile"),
    path("language/", home.set_language, name="set_language"),
    path("workspaces/", home.choose_workspace, name="choose-workspace"),
    path("workspaces/new/", home.create_workspace, name="create-workspace"),
    path("workspaces/<slug:slug>/open/", home.switch_workspace, name="switch-workspace"),
    path("open/<str:page>/", opened.open_page, name="open-page"),
    path("join/<str:token>/", join.join, name="join"),
]
