from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WorkspacesConfig(AppConfig):
    name = "busy.workspaces"
    label = "workspaces"

    def ready(self) -> None:
        from busy.lib.navigation import ADMINISTRATORS, MORE, NavItem, register
        from busy.workspaces.roles import grant_app_role

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
