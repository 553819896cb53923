"""What the templates of the project approval's page need, put together."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from busy.lib.periods import local_today
from busy.lib.written import written_days
from busy.workspaces.doors import MemberRequest
from timesheets.approval import others_can_approve
from timesheets.approvers import may_approve_people, may_approve_projects
from timesheets.project_hours import Shown, choices, project_groups, waiting_for
from timesheets.submission_weeks import open_requests
from timesheets.views.approve_projects_asked import COLUMNS, PERIODS, Asked, Column, Period, asked_for
from timesheets.views.outliers import Outliers
from timesheets.views.request_lines import Place, request_lines


def asked(request: MemberRequest) -> Asked:
    return asked_for(request.GET, local_today(request.workspace.zone))


def page_of(request: MemberRequest, *, outliers: Outliers | None = None) -> dict[str, Any]:
    """Everything on the page, in a constant number of queries whatever the number of entries."""
    wanted = asked(request)
    query, by = wanted.query, request.membership
    groups, page = project_groups(query, by, request.workspace, four_eyes=others_can_approve(by), page=wanted.page)
    waiting = waiting_for(by, query.first_day, query.last_day)
    columns = {column.name.lower(): column in wanted.columns for column in Column}
    return {
        "asked": wanted,
        "requests": request_lines(open_requests(by, of_projects=True), request.workspace.slug),
        "answered_on": Place.PROJECTS,
        "query": wanted.address(),
        "filters": wanted.kept,
        "period": wanted.period,
        "periods": PERIODS.items(),
        "is_range": wanted.period == Period.RANGE,
        "days_text": written_days(query.first_day, query.last_day, with_year=True),
        "tabs": _tabs(request, wanted, waiting.entries),
        "kinds": kinds(request, "projects"),
        "choices": choices(query, by),
        "columns": columns,
        "all_columns": [(column, label, column in wanted.columns) for column, label in COLUMNS.items()],
        "lead_span": 1 + columns["work_type"] + columns["note"],
        "width": width_of(wanted),
        "groups": groups,
        "page_obj": page,
        "waiting": waiting,
        "total_minutes": query.entries(by).aggregate(sum=Sum("minutes", default=0))["sum"],
        "is_narrowed": any((query.project_id, query.work_type_id, query.member_id, query.submitted)),
        "exceptions": outliers,
        "chosen": outliers.names("entry") if outliers else (),
        "bulk_words": json.dumps(_words(query.shown)),
        "currency": request.workspace.currency,
    }


def width_of(wanted: Asked) -> int:
    """Columns of the table: check, who, hours, state, tools, and those that were chosen."""
    return 5 + len(wanted.columns)


def kinds(request: MemberRequest, current: str) -> list[dict[str, Any]]:
    """People and projects, the two approvals (R109); only what the member may use (P7)."""
    pages = []
    if may_approve_people(request.membership):
        pages.append(("people", _("People"), "timesheets:approve"))
    if may_approve_projects(request.membership):
        pages.append(("projects", _("Projects"), "timesheets:approve-projects"))
    return [
        {"label": label, "url": reverse(name, args=[request.workspace.slug]), "current": key == current}
        for key, label, name in pages
    ]


def _words(shown: Shown) -> dict[str, str]:
    """What the bulk button says; the module fills in the selection."""
    if shown == Shown.APPROVED:
        return {
            "none": _("Undo approval of selected"),
            "one": _("Undo approval of 1 entry, %(hours)s h"),
            "many": _("Undo approval of %(n)s entries, %(hours)s h"),
        }
    return {
        "none": _("Approve selected"),
        "one": _("Approve 1 entry, %(hours)s h"),
        "many": _("Approve %(n)s entries, %(hours)s h"),
    }


def _tabs(request: MemberRequest, wanted: Asked, waiting: int) -> list[dict[str, Any]]:
    labels = {Shown.WAITING: _("To approve"), Shown.APPROVED: _("Approved"), Shown.ALL: _("All")}
    return [
        {
            "label": label,
            "url": "?" + wanted.address(show="" if shown == Shown.WAITING else shown, page=""),
            "current": shown == wanted.query.shown,
            "count": waiting if shown == Shown.WAITING else 0,
        }
        for shown, label in labels.items()
    ]
