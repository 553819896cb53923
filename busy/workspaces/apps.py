from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkspacesConfig(AppConfig):
    name = "busy.workspaces"
    label = "workspaces"

    def ready(self) -> None:
        from busy.workspaces.roles import grant_app_role

        post_migrate.connect(grant_app_role, dispatch_uid="workspaces.grant_app_role")
