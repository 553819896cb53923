"""What the preview of a plan shows: for each kind what is matched, what only Busy has, what is new (R5, R6, R78)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from busy.catalog.selectors.order import by_name
from busy.workspaces.models import Membership
from integrations import alone, plans, problems
from integrations.alone import Fate
from integrations.appliers import TARGETS, of_whole_tables
from integrations.kernel.errors import Problem
from integrations.kernel.records import Kind
from integrations.mapping import BASES, CHOICES, PER_PAGE, Row, Suggestion, Theirs
from integrations.mapping_models import Basis
from integrations.models import Connection, Plan, PlannedRecord
from integrations.problems import Explained
from integrations.selectors import kind_label

_TOLD: dict[Fate, Callable[[int], str]] = {
    Fate.MAKE: lambda n: ngettext("%(n)s is made there", "%(n)s are made there", n),
    Fate.KEEP: lambda n: ngettext("%(n)s stays as it is", "%(n)s stay as they are", n),
    Fate.ARCHIVE: lambda n: ngettext("%(n)s is archived", "%(n)s are archived", n),
}


class Part(StrEnum):
    """Which records the preview lists."""

    MATCHED = ""
    ALONE = "alone"  # only in Busy
    NEW = "new"  # only at the provider


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPlan:
    """What happens to one kind, in numbers. ``archived`` are those of Busy that go to the archive."""

    kind: Kind
    label: str
    count: int
    matched: int
    new: int
    new_archived: int
    alone: int
    is_archiving: bool
    problem: Explained | None = None
    fates: tuple[tuple[Fate, int], ...] = ()  # of those that only Busy has, where it is asked
    fate_of_all: str = ""

    @property
    def told(self) -> str:
        """What becomes of those that only Busy has."""
        return ", ".join(_TOLD[fate](count) % {"n": count} for fate, count in self.fates if count)

    @property
    def slug(self) -> str:
        return str(self.kind).replace("_", "-")


@of_whole_tables()
def kinds(plan: Plan, connection: Connection) -> list[KindPlan]:
    """Each kind that was read. ``connection`` is what problems are explained with, saved or not."""
    counted = PlannedRecord.objects.filter(plan=plan).values("kind")
    rows = {
        row["kind"]: row
        for row in counted.annotate(
            count=Count("pk"),
            matched=Count("pk", filter=Q(is_matched=True)),
            archived=Count("pk", filter=Q(is_matched=False, archived=True)),
        ).order_by()
    }
    shown = []
    for kind in plans.kinds_of(plan):
        if not plans.is_read(plan, kind):
            continue
        told = plan.read[str(kind)]
        row = rows.get(str(kind), {"count": 0, "matched": 0, "archived": 0})
        problem = Problem.from_json(told["problem"]) if "problem" in told else None
        shown.append(
            KindPlan(
                kind=kind,
                label=kind_label(kind),
                count=row["count"],
                matched=row["matched"],
                new=row["count"] - row["matched"],
                new_archived=row["archived"],
                alone=_alone(plan, kind).count(),
                is_archiving=kind is Kind.PROJECTS and not alone.is_asked(plan, kind),
                fates=tuple(alone.counts(plan, kind).items()) if alone.is_asked(plan, kind) else (),
                fate_of_all=str(alone.of_all(plan, kind) or "") if alone.is_asked(plan, kind) else "",
                problem=problems.explain(problem, connection=connection) if problem else None,
            )
        )
    return shown


# --- Rows -------------------------------------------------------------------------------------------------------------


@of_whole_tables()
def page(plan: Plan, counted: KindPlan, *, part: Part, text: str, number: str | None) -> Page[Row]:
    """``counted`` is the kind, as `kinds` tells of it."""
    kind = counted.kind
    if part is Part.NEW:
        return _new_page(plan, counted, text, number)
    records = _matched(plan, kind) if part is Part.MATCHED else _alone(plan, kind)
    pages: Any = Paginator(_searched(records.values_list("pk", flat=True), kind, text), PER_PAGE)
    if part is Part.ALONE and not text:
        pages.count = counted.alone  # a query less
    found: Page[Any] = pages.get_page(number)
    # Only the page's own rows are read: a name is short, and all of them are sorted.
    by_pk = _ours(kind).in_bulk(list(found.object_list))
    found.object_list = [by_pk[pk] for pk in found.object_list if pk in by_pk]
    planned = _planned(plan, kind, [record.pk for record in found.object_list])
    needs = kind is Kind.EMPLOYEES and not plans.links_people(plan)
    rows: Any = [_row(kind, record, planned.get(record.pk), needs_number=needs) for record in found.object_list]
    if part is Part.ALONE and alone.is_asked(plan, kind):
        fates = alone.fates(plan, kind, [row.pk for row in rows])
        rows = [replace(row, fate=str(fates[row.pk])) for row in rows]
    found.object_list = rows
    return found


def row_of(plan: Plan, kind: Kind, local_id: int) -> Row | None:
    record = _ours(kind).filter(pk=local_id).first()
    if record is None:
        return None
    needs = kind is Kind.EMPLOYEES and not plans.links_people(plan)
    row = _row(kind, record, _planned(plan, kind, [local_id]).get(local_id), needs_number=needs)
    if row.theirs is not None or not alone.is_asked(plan, kind):
        return row
    return replace(row, fate=str(alone.fates(plan, kind, [local_id])[local_id]))


def _ours(kind: Kind) -> QuerySet[Any]:
    if kind is Kind.EMPLOYEES:
        return Membership.objects.filter(is_active=True).select_related("user")
    model: Any = TARGETS[kind].model
    rows: QuerySet[Any] = model.objects.filter(archived_at=None)
    return rows


def _is_matched(plan: Plan, kind: Kind) -> Exists:
    return Exists(PlannedRecord.objects.filter(plan=plan, kind=kind, local_id=OuterRef("pk"), is_matched=True))


def _matched(plan: Plan, kind: Kind) -> QuerySet[Any]:
    return _ours(kind).filter(_is_matched(plan, kind))


def _alone(plan: Plan, kind: Kind) -> QuerySet[Any]:
    return _ours(kind).exclude(_is_matched(plan, kind))


def _searched(records: QuerySet[Any], kind: Kind, text: str) -> QuerySet[Any]:
    if kind is Kind.EMPLOYEES:
        for word in text.split():
            records = records.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
        return records.order_by("user__name", "pk")
    for word in text.split():
        records = records.filter(Q(name__icontains=word) | Q(number__istartswith=word))
    return records.order_by(by_name(), "pk")


def _planned(plan: Plan, kind: Kind, ids: Iterable[int]) -> dict[int, PlannedRecord]:
    rows = PlannedRecord.objects.filter(plan=plan, kind=kind, local_id__in=list(ids))
    return {row.local_id: row for row in rows if row.local_id is not None}


def _row(kind: Kind, record: Any, planned: PlannedRecord | None, *, needs_number: bool) -> Row:
    is_person = kind is Kind.EMPLOYEES
    theirs = _theirs(planned) if planned else None
    basis = str(BASES[Basis(planned.basis)]) if planned and planned.basis else ""
    is_matched = planned is not None and planned.is_matched
    suggestion = Suggestion(theirs=theirs, basis=basis) if theirs else None
    if planned is not None and planned.basis == Basis.NUMBER and not planned.is_matched and theirs:
        suggestion = Suggestion(theirs=theirs, basis=basis, is_sure=False)
    return Row(
        pk=record.pk,
        name=record.user.name or record.user.email if is_person else record.name,
        number=record.employee_number if is_person else record.number,
        detail=record.user.email if is_person else "",
        theirs=theirs if is_matched else None,
        suggestion=suggestion,
        note=_("No employee number in Busy.") if needs_number and not record.employee_number else "",
    )


def _theirs(planned: PlannedRecord) -> Theirs:
    return Theirs(
        external_id=planned.external_id, number=planned.number, name=planned.name, is_archived=planned.archived
    )


def _new_page(plan: Plan, counted: KindPlan, text: str, number: str | None) -> Page[Row]:
    records = PlannedRecord.objects.filter(plan=plan, kind=counted.kind, is_matched=False)
    for word in text.split():
        records = records.filter(Q(name__icontains=word) | Q(number__istartswith=word))
    pages: Any = Paginator(records.order_by("archived", "name", "pk"), PER_PAGE)
    if not text:
        pages.count = counted.new
    found: Any = pages.get_page(number)
    rows: Any = [
        Row(pk=one.pk, name=one.name, number=one.number, is_archived=one.archived) for one in found.object_list
    ]
    found.object_list = rows
    new_page: Page[Row] = found
    return new_page


def choices(plan: Plan, kind: Kind, text: str) -> list[dict[str, str]]:
    """Records that were read, for the combobox, with what they are matched with."""
    records = PlannedRecord.objects.filter(plan=plan, kind=kind)
    for word in text.split():
        records = records.filter(Q(name__icontains=word) | Q(number__istartswith=word) | Q(external_id=word))
    found = list(records.order_by("archived", "name", "pk")[:CHOICES])
    ids = [one.local_id for one in found if one.is_matched]
    held = {
        record.pk: str(record.user if kind is Kind.EMPLOYEES else record) for record in _ours(kind).filter(pk__in=ids)
    }
    return [
        {"value": one.external_id, "label": str(one), "detail": _detail(plan, one, held.get(one.local_id or 0, ""))}
        for one in found
    ]


def _detail(plan: Plan, record: PlannedRecord, holder: str) -> str:
    if record.is_matched and holder:
        return _("matched with %(name)s") % {"name": holder}
    if record.kind == Kind.EMPLOYEES and not record.number and not plans.links_people(plan):
        return _("no employee number there")
    return _("archived there") if record.archived else record.email


def people_without_number(plan: Plan) -> int:
    """Active members who would have no counterpart: hours and orders that name them wait (R89). Where people are linked
    nobody's hours wait (R71)."""
    if plans.links_people(plan):
        return 0
    return _alone(plan, Kind.EMPLOYEES).count() if plans.is_read(plan, Kind.EMPLOYEES) else 0
