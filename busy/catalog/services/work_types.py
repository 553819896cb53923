"""Writes about work types."""

from __future__ import annotations

from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from busy.catalog.errors import NotActive
from busy.catalog.events import WorkTypeChanged
from busy.catalog.mastership import Kind
from busy.catalog.models import Product, WorkType, WorkTypeKind
from busy.catalog.rules import cleaned_name
from busy.catalog.services.records import (
    changed_fields,
    create_once,
    ensure_created_here,
    ensure_number_is_ours,
    locked,
    put_archived,
    tell_written,
    values_of,
)
from busy.lib.events import publish


class WorkTypeChanges(TypedDict, total=False):
    name: str
    number: str
    product: Product | None
    is_billable: bool
    kind: str
    category: str


@transaction.atomic
def create_work_type(
    *,
    name: str,
    number: str = "",
    product: Product | None = None,
    is_billable: bool = True,
    kind: str = WorkTypeKind.WORK,
    category: str = "",
    client_id: UUID | None = None,
) -> WorkType:
    """Make a work type, with the product its hours become on an order (R21, R22). Absence is never billable (P11).

    Raises CreatedElsewhere when activities come from a connected system (R81), NotActive for an archived product (R24).
    """
    ensure_created_here(Kind.WORK_TYPE)
    ensure_number_is_ours(Kind.WORK_TYPE, number)
    _ensure_active(product)
    clean = cleaned_name(name)
    work_type, is_new = create_once(
        WorkType,
        client_id,
        lambda: WorkType.objects.create(
            name=clean,
            number=number.strip(),
            product=product,
            is_billable=is_billable and kind == WorkTypeKind.WORK,
            kind=kind,
            category=_as_spelt(category),
            client_id=client_id,
        ),
    )
    if is_new:
        _tell(work_type)
        tell_written(work_type, None)
    return work_type


@transaction.atomic
def change_work_type(work_type: WorkType, **changes: Unpack[WorkTypeChanges]) -> WorkType:
    """Product, kind, category and billable are Busy's, whoever keeps the name (R17).

    What becomes absence is billable no more.

    Raises OwnedElsewhere (R18), NotActive (R24).
    """
    work_type = locked(WorkType, work_type)
    if "category" in changes:
        changes["category"] = _as_spelt(changes["category"])
    before = values_of(work_type, changes)
    names = changed_fields(work_type, changes)
    if "product" in names:
        _ensure_active(work_type.product)
    if work_type.is_absence and work_type.is_billable:
        work_type.is_billable = False
        names.append("is_billable")
    if names:
        work_type.save(update_fields=names)
        _tell(work_type)
        tell_written(work_type, {name: before[name] for name in names if name in before})
    return work_type


def archive_work_type(work_type: WorkType) -> WorkType:
    """It keeps its hours, rates and projects, and takes no new time (R82). Raises OwnedElsewhere (R18)."""
    return _set_archived(work_type, True)


def restore_work_type(work_type: WorkType) -> WorkType:
    """Raises OwnedElsewhere (R18)."""
    return _set_archived(work_type, False)


@transaction.atomic
def _set_archived(work_type: WorkType, archived: bool) -> WorkType:
    work_type = locked(WorkType, work_type)
    if put_archived(work_type, archived):
        _tell(work_type)
    return work_type


def _as_spelt(category: str) -> str:
    """As the workspace spells it already, whatever the capitals; else as it is written here (P10)."""
    wanted = " ".join(category.split())
    there = WorkType.objects.filter(category__iexact=wanted).exclude(category="") if wanted else WorkType.objects.none()
    return there.order_by("pk").values_list("category", flat=True).first() or wanted


def _ensure_active(product: Product | None) -> None:
    if product and product.is_archived:
        raise NotActive("product", str(product))


def _tell(work_type: WorkType) -> None:
    publish(WorkTypeChanged(work_type.workspace_id, work_type.pk))
