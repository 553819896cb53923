"""What the mapping page shows: each record of Busy beside the provider's, what is not linked, and what it may be (R19,
R89)."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership
from integrations import linking, matching, people, people_mapping, snapshot, suggesting
from integrations.appliers import TARGETS, of_whole_tables
from integrations.conversations import connector_of
from integrations.kernel.records import Kind
from integrations.mapping_rows import BASES, Row, Show, Suggestion, Theirs
from integrations.matching import Named, Pair
from integrations.models import Connection, ProviderEmployee
from integrations.selectors import kind_label
from integrations.suggesting import Likely

__all__ = ["BASES", "CHOICES", "PER_PAGE", "Row", "Show", "Suggestion", "Theirs"]

PER_PAGE = 50
CHOICES = 30
MOST_AT_ONCE = 500  # suggestions that a person looks through


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    kind: Kind
    label: str
    unlinked: int


@of_whole_tables()
def counts(connection: Connection) -> list[KindCount]:
    """How many active records of each kind have no link; one query a kind."""
    return [
        KindCount(kind=facts.kind, label=kind_label(facts.kind), unlinked=_count(connection, facts.kind))
        for facts in linking.mapped_kinds(connection)
    ]


def _count(connection: Connection, kind: Kind) -> int:
    if kind is Kind.EMPLOYEES:
        return sum(row.theirs is None for row in _people(connection))
    return suggesting.records(connection, kind, Show.UNLINKED).count()


@of_whole_tables()
def page(
    connection: Connection, kind: Kind, *, show: Show, text: str, number: str | None, unlinked: int | None = None
) -> Page[Row]:
    """Rows of the page, by name, in a constant number of queries. ``unlinked`` is how many have no link, when that was
    counted already."""
    if kind is Kind.EMPLOYEES:
        rows_of_people = [row for row in _people(connection) if _is_shown(row, show) and _is_named(row, text)]
        return Paginator(rows_of_people, PER_PAGE).get_page(number)
    records = suggesting.records(connection, kind, show)
    pages: Any = Paginator(_searched(records.values_list("pk", flat=True), text), PER_PAGE)
    if unlinked is not None and show is Show.UNLINKED and not text:
        pages.count = unlinked  # a query less
    found: Page[Any] = pages.get_page(number)
    # Only the page's own rows are read: a name is short, and all of them are sorted.
    found.object_list = suggesting.with_links(connection, kind, list(found.object_list))
    suggested = _suggested(connection, kind, [one for one in found.object_list if one.external_id is None])
    rows: Any = [_row(connection, kind, record, suggested.get(record.pk)) for record in found.object_list]
    found.object_list = rows
    return found


def row_of(connection: Connection, kind: Kind, local_id: int) -> Row | None:
    """One row, with its suggestion."""
    if kind is Kind.EMPLOYEES:
        return next((row for row in _people(connection) if row.pk == local_id), None)
    record = next(iter(suggesting.with_links(connection, kind, [local_id])), None)
    if record is None:
        return None
    suggested = _suggested(connection, kind, [record]) if record.external_id is None else {}
    return _row(connection, kind, record, suggested.get(local_id))


# --- Catalogue --------------------------------------------------------------------------------------------------------


def _searched(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    for word in text.split():
        rows = rows.filter(Q(name__icontains=word) | Q(number__istartswith=word))
    return rows.order_by(by_name(), "pk")


def _row(connection: Connection, kind: Kind, record: Any, suggestion: Suggestion | None) -> Row:
    theirs = None
    if record.external_id is not None:
        theirs = Theirs(
            external_id=record.external_id,
            number=record.number,
            name=record.name,
            url=_url(connection, kind, record.external_id, record.number),
            is_archived=record.is_archived,
        )
    return Row(
        pk=record.pk,
        name=record.name,
        number=record.number,
        is_archived=record.is_archived,
        theirs=theirs,
        suggestion=suggestion,
    )


_LINK_NAMES = {Kind.PROJECTS: "project", Kind.CUSTOMERS: "customer", Kind.PRODUCTS: "product"}


def _url(connection: Connection, kind: Kind, external_id: str, number: str) -> str:
    """The record's page at the provider, "" when that is not known or lies on a stand-in."""
    facts = connector_of(connection).facts
    template = facts.links.get(_LINK_NAMES.get(kind, ""), "")
    if not template:
        return ""
    parts = urlsplit(facts.base_url)
    web = f"{parts.scheme}://{parts.netloc}"
    return template.format(web=web, id=external_id, number=number)


