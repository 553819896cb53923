from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WorkspacesConfig(AppConfig):
    name = "busy.workspaces"
    label = "workspaces"

    def ready(self) -> None:
        from busy.lib.navigation import ADMINISTRATORS, MORE, NavItem, register
        from busy.lib.palette import Action, Source, find_actions, register_action
        from busy.lib.palette import register as register_source
        from busy.workspaces.roles import grant_app_role
        from busy.workspaces.views.palette import find_people

        post_migrate.connect(grant_app_role, dispatch_uid="workspaces.grant_app_role")
        register(
            NavItem(
                "people", _("People"), "people", "workspaces:people", ADMINISTRATORS, MORE, order=80, shortcut="g u"
            )
        )
        register(
            NavItem(
                "settings",
                _("Settings"),
                "settings",
                "workspaces:settings",
                ADMINISTRATORS,
                MORE,
                order=90,
                shortcut="g s",
            )
        )
        register_source(Source("actions", _("Do"), find_actions, order=20))
        register_source(Source("people", _("People"), find_people, ADMINISTRATORS, order=70))
        register_action(Action("invite", _("Invite people"), "invite", "workspaces:invite", ADMINISTRATORS))
        register_action(
            Action("settings", _("Settings of the workspace"), "settings", "workspaces:settings", ADMINISTRATORS)
        )
