"""What is pulled from a provider: one frozen record per row, in our words. Structs and not dataclasses, which cost four
times as much to make, once for each row of each list.

Ids are the provider's, as `str`; amounts are `Decimal`; days are `date`. A record holds only what Busy uses, so an
unchanged `fingerprint` means that nothing Busy shows has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import msgspec
import msgspec.structs


class Kind(StrEnum):
    """The kinds of data that are pulled; the values are stored and stay stable."""

    CUSTOMERS = "customers"
    PROJECTS = "projects"
    PRODUCTS = "products"
    WORK_TYPES = "work_types"
    EMPLOYEES = "employees"
    TASKS = "tasks"


class CustomerRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.CUSTOMERS

    external_id: str
    number: str = ""
    name: str
    organization_number: str = ""
    email: str = ""
    archived: bool = False


class CustomerWithFields(CustomerRecord, frozen=True, kw_only=True, gc=False):
    """A customer of a provider that takes the workspace's own fields as well: name and value of each that is exchanged
    (`Access.fields`), in the order of their names, as Busy keeps values ("12.5", "2026-11-22", "yes"); "" for none."""

    data: tuple[tuple[str, str], ...] = ()


class ProjectRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.PROJECTS

    external_id: str
    number: str = ""
    name: str
    customer_id: str | None = None  # the provider's id of the customer
    archived: bool = False
    internal: bool = False  # the provider calls it internal: not for a customer
    start_date: date | None = None
    end_date: date | None = None
    # The provider's ids of the employees and work types that the project takes hours of; None: of all, or unread.
    participants: tuple[str, ...] | None = None
    activities: tuple[str, ...] | None = None
    tasks_only: bool = False  # the provider takes hours on the project's tasks alone


class ProductRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.PRODUCTS

    external_id: str
    number: str = ""
    name: str
    unit: str = ""
    price: Decimal | None = None  # per unit, excluding VAT, in `currency`
    currency: str = ""  # ISO 4217, "" when the provider does not say
    archived: bool = False


class WorkTypeRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.WORK_TYPES

    external_id: str
    number: str = ""
    name: str
    billable: bool = True
    product_id: str | None = None  # the provider's id of the product its hours are billed as, when it says
    archived: bool = False


class EmployeeRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.EMPLOYEES

    external_id: str
    number: str = ""  # employee number or code; "" when none is set at the provider
    name: str
    email: str = ""
    archived: bool = False


class TaskRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[Kind] = Kind.TASKS

    external_id: str
    number: str = ""
    name: str
    project_id: str  # the provider's id of the project
    work_type_id: str | None = None  # what hours on it are, when the provider says
    member_ids: tuple[str, ...] = ()  # ids of the employees it is assigned to (R67, R68), sorted as text
    done: bool = False
    archived: bool = False


Record = CustomerRecord | ProjectRecord | ProductRecord | WorkTypeRecord | EmployeeRecord | TaskRecord

RECORD_TYPES: dict[Kind, type[Record]] = {
    record.kind: record
    for record in (CustomerRecord, ProjectRecord, ProductRecord, WorkTypeRecord, EmployeeRecord, TaskRecord)
}


_encode = msgspec.json.Encoder().encode
_nothing_yet = hashlib.blake2b(digest_size=16).copy  # a third quicker than making one


def fingerprint(record: Record) -> bytes:
    """16 bytes over the names and values of the fields: equal content gives equal bytes, in every process and on every
    day.

    Amounts count by value (950 and 950.00 are the same price).
    """
    if type(record) is ProductRecord and record.price is not None:  # the only ones with amounts
        record = msgspec.structs.replace(record, price=Decimal(f"{record.price.normalize():f}"))
    mark = _nothing_yet()
    mark.update(_encode(record))
    return mark.digest()


def fingerprints(records: Iterable[Record]) -> dict[str, bytes]:
    """By the provider's ids; of a record that is named twice, the last one's."""
    return {record.external_id: fingerprint(record) for record in records}
