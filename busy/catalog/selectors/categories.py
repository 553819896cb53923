"""The categories that work types are sorted by (P10)."""

from __future__ import annotations

from busy.catalog.models import WorkType
from busy.catalog.selectors.order import by_name


def categories() -> list[str]:
    """Those of active work types, by name."""
    named = WorkType.objects.filter(archived_at=None).exclude(category="")
    return list(dict.fromkeys(named.order_by(by_name("category"), "category").values_list("category", flat=True)))