def _suggested(connection: Connection, kind: Kind, ours: Iterable[Any]) -> dict[int, Suggestion]:
    return {pk: _suggestion(connection, kind, one) for pk, one in suggesting.of_some(connection, kind, ours).items()}


def _suggestion(connection: Connection, kind: Kind, one: Likely) -> Suggestion:
    url = _url(connection, kind, one.external_id, one.their_number)
    theirs = Theirs(external_id=one.external_id, number=one.their_number, name=one.their_name, url=url)
    return Suggestion(theirs=theirs, basis=str(BASES[one.basis]), is_sure=one.is_sure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """``rows`` are the first of ``count``, by name; ``sure`` of all are beyond doubt."""

    rows: list[Row]
    count: int
    sure: int

    @property
    def are_all(self) -> bool:
        return len(self.rows) == self.count


def all_suggestions(connection: Connection, kind: Kind) -> Suggestions:
    """Unlinked records with a suggestion, archived ones too; of a very large catalogue the first few hundred."""
    if kind is Kind.EMPLOYEES:
        rows = [row for row in _people(connection) if row.suggestion is not None]
        sure = sum(row.suggestion is not None and row.suggestion.is_sure for row in rows)
        return Suggestions(rows=rows, count=len(rows), sure=sure)
    found = suggesting.of_all(connection, kind)
    first = heapq.nsmallest(MOST_AT_ONCE, found, key=lambda one: (one.name.casefold(), one.pk))
    rows = [
        Row(
            pk=one.pk,
            name=one.name,
            number=one.number,
            is_archived=one.is_archived,
            suggestion=_suggestion(connection, kind, one),
        )
        for one in first
    ]
    return Suggestions(rows=rows, count=len(found), sure=sum(one.is_sure for one in found))


# --- People -----------------------------------------------------------------------------------------------------------


def _people(connection: Connection) -> list[Row]:
    """Active members by name, each beside the one active employee of the same number (R89). Two queries."""
    if people.are_linked(connection):
        return people_mapping.rows(connection)
    members = list(Membership.objects.filter(is_active=True).select_related("user"))
    known = list(ProviderEmployee.objects.filter(connection=connection).order_by("pk"))
    active = [one for one in known if one.archived_at is None]
    by_number: dict[str, list[ProviderEmployee]] = {}
    for one in known:
        by_number.setdefault(one.number, []).append(one)
    taken = {member.employee_number.strip() for member in members if member.employee_number.strip()}
    free = [one for one in active if one.number not in taken]
    pairs = matching.pairs(
        [Named(key=m.pk, name=m.user.name, email=m.user.email) for m in members if not _employee(m, by_number)],
        [Named(key=one.pk, name=one.name, email=one.email) for one in free],
    )
    by_pk = {one.pk: one for one in free}
    suggested = {pair.ours: (pair, by_pk[pair.theirs]) for pair in pairs}
    rows = [_person(connection, member, by_number, suggested.get(member.pk)) for member in members]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.pk))


def _employee(member: Membership, by_number: dict[str, list[ProviderEmployee]]) -> ProviderEmployee | None:
    number = member.employee_number.strip()
    found = [one for one in by_number.get(number, []) if one.archived_at is None] if number else []
    return found[0] if len(found) == 1 else None


