"""The provider tells of a change, and it is in Busy at once; nothing else is believed of what it says (R36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from busy.catalog.models import Project
from busy.workspaces.models import Membership
from integrations import services, watching
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import PullRun, Wakeup
from integrations.providers.tripletex.sandbox import events
from integrations.providers.tripletex.sandbox.seed import NORDLYS
from integrations.providers.tripletex.watch import EVENTS
from tests.integrations.stage import PROJECT, Stage


@pytest.fixture
def watched(stage: Stage, settings: Any) -> Stage:
    """Fjell connected, and Tripletex asked to tell."""
    settings.BASE_URL = "https://busy.example"
    stage.connect()
    stage.pull()
    return stage


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    answer = Client(enforce_csrf_checks=True).post(urlsplit(url).path, body, content_type="application/json", **sent)  # type: ignore[arg-type]
    return answer.status_code


def tell(stage: Stage, event: str, send: events.Send = post) -> list[int]:
    return events.announce(stage.sandbox.store, NORDLYS, event, int(PROJECT), send)


def subscriptions(stage: Stage) -> list[str]:
    return sorted(row["event"] for row in stage.sandbox.store.all(NORDLYS, events.KIND))


def due(stage: Stage) -> set[str]:
    with stage.scope():
        return {row.kind for row in Wakeup.objects.filter(started_by_id=None) if row.due_at <= _now()}


def _now() -> Any:
    return timezone.now()


def test_a_change_at_the_provider_is_here_with_the_next_look_that_it_brings_about(watched: Stage) -> None:
    assert subscriptions(watched) == sorted(EVENTS)
    watched.sandbox.change("Project", PROJECT, name="Nettbutikk, ny fase")
    assert due(watched) & {"projects", "customers"} == set()
    assert tell(watched, "project.update") == [204]
    assert due(watched) & {"projects", "customers"} == {"projects"}
    watched.pull()
    with watched.scope():
        assert Project.objects.get(links__external_id=PROJECT).name == "Nettbutikk, ny fase"


def test_who_disconnects_is_told_of_no_more_and_a_provider_that_is_away_keeps_nobody(watched: Stage) -> None:
    one = "settings/integrations/tripletex/"
    assert watched.dina.post(f"{one}disconnect/").status_code == 302
    assert subscriptions(watched) == []
    watched.connect()
    watched.pull()
    assert subscriptions(watched) == sorted(EVENTS)  # connected again, it tells again
    watched.sandbox.arm(Fault(kind=FaultKind.STATUS, path="/event/subscription*", status=503, count=None))
    assert watched.dina.post(f"{one}disconnect/").status_code == 302
    assert watched.refresh().state == "disconnected"


def seconds_to_next(stage: Stage, kind: str) -> float:
    """Until the schedule looks again, after a look."""
    stage.make_due(kind)
    stage.pull()
    with stage.scope():
        row = Wakeup.objects.get(connection_id=stage.connection.pk, kind=kind)
    return float((row.due_at - _now()).total_seconds())


def test_while_hints_arrive_the_schedule_asks_more_rarely(watched: Stage) -> None:
    tell(watched, "project.update")
    assert 290 < seconds_to_next(watched, "projects") <= 300
    assert 50 < seconds_to_next(watched, "customers") <= 60  # of those nothing was told yet


def test_where_nobody_works_for_days_the_schedule_asks_more_rarely_until_somebody_does(connected: Stage) -> None:
    def used(days: int) -> None:
        with connected.scope():
            Membership.objects.update(last_used_at=timezone.now() - timedelta(days=days))

    used(4)
    assert 290 < seconds_to_next(connected, "customers") <= 300
    # Five times a quarter of an hour would be later than R60 allows.
    assert 2_690 < seconds_to_next(connected, "employees") <= 2_700
    connected.dina.post("settings/integrations/tripletex/synchronise/")
    connected.pull()
    assert 50 < seconds_to_next(connected, "customers") <= 60
    used(2)  # a weekend
    assert 50 < seconds_to_next(connected, "customers") <= 60


def test_a_replayed_hint_is_one_more_look_and_no_more(watched: Stage) -> None:
    said: list[tuple[str, Mapping[str, str], bytes]] = []

    def keep(url: str, headers: Mapping[str, str], body: bytes) -> int:
        said.append((url, headers, body))
        return post(url, headers, body)

    tell(watched, "project.update", keep)
    with watched.scope():
        runs = PullRun.objects.count()
    for _ in range(5):
        assert post(*said[0]) == 204
    watched.sandbox.forget_requests()
    watched.pull()
    assert [seen.status for seen in watched.sandbox.requests()] == [304]
    with watched.scope():
        assert PullRun.objects.count() == runs


def test_what_is_not_signed_or_for_nobody_moves_nothing(watched: Stage) -> None:
    def forged(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return post(url, {**headers, "x-request-signature": "bm8="}, body)

    def other_body(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return post(url, headers, body.replace(b"project", b"product"))

    def unsigned(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return post(url, {}, body)

    def elsewhere(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return post(url.rstrip("/")[:-3] + "abc/", headers, body)

    before = due(watched)
    assert tell(watched, "project.update", forged) == [401]
    assert tell(watched, "project.update", other_body) == [401]
    assert tell(watched, "project.update", unsigned) == [401]
    assert tell(watched, "project.update", elsewhere) == [404]
    assert due(watched) == before


def test_too_many_hints_are_refused_for_a_minute(watched: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "A_MINUTE", 2)
    # A minute may end between them; three of six are then still in one.
    answers = [tell(watched, "project.update")[0] for _ in range(6)]
    assert 429 in answers
    assert answers[0] == 204


def test_subscriptions_are_mended_once_a_day_and_made_anew_for_a_new_key(
    watched: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = watched.sandbox.store
    first, second, *_ = store.all(NORDLYS, events.KIND)
    store.delete(NORDLYS, events.KIND, first["id"])
    store.put(NORDLYS, events.KIND, {**second, "status": "DISABLED_TOO_MANY_ERRORS"})
    where = watched.workspace.pk, watched.connection.pk
    assert not watching.keep(*where)  # seen to today
    monkeypatch.setattr(watching, "SEEN_TO", -watching.SEEN_TO)
    assert watching.keep(*where)
    assert subscriptions(watched) == sorted(EVENTS)
    assert {row["status"] for row in store.all(NORDLYS, events.KIND)} == {"ACTIVE"}


def test_a_disconnected_connection_hears_nothing_and_a_local_address_asks_for_nothing(
    watched: Stage, settings: Any
) -> None:
    watched.do(services.disconnect, watched.refresh())
    assert tell(watched, "project.update") == [404]
    settings.BASE_URL = "http://localhost:8000"
    assert not watching.keep(watched.workspace.pk, watched.connection.pk)
