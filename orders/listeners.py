"""What orders do when something happens below them."""

from __future__ import annotations

from busy.catalog.events import WorkTypeChanged
from busy.lib.events import listen
from orders.services import take_products_anew


@listen(WorkTypeChanged)
def work_type_changed(event: WorkTypeChanged) -> None:
    take_products_anew(event.work_type_id)
