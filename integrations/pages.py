"""What the pages of one connection share: the frame with its crumbs and tabs, and the parts that renew themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, F, Max, Q, Sum
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest
from integrations import (
    change_urls,
    comparing,
    comparing_pages,
    customer_exchange,
    deliveries,
    exchange_forms,
    extensions,
    hour_words,
    hours,
    mapping,
    quotas,
    selectors,
)
from integrations.conversations import connector_of
from integrations.kernel.errors import Problem
from integrations.kernel.facts import Switch
from integrations.kernel.payloads import OrderPayload
from integrations.kernel.records import Kind
from integrations.models import Connection, Delivery, PullRun
from integrations.policy import State
from integrations.problems import Explained, connection_url, explain
from integrations.selectors import KindStatus
from orders.models import Order

KIND_ICONS = {
    Kind.CUSTOMERS: "customers",
    Kind.PROJECTS: "projects",
    Kind.PRODUCTS: "products",
    Kind.WORK_TYPES: "worktypes",
    Kind.EMPLOYEES: "people",
    Kind.TASKS: "tick",
}
_PAGES = {"mapping": "mapping-first", "compare": "compare-first"}  # a tab's page, where it has another name
LATEST = 6  # transfers beside the overview


def connection_or_404(provider: str) -> Connection:
    connection = selectors.connection_of(provider)
    if connection is None:
        raise Http404
    return connection


def crumbs(request: MemberRequest, connection: Connection | None = None) -> list[dict[str, str]]:
    slug = request.workspace.slug
    trail = [
        {"label": _("Settings"), "url": reverse("workspaces:settings", args=[slug])},
        {"label": _("Integrations"), "url": reverse("integrations:list", args=[slug])},
    ]
    if connection is not None:
        url = reverse("integrations:connection", args=[slug, connection.provider])
        trail.append({"label": connector_of(connection).facts.name, "url": url})
    return trail


def frame(request: MemberRequest, connection: Connection, current: str) -> dict[str, Any]:
    """Head, health and tabs of every page of the connection."""
    context = health_part(connection)
    counts = {"problems": context["attention"], "hours": context["health"].hours_attention}
    if comparing.subjects(connection):
        counts["compare"] = context["health"].differences
    return context | {"crumbs": crumbs(request), "tabs": _tabs(request, connection, current, counts)}


def health_part(connection: Connection) -> dict[str, Any]:
    """The sentence in large type, the 🔄 button and what it does at the moment."""
    health = selectors.health_of(connection)
    kinds = [kind for kind in selectors.kind_statuses(connection) if kind.is_on]
    parked = list(selectors.parked_runs(connection))
    return {
        "connection": connection,
        "here": connection_url(connection),
        "facts": connector_of(connection).facts,
        "health": health,
        "sign": _sign(connection, health, kinds, parked),
        "kinds": kinds,
        "parked": parked,
        "attention": health.attention + health.records_attention + len(parked) + (health.problem is not None),
        "is_synchronising": any(kind.is_running for kind in kinds),
        "transfers": _transfers(connection),
        "is_connected": connection.disconnected_at is None,
        "day": quotas.today(connection) if connection.is_running else None,
    }


def overview_part(connection: Connection) -> dict[str, Any]:
    """What is kept in step, what waits, what went out last."""
    context = health_part(connection)
    changed = _changed_today(connection)
    unlinked = {count.kind: count.unlinked for count in mapping.counts(connection)}
    if change_urls.has_one(connection):
        context["change_url"] = change_urls.change_url(connection)
    facts = connector_of(connection).facts
    return context | {
        "used_for": exchange_forms.told(connection) if customer_exchange.is_offered(facts) else [],
        "problems": connection_problems(context["health"].problem, context["kinds"]),
        "open_months": comparing_pages.open_months(connection) if context["health"].differences else [],
        "lines": [
            (kind, KIND_ICONS[kind.kind], changed.get(kind.kind, 0), unlinked.get(kind.kind, 0))
            for kind in context["kinds"]
        ],
        "has_orders": connector_of(connection).push(OrderPayload) is not None,
        "has_project_sync": has_project_sync(connection),
        "hour_transfers": _transfers(connection, deliveries.HOURS) if hours.is_on(connection) else None,
        "hour_trigger": hour_words.trigger_label(hours.choices_of(connection).trigger),
        "latest": with_orders(selectors.deliveries_of(connection).order_by("-changed_at")[:LATEST]),
    }


def has_project_sync(connection: Connection) -> bool:
    """Whether it can be turned on and off."""
    kinds = connector_of(connection).facts.kinds
    return extensions.is_wanted(connection) and any(kind.switch == Switch.PROJECT_SYNC for kind in kinds)


def connection_problems(first: Explained | None, kinds: Iterable[KindStatus]) -> list[Explained]:
    """The connection's own problem and those of single kinds, each cause once."""
    found = {problem.code: problem for problem in (first, *(kind.problem for kind in kinds)) if problem is not None}
    return list(found.values())


