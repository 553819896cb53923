from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from busy.catalog import exchange, mastership
        from integrations import (
            customer_exchange,
            customers_out,  # noqa: F401
            hour_remarks,
            hour_subscriptions,  # noqa: F401 - subscriptions listen by being imported
            selectors,
            shared_subscriptions,  # noqa: F401
            sharing,
            subscriptions,  # noqa: F401
        )
        from integrations.views import exchange as exchange_views
        from integrations.views import orders as order_views
        from integrations.views import records as record_views
        from orders import transfer
        from timesheets import remarks

        mastership.register_source(selectors.owner_of)
        mastership.register_sharing(
            sharing.sharing_of,
            place=sharing.place_of,
            panel=record_views.panel,
            tools=record_views.tools,
            pending=sharing.pending_of,
        )
        exchange.register(
            fields=customer_exchange.system_fields, tag_use=customer_exchange.tag_use, panel=exchange_views.panel
        )
        transfer.register_source(selectors.transfer_statuses)
        transfer.register_system_name(selectors.order_system)
        transfer.register_panel(order_views.panel)
        remarks.register_source(cautions=hour_remarks.cautions, transfers=hour_remarks.transfers)
