from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from orders import listeners  # noqa: F401 - it listens by being imported
        from orders.selectors import orders_that_hold
        from timesheets.holds import register_hold_source

        register_hold_source(orders_that_hold)
