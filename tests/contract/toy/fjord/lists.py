"""Whole lists, page by page; Fjord tells of no changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import (
    Row,
    each,
    flag,
    identifier,
    optional_day,
    optional_decimal,
    optional_identifier,
    optional_text,
    rows,
    text,
)
from integrations.kernel.records import (
    CustomerRecord,
    EmployeeRecord,
    ProductRecord,
    ProjectRecord,
    TaskRecord,
    WorkTypeRecord,
)

from .api import FjordApi

R = TypeVar("R")


def customer(row: Row) -> CustomerRecord:
    return CustomerRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "no"),
        name=text(row, "name"),
        archived=flag(row, "off", default=False),
    )


def project(row: Row) -> ProjectRecord:
    return ProjectRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "no"),
        name=text(row, "name"),
        customer_id=optional_identifier(row, "customer") or None,
        archived=flag(row, "off", default=False),
        internal=flag(row, "own", default=False),
        start_date=optional_day(row, "from"),
        end_date=optional_day(row, "to"),
    )


def work_type(row: Row) -> WorkTypeRecord:
    return WorkTypeRecord(
        external_id=identifier(row, "id"),
        name=text(row, "name"),
        billable=flag(row, "billed", default=True),
        archived=flag(row, "off", default=False),
    )


def person(row: Row) -> EmployeeRecord:
    return EmployeeRecord(external_id=identifier(row, "id"), name=text(row, "name"), email=optional_text(row, "mail"))


def task(row: Row) -> TaskRecord:
    found: Any = row.get("people") or []
    people = [str(number) for number in found]
    return TaskRecord(
        external_id=identifier(row, "id"),
        name=text(row, "name"),
        project_id=identifier(row, "project"),
        member_ids=tuple(sorted(people)),
        done=flag(row, "done", default=False),
    )


def product(row: Row) -> ProductRecord:
    return ProductRecord(
        external_id=identifier(row, "id"),
        number=optional_identifier(row, "no"),
        name=text(row, "name"),
        price=optional_decimal(row, "price"),
        currency="NOK",
        archived=flag(row, "off", default=False),
    )


def _read(path: str, record: Callable[[Row], R]) -> Callable[[FjordApi, Cursor | None], Iterator[Page[R]]]:
    def read(api: FjordApi, _: Cursor | None) -> Iterator[Page[R]]:
        number, more = 0, True
        while more:
            body = api.get(path, {"page": number})
            if body is None:
                raise MappingError(path, "a list")
            found = tuple(each(rows(body, "rows"), record, "rows"))
            number, more = number + 1, flag(body, "more")
            yield Page(records=found, listing=Listing.COMPLETE, cursor=None if more else {})

    return read


PULLS: tuple[Pull[FjordApi, Any], ...] = (
    Pull(record=CustomerRecord, read=_read("/customers", customer)),
    Pull(record=ProjectRecord, read=_read("/projects", project)),
    Pull(record=ProductRecord, read=_read("/products", product)),
    Pull(record=WorkTypeRecord, read=_read("/worktypes", work_type)),
    Pull(record=EmployeeRecord, read=_read("/people", person)),
    Pull(record=TaskRecord, read=_read("/tasks", task)),
)
