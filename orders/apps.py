from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from busy.lib.navigation import MANAGERS, RECORD, NavItem, register
        from busy.lib.palette import Action, Source, register_action
        from busy.lib.palette import register as register_source
        from orders import listeners  # noqa: F401 - it listens by being imported
        from orders.palette import find_orders
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
        register_source(Source("orders", _("Orders"), find_orders, MANAGERS, order=50))
        register_action(Action("new-order", _("New order"), "plus", "orders:new", MANAGERS))
