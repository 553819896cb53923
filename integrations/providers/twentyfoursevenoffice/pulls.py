"""Reading customers, projects, products, work types and people.

A record that changes sides while both of its lists are read must not be lost: the list of what is closed is read first,
so that what was opened since stands in the later one, which counts, and what was closed since stands in none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.errors import Code, LoginNeeded
from integrations.kernel.parse import Row, each, identifier, optional_identifier, optional_text
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord, WorkTypeRecord
from integrations.providers.twentyfoursevenoffice import companies, mapping
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.reconstructed import OVERLAP, SINCE_EVER, is_customer

SINCE = "changed_after"
INACTIVE = "inactive"  # how many companies are
MANY = 2000  # projects that are still read in one answer
AT_A_TIME = 500  # projects asked for by their ids; no limit is stated [inferred]


def read_customers(api: OfficeApi, cursor: Cursor | None) -> Iterator[Page[CustomerRecord]]:
    """Who can be invoiced; what turns into a lead or a supplier is gone.

    Whether deactivating a company counts as a change of it is not documented, and of a deleted one no row is given. So
    the number of those is looked at each time, and their ids are read when it has moved.
    """
    began = api.now()
    if since_of(cursor) is not None:
        yield _changed_customers(api, cursor or {})
        return
    active = companies.listed(api, None)
    ends = {**begun(began), INACTIVE: sum(not is_active for is_active in active.values())}
    after = str((cursor or {}).get("after", ""))
    ids = sorted((key for key in active if _rank(key) > _rank(after)), key=_rank)
    pages = [ids[start : start + companies.AT_A_TIME] for start in range(0, len(ids), companies.AT_A_TIME)] or [[]]
    for number, part in enumerate(pages):
        rows = companies.by_ids(api, part) if part else []
        records = each(rows, lambda row: _customer(row, active), "GetCompanies")
        is_last = number == len(pages) - 1
        yield Page(
            records=tuple(record for record in records if record is not None),
            listing=Listing.COMPLETE,
            cursor=ends if is_last else None,
            checkpoint={"after": part[-1]} if part else None,
            total=len(active),
        )


def _changed_customers(api: OfficeApi, kept: Cursor) -> Page[CustomerRecord]:
    began, inactive = api.now(), companies.inactive(api)
    active = companies.listed(api, since_of(kept))
    ids = sorted(active, key=_rank)
    rows = [row for start in range(0, len(ids), companies.AT_A_TIME) for row in _rows(api, ids[start:])]
    records = [
        record for record in each(rows, lambda row: _customer(row, active), "GetCompanies") if record is not None
    ]
    told = {record.external_id for record in records}
    gone = {identifier(row, "Id") for row in rows} | {key for key, is_active in active.items() if not is_active}
    if kept.get(INACTIVE) != inactive:
        gone |= set(companies.listed(api, None, active=False))
    left = sorted(gone - told, key=_rank)
    listing = Listing.CHANGES if records or left else Listing.UNCHANGED
    cursor = {**begun(began), INACTIVE: inactive}
    return Page(records=tuple(records), gone=tuple(left), listing=listing, cursor=cursor)


def _rows(api: OfficeApi, ids: list[str]) -> list[Row]:
    return companies.by_ids(api, ids[: companies.AT_A_TIME])


def _customer(row: Row, active: dict[str, bool]) -> CustomerRecord | None:
    if not is_customer(optional_text(row, "Type")):
        return None
    return mapping.customer_record(row, archived=not active.get(identifier(row, "Id"), True))


def _rank(key: str) -> int:
    return int(key) if key.isdigit() else -1


# --- Projects ---------------------------------------------------------------------------------------------------------


def read_projects(api: OfficeApi, cursor: Cursor | None) -> Iterator[Page[ProjectRecord]]:
    """Changes since the cursor, or everything. That a project was closed or opened need not count as a change of it
    [inferred], so the two short lists of names are looked at each time."""
    began = api.now()
    closed, opened = ids_of(api, "GetDeactivatedProjectNameList"), ids_of(api, "GetProjectNameList")
    seen = {"closed": _digest(closed), "open": _digest(opened)}
    kept = cursor or {}
    since = since_of(cursor)
    if since is not None and (kept.get("closed"), kept.get("open")) == (seen["closed"], seen["open"]):
        changed = _projects(api, since)
        listing = Listing.CHANGES if changed else Listing.UNCHANGED
        yield Page(records=tuple(changed), listing=listing, cursor={**begun(began), **seen})
        return
    ends: dict[str, Any] = {**begun(began), **seen}
    if len(closed) + len(opened) > MANY:
        yield from _in_parts(api, closed, opened, after=str(kept.get("after", "")), cursor=ends)
        return
    everything = _projects(api, SINCE_EVER)
    known = {record.external_id for record in everything}
    everything += _by_ids(api, [key for key in opened if key not in known], archived=False)
    yield Page(records=tuple(everything), listing=Listing.COMPLETE, cursor=ends, total=len(everything))


def _in_parts(
    api: OfficeApi, closed: list[str], opened: list[str], *, after: str, cursor: dict[str, Any]
) -> Iterator[Page[ProjectRecord]]:
    """All projects, some at a time: in one answer they would be larger than an answer may be."""
    is_closed = frozenset(closed)
    ids = sorted((key for key in {*closed, *opened} if _rank(key) > _rank(after)), key=_rank)
    parts = [ids[start : start + AT_A_TIME] for start in range(0, len(ids), AT_A_TIME)] or [[]]
    for number, part in enumerate(parts):
        found = _by_ids(api, [key for key in part if key in is_closed], archived=True)
        found += _by_ids(api, [key for key in part if key not in is_closed], archived=False)
        yield Page(
            records=tuple(found),
            listing=Listing.COMPLETE,
            cursor=cursor if number == len(parts) - 1 else None,
            checkpoint={"after": part[-1]} if part else None,
            total=len(closed) + len(opened),
        )


def _projects(api: OfficeApi, since: datetime) -> list[ProjectRecord]:
    search = {"ChangedAfter": since}
    closed = api.rows("GetDeactivatedProjects", right="projects", ps=search)
    found = each(closed, lambda row: mapping.project_record(row, archived=True), "GetDeactivatedProjects")
    opened = api.rows("GetProjectsDetailed", right="projects", Ps=search)
    return found + each(opened, lambda row: mapping.project_record(row, archived=False), "GetProjectsDetailed")


def _by_ids(api: OfficeApi, ids: list[str], *, archived: bool) -> list[ProjectRecord]:
    """Projects by their ids: also those that are not listed otherwise, as projects with members of their own may be
    [inferred]."""
    if not ids:
        return []
    search = {"ProjectIds": mapping.numbers(ids)}
    if archived:
        rows = api.rows("GetDeactivatedProjects", right="projects", ps=search)
    else:
        rows = api.rows("GetProjectsDetailed", right="projects", Ps=search)
    return each(rows, lambda row: mapping.project_record(row, archived=archived), "GetProjectsDetailed")


def ids_of(api: OfficeApi, operation: str) -> list[str]:
    return sorted({identifier(row, "Id") for row in api.rows(operation, right="projects")})


def _digest(ids: list[str]) -> str:
    return hashlib.blake2b("\n".join(ids).encode(), digest_size=12).hexdigest()


# --- The others -------------------------------------------------------------------------------------------------------


def read_products(api: OfficeApi, cursor: Cursor | None) -> Iterator[Page[ProductRecord]]:
    began = api.now()
    since = since_of(cursor)
    rows = api.rows(
        "GetProducts",
        right="products",
        searchParams={"DateChanged": since or SINCE_EVER},
        returnProperties=mapping.strings(mapping.PRODUCT_FIELDS),
    )
    listing = Listing.COMPLETE if since is None else Listing.CHANGES
    yield Page(records=tuple(each(rows, mapping.product_record, "GetProducts")), listing=listing, cursor=begun(began))


def read_work_types(api: OfficeApi, _: Cursor | None) -> Iterator[Page[WorkTypeRecord]]:
    """There is no list of what changed, and they are few."""
    began = api.now()
    closed = api.rows("GetWorkTypeList", right="work_types", Wts={"Active": "False"})
    found = each(closed, lambda row: mapping.work_type_record(row, archived=True), "GetWorkTypeList")
    opened = api.rows("GetWorkTypeList", right="work_types", Wts={"Active": "True"})
    found += each(opened, lambda row: mapping.work_type_record(row, archived=False), "GetWorkTypeList")
    yield Page(records=tuple(found), listing=Listing.COMPLETE, cursor=begun(began))


def read_employees(api: OfficeApi, _: Cursor | None) -> Iterator[Page[EmployeeRecord]]:
    """The users of the company, with number and e-mail of their cards where those may be read."""
    began = api.now()
    users = [row for row in api.rows("GetUsers", right="users") if row.get("ContactId") or not row.get("Name")]
    cards = _cards(api)
    records = each(
        users, lambda row: mapping.employee_record(row, cards.get(optional_identifier(row, "ContactId"))), "GetUsers"
    )
    yield Page(records=tuple(records), listing=Listing.COMPLETE, cursor=begun(began))


def _cards(api: OfficeApi) -> dict[str, Row]:
    """By the contact's id. People are known without them, only not by number and e-mail."""
    try:
        rows = api.rows("GetPersonsDetailed", right="users", personSearch={"IsEmployee": "True"})
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        return {}
    return {optional_identifier(row, "Id"): row for row in rows}


def since_of(cursor: Cursor | None) -> datetime | None:
    told = (cursor or {}).get(SINCE)
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def begun(began: datetime) -> dict[str, Any]:
    """Where the next look begins."""
    return {SINCE: (began - OVERLAP).replace(microsecond=0).isoformat()}


PULLS: tuple[Pull[OfficeApi, Any], ...] = (
    Pull(record=CustomerRecord, read=read_customers),
    Pull(record=ProjectRecord, read=read_projects),
    Pull(record=ProductRecord, read=read_products),
    Pull(record=WorkTypeRecord, read=read_work_types),
    Pull(record=EmployeeRecord, read=read_employees),
)
