"""The calls that a provider includes a day are planned for: counted with the request, told at 70 %, spared at 90 %."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from integrations import plans, quotas, services, watching
from integrations.kernel.records import Kind
from integrations.models import Connection
from integrations.quotas import SharedQuota
from tests.integrations.uniconta_stage import PROVIDER, UnicontaStage, uniconta
from tests.people import Person

__all__ = ["uniconta"]


def use(stage: UnicontaStage, requests: int) -> None:
    redis.Redis.from_url(settings.REDIS_URL).set(quotas._count_of(stage.dina.workspace.pk, PROVIDER), requests)


def test_requests_are_counted_told_and_spared_before_the_day_is_used_up(
    uniconta: UnicontaStage, dina: Person, cilla: Person
) -> None:
    connection = uniconta.connect()
    before = quotas.today(connection)
    assert before is not None
    uniconta.sandbox.forget_requests()
    uniconta.pull()
    after = quotas.today(connection)
    assert after is not None
    assert after.used - before.used == 2 * len(uniconta.sandbox.requests())
    facts = uniconta.facts.kinds[0]
    page = f"settings/integrations/{PROVIDER}/"
    with uniconta.scope():
        usual = watching.interval(connection, facts)
    assert "calls that Uniconta includes" not in dina.get(page).content.decode()
    use(uniconta, 1750)
    assert "3500 of the 5000 calls" in dina.get(page).content.decode().replace("\u00a0", "").replace(",", "")
    with uniconta.scope():
        assert watching.interval(connection, facts) == usual
    use(uniconta, 2250)
    told = dina.get(page).content.decode()
    assert "four times less often" in told
    assert "an estimate" in told
    assert cilla.get(page).status_code == 404
    with uniconta.scope():
        assert watching.interval(connection, facts) == 4 * usual


def test_what_is_asked_before_a_connection_is_confirmed_counts_with_the_rest(
    uniconta: UnicontaStage, dina: Person, cilla: Person
) -> None:
    assert uniconta.facts.sandbox is not None
    given = dict(uniconta.facts.sandbox.credentials)
    with pytest.raises(services.CannotConnect):
        services.verify(PROVIDER, {**given, "password": "mistyped"}, workspace=dina.workspace)
    verified = services.verify(PROVIDER, given, workspace=dina.workspace)
    with uniconta.scope():
        plan = plans.start(PROVIDER, given, project_sync=False, verified=verified, by=dina.membership)
    plans.read(plan, Kind.CUSTOMERS)
    day = quotas.today(uniconta.connect())
    assert day is not None
    assert day.used == 2 * len(uniconta.sandbox.requests()) > 6
    hers = quotas.today(Connection(workspace=cilla.workspace, provider=PROVIDER))
    assert hers is not None
    assert hers.used == 0, "another workspace's login"


def test_the_day_ends_at_midnight_there(uniconta: UnicontaStage, monkeypatch: pytest.MonkeyPatch) -> None:
    days = []
    for hour in (22, 23):
        monkeypatch.setattr(timezone, "now", lambda hour=hour: datetime(2026, 11, 22, hour, 30, tzinfo=UTC))
        days.append(quotas._count_of(uniconta.dina.workspace.pk, PROVIDER)[-10:])
    assert days == ["2026-11-22", "2026-11-23"], "in Copenhagen"


def test_a_burst_leaves_at_once_and_the_rest_is_spaced(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    client.delete("busy:quota:spurt:due", "busy:calls:spurt")
    quota = SharedQuota(client, "busy:calls:spurt")
    waits = [quota.wait("spurt", 30, 2.0) for _ in range(63)]
    assert waits[:60] == [0.0] * 60
    assert waits[-1] > 0
    assert int(client.get("busy:calls:spurt") or 0) == sum(wait == 0 for wait in waits)  # what waits is not counted
    assert client.ttl("busy:calls:spurt") > 24 * 3600


def test_nothing_is_counted_and_nobody_waits_while_redis_is_away(
    uniconta: UnicontaStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = uniconta.connect(tag="")
    monkeypatch.setattr(quotas, "_client", lambda _url: redis.Redis.from_url("redis://127.0.0.1:1/0"))
    assert quotas.today(connection) is None
    assert quotas.stretched(connection, 900) == 900
    assert quotas.shared(connection.workspace_id, PROVIDER).wait("uniconta:1", 30, 2.0) == 0
