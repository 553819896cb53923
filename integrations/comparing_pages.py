"""What the page of comparisons shows: a month of one subject, how far its comparison is, and each difference with its
cures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from busy.lib.periods import local_today
from busy.lib.written import written_month
from integrations import comparing, comparing_words, hours
from integrations.comparing_models import ComparedMonth, Difference, Subject, What
from integrations.conversations import connector_of
from integrations.kernel.errors import Problem
from integrations.models import Connection
from integrations.months import Month
from integrations.problems import explain

PAGE = 50


def open_months(connection: Connection) -> list[dict[str, Any]]:
    """The months with differences that nobody has said to leave, the newest first. One query."""
    open_rows = Q(differences__accepted_at=None, differences__isnull=False)
    rows = ComparedMonth.objects.filter(connection=connection).annotate(open=Count("differences", filter=open_rows))
    found = rows.filter(open__gt=0).order_by("-month", "-subject")
    return [
        {
            "subject": row.subject,
            "month": str(Month.of(row.month)),
            "label": _label(Subject(row.subject), row.month),
            "count": row.open,
            "url": address(connection, Subject(row.subject), Month.of(row.month)),
        }
        for row in found
    ]


def _label(subject: Subject, month: date) -> str:
    told = {"month": written_month(month)}
    return _("Hours of %(month)s") % told if subject == Subject.HOURS else _("Orders of %(month)s") % told


def address(connection: Connection, subject: Subject, month: Month) -> str:
    url = reverse("integrations:compare", args=[connection.workspace.slug, connection.provider, subject])
    return f"{url}?month={month}"


def part(connection: Connection, subject: Subject, month: Month, number: str | None) -> dict[str, Any]:
    """A constant number of queries."""
    compared = compared_month(connection, subject, month)
    rows = Difference.objects.filter(compared=compared) if compared else Difference.objects.none()
    open_rows = rows.filter(accepted_at=None)
    found = Paginator(rows.order_by("accepted_at", "what", "cell__day", "pk"), PAGE).get_page(number)
    ids = [row.pk for row in found.object_list]
    shown = comparing_words.loaded(connection, Difference.objects.filter(pk__in=ids)) if ids else []
    problem = Problem.from_json(compared.problem) if compared is not None and compared.problem else None
    here = (str(subject), str(month))
    return {
        "connection": connection,
        "facts": connector_of(connection).facts,
        "subject": subject,
        "month": month,
        "previous": address(connection, subject, month.plus(-1)),
        "next": address(connection, subject, month.plus(1)),
        "elsewhere": [one for one in open_months(connection) if (one["subject"], one["month"]) != here],
        "subjects": _switch(connection, subject, month),
        "compared": compared,
        "problem": explain(problem, connection=connection) if problem else None,
        "differences": [_row(comparing_words.told(one)) for one in shown],
        "open": open_rows.count() if compared else 0,
        "accepted": rows.exclude(accepted_at=None).count() if compared else 0,
        "page_obj": found,
        "can_press": connection.is_running,
        "can_send_hours": connection.is_running and hours.is_on(connection),
        "is_hours": subject == Subject.HOURS,
    }


def compared_month(connection: Connection, subject: Subject, month: Month) -> ComparedMonth | None:
    found = ComparedMonth.objects.filter(connection=connection, subject=subject, month=month.first)
    return found.select_related("started_by__user").first()


def this_month(connection: Connection) -> Month:
    return Month.of(local_today(connection.workspace.zone))


def _switch(connection: Connection, current: Subject, month: Month) -> list[dict[str, Any]]:
    labels = {Subject.ORDERS: _("Orders"), Subject.HOURS: _("Hours")}
    return [
        {
            "label": labels[one],
            "url": address(connection, one, month),
            "current": one == current,
        }
        for one in comparing.subjects(connection)
    ]


def _row(told: comparing_words.Told) -> dict[str, Any]:
    row = told.shown.row
    return {
        "pk": row.pk,
        "told": told,
        "what": row.what,
        "what_label": comparing_words.what_label(row.what),
        "order_id": told.shown.order.pk if told.shown.order else None,
        "cell_id": row.cell_id,
        "url": row.url,
        "is_accepted": row.accepted_at is not None,
        "accepted_at": row.accepted_at,
        "accepted_by": row.accepted_by.user if row.accepted_by else None,
        "can_send_order": row.what == What.MISSING and row.cell_id is None and told.shown.order is not None,
        "can_send_hours": row.cell_id is not None,
    }
