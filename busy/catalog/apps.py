from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from busy.lib.navigation import KEEP, MANAGERS, MORE, NavItem, register


class CatalogConfig(AppConfig):
    name = "busy.catalog"
    label = "catalog"

    def ready(self) -> None:
        from busy.catalog import palette
        from busy.lib.palette import Action, Source, register_action
        from busy.lib.palette import register as register_source

        for item in (
            NavItem("projects", _("Projects"), "projects", "catalog:projects", MANAGERS, KEEP, 10, shortcut="g p"),
            NavItem("customers", _("Customers"), "customers", "catalog:customers", MANAGERS, KEEP, 20, shortcut="g c"),
            NavItem("work-types", _("Work types"), "worktypes", "catalog:work-types", MANAGERS, MORE, 10),
            NavItem("products", _("Products"), "products", "catalog:products", MANAGERS, MORE, 20),
            NavItem("rates", _("Rates"), "cost", "catalog:rates", MANAGERS, MORE, 30),
        ):
            register(item)
        for source in (
            Source("projects", _("Projects"), palette.find_projects, MANAGERS, order=30),
            Source("customers", _("Customers"), palette.find_customers, MANAGERS, order=40),
            Source("work-types", _("Work types"), palette.find_work_types, MANAGERS, order=80),
            Source("products", _("Products"), palette.find_products, MANAGERS, order=90),
        ):
            register_source(source)
        for action in (
            Action("new-project", _("New project"), "plus", "catalog:project-new", MANAGERS),
            Action("new-customer", _("New customer"), "plus", "catalog:customer-new", MANAGERS),
            Action("new-work-type", _("New work type"), "plus", "catalog:work-type-new", MANAGERS),
        ):
            register_action(action)
