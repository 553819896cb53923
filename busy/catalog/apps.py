from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from busy.lib.navigation import KEEP, MANAGERS, MORE, NavItem, register


class CatalogConfig(AppConfig):
    name = "busy.catalog"
    label = "catalog"

    def ready(self) -> None:
        for item in (
            NavItem("projects", _("Projects"), "projects", "catalog:projects", MANAGERS, KEEP, 10, shortcut="g p"),
            NavItem("customers", _("Customers"), "customers", "catalog:customers", MANAGERS, KEEP, 20, shortcut="g c"),
            NavItem("work-types", _("Work types"), "worktypes", "catalog:work-types", MANAGERS, MORE, 10),
            NavItem("products", _("Products"), "products", "catalog:products", MANAGERS, MORE, 20),
            NavItem("rates", _("Rates"), "cost", "catalog:rates", MANAGERS, MORE, 30),
        ):
            register(item)
