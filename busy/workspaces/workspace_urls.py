"""Pages of one workspace: people, settings."""

from __future__ import annotations

from django.urls import path

from busy.workspaces.views import groups, palette, people, settings

app_name = "workspaces"
urlpatterns = [
    path("people/", people.index, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:member_id>/", people.person, name="person"),
    path("people/<int:member_id>/deactivate/", people.deactivate, name="deactivate-person"),
    path("people/<int:member_id>/reactivate/", people.reactivate, name="reactivate-person"),
    path("people/invitations/<int:invitation_id>/send/", people.send_again, name="send-invitation"),
    path("people/invitations/<int:invitation_id>/revoke/", people.revoke, name="revoke-invitation"),
    path("people/groups/", groups.index, name="groups"),
    path("people/groups/new/", groups.new, name="group-new"),
    path("people/groups/<int:group_id>/", groups.group, name="group"),
    path("people/groups/<int:group_id>/delete/", groups.delete, name="group-delete"),
    path("people/groups/<int:group_id>/choices/", groups.choices, name="group-choices"),
    path("people/groups/<int:group_id>/add/", groups.add, name="group-add"),
    path("people/groups/<int:group_id>/people/<int:member_id>/<slug:do>/", groups.member, name="group-member"),
    path("settings/", settings.general, name="settings"),
    path("find/", palette.find, name="find"),
]
