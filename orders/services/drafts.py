"""Draft orders: made of offered hours, changed freely, thrown away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from busy.catalog.models import Project
from busy.lib.money import line_amount
from busy.lib.periods import local_today
from busy.workspaces.models import Membership
from orders import rules
from orders.models import Order, OrderEntry, OrderLine, OrderSettings, OrderState
from orders.offers import lock_offered, offered
from orders.services.lines import rebuild_lines


@transaction.atomic
def create_draft(
    project_id: int,
    *,
    by: Membership,
    entry_ids: Collection[int] | None = None,
    until: date | None = None,
    order_date: date | None = None,
) -> Order:
    """Make a draft of the project's offered hours: all up to a day inclusive, or those named. It is dated today.

    An hour is on one order at most: who asks at the same moment gets what is left. Raises Project.DoesNotExist, and
    NothingToInvoice with the draft that has the hours.
    """
    project = Project.objects.get(pk=project_id)
    entries = offered(until).filter(project=project)
    hours = lock_offered(entries if entry_ids is None else entries.filter(pk__in=entry_ids))
    if not hours:
        raise rules.NothingToInvoice(project.name, _latest_draft(project))
    settings = _numbered()
    order = Order.objects.create(
        number=settings.next_number - 1,
        project=project,
        customer_id=project.customer_id,
        currency=by.workspace.currency,
        order_date=order_date or local_today(by.workspace.zone),
        text=settings.default_text,
        created_by=by,
    )
    _put_on(order, [one.entry_id for one in hours])
    rebuild_lines(order)
    return order


@transaction.atomic
def pick_entries(
    order_id: int, *, by: Membership, include: Collection[int] = (), exclude: Collection[int] = ()
) -> frozenset[int]:
    """Put entries on the draft and take others off; what is taken off is offered again (P30).

    Gives the entries that could not be put on, because another order has them or they are not approved any more. Raises
    Order.DoesNotExist, NotADraft.
    """
    order = lock_draft(order_id)
    present = set(OrderEntry.objects.filter(order=order).values_list("entry_id", flat=True))
    wanted = set(include) - present
    hours = lock_offered(offered().filter(project_id=order.project_id, pk__in=wanted)) if wanted else []
    gone = (set(exclude) - set(include)) & present
    if gone:
        OrderEntry.objects.filter(order=order, entry__in=gone).delete()
    _put_on(order, [one.entry_id for one in hours])
    if gone or hours:
        rebuild_lines(order)
    return frozenset(wanted - {one.entry_id for one in hours})


@transaction.atomic
def edit_order(
    order_id: int,
    *,
    by: Membership,
    text: str | None = None,
    order_date: date | None = None,
    our_reference_id: int | None = None,
    clear_reference: bool = False,
) -> Order:
    """Change what is given and leave the rest. Our reference is optional (R34).

    Raises Order.DoesNotExist, NotADraft, NotAMember.
    """
    order = lock_draft(order_id)
    if text is not None:
        order.text = text.strip()
    if order_date is not None:
        order.order_date = order_date
    if clear_reference:
        order.our_reference = None
    elif our_reference_id is not None:
        order.our_reference = Membership.objects.filter(pk=our_reference_id, is_active=True).first()
        if order.our_reference is None:
            raise rules.NotAMember
    order.save(update_fields=["text", "order_date", "our_reference"])
    return order


@transaction.atomic
def edit_line(
    order_id: int,
    line_id: int,
    *,
    by: Membership,
    description: str | None = None,
    unit_price: Decimal | None = None,
) -> OrderLine:
    """Give a line own words or an own price, which picking entries anew leaves alone (P30).

    Raises Order.DoesNotExist, OrderLine.DoesNotExist, NotADraft, NoDescription, NotAPrice.
    """
    order = lock_draft(order_id)
    line = OrderLine.objects.select_related("work_type").get(order=order, pk=line_id)
    if description is not None:
        words = " ".join(description.split())
        if not words:
            raise rules.NoDescription
        line.description = words[:255]
        line.is_description_own = line.work_type is None or line.description != line.work_type.name
    if unit_price is not None:
        line.unit_price = rules.checked_price(unit_price, order.currency)
        line.is_price_own = line.unit_price != line.rate
        line.amount = line_amount(line.quantity, line.unit_price, order.currency)
    line.save(update_fields=["description", "is_description_own", "unit_price", "is_price_own", "amount"])
    return line


@transaction.atomic
def delete_draft(order_id: int, *, by: Membership) -> Order:
    """Throw the draft away; its hours are offered again. Raises Order.DoesNotExist, NotADraft."""
    order = lock_draft(order_id)
    order.delete()
    return order


def lock_draft(order_id: int) -> Order:
    order = lock_order(order_id)
    if order.state != OrderState.DRAFT:
        raise rules.NotADraft(order)
    return order


def lock_order(order_id: int) -> Order:
    """The order, so that one writer at a time is at it. Its row is locked before entries are, everywhere."""
    return Order.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=order_id)


def _numbered() -> OrderSettings:
    """The settings with the next number taken; their lock makes numbers follow each other without doubles."""
    settings, _created = OrderSettings.objects.select_for_update().get_or_create()
    settings.next_number += 1
    settings.save(update_fields=["next_number"])
    return settings


def _put_on(order: Order, entry_ids: Collection[int]) -> None:
    OrderEntry.objects.bulk_create(
        OrderEntry(workspace_id=order.workspace_id, order=order, entry_id=entry_id) for entry_id in entry_ids
    )


def _latest_draft(project: Project) -> Order | None:
    """The draft that holds hours of the project, if there is one."""
    held = Exists(OrderEntry.objects.filter(order=OuterRef("pk")))
    return Order.objects.filter(held, project=project, state=OrderState.DRAFT).order_by("-number").first()
