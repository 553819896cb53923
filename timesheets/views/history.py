"""What became of an entry or a cell: a page of its own, or a panel beside the page that asks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from busy.catalog.models import Project, Task, WorkType
from busy.lib.written import written_day, written_moment
from busy.workspaces.doors import MemberRequest, employee_view
from busy.workspaces.models import Membership
from timesheets import history
from timesheets.events import Cell
from timesheets.models import EntryChange
from timesheets.views.asked import YEARS, member_asked_for
from timesheets.views.history_words import sentences_of

PER_PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``number`` tells the entries of a cell apart, 0 where there is one. ``where`` is the page it was done on."""

    change: EntryChange
    when: str
    sentences: list[str]
    where: str
    number: int
    is_correction: bool


@employee_view
@require_GET
def entry_history(request: MemberRequest, client_id: uuid.UUID) -> HttpResponse:
    owner = history.owner_of(client_id, reader=request.membership)
    if owner is None:  # what may not be seen looks like what is not there
        raise Http404
    return _show(request, owner, history.changes_of_entry(client_id), [])


@employee_view
@require_GET
def cell_history(request: MemberRequest, project_id: int, work_type_id: int, day: str) -> HttpResponse:
    """``?member=`` is for who approves; everybody else reads the own cell. ``?task=`` is the row's, if it has one."""
    owner = member_asked_for(request)
    asked = request.GET.get("task", "")
    task = get_object_or_404(Task, pk=int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    task_id = task.pk if task else None
    project = get_object_or_404(Project, pk=project_id)
    work_type = get_object_or_404(WorkType, pk=work_type_id)
    cell = Cell(owner.pk, project_id, work_type_id, _read_day(day))
    title = ", ".join(filter(None, (project.name, task.name if task else "", work_type.name, written_day(cell.day))))
    changes, entries = history.changes_of_cell(cell, task_id), history.entries_of_cell(cell, task_id)
    return _show(request, owner, changes, entries, title=title)


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if day.year not in YEARS:
        raise Http404
    return day


def _show(
    request: MemberRequest,
    owner: Membership,
    changes: QuerySet[EntryChange],
    entries: list[uuid.UUID],
    *,
    title: str = "",
) -> HttpResponse:
    page = Paginator(changes, PER_PAGE).get_page(request.GET.get("page", 1))
    shown = list(page.object_list)
    names = history.names_in(shown)
    numbers = {id_: number for number, id_ in enumerate(entries, start=1)} if len(entries) > 1 else {}
    if not title and shown:
        last = shown[0]
        title = f"{names.project(last.project_id)}, {names.work_type(last.work_type_id)}, {written_day(last.day)}"
    context = {
        "title": title,
        "owner": owner,
        "is_own": owner.pk == request.membership.pk,
        "page_obj": page,
        "address": request.get_full_path(),
        "lines": [
            Line(
                change=change,
                when=written_moment(change.changed_at),
                sentences=sentences_of(change, names),
                where=_where(change.page),
                number=numbers.get(change.client_id, 0),
                is_correction=change.changed_by_id not in (None, owner.pk) and _is_content(change),
            )
            for change in shown
        ],
    }
    return render(request, "timesheets/_history_panel.html" if request.htmx else "timesheets/history.html", context)


# Columns that only an act of approval or an order writes; anything else is what the entry itself says.
_ACTS = frozenset(
    {"submitted_at", "rejection_id", "person_approval_id", "project_approval_id", "ordered_at", "order_label"}
)


def _is_content(change: EntryChange) -> bool:
    return change.before is None or change.after is None or bool(change.after.keys() - _ACTS)


def _where(page: str) -> str:
    """The page's own name; "" for what has none that would say more than the sentence does."""
    titles = {
        "timesheets:week": _("Week"),
        "timesheets:timeline": _("Timeline"),
        "timesheets:timer": _("Timer"),
        "timesheets:approve": _("Approve"),
        "timesheets:project": _("Approve"),
        "orders:": _("Orders"),
    }
    return next((title for start, title in titles.items() if page.startswith(start)), "")