def with_orders(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Deliveries as a list shows them: which order, how far it has come, what is in its way. Two queries for all."""
    rows = list(deliveries)
    ids = [row.order_id for row in rows if row.order_id is not None]
    orders = {order.pk: order for order in Order.objects.filter(pk__in=ids).select_related("project")}
    statuses = selectors.transfer_statuses(ids)
    shown = []
    for row in rows:
        order = orders.get(row.order_id or 0)
        status = statuses.get(row.order_id or 0)
        problem = Problem.from_json(row.problem) if row.problem and row.state != State.TRANSFERRED else None
        shown.append(
            {
                "pk": row.pk,
                "order_id": row.order_id,
                "changed_at": row.changed_at,
                "label": _("Order %(number)s, %(project)s") % {"number": order.number, "project": order.project.name}
                if order
                else row.reference,
                "state": status.state if status and row.state != State.CANCELLED else "archived",
                "state_label": _("Taken back") if row.state == State.CANCELLED else "",
                "problem": explain(problem, connection=row.connection, order_id=row.order_id) if problem else None,
            }
        )
    return shown


def _tabs(
    request: MemberRequest, connection: Connection, current: str, attention: Mapping[str, int]
) -> list[dict[str, Any]]:
    pages = [
        ("connection", _("Overview")),
        ("problems", _("Problems")),
        *([("hours", _("Hours"))] if hours.is_offered(connection) else []),
        *([("compare", _("Comparison"))] if comparing.subjects(connection) else []),
        ("mapping", _("Mapping")),
        ("connection-settings", _("Settings")),
        ("history", _("History")),
    ]
    return [
        {
            "label": label,
            "url": reverse(
                f"integrations:{_PAGES.get(name, name)}", args=[request.workspace.slug, connection.provider]
            ),
            "current": name == current,
            "count": attention.get(name, 0),
            "attention": bool(attention.get(name)),
        }
        for name, label in pages
    ]


def _sign(connection: Connection, health: selectors.Health, kinds: list[KindStatus], parked: list[PullRun]) -> str:
    """attention, moving, quiet or good: which sign stands beside the sentence."""
    if connection.disconnected_at is not None:
        return "quiet"
    troubles = [kind.problem for kind in kinds if kind.problem]
    waits = (
        health.needs_somebody
        or health.needs_set_up
        or health.is_silent
        or parked
        or any(not one.is_automatic for one in troubles)
    )
    if not connection.is_running or waits:
        return "attention"
    if health.problem is not None or troubles or any(kind.last_success_at is None for kind in kinds):
        return "moving"
    return "good"


def _midnight() -> Any:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _changed_today(connection: Connection) -> dict[str, int]:
    runs = PullRun.objects.filter(connection=connection, started_at__gte=_midnight())
    changed = F("created") + F("updated") + F("archived") + F("restored")
    return dict(runs.values_list("kind").annotate(changed=Sum(changed)).order_by())


def _transfers(connection: Connection, kind: str = deliveries.ORDER) -> dict[str, Any]:
    done = Q(state=State.TRANSFERRED)
    return Delivery.objects.filter(connection=connection, kind=kind).aggregate(
        transferred=Count("pk", filter=done),
        last_at=Max("transferred_at"),
        today=Count("pk", filter=done & Q(transferred_at__gte=_midnight())),
    )
