"""Writes about customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from busy.catalog.custom_values import Value
from busy.catalog.events import CustomerChanged
from busy.catalog.mastership import Kind
from busy.catalog.models import Customer
from busy.catalog.rules import cleaned_name
from busy.catalog.services.customer_fields import set_values
from busy.catalog.services.records import (
    changed_fields,
    create_once,
    ensure_created_here,
    hold,
    locked,
    put_archived,
    tell_written,
    values_of,
)
from busy.lib.events import publish


class CustomerChanges(TypedDict, total=False):
    name: str
    number: str
    organization_number: str
    email: str


@transaction.atomic
def create_customer(
    *,
    name: str,
    number: str = "",
    organization_number: str = "",
    email: str = "",
    client_id: UUID | None = None,
) -> Customer:
    """Make a customer; the same ``client_id`` again gives the same one. Raises CreatedElsewhere (R62), NameMissing."""
    ensure_created_here(Kind.CUSTOMER)
    fields: CustomerChanges = {
        "name": cleaned_name(name),
        "number": number.strip(),
        "organization_number": organization_number.strip(),
        "email": email.strip(),
    }
    customer, is_new = create_once(Customer, client_id, lambda: Customer.objects.create(**fields, client_id=client_id))
    if is_new:
        publish(CustomerChanged(customer.workspace_id, customer.pk))
    return customer


@transaction.atomic
def customer_called(name: str) -> Customer:
    """The active customer of this name or number, else a new one: what "create customer X" in a choice means.

    Two people who type the same new name at once get one customer. Raises CreatedElsewhere when it is new (R62).
    """
    wanted = cleaned_name(name)
    hold(f"customer:{wanted.casefold()}")
    active = Customer.objects.filter(archived_at=None)
    existing = (
        active.filter(name__iexact=wanted).order_by("pk").first() or active.filter(number=wanted).order_by("pk").first()
    )
    return existing or create_customer(name=wanted)


@transaction.atomic
def change_customer(
    customer: Customer, *, values: Mapping[int, Value] | None = None, **changes: Unpack[CustomerChanges]
) -> Customer:
    """``values`` are those of the workspace's own fields, by the fields' ids (R98).

    Raises OwnedElsewhere (R18), NameMissing, NotAValue.
    """
    customer = locked(Customer, customer)
    before = values_of(customer, changes)
    names = changed_fields(customer, changes)
    if names:
        customer.save(update_fields=names)
    own = set_values(customer, values) if values else {}
    if names or own:
        tell_written(customer, {name: before[name] for name in names} | own)
        publish(CustomerChanged(customer.workspace_id, customer.pk))
    return customer


def archive_customer(customer: Customer) -> Customer:
    """Its projects stay as they are. Raises OwnedElsewhere (R18)."""
    return _set_archived(customer, True)


def restore_customer(customer: Customer) -> Customer:
    """Raises OwnedElsewhere (R18)."""
    return _set_archived(customer, False)


@transaction.atomic
def _set_archived(customer: Customer, archived: bool) -> Customer:
    customer = locked(Customer, customer)
    if put_archived(customer, archived):
        publish(CustomerChanged(customer.workspace_id, customer.pk))
    return customer
