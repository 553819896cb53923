"""32 at once over HTTP at one week: one effect each, nothing lost, and no answer is a fault (P21, R112)."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.support.parallel import in_parallel
from tests.support.web import web_server
from tests.timesheets.hours import MONDAY, log_week, make_work_type
from timesheets.models import Approval, CellChange, Rejection, TimeEntry, TimeSettings
from timesheets.services import lock_days

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.together]

WEEK = Week.of(MONDAY)
Line = Callable[[str, Any], httpx.Response]


@pytest.fixture(scope="module")
def address(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with web_server(tmp_path_factory.mktemp("web")) as url:
        yield url


@pytest.fixture
def line_of(address: str) -> Iterator[Callable[[Person], Line]]:
    """The person's way to the real server: posts a form, or JSON given as bytes, on 32 connections at once."""
    with ExitStack() as browsers:

        def open_line(person: Person) -> Line:
            cookies = {settings.SESSION_COOKIE_NAME: person.client.cookies[settings.SESSION_COOKIE_NAME].value}
            limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
            browser = httpx.Client(base_url=address, cookies=cookies, timeout=120, limits=limits)
            browsers.enter_context(browser)
            found = re.search(r'name="csrf-token" content="(\w+)"', browser.get(person.url("week/")).text)
            assert found
            browser.headers.update({"X-CSRFToken": found[1], "Accept": "application/json"})

            def post(path: str, data: Any) -> httpx.Response:
                body = {"content": data} if isinstance(data, bytes) else {"data": data}
                return browser.post(person.url(path), **body)

            return post

        yield open_line


def cell(
    anna: Person, project: Project, work_type: WorkType, hours: str, *, day: date = MONDAY, id_: uuid.UUID | None = None
) -> bytes:
    change = {"member": anna.membership.pk, "project": project.pk, "work_type": work_type.pk, "base": ""}
    change |= {"day": day.isoformat(), "hours": hours, "client_id": str(id_ or uuid.uuid4())}
    return json.dumps(change).encode()


def new_block(anna: Person, project: Project, work_type: WorkType, day: date, start: int) -> bytes:
    place = {"day": day.isoformat(), "start": start, "end": start + 15}
    create = {"do": "create", "id": str(uuid.uuid4()), "place": place, "on": [project.pk, work_type.pk]}
    return json.dumps({"member": anna.membership.pk, "id": str(uuid.uuid4()), "moves": [create]}).encode()


def test_32_saves_of_one_cell_one_wins_and_the_others_are_told(
    line_of: Callable[[Person], Line], fjell: Workspace, anna: Person, arena: Project, design: WorkType
) -> None:
    post = line_of(anna)
    answers: dict[int, httpx.Response] = {}

    def save(number: int) -> None:
        answers[number] = post("week/cell/", cell(anna, arena, design, f"0:{number + 10}"))

    assert in_parallel(save, 32) == []
    assert Counter(answer.status_code for answer in answers.values()) == {200: 1, 409: 31}
    winner = next(number for number, answer in answers.items() if answer.status_code == 200)
    with scope(fjell.pk):
        assert [entry.minutes for entry in TimeEntry.objects.all()] == [winner + 10]


def test_32_replays_of_one_save_have_one_effect(
    line_of: Callable[[Person], Line], fjell: Workspace, anna: Person, arena: Project, design: WorkType
) -> None:
    post, change = line_of(anna), cell(anna, arena, design, "7,5", id_=uuid.uuid4())
    statuses: list[int] = []
    assert in_parallel(lambda _number: statuses.append(post("week/cell/", change).status_code), 32) == []
    assert statuses == [200] * 32
    with scope(fjell.pk):
        assert list(TimeEntry.objects.values_list("minutes", "revision")) == [(450, 1)]
        assert CellChange.objects.count() == 1


def test_32_approvals_of_one_week_by_two_managers_are_one_act(
    line_of: Callable[[Person], Line],
    fjell: Workspace,
    anna: Person,
    bo: Person,
    dina: Person,
    arena: Project,
    design: WorkType,
) -> None:
    log_week(anna.membership, arena, design)
    lines = [line_of(bo), line_of(dina)]
    statuses: list[int] = []

    def approve(number: int) -> None:
        answer = lines[number % 2](f"approve/{WEEK}/people/", {"member": anna.membership.pk})
        statuses.append(answer.status_code)

    assert in_parallel(approve, 32) == []
    assert statuses == [302] * 32
    with scope(fjell.pk):
        given = Approval.objects.get()
        assert set(TimeEntry.objects.values_list("person_approval", flat=True)) == {given.pk}


