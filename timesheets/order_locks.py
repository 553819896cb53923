"""Locking hours for an order. This app knows no orders: it is given the order's name in words (R112)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from timesheets.models import TimeEntry


class HeldByOrder(Exception):
    """Some of the hours are locked by another order."""

    def __init__(self, labels: Collection[str]) -> None:
        super().__init__(f"held by {', '.join(sorted(labels))}")
        self.labels = frozenset(labels)


@transaction.atomic
def lock_for_order(entry_ids: Collection[int], label: str) -> None:
    """Lock the entries and write the order's name on them; locking again under the same name changes nothing.

    Raises HeldByOrder, and locks none, when another order holds some of them.
    """
    entries = TimeEntry.objects.filter(pk__in=entry_ids)
    locked = entries.select_for_update(no_key=True).order_by("pk").values_list("pk", "ordered_at", "order_label")
    held = {other for _pk, ordered_at, other in locked if ordered_at is not None and other != label}
    if held:
        raise HeldByOrder(held)
    entries.filter(ordered_at=None).update(ordered_at=timezone.now(), order_label=label)


@transaction.atomic
def unlock_from_order(entry_ids: Collection[int]) -> None:
    entries = TimeEntry.objects.filter(pk__in=entry_ids)
    list(entries.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    entries.update(ordered_at=None, order_label="")
