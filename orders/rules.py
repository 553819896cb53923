"""What holds for orders, without a database: how hours become lines, what must be there to finish, what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from busy.lib.money import hours_quantity, line_amount, minor_unit
from orders.models import Order

NOTHING = Decimal(0)
# What the columns hold.
LARGEST_PRICE = Decimal("9999999999.99")


class OrderRefusal(Exception):
    """The order stays as it is; ``message`` is the sentence for the person who tried."""

    message: str

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotADraft(OrderRefusal):
    def __init__(self, order: Order) -> None:
        super().__init__(
            _("Order %(number)s is finished and cannot be changed. Reopen it first.") % {"number": order.number}
        )


class NothingToInvoice(OrderRefusal):
    """``draft`` is the order that has the hours already, if there is one."""

    def __init__(self, project: str, draft: Order | None = None) -> None:
        self.draft = draft
        if draft is None:
            super().__init__(
                _("%(project)s has no approved hours to invoice. Approve hours first.") % {"project": project}
            )
        else:
            super().__init__(
                _("The approved hours of %(project)s are on order %(number)s already.")
                % {"project": project, "number": draft.number}
            )


class NotReadyToFinish(OrderRefusal):
    """``checks`` say what is missing, and where the cure is."""

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(" ".join(check.sentence for check in checks))
        self.checks = tuple(checks)


class CannotReopen(OrderRefusal):
    """Raised by a listener to OrderReopened that must not let the order go; ``reason`` is a sentence for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAPrice(OrderRefusal):
    def __init__(self, currency: str) -> None:
        super().__init__(
            _("Write a price in %(currency)s that is zero or more, with no smaller units than the currency has.")
            % {"currency": currency}
        )


class NoDescription(OrderRefusal):
    def __init__(self) -> None:
        super().__init__(_("Write what the customer pays for."))


class NotAMember(OrderRefusal):
    def __init__(self) -> None:
        super().__init__(_("Choose an active person of this workspace as our reference."))


def order_title(number: int) -> str:
    return _("Order %(number)s") % {"number": number}


class LineKey(NamedTuple):
    """Hours of one work type at one rate make one line. A rate of None was not found."""

    work_type_id: int
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Hours:
    """An entry as an order sees it. ``minutes`` are to be paid: a write-down counts as what it was written down to."""

    entry_id: int
    member_id: int
    work_type_id: int
    day: date
    minutes: int


def grouped(hours: Iterable[tuple[LineKey, Hours]]) -> dict[LineKey, list[Hours]]:
    groups: dict[LineKey, list[Hours]] = {}
    for key, one in hours:
        groups.setdefault(key, []).append(one)
    return groups


def quantity_of(hours: Iterable[Hours]) -> Decimal:
    """Decimal hours of a line: its minutes are summed first and rounded once."""
    return hours_quantity(sum(one.minutes for one in hours))


def amount_of(groups: Mapping[LineKey, Sequence[Hours]], currency: str) -> Decimal:
    """What an order made of the groups would come to; groups without a rate count nothing."""
    return sum(
        (line_amount(quantity_of(hours), key.rate, currency) for key, hours in groups.items() if key.rate is not None),
        NOTHING,
    )


def checked_price(price: Decimal, currency: str) -> Decimal:
    """Raises NotAPrice for what is negative, too large, or finer than the currency."""
    if not price.is_finite() or not NOTHING <= price <= LARGEST_PRICE or price % minor_unit(currency):
        raise NotAPrice(currency)
    return price.quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something about an order that a person should see to. ``url_name`` with ``object_id`` is where the cure is."""

    code: str
    sentence: str
    is_blocking: bool = True
    url_name: str = ""
    object_id: int | None = None
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What the checks ask of a line. ``product`` is None without one, False when it is archived, else True."""

    work_type_id: int | None
    description: str
    has_price: bool
    product: bool | None


def checks_of(
    lines: Sequence[LineFacts], *, project_id: int, project: str, has_customer: bool, system: str
) -> list[Check]:
    """What is missing, the blocking ones first. ``system`` is the accounting system, "" when none is connected.

    A missing product does not block: the finished order waits for it, visibly, before it is sent (R25).
    """
    found = [] if lines else [Check(code="no_lines", sentence=_("Choose at least one entry."))]
    if not has_customer:
        found.append(_no_customer(project_id, project, system))
    found += [_no_price(line) for line in lines if not line.has_price]
    if system:
        found += _product_checks(lines, system)
    return sorted(found, key=lambda check: not check.is_blocking)


def _no_customer(project_id: int, project: str, system: str) -> Check:
    if system:
        sentence = _("%(project)s has no customer, and %(system)s takes no order without one.") % {
            "project": project,
            "system": system,
        }
    else:
        sentence = _("%(project)s has no customer, so the order names nobody.") % {"project": project}
    return Check(
        code="no_customer",
        sentence=sentence,
        is_blocking=bool(system),
        url_name="catalog:project",
        object_id=project_id,
        cure=_("Choose a customer"),
    )


def _no_price(line: LineFacts) -> Check:
    return Check(
        code="no_price",
        sentence=_("“%(line)s” has no price. Write one on the line, or set a rate.") % {"line": line.description},
        url_name="catalog:rates",
        cure=_("Set a rate"),
    )


def _product_checks(lines: Sequence[LineFacts], system: str) -> list[Check]:
    missing = _("“%(line)s” has no product. The order can be finished, but waits for one before it goes to %(system)s.")
    archived = _("The product of “%(line)s” is archived. The order can be finished, but waits for an active one.")
    return [
        Check(
            code="no_product" if line.product is None else "archived_product",
            sentence=(missing if line.product is None else archived) % {"line": line.description, "system": system},
            is_blocking=False,
            url_name="catalog:work-type",
            object_id=line.work_type_id,
            cure=_("Choose a product"),
        )
        for line in lines
        if not line.product
    ]
