from __future__ import annotations

from django.urls import path

from orders.views import acts, lists, order

app_name = "orders"
urlpatterns = [
    path("orders/", lists.orders, name="list"),
    path("orders/new/<int:project_id>/", acts.new, name="new"),
    path("orders/<int:order_id>/", order.order, name="order"),
    path("orders/<int:order_id>/pick/", order.pick, name="pick"),
    path("orders/<int:order_id>/edit/", order.edit, name="edit"),
    path("orders/<int:order_id>/finish/", acts.finish, name="finish"),
    path("orders/<int:order_id>/reopen/", acts.reopen, name="reopen"),
    path("orders/<int:order_id>/delete/", acts.delete, name="delete"),
    path("orders/<int:order_id>/status/", order.status, name="status"),
]