def test_p25_32_submits_and_rejections_of_one_week_are_one_act_each(
    line_of: Callable[[Person], Line], fjell: Workspace, anna: Person, bo: Person, arena: Project, design: WorkType
) -> None:
    log_week(anna.membership, arena, design)
    with scope(fjell.pk):
        TimeSettings.objects.create(submits_time=True)
    annas, bos = line_of(anna), line_of(bo)
    statuses: list[int] = []

    def submit(_number: int) -> None:
        statuses.append(annas(f"submission/{WEEK}/", {"do": "submit-week"}).status_code)

    def reject(_number: int) -> None:
        told = {"days": [day.isoformat() for day in WEEK.days], "comment": "Tuesday is missing."}
        statuses.append(bos(f"approve/{WEEK}/people/{anna.membership.pk}/reject/", told).status_code)

    assert in_parallel(submit, 32) == []
    with scope(fjell.pk):
        assert len(set(TimeEntry.objects.values_list("submitted_at", flat=True))) == 1
        assert not TimeEntry.objects.filter(submitted_at=None).exists()
    assert in_parallel(reject, 32) == []
    assert set(statuses) == {302}
    with scope(fjell.pk):
        sent_back = Rejection.objects.get()
        assert set(TimeEntry.objects.values_list("submitted_at", "rejection")) == {(None, sent_back.pk)}


def test_saves_steps_and_approvals_of_one_week_at_once(
    line_of: Callable[[Person], Line],
    fjell: Workspace,
    anna: Person,
    bo: Person,
    dina: Person,
    arena: Project,
    design: WorkType,
) -> None:
    """What was answered with yes is there, what was refused is not, and no hour slips into the approved week."""
    log_week(anna.membership, arena, design)
    kinds = [make_work_type(arena, f"Kind {n}", product=None) for n in range(4)]
    annas, managers = line_of(anna), [line_of(bo), line_of(dina)]
    answers: dict[int, int] = {}

    def act(number: int) -> None:
        kind, day = number % 4, MONDAY + timedelta(days=number // 5)
        if kind == 3:
            answer = managers[number // 4 % 2](f"approve/{WEEK}/people/", {"member": anna.membership.pk})
        elif kind == 2:
            answer = annas("timeline/step/", new_block(anna, arena, design, day, number * 15))
        else:
            answer = annas("week/cell/", cell(anna, arena, kinds[number // 2 % 4], f"0:{number + 1:02d}", day=day))
        answers[number] = answer.status_code

    assert in_parallel(act, 32) == []
    assert set(answers.values()) <= {200, 302, 409, 422}
    with scope(fjell.pk):
        given = Approval.objects.get()
        entries = list(TimeEntry.objects.exclude(minutes=450))
        assert {entry.person_approval_id for entry in TimeEntry.objects.all()} == {given.pk}
    saved = [number for number, status in answers.items() if number % 4 != 3 and status == 200]
    assert sorted(entry.minutes for entry in entries) == sorted(
        15 if number % 4 == 2 else number + 1 for number in saved
    )


@contextmanager
def somebody_else_at(anna: Person, day: date) -> Iterator[None]:
    """Another writer who takes long, in a transaction of its own."""
    holding, go_on = Event(), Event()

    def hold() -> None:
        with scope(anna.workspace.pk):
            lock_days(anna.membership, [day])
            holding.set()
            go_on.wait(60)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert holding.wait(60)
    yield
    go_on.set()
    thread.join(60)


def test_who_waits_too_long_is_told_to_try_again_and_nothing_was_done(
    fjell: Workspace, anna: Person, arena: Project, design: WorkType
) -> None:
    change = cell(anna, arena, design, "7,5")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    def save() -> Any:
        return anna.client.post(
            anna.url("week/cell/"), change, content_type="application/json", headers={"accept": "application/json"}
        )

    try:
        with somebody_else_at(anna, MONDAY):
            answer = save()
            page = anna.post(f"week/{WEEK}/rows/", {"remove": f"{arena.pk}-{design.pk}"})
    finally:
        connection.close()
    assert (answer.status_code, answer["Retry-After"], answer.json()["error"]) == (503, "1", "crowded")
    assert page.status_code == 503
    assert "Nothing was changed" in page.content.decode()
    with scope(fjell.pk):
        assert not TimeEntry.objects.exists()
    assert save().status_code == 200
