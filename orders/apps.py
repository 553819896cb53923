from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from busy.lib.navigation import MANAGERS, RECORD, NavItem, register
        from orders import listeners  # noqa: F401 - it listens by being imported
        from orders.selectors import orders_that_hold
        from orders.views.lists import drafts_waiting
        from timesheets.holds import register_hold_source

        register_hold_source(orders_that_hold)
        register(
            NavItem(
                "orders",
                _("Orders"),
                "orders",
                "orders:list",
                MANAGERS,
                group=RECORD,
                order=40,
                shortcut="g o",
                count=drafts_waiting,
            )
        )
