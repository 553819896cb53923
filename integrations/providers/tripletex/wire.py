"""What the lists that are pulled answer with, in the words of Tripletex. Fields that are not asked for are left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

T = TypeVar("T")


class ListOf(msgspec.Struct, Generic[T], rename="camel"):
    """A page of any list."""

    values: list[T]
    version_digest: str | None = None  # the checksum of the page
    full_result_size: Any = None  # about how many there are in all: it is not exact [spec], and only shown


class Linked(msgspec.Struct, gc=False):
    """Another object, of which only the id was asked for."""

    id: int | str


class CustomerRow(msgspec.Struct, rename="camel", gc=False):
    id: int
    name: str
    is_inactive: bool
    customer_number: int | str | None = None
    organization_number: str | None = None
    email: str | None = None
    is_customer: bool | None = None


class Participant(msgspec.Struct, gc=False):
    employee: Linked | None = None


class OwnActivity(msgspec.Struct, rename="camel", gc=False):
    activity: Linked | None = None
    is_closed: bool | None = None


class ProjectRow(msgspec.Struct, rename="camel", gc=False):
    id: int
    name: str
    is_closed: bool
    number: int | str | None = None
    customer: Linked | None = None
    is_internal: bool | None = None
    start_date: str | None = None
    end_date: str | None = None
    # What hours may be refused for; asked for only while Busy may not change it.
    for_participants_only: bool | UnsetType | None = UNSET
    participants: list[Participant] | None = None
    general_project_activities_per_project_only: bool | UnsetType | None = UNSET
    project_activities: list[OwnActivity] | None = None


class Unit(msgspec.Struct, rename="camel", gc=False):
    name_short: str | None = None
    name: str | None = None


class Currency(msgspec.Struct, gc=False):
    code: str | None = None


class ProductRow(msgspec.Struct, rename="camel", gc=False):
    id: int
    name: str
    is_inactive: bool
    number: int | str | None = None
    price_excluding_vat_currency: Decimal | None = None
    product_unit: Unit | None = None
    currency: Currency | None = None


class ActivityRow(msgspec.Struct, rename="camel", gc=False):
    id: int
    name: str
    is_disabled: bool
    is_project_activity: bool
    number: int | str | None = None
    activity_type: str | None = None
    is_chargeable: bool | None = None


class EmployeeRow(msgspec.Struct, rename="camel", gc=False):
    id: int
    employee_number: int | str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    is_contact: bool | None = None
    is_proxy: bool | None = None
    allow_information_registration: bool | None = None


Numbered = CustomerRow | ProjectRow | ProductRow | ActivityRow | EmployeeRow
