"""What a workspace added to its customers: tags, own fields and their values, and the layout of the customer page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from busy.catalog import custom_values
from busy.catalog.customer_models import (
    CustomerField,
    CustomerFieldValue,
    CustomerLayout,
    CustomerTag,
    CustomerTagging,
    FieldKind,
)
from busy.catalog.fields import read_amount
from busy.catalog.layouts import PARTS, field_id, field_key, places_in
from busy.catalog.models import Customer
from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership

_WRITTEN = (FieldKind.TEXT, FieldKind.CHOICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """The customer page as one member sees it. ``fields`` are all active ones, also those that are not placed."""

    fields: dict[str, CustomerField]
    places: tuple[str, ...]
    is_own: bool  # the member's own layout, and not everybody's

    @property
    def shown(self) -> list[CustomerField]:
        return [self.fields[place] for place in self.places if place in self.fields]

    @property
    def spare(self) -> list[str]:
        """What could be placed and is not."""
        return [key for key in (*PARTS, *self.fields) if key not in self.places]


def active_fields() -> list[CustomerField]:
    return list(CustomerField.objects.filter(archived_at=None).order_by(by_name(), "pk"))


def customer_page(member: Membership) -> CustomerPage:
    """Two queries."""
    fields = {field_key(field.pk): field for field in active_fields()}
    layouts = {layout.member_id: layout for layout in CustomerLayout.objects.filter(Q(member=None) | Q(member=member))}
    own = layouts.get(member.pk)
    layout = own or layouts.get(None)
    places = places_in(layout.places if layout else PARTS, {*PARTS, *fields})
    return CustomerPage(fields=fields, places=tuple(places), is_own=own is not None)


def values_of(customer: Customer) -> dict[int, str]:
    """As they are kept, by the field's id."""
    return dict(CustomerFieldValue.objects.filter(customer=customer).values_list("field_id", "value"))


@dataclass(frozen=True, slots=True)
class TagLine:
    tag: CustomerTag
    is_set: bool


def tag_lines(customer: Customer) -> list[TagLine]:
    """Every tag of the workspace, and whether this customer has it. One query."""
    own = CustomerTagging.objects.filter(customer=customer, tag=OuterRef("pk"))
    tags = CustomerTag.objects.annotate(is_set=Exists(own)).order_by(by_name(), "pk")
    return [TagLine(tag, tag.is_set) for tag in tags]


def all_tags() -> list[CustomerTag]:
    return list(CustomerTag.objects.order_by(by_name(), "pk"))


def counted_tags() -> list[tuple[CustomerTag, int]]:
    """With how many customers carry each."""
    counted = CustomerTag.objects.annotate(customers=Count("taggings")).order_by(by_name(), "pk")
    return [(tag, tag.customers) for tag in counted]


def counted_fields() -> list[tuple[CustomerField, int]]:
    """With how many customers have a value in each; archived ones last."""
    counted = CustomerField.objects.annotate(customers=Count("values")).order_by(by_name(), "pk")
    lines = [(field, field.customers) for field in counted]
    return sorted(lines, key=lambda line: line[0].is_archived)


def tags_of(customer_ids: Sequence[int]) -> dict[int, list[CustomerTag]]:
    """By customer. One query."""
    tags: defaultdict[int, list[CustomerTag]] = defaultdict(list)
    taggings = CustomerTagging.objects.filter(customer__in=customer_ids).select_related("tag")
    for tagging in taggings.order_by(by_name("tag__name"), "pk"):
        tags[tagging.customer_id].append(tagging.tag)
    return dict(tags)


def having(word: str) -> QuerySet[Any]:
    """Ids of the customers with the word in a field of the workspace's own: in a text, or as a whole number or day."""
    wanted = Q(value__icontains=word, field__kind__in=_WRITTEN)
    for kind, text in ((FieldKind.NUMBER, _number(word)), (FieldKind.DAY, _day(word))):
        if text:
            wanted |= Q(value=text, field__kind=kind)
    return CustomerFieldValue.objects.filter(wanted, field__archived_at=None).values("customer_id")


def with_value(found: QuerySet[Customer], wanted_field: int | None, written: str) -> QuerySet[Customer]:
    """Customers whose field holds what was written; any value at all when nothing was. One query for the field."""
    if wanted_field is None:
        return found
    field = CustomerField.objects.filter(pk=wanted_field, archived_at=None).first()
    if field is None:
        return found.none()
    values = CustomerFieldValue.objects.filter(field=field)
    if written:
        text = custom_values.looked_for(field.kind, written)
        if text is None:
            return found.none()
        values = values.filter(value__icontains=text) if field.kind in _WRITTEN else values.filter(value=text)
    return found.filter(pk__in=values.values("customer_id"))


def names_of_places(page: CustomerPage, places: Iterable[str], labels: dict[str, str]) -> list[tuple[str, str]]:
    """Key and what people call it, for the editor of the layout."""
    return [(key, page.fields[key].name if field_id(key) else labels[key]) for key in places]


def _number(word: str) -> str:
    try:
        return custom_values.kept(FieldKind.NUMBER, read_amount(word))
    except ValueError:
        return ""


def _day(word: str) -> str:
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        return ""
