"""Reading customers, projects, products and contacts.

What changed is asked of Xledger's memory of changes; where a kind has none, by the time of the change; and the list is
read whole when a position is too old, when something was deleted, and once a night. A row does not say whether it is
open, so closed ones and open ones are read apart: closed ones first, so that a row that is opened meanwhile comes
twice, and one that is closed meanwhile is missing, which says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from integrations.kernel.connector import Cursor, Listing, Page, Pull
from integrations.kernel.errors import Code, LoginNeeded, MappingError
from integrations.kernel.parse import Row, each
from integrations.kernel.records import CustomerRecord, EmployeeRecord, ProductRecord, ProjectRecord
from integrations.providers.xledger import deltas, documents, mapping
from integrations.providers.xledger.api import XledgerApi, local_text
from integrations.providers.xledger.facts import ROWS_OF_A_WRITE
from integrations.providers.xledger.listing import Listed, nodes_of, walk
from integrations.providers.xledger.reconstructed import has_deltas, has_own_contacts
from integrations.providers.xledger.refusals import StaleCursor

R_co = TypeVar("R_co", covariant=True)

# Times come without an offset: the hour that comes twice in October must be covered, and clocks that differ.
OVERLAP = timedelta(minutes=75)
IDS_AT_A_TIME = ROWS_OF_A_WRITE
_STATUSES = ("CLOSED", "OPEN")
_PEOPLE_KEY = "people"
_PEOPLE_FOR = timedelta(days=7)


class Mapper(Protocol[R_co]):
    def __call__(self, row: Row, *, is_closed: bool, today: date) -> R_co: ...


def _everything(_: Row) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[R_co]):
    name: str  # begins the names of its operations
    query: str
    singular: str  # of `project_deltas`
    fields: str
    right: str  # of ProviderFacts.permissions
    record: Mapper[R_co]
    keep: Callable[[Row], bool] = _everything
    statuses: tuple[str, ...] = _STATUSES

    def records(self, api: XledgerApi, found: list[Row], *, is_closed: bool) -> tuple[R_co, ...]:
        today = api.today()
        kept = each(
            found,
            lambda row: self.record(row, is_closed=is_closed, today=today) if self.keep(row) else None,
            f"{self.query}.edges",
        )
        return tuple(record for record in kept if record is not None)

    def read(self, api: XledgerApi, cursor: Cursor | None) -> Iterator[Page[R_co]]:
        """Everything, or what changed since the cursor."""
        if cursor is None or "walk" in cursor or not _is_remembered(api, cursor):
            yield from self.everything(api, cursor if cursor and "walk" in cursor else None)
        elif "after" in cursor and has_deltas(api.schema(), self.singular):
            yield from self._news(api, str(cursor["after"]))
        else:
            yield from self._changed(api, str(cursor["at"]))

    # --- Everything ---

    def everything(self, api: XledgerApi, resume: Cursor | None = None) -> Iterator[Page[R_co]]:
        """The complete list, from a checkpoint when one is given."""
        goal = dict(_walk(resume)["goal"]) if resume else self._goal(api)
        at = _walk(resume) if resume else {"status": self.statuses[0], "after": None}
        for status in self.statuses[self.statuses.index(at["status"]) :]:
            document = documents.listed(self.name, self.query, self.fields, status if len(self.statuses) > 1 else "")
            after = at["after"] if status == at["status"] else None
            for page in walk(api, document, self.query, right=self.right, after=after):
                yield self._complete(api, page, status, goal)

    def _goal(self, api: XledgerApi) -> dict[str, Any]:
        """The cursor of the run that begins now: taken before the first page, so that no change falls between."""
        goal = {"at": _moment(api)}
        if has_deltas(api.schema(), self.singular):
            after = deltas.position_now(api, self.singular, name=self.name, right=self.right)
            return {**goal, "after": after}
        return goal

    def _complete(self, api: XledgerApi, page: Listed, status: str, goal: dict[str, Any]) -> Page[R_co]:
        is_end = page.is_last and status == self.statuses[-1]
        following = self.statuses[min(self.statuses.index(status) + 1, len(self.statuses) - 1)]
        at = {"status": following, "after": None} if page.is_last else {"status": status, "after": page.after}
        return Page(
            records=self.records(api, page.rows, is_closed=status == "CLOSED"),
            listing=Listing.COMPLETE,
            cursor=goal if is_end else None,
            checkpoint=None if is_end else {"walk": {**at, "goal": goal}},
        )

    # --- Changes ---

    def _news(self, api: XledgerApi, after: str) -> Iterator[Page[R_co]]:
        began = _moment(api)
        try:
            news = deltas.look(api, self.singular, after, right=self.right)
        except StaleCursor:
            yield from self.everything(api)
            return
        pages = list(self._fetched(api, news.ids))
        is_missing = sum(len(found) for found in pages) < len(news.ids)
        if news.has_deleted or is_missing:
            yield from self.everything(api)  # what is gone has no name any more: its absence says it
            return
        cursor = {"at": began, "after": news.position}
        if not pages:
            yield Page(records=(), listing=Listing.UNCHANGED, cursor=cursor)
        for number, records in enumerate(pages, 1):
            yield Page(records=records, listing=Listing.CHANGES, cursor=cursor if number == len(pages) else None)

    def _fetched(self, api: XledgerApi, ids: list[str]) -> Iterator[tuple[R_co, ...]]:
        document = documents.by_ids(f"{self.name}ByIds", self.query, self.fields)
        for start in range(0, len(ids), IDS_AT_A_TIME):
            chunk = [int(key) for key in ids[start : start + IDS_AT_A_TIME]]
            data = api.ask(document, {"ids": chunk, "first": len(chunk)}, right=self.right)
            closed, opened = nodes_of(data, "closed"), nodes_of(data, "open")
            yield self.records(api, closed, is_closed=True) + self.records(api, opened, is_closed=False)

    def _changed(self, api: XledgerApi, at: str) -> Iterator[Page[R_co]]:
        """By the time of the change, which tells nothing of what was deleted: the nightly list does."""
        cursor = {"at": _moment(api)}
        since = local_text(datetime.fromisoformat(at) - OVERLAP)
        for status in _STATUSES:
            document = documents.listed(f"{self.name}Changed", self.query, self.fields, status, is_since=True)
            for page in walk(api, document, self.query, right=self.right, variables={"since": since}):
                yield Page(
                    records=self.records(api, page.rows, is_closed=status == "CLOSED"),
                    listing=Listing.CHANGES,
                    cursor=cursor if page.is_last and status == _STATUSES[-1] else None,
                )


def _moment(api: XledgerApi) -> str:
    return api.now().isoformat()


def _walk(checkpoint: Cursor) -> dict[str, Any]:
    found = checkpoint["walk"]
    if not isinstance(found, dict):
        raise MappingError("checkpoint", "object")
    return found


def _is_remembered(api: XledgerApi, cursor: Cursor) -> bool:
    return api.now() - datetime.fromisoformat(str(cursor["at"])) < deltas.MEMORY


CUSTOMERS = Source(
    name="Customers",
    query="customers",
    singular="customer",
    fields=documents.CUSTOMER,
    right="customer",
    record=mapping.customer_record,
)
PROJECTS = Source(
    name="Projects",
    query="projects",
    singular="project",
    fields=documents.PROJECT,
    right="project",
    record=mapping.project_record,
)
PRODUCTS = Source(
    name="Products",
    query="products",
    singular="product",
    fields=documents.PRODUCT,
    right="product",
    record=mapping.product_record,
)
OWN_CONTACTS = Source(
    name="People",
    query="entityContacts",
    singular="entityContact",
    fields=documents.OWN_CONTACT,
    right="contact",
    record=mapping.own_contact_record,
    statuses=("OPEN",),
)
CONTACTS = Source(
    name="People",
    query="contacts",
    singular="contact",
    fields=documents.CONTACT,
    right="contact",
    record=mapping.contact_record,
    keep=mapping.has_code,
)


def read_people(api: XledgerApi, cursor: Cursor | None) -> Iterator[Page[EmployeeRecord]]:
    """Always everything: nothing is known to tell what changed. "Våra kontakter" where the token may read them, else
    the contacts that have a code (R48)."""
    is_walk = cursor is not None and "walk" in cursor
    if _reads_own(api):
        pages = OWN_CONTACTS.everything(api, cursor if is_walk and "own" in (cursor or {}) else None)
        try:
            for page in pages:
                yield _own(page)
            return
        except LoginNeeded as error:
            if error.problem.code != Code.RIGHTS_MISSING:
                raise
        except MappingError as error:
            if not error.path.startswith("status") and error.path != OWN_CONTACTS.query:
                raise
        api.sessions.set(_PEOPLE_KEY, CONTACTS.query, expires_at=api.now() + _PEOPLE_FOR)
    yield from CONTACTS.everything(api, cursor if is_walk and "own" not in (cursor or {}) else None)


def _reads_own(api: XledgerApi) -> bool:
    return has_own_contacts(api.schema()) and api.sessions.get(_PEOPLE_KEY) != CONTACTS.query


def _own(page: Page[EmployeeRecord]) -> Page[EmployeeRecord]:
    """The same, with a checkpoint that says which list it stands in."""
    checkpoint = {**page.checkpoint, "own": True} if page.checkpoint is not None else None
    return Page(records=page.records, listing=page.listing, cursor=page.cursor, checkpoint=checkpoint)


PULLS: tuple[Pull[XledgerApi, Any], ...] = (
    Pull(record=CustomerRecord, read=CUSTOMERS.read),
    Pull(record=ProjectRecord, read=PROJECTS.read),
    Pull(record=ProductRecord, read=PRODUCTS.read),
    Pull(record=EmployeeRecord, read=read_people),
)
