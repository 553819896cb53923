"""Reading customers, projects, products, activities and employees.

Only customers can be asked for changes. The other lists are asked with checksums: unchanged costs one small request a
page, changed means reading the list whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.parse import each
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord, WorkTypeRecord
from integrations.providers.tripletex import mapping, wire
from integrations.providers.tripletex.api import OSLO, TripletexApi
from integrations.providers.tripletex.listing import Part, unchanged, walk

W = TypeVar("W")  # what a row is over there
R = TypeVar("R")

OVERLAP = timedelta(minutes=10)  # clocks differ, and a change is stamped before it is committed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source(Generic[W, R]):
    path: str
    right: str  # of ProviderFacts.permissions
    fields: str
    rows: type[W]
    record: Callable[[W], R]
    keep: Callable[[W], bool] | None = None  # None: all of them
    filters: Part
    split: Callable[[Part], list[Part]] | None = None
    limits: str = ""  # fields that say what hours are refused for

    def records(self, found: list[W]) -> tuple[R, ...]:
        keep, record = self.keep, self.record
        if keep is None:
            return tuple(each(found, record, "values"))
        kept = each(found, lambda row: record(row) if keep(row) else None, "values")
        return tuple(one for one in kept if one is not None)

    def read(self, api: TripletexApi, cursor: Cursor | None) -> Iterator[Page[R]]:
        digests = (cursor or {}).get("digests")
        # What Busy adds to projects by itself keeps no hours out.
        fields = f"{self.fields},{self.limits}" if self.limits and not api.may_prepare else self.fields
        if digests and unchanged(api, self.path, fields, right=self.right, digests=digests):
            yield Page(records=(), listing=Listing.UNCHANGED, cursor=cursor)
            return
        listed = walk(
            api,
            self.path,
            fields,
            right=self.right,
            rows=self.rows,
            parts=[self.filters],
            resume=cursor,
            split=self.split,
        )
        for page in listed:
            yield Page(
                records=self.records(page.rows),
                listing=Listing.COMPLETE,
                cursor={"digests": page.digests} if page.last else None,
                checkpoint=page.checkpoint,
                total=page.total,
            )


def by_start_date(part: Part) -> list[Part]:
    """Cut a part of the project list in two at a start date, which every project has ("Feltet må fylles ut") [client].

    A part is half-open, as the API's dates are: from its first day, up to and without its last. [] when it is one day.
    """
    first = date.fromisoformat(str(part.get("startDateFrom", "1950-01-01")))
    end = date.fromisoformat(str(part.get("startDateTo", "2150-01-01")))
    middle = first + (end - first) // 2
    if not first < middle < end:
        return []
    return [{**part, "startDateTo": middle.isoformat()}, {**part, "startDateFrom": middle.isoformat()}]


PROJECTS = _Source(
    path="/project",
    right="projects",
    fields=mapping.PROJECT_FIELDS,
    rows=wire.ProjectRow,
    record=mapping.project_record,
    filters={"isOffer": "false"},  # without isClosed: both open and closed ones [spec: no default]
    split=by_start_date,
    limits=mapping.LIMIT_FIELDS,
)
PRODUCTS = _Source(
    path="/product",
    right="products",
    fields=mapping.PRODUCT_FIELDS,
    rows=wire.ProductRow,
    record=mapping.product_record,
    filters={"isSupplierProduct": "false"},  # wholesalers' catalogues can be huge; inactive ones come along
)
ACTIVITIES = _Source(
    path="/activity",
    right="activities",
    fields=mapping.ACTIVITY_FIELDS,
    rows=wire.ActivityRow,
    record=mapping.work_type_record,
    keep=mapping.is_work_type,
    filters={"isProjectActivity": "true"},
)
EMPLOYEES = _Source(
    path="/employee",
    right="employees",
    fields=mapping.EMPLOYEE_FIELDS,
    rows=wire.EmployeeRow,
    record=mapping.employee_record,
    keep=mapping.is_employee,
    filters={},
)
CUSTOMERS = _Source(
    path="/customer",
    right="customers",
    fields=mapping.CUSTOMER_FIELDS,
    rows=wire.CustomerRow,
    record=mapping.customer_record,
    keep=mapping.is_customer,
    filters={},
)

# `isInactive` is false when it is not sent, so both are asked for [spec].
_BOTH: tuple[Part, Part] = ({"isInactive": "true"}, {"isInactive": "false"})


def read_customers(api: TripletexApi, cursor: Cursor | None) -> Iterator[Page[CustomerRecord]]:
    """Changes since the cursor, or everything.

    A customer switched between active and inactive while both lists are read stands in neither; so a complete reading
    ends with the changes made since it began.
    """
    began = server_time(api.now())
    since = (cursor or {}).get("changed_since")
    changes: list[Part] = [{**part, "changedSince": str(since or began)} for part in _BOTH]
    parts = changes if since else [*_BOTH, *changes]
    if cursor and "walk" in cursor:
        began = str(cursor["began"])
    listed = walk(
        api, CUSTOMERS.path, CUSTOMERS.fields, right=CUSTOMERS.right, rows=CUSTOMERS.rows, parts=parts, resume=cursor
    )
    for page in listed:
        yield Page(
            records=CUSTOMERS.records(page.rows),
            listing=Listing.CHANGES if since else Listing.COMPLETE,
            cursor={"changed_since": began} if page.last else None,
            checkpoint=None if since else {**page.checkpoint, "began": began},
        )


def server_time(now: datetime) -> str:
    """`now`, less the overlap, as `changedSince` wants it: Norwegian time without a zone [assumed].

    In the hour before the clock is put back, changes to come will bear earlier times than now: ask an hour more.
    """
    local = now.astimezone(OSLO)
    in_an_hour = (now + timedelta(hours=1)).astimezone(OSLO)
    back = max((local.utcoffset() or timedelta()) - (in_an_hour.utcoffset() or timedelta()), timedelta())
    return (local.replace(tzinfo=None) - OVERLAP - back).isoformat(timespec="seconds")


PULLS: tuple[Pull[TripletexApi, Any], ...] = (
    Pull(record=CustomerRecord, read=read_customers),
    Pull(record=ProjectRecord, read=PROJECTS.read),
    Pull(record=ProductRecord, read=PRODUCTS.read),
    Pull(record=WorkTypeRecord, read=ACTIVITIES.read),
    Pull(record=EmployeeRecord, read=EMPLOYEES.read),
)
