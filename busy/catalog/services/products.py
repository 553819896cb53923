"""Writes about products: what hours become on an order line."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from busy.catalog.events import ProductChanged
from busy.catalog.mastership import Kind
from busy.catalog.models import Product
from busy.catalog.rules import cleaned_name, ensure_amount
from busy.catalog.services.records import (
    changed_fields,
    create_once,
    ensure_created_here,
    locked,
    put_archived,
    workspace_in_scope,
)
from busy.lib.events import publish


class ProductChanges(TypedDict, total=False):
    name: str
    number: str
    unit: str
    price: Decimal | None


@transaction.atomic
def create_product(
    *,
    name: str,
    number: str = "",
    unit: str = "",
    price: Decimal | None = None,
    client_id: UUID | None = None,
) -> Product:
    """Make a product of Busy's own, in the workspace's currency. Raises CreatedElsewhere when connected (R24)."""
    ensure_created_here(Kind.PRODUCT)
    currency = workspace_in_scope().currency
    ensure_amount(price, currency)
    clean = cleaned_name(name)
    product, is_new = create_once(
        Product,
        client_id,
        lambda: Product.objects.create(
            name=clean, number=number.strip(), unit=unit.strip(), price=price, currency=currency, client_id=client_id
        ),
    )
    if is_new:
        publish(ProductChanged(product.workspace_id, product.pk))
    return product


@transaction.atomic
def change_product(product: Product, **changes: Unpack[ProductChanges]) -> Product:
    """Raises OwnedElsewhere (R18), NameMissing, NotAnAmount."""
    product = locked(Product, product)
    names = changed_fields(product, changes)
    if "price" in names:
        ensure_amount(product.price, product.currency or workspace_in_scope().currency)
    if names:
        product.save(update_fields=names)
        publish(ProductChanged(product.workspace_id, product.pk))
    return product


def archive_product(product: Product) -> Product:
    """Work types keep it, and their orders wait for another one (R25). Raises OwnedElsewhere (R18)."""
    return _set_archived(product, True)


def restore_product(product: Product) -> Product:
    """Raises OwnedElsewhere (R18)."""
    return _set_archived(product, False)


@transaction.atomic
def _set_archived(product: Product, archived: bool) -> Product:
    product = locked(Product, product)
    if put_archived(product, archived):
        publish(ProductChanged(product.workspace_id, product.pk))
    return product