def _person(
    connection: Connection,
    member: Membership,
    by_number: dict[str, list[ProviderEmployee]],
    suggested: tuple[Pair[int, int], ProviderEmployee] | None,
) -> Row:
    there = _employee(member, by_number)
    suggestion = None
    if suggested is not None and suggested[1].number:
        suggestion = Suggestion(theirs=_their_person(suggested[1]), basis=str(BASES[suggested[0].basis]))
    return Row(
        pk=member.pk,
        name=member.user.name or member.user.email,
        number=member.employee_number,
        detail=member.user.email,
        theirs=_their_person(there) if there else None,
        suggestion=suggestion,
        note="" if there else _why_not(connection, member, by_number, suggested[1] if suggested else None),
    )


def _their_person(person: ProviderEmployee) -> Theirs:
    return Theirs(external_id=person.external_id, number=person.number, name=person.name)


def _why_not(
    connection: Connection,
    member: Membership,
    by_number: dict[str, list[ProviderEmployee]],
    same: ProviderEmployee | None,
) -> str:
    number = member.employee_number.strip()
    named = {"system": connector_of(connection).facts.name, "number": number}
    if same is not None and not same.number:
        return _("This person has no employee number in %(system)s. Write one there.") % named
    if not number:
        return _("No employee number in Busy.")
    found = by_number.get(number, [])
    if not found:
        return _("Nobody has number %(number)s in %(system)s.") % named
    if all(one.archived_at for one in found):
        return _("Number %(number)s is not active in %(system)s.") % named
    return _("Several have number %(number)s in %(system)s.") % named


def _is_shown(row: Row, show: Show) -> bool:
    return show is Show.ALL or (show is Show.UNLINKED and row.theirs is None)


def _is_named(row: Row, text: str) -> bool:
    said = f"{row.name} {row.number} {row.detail} {row.theirs.label if row.theirs else ''}".casefold()
    return all(word in said for word in text.casefold().split())


# --- Choosing by hand -------------------------------------------------------------------------------------------------


@of_whole_tables()
def choices(connection: Connection, kind: Kind, text: str) -> list[dict[str, str]]:
    """Records of the provider for the combobox, with who has the link now."""
    if kind is Kind.EMPLOYEES:
        return _employee_choices(connection, text)
    links: Any = TARGETS[kind].link
    rows = links.objects.filter(connection=connection).select_related("local")
    for word in text.split():
        rows = rows.filter(Q(local__name__icontains=word) | Q(local__number__istartswith=word) | Q(external_id=word))
    found = list(rows.order_by("local__archived_at", "local__name", "pk")[:CHOICES])
    made = snapshot.imported(connection, kind, [row.local_id for row in found])
    return [
        {
            "value": row.external_id,
            "label": str(row.local),
            "detail": "" if row.local_id in made else _("linked to %(name)s") % {"name": row.local.name},
        }
        for row in found
    ]


def _employee_choices(connection: Connection, text: str) -> list[dict[str, str]]:
    if people.are_linked(connection):
        return people_mapping.choices(connection, text, CHOICES)
    employees = ProviderEmployee.objects.filter(connection=connection, archived_at=None)
    for word in text.split():
        employees = employees.filter(Q(name__icontains=word) | Q(number__istartswith=word) | Q(email__icontains=word))
    found = list(employees.order_by("name", "pk")[:CHOICES])
    rows = Membership.objects.filter(employee_number__in=[one.number for one in found if one.number])
    holders = {member.employee_number: member.user.name for member in rows.select_related("user")}
    return [
        {"value": one.external_id, "label": str(one), "detail": _choice_detail(one, holders.get(one.number, ""))}
        for one in found
    ]


def _choice_detail(person: ProviderEmployee, holder: str) -> str:
    if not person.number:
        return _("no employee number there")
    return _("linked to %(name)s") % {"name": holder} if holder else person.email
