"""Writes about customer tags (R96)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from busy.catalog import exchange
from busy.catalog.customer_models import CustomerTag, CustomerTagging
from busy.catalog.errors import TagInUse, TagNameTaken
from busy.catalog.events import CustomerTagged, CustomerUntagged
from busy.catalog.models import Customer
from busy.catalog.rules import cleaned_name
from busy.catalog.services.records import hold, locked
from busy.lib.events import publish

LENGTH = 60


@transaction.atomic
def tag_called(name: str) -> CustomerTag:
    """The tag of this name, else a new one: two people who write the same name at once get one tag.

    Raises NameMissing.
    """
    wanted = cleaned_name(name)[:LENGTH]
    hold(f"customer-tag:{wanted.casefold()}")
    return CustomerTag.objects.filter(name__iexact=wanted).first() or CustomerTag.objects.create(name=wanted)


@transaction.atomic
def set_tag(customer: Customer, tag: CustomerTag) -> bool:
    """Tick the tag on the customer; whether it was not ticked before. Who listens exchanges the customer anew (R97)."""
    customer = locked(Customer, customer)
    if CustomerTagging.objects.filter(customer=customer, tag=tag).exists():
        return False
    CustomerTagging.objects.create(customer=customer, tag=tag, set_at=timezone.now())
    publish(CustomerTagged(customer.workspace_id, customer.pk, tag.pk))
    return True


@transaction.atomic
def remove_tag(customer: Customer, tag: CustomerTag) -> bool:
    """Whether it was ticked."""
    customer = locked(Customer, customer)
    if not CustomerTagging.objects.filter(customer=customer, tag=tag).delete()[0]:
        return False
    publish(CustomerUntagged(customer.workspace_id, customer.pk, tag.pk))
    return True


@transaction.atomic
def rename_tag(tag: CustomerTag, name: str) -> CustomerTag:
    """Raises NameMissing, TagNameTaken."""
    wanted = cleaned_name(name)[:LENGTH]
    hold(f"customer-tag:{wanted.casefold()}")
    if CustomerTag.objects.filter(name__iexact=wanted).exclude(pk=tag.pk).exists():
        raise TagNameTaken(wanted)
    tag = CustomerTag.objects.select_for_update().get(pk=tag.pk)
    tag.name = wanted
    tag.save(update_fields=["name"])
    return tag


@transaction.atomic
def delete_tag(tag: CustomerTag) -> int:
    """Take it off all customers, for good; how many carried it. Raises TagInUse."""
    tag = CustomerTag.objects.select_for_update().get(pk=tag.pk)
    if system := exchange.tag_use(tag.pk):
        raise TagInUse(tag.name, system)
    carried = CustomerTagging.objects.filter(tag=tag).count()
    tag.delete()
    return carried
