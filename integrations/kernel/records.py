"""What is pulled from a provider: one frozen record per row, in our words.

Ids are the provider's, as `str`; amounts are `Decimal`; days are `date`. A record holds only what Busy uses, so an
unchanged `fingerprint` means that nothing Busy shows has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import ClassVar

import msgspec


class Kind(StrEnum):
    """The kinds of data that are pulled; the values are stored and stay stable."""

    CUSTOMERS = "customers"
    PROJECTS = "projects"
    PRODUCTS = "products"
    WORK_TYPES = "work_types"
    EMPLOYEES = "employees"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    kind: ClassVar[Kind] = Kind.CUSTOMERS

    external_id: str
    number: str = ""
    name: str
    organization_number: str = ""
    email: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    kind: ClassVar[Kind] = Kind.PROJECTS

    external_id: str
    number: str = ""
    name: str
    customer_id: str | None = None  # the provider's id of the customer
    archived: bool = False
    internal: bool = False  # the provider calls it internal: not for a customer
    start_date: date | None = None
    end_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    kind: ClassVar[Kind] = Kind.PRODUCTS

    external_id: str
    number: str = ""
    name: str
    unit: str = ""
    price: Decimal | None = None  # per unit, excluding VAT, in `currency`
    currency: str = ""  # ISO 4217, "" when the provider does not say
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTypeRecord:
    kind: ClassVar[Kind] = Kind.WORK_TYPES

    external_id: str
    number: str = ""
    name: str
    billable: bool = True
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRecord:
    kind: ClassVar[Kind] = Kind.EMPLOYEES

    external_id: str
    number: str = ""  # employee number or code; "" when none is set at the provider
    name: str
    email: str = ""
    archived: bool = False


Record = CustomerRecord | ProjectRecord | ProductRecord | WorkTypeRecord | EmployeeRecord

RECORD_TYPES: dict[Kind, type[Record]] = {
    record.kind: record for record in (CustomerRecord, ProjectRecord, ProductRecord, WorkTypeRecord, EmployeeRecord)
}


def _shape(record_type: type[Record]) -> tuple[tuple[str, ...], Callable[[Record], tuple[object, ...]]]:
    """The names of the fields, and what reads all of them at once."""
    names = tuple(field.name for field in fields(record_type))
    return names, attrgetter(*names)


_shapes = {record: _shape(record) for record in RECORD_TYPES.values()}


_encode = msgspec.json.Encoder().encode


def fingerprint(record: Record) -> bytes:
    """16 bytes over the content: equal content gives equal bytes, in every process and on every day.

    Amounts count by value (950 and 950.00 are the same price).
    """
    names, values_of = _shapes[type(record)]
    values = values_of(record)
    if record.kind is Kind.PRODUCTS:  # the only ones with amounts
        values = tuple(f"{value.normalize():f}" if isinstance(value, Decimal) else value for value in values)
    return hashlib.blake2b(_encode((record.kind, *zip(names, values, strict=True))), digest_size=16).digest()
