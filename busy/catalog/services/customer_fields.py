"""Writes about the customers' own fields, their values, and the layout of the customer page (R98-R100)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from busy.catalog import custom_values
from busy.catalog.custom_values import Value
from busy.catalog.customer_models import CustomerField, CustomerFieldValue, CustomerLayout, FieldKind
from busy.catalog.errors import ChoicesMissing, FieldHasValues, FieldNameTaken, NotAValue
from busy.catalog.events import CustomerFieldsChanged
from busy.catalog.layouts import NAME, PARTS, field_key, places_in
from busy.catalog.models import Customer
from busy.catalog.rules import cleaned_name
from busy.catalog.services.records import hold
from busy.lib.events import publish
from busy.workspaces.models import Membership
from busy.workspaces.scope import current_workspace_id


@transaction.atomic
def create_field(*, name: str, kind: str, choices: Sequence[str] = ()) -> CustomerField:
    """Raises NameMissing, FieldNameTaken, ChoicesMissing. A capital more or less is not mended: names must be equal to
    those of the system that a field is exchanged with (R99)."""
    wanted = _free_name(name)
    field = CustomerField.objects.create(name=wanted, kind=kind, choices=_choices(kind, choices))
    publish(CustomerFieldsChanged(field.workspace_id))
    return field


@transaction.atomic
def change_field(field: CustomerField, *, name: str, kind: str, choices: Sequence[str] = ()) -> CustomerField:
    """Choices that are taken away stay where customers have them. Raises as `create_field`, and FieldHasValues."""
    field = CustomerField.objects.select_for_update().get(pk=field.pk)
    wanted = _free_name(name, except_for=field.pk)
    if kind != field.kind and CustomerFieldValue.objects.filter(field=field).exists():
        raise FieldHasValues
    field.name, field.kind, field.choices = wanted, kind, _choices(kind, choices)
    field.save(update_fields=["name", "kind", "choices"])
    publish(CustomerFieldsChanged(field.workspace_id))
    return field


@transaction.atomic
def put_field_archived(field: CustomerField, archived: bool) -> CustomerField:
    """Its values stay, and come back with it."""
    field = CustomerField.objects.select_for_update().get(pk=field.pk)
    if field.is_archived != archived:
        field.archived_at = timezone.now() if archived else None
        field.save(update_fields=["archived_at"])
        publish(CustomerFieldsChanged(field.workspace_id))
    return field


def set_values(customer: Customer, values: Mapping[int, Value]) -> dict[str, str]:
    """Put the values of fields, by their ids, on a locked customer. None and "" are nothing.

    What changed is the answer, as events tell it: "field:<name>" with what was kept there before.

    Raises NotAValue. Fields that are not there any more are left out.
    """
    fields = CustomerField.objects.in_bulk(list(values))
    had = dict(
        CustomerFieldValue.objects.filter(customer=customer, field__in=list(fields)).values_list("field_id", "value")
    )
    changed: dict[str, str] = {}
    for pk, field in fields.items():
        try:
            text = custom_values.kept(field.kind, values[pk])
        except ValueError:
            raise NotAValue(field_key(pk), field.name) from None
        if text == had.get(pk, ""):
            continue
        changed[f"field:{field.name}"] = had.get(pk, "")
        if not text:
            CustomerFieldValue.objects.filter(customer=customer, field=field).delete()
            continue
        CustomerFieldValue.objects.update_or_create(
            workspace_id=customer.workspace_id, customer=customer, field=field, defaults={"value": text}
        )
    return changed


@transaction.atomic
def save_layout(places: Sequence[str], *, member: Membership | None) -> list[str]:
    """Show these fields in this order: to everybody, or to one member instead; what was saved is the answer.

    The name is always among them; what is no field is left out.
    """
    known = set(PARTS) | {field_key(pk) for pk in CustomerField.objects.values_list("pk", flat=True)}
    wanted = places_in(places, known)
    if NAME not in wanted:
        wanted.insert(0, NAME)
    CustomerLayout.objects.update_or_create(
        workspace_id=current_workspace_id(), member=member, defaults={"places": wanted}
    )
    return wanted


@transaction.atomic
def forget_layout(member: Membership) -> None:
    """From now on everybody's applies to the member."""
    CustomerLayout.objects.filter(member=member).delete()


def _free_name(name: str, except_for: int = 0) -> str:
    wanted = cleaned_name(name)
    hold(f"customer-field:{wanted.casefold()}")
    if CustomerField.objects.filter(name__iexact=wanted).exclude(pk=except_for).exists():
        raise FieldNameTaken(wanted)
    return wanted


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    """Each once, in their order. Raises ChoicesMissing."""
    if kind != FieldKind.CHOICE:
        return []
    cleaned = list(dict.fromkeys(" ".join(choice.split())[:200] for choice in choices if choice.strip()))
    if len(cleaned) < 2:
        raise ChoicesMissing
    return cleaned
