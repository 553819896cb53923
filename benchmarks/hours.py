"""Hours in a small workspace and in one with a million entries: pages and saves, by time and by statements.

Requests go through Busy's whole stack in this process - session, door, scope, policies, history - without a network.
A figure is the median and the 95th percentile of many requests for different people and weeks.
"""

from __future__ import annotations

import json
import os
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.staff import Company, company

if TYPE_CHECKING:
    from django.test import Client

    from busy.workspaces.models import Membership

# Eight weeks: four that wait for approval, and four of what can be invoiced.
SMALL = 100_000
LARGE = int(os.environ.get("BENCH_ENTRIES", "1000000"))
PEOPLE = 500
TIMES = 100
WARM = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds, and the most SQL statements that one of the requests took."""

    median: float
    high: float
    statements: int


def main() -> None:
    print(f"hours: {os.getloadavg()[0]:.1f} load before loading")
    sides = []
    for entries in (SMALL, LARGE):
        begun = time.perf_counter()
        sides.append(company(people=PEOPLE, entries=entries))
        seconds = time.perf_counter() - begun
        print(f"hours: {entries} entries of {PEOPLE} people loaded in {seconds:.1f} s ({entries / seconds:.0f}/s)")
    print(f"hours: {os.getloadavg()[0]:.1f} load while measuring")
    print(f"| hours, median / 95 % in ms | {SMALL} entries | {LARGE} entries | statements |")
    print("|---|---|---|---|")
    for name, act in ACTS.items():
        few, many = (act(side) for side in sides)
        same = str(many.statements) if few.statements == many.statements else f"{few.statements} → {many.statements}"
        print(f"| {name} | {few.median:.1f} / {few.high:.1f} | {many.median:.1f} / {many.high:.1f} | {same} |")


def client_of(member: Membership) -> Client:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def measure(act: Callable[[int], Any], times: int = TIMES) -> Figure:
    figures = [_once(act, number) for number in range(WARM + times)][WARM:]
    taken = sorted(figure.median for figure in figures)
    return Figure(statistics.median(taken), taken[int(len(taken) * 0.95)], max(figure.statements for figure in figures))


def _get(side: Company, member: Membership, path: Callable[[int], str], times: int = TIMES) -> Figure:
    client = client_of(member)

    def ask(number: int) -> None:
        answer = client.get(f"/w/{side.workspace.slug}/{path(number)}")
        assert answer.status_code == 200, (path(number), answer.status_code)

    return measure(ask, times)


def week_page(side: Company) -> Figure:
    from busy.lib.periods import Week

    this = Week.of(side.last)
    return _get(side, side.people[0], lambda number: f"week/{this.plus(-(number % 4))}/")


def timeline_page(side: Company) -> Figure:
    from busy.lib.periods import Week

    this = Week.of(side.last)
    return _get(side, side.people[1], lambda number: f"timeline/{this.plus(-(number % 4))}/")


def save_cell(side: Company) -> Figure:
    """An empty cell of one of many people's weekends gets hours."""
    clients = {number: client_of(side.people[number]) for number in range(20)}
    saturday = side.last - timedelta(days=side.last.weekday() + 2)
    project, work_type = side.pairs[0]

    def save(number: int) -> None:
        person = side.people[number % 20]
        change = {"member": person.pk, "project": project, "work_type": work_type, "base": "", "hours": "1,5"}
        change |= {"day": (saturday + timedelta(weeks=1 + number // 20)).isoformat(), "client_id": str(uuid.uuid4())}
        answer = clients[number % 20].post(
            f"/w/{side.workspace.slug}/week/cell/", json.dumps(change), content_type="application/json"
        )
        assert answer.status_code == 200, answer.content

    return measure(save)


def month_of_a_person(side: Company) -> Figure:
    """A month's entries as the timeline's modules get them, with projects, locks and revisions."""
    from busy.workspaces.scope import scope
    from timesheets.timeline_selectors import timeline_days
    from timesheets.views.timeline_page import days_json

    days = [side.last - timedelta(days=n) for n in range(31)]

    def read(number: int) -> None:
        person = side.people[number % len(side.people)]
        with scope(side.workspace.pk):
            assert json.dumps(days_json(timeline_days(person, days), person), default=str)

    return measure(read)


def approve_page(side: Company) -> Figure:
    from busy.lib.periods import Week

    this = Week.of(side.last)
    return _get(side, side.manager, lambda number: f"approve/{this.plus(-(number % 4))}/", 40)


def oldest_to_approve(side: Company) -> Figure:
    return _get(side, side.manager, lambda _number: "approve/", 40)


def missing_page(side: Company) -> Figure:
    return _get(side, side.manager, lambda _number: "missing/", 40)


def orders_page(side: Company) -> Figure:
    """What of all approved hours can be invoiced, by project; none of them is on an order yet."""
    return _get(side, side.manager, lambda _number: "orders/", 10)


def order_page(side: Company) -> Figure:
    """A draft, beside it the entries of its project that it could take."""
    from busy.workspaces.scope import scope
    from orders import services
    from orders.offers import offered

    with scope(side.workspace.pk):
        project = offered().order_by("project_id").values_list("project_id", flat=True)[0]
        entries = offered().filter(project=project).order_by("-day", "pk").values_list("pk", flat=True)[:20]
        order = services.create_draft(project, by=side.manager, entry_ids=list(entries))
    try:
        return _get(side, side.manager, lambda _number: f"orders/{order.pk}/", 40)
    finally:
        with scope(side.workspace.pk):
            services.delete_draft(order.pk, by=side.manager)


def choose_entries(side: Company) -> Figure:
    """300 entries that wait to be invoiced are put on a draft, and taken off again outside of the measure."""
    from busy.workspaces.scope import scope
    from orders import services
    from orders.offers import offered

    with scope(side.workspace.pk):
        project = offered().order_by("project_id").values_list("project_id", flat=True)[0]
        entries = list(offered().filter(project=project).order_by("-day", "pk").values_list("pk", flat=True)[:301])
        order = services.create_draft(project, by=side.manager, entry_ids=entries[:1])
    figures = []
    for number in range(11):
        with scope(side.workspace.pk):
            choose = partial(services.pick_entries, order.pk, by=side.manager)
            figures.append(_once(lambda _number: choose(include=entries[1:]), number))  # noqa: B023 - called at once
            choose(exclude=entries[1:])
    with scope(side.workspace.pk):
        services.delete_draft(order.pk, by=side.manager)
    return _figure(figures)


def approve_fifty(side: Company) -> Figure:
    return _approve(side, 50)


def approve_everybody(side: Company) -> Figure:
    return _approve(side, PEOPLE)


def _approve(side: Company, people: int) -> Figure:
    """So many people's week in one act, and that taken back outside of the measure."""
    from busy.lib.periods import Week
    from busy.workspaces.scope import scope
    from timesheets import approval

    week = Week.of(side.last)
    wanted = [person.pk for person in side.people[:people]]
    given: list[Any] = []

    def act(_number: int) -> None:
        with scope(side.workspace.pk):
            given.append(approval.approve_many(wanted, week, by=side.manager).at)

    figures = []
    for number in range(7):
        figures.append(_once(act, number))
        with scope(side.workspace.pk):
            approval.undo_act(given[-1], week, by=side.manager)
    return _figure(figures)


def _figure(figures: list[Figure]) -> Figure:
    """Of few acts: the median, and the slowest."""
    taken = sorted(figure.median for figure in figures)
    return Figure(statistics.median(taken), taken[-1], max(figure.statements for figure in figures))


def _once(act: Callable[[int], Any], number: int) -> Figure:
    from django.db import connection

    statements = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*args)

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        act(number)
    spent = (time.perf_counter() - begun) * 1000
    return Figure(spent, spent, statements)


ACTS: dict[str, Callable[[Company], Figure]] = {
    "a week's page": week_page,
    "a week on the timeline": timeline_page,
    "save of a cell": save_cell,
    "a month of one person": month_of_a_person,
    "approve page, 500 people": approve_page,
    "approve, the oldest week that waits": oldest_to_approve,
    "missing time, 500 people": missing_page,
    "orders, what can be invoiced": orders_page,
    "an order, and what it could take": order_page,
    "put 300 entries on an order": choose_entries,
    "approve 50 people's week": approve_fifty,
    "approve 500 people's week": approve_everybody,
}
