"""R10, R51, R56, R57: Dina signs in at the provider itself and comes back; the sign-in is kept alive, ends, and is
given again without anything of ours being lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
import redis
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from busy.catalog.models import Customer, Project, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import keyrings, selectors, services, sign_ins
from integrations.conversations import conversation
from integrations.kernel.errors import Code, LoginNeeded, Temporary
from integrations.kernel.registry import connector
from integrations.keyrings import SealedKeyring
from integrations.models import Connection, ConnectionState, Delivery, Plan, ProjectLink
from integrations.plans import PlanKeyring
from integrations.policy import State
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox.seed import (
    CLIENT,
    FJORD,
    NORDLYS,
    REFRESH,
    REFRESH_ROTATING,
    ROTATING,
    ROTATING_SECRET,
    SECRET,
    SOLO,
    USER,
    guid,
)
from integrations.quotas import SharedQuota
from integrations.sign_in_models import SignIn
from orders.services import create_draft
from tests.integrations.stage import Stage
from tests.integrations.test_connecting import dump_tables
from tests.people import Person

PROVIDER = "visma_eaccounting"
FACTS = connector(PROVIDER).facts
PAGE = f"settings/integrations/{PROVIDER}/"
TOKEN = "/connect/token"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[EaccountingSandbox]:
    with EaccountingSandbox() as running:
        monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_URL", running.url)
        monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_ID", CLIENT)
        monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_SECRET", SECRET)
        yield running


class SignInStage(Stage):
    """Fjell, Dina's browser, and a provider where people sign in."""

    sandbox: EaccountingSandbox  # type: ignore[assignment]

    def start(self, *, project_sync: bool = True) -> str:
        """Where Dina's browser is sent."""
        page = self.dina.post(f"{PAGE}sign-in/", {"project_sync": "on"} if project_sync else {})
        assert page.status_code == 200
        return unescape(page.content.decode().partition('content="0;url=')[2].partition('"')[0])

    def decide(self, url: str, *, company: str = NORDLYS, decision: str = "allow") -> str:
        """What the provider's consent page sends the browser back with: path and query."""
        form = {**dict(parse_qsl(urlsplit(url).query)), "user": USER, "company": company, "decision": decision}
        answer = httpx.post(f"{self.sandbox.origin}/connect/authorize", data=form, trust_env=False)
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, *, company: str = NORDLYS, project_sync: bool = True) -> Any:
        """And let happen what the preview shows, when there is one."""
        answer = self.dina.client.get(self.decide(self.start(project_sync=project_sync), company=company))
        if answer["Location"].endswith("/preview/"):
            self.confirm()
        with self.scope():
            found = Connection.objects.filter(provider=PROVIDER).first()
            if found is not None:
                self.connection = found
        return answer

    def connect_quietly(self, token: str = REFRESH) -> None:
        """As after a sign-in and its preview, for stories that begin later; nothing is fetched yet."""
        with self.scope():
            self.connection = services.connect(PROVIDER, {"refresh_token": token}, project_sync=True, by=self.by)

    def confirm(self) -> Any:
        for _ in FACTS.kinds:
            self.dina.post(f"{PAGE}preview/read/")
        return self.dina.post(f"{PAGE}preview/", {"turn": "confirm"}, follow=True)

    def credentials(self) -> dict[str, str]:
        return dict(SealedKeyring(self.connection).read())

    def draft(self) -> int:
        """Approved hours on an order that is not finished yet."""
        project = self.project(guid(2, 1))
        self.approved_hours(project, self.work_type(product=guid(3, 2)))
        with self.scope():
            return create_draft(project.pk, by=self.by).pk

    def order(self) -> int:
        return self.finished_order(our_reference=self.by)

    def finished_order(
        self, *, project: str = guid(2, 1), work_type: WorkType | None = None, our_reference: Membership | None = None
    ) -> int:
        chosen = work_type or self.work_type(product=guid(3, 2))
        return super().finished_order(project=project, work_type=chosen, our_reference=our_reference)

    def sent_orders(self) -> list[str]:
        return [str(order["Rows"][0]["Text"]) for order in self.sandbox.orders()]

    def api(self) -> Any:
        return conversation(self.refresh(), observe=lambda _: None)


@pytest.fixture
def stage(
    transactional_db: None, redis_url: str, quick: None, dina: Person, sandbox: EaccountingSandbox, settings: Any
) -> SignInStage:
    from busy.lib.broker import listen_again

    listen_again()
    settings.REDIS_URL = redis_url
    return SignInStage(dina, sandbox)  # type: ignore[arg-type]


@pytest.fixture
def connected(stage: SignInStage) -> SignInStage:
    stage.connect_quietly()
    stage.pull()
    return stage


def test_r50_r51_r53_dina_signs_in_there_and_comes_back_connected_and_no_hours_are_to_go(stage: SignInStage) -> None:
    page = stage.dina.get(f"{PAGE}connect/")
    assert b'type="password"' not in page.content, "Busy never asks for it"
    assert b"Visma Integrasjon (API)" in page.content
    assert b'href="https://community.visma.com/' in page.content, "R50: Visma's own instructions"
    url = stage.start()
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["redirect_uri"] == "http://localhost:8000/integrations/signed-in/"
    assert query["state"].startswith(f"{stage.workspace.slug}.")
    answer = stage.dina.client.get(stage.decide(url), follow=True)
    assert answer.redirect_chain == [(f"/w/{stage.workspace.slug}/{PAGE}preview/", 302)]
    with stage.scope():
        assert not Connection.objects.exists(), "nothing happens before it was looked at"
    answer = stage.confirm()
    assert answer.redirect_chain == [(f"/w/{stage.workspace.slug}/{PAGE}", 302)]
    assert "Visma eAccounting is connected to Nordlys Studio AS." in answer.content.decode()
    with stage.scope():
        stage.connection = Connection.objects.get()
        assert (stage.connection.state, stage.connection.company_id) == (ConnectionState.ACTIVE, NORDLYS)
        assert stage.connection.settings["key_of"] == "Bo Lindqvist"
        assert not SignIn.objects.exists()
    stage.pull()
    with stage.scope():
        assert (Customer.objects.count(), Project.objects.filter(archived_at=None).count()) == (9, 7)
    overview = stage.dina.get(f"{PAGE}settings/").content.decode()
    assert "Bo Lindqvist" in overview, "R57: whose change of password would end it"
    assert "Hour transfer" not in overview
    assert not connector(PROVIDER).puts
    assert not FACTS.hour_triggers, "R53: nothing to choose"


def test_r54_a_finished_order_arrives_as_a_draft_with_our_reference_as_a_name(connected: SignInStage) -> None:
    """Dina has no employee number: this provider knows no employees."""
    order = connected.order()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED
    [sent] = connected.sandbox.orders()
    assert (sent["Status"], sent["OurReference"]) == (1, str(connected.dina.user))
    assert sent["Rows"][0]["Text"] == connected.delivery(order).reference


def test_r7_without_project_sync_no_project_is_fetched(stage: SignInStage) -> None:
    stage.sign_in(project_sync=False)
    stage.pull()
    with stage.scope():
        assert not ProjectLink.objects.exists()
        assert Customer.objects.exists()


def test_r13_tokens_are_sealed_and_stand_nowhere_in_clear(connected: SignInStage) -> None:
    connected.order()
    connected.push()
    tokens = connected.credentials()
    assert set(tokens) == {"access_token", "refresh_token", "expires_at"}
    found = dump_tables()
    assert "Nettbutikk" in found
    for secret in (tokens["access_token"], tokens["refresh_token"], SECRET):
        assert secret not in found


def test_what_comes_back_is_good_once_in_the_same_browser_and_in_time(
    stage: SignInStage, bo: Person, cilla: Person
) -> None:
    used = stage.decide(stage.start())
    assert stage.dina.client.get(used)["Location"].endswith("/preview/")
    stage.sandbox.forget_requests()

    again = stage.dina.client.get(used, follow=True)
    elsewhere = Client()
    elsewhere.force_login(stage.dina.user)
    other_browser = elsewhere.get(stage.decide(stage.start()), follow=True)
    late = stage.decide(stage.start())
    with stage.scope():
        SignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    too_late = stage.dina.client.get(late, follow=True)
    for answer in (again, other_browser, too_late):
        assert "came back too late, or to another browser" in answer.content.decode()
    fresh = stage.decide(stage.start())
    assert bo.client.get(fresh).status_code == 403, "who may not connect may not finish it"
    assert cilla.client.get(fresh).status_code == 404
    assert Client().get(fresh)["Location"].startswith("/accounts/login/")
    forged = fresh.replace("state=", "state=x")
    assert stage.dina.client.get(forged).status_code in (302, 404)
    assert stage.dina.client.get("/integrations/signed-in/")["Location"] == "/"
    assert stage.sandbox.requests("POST", TOKEN) == [], "no code was ever used"


def test_a_no_and_a_trouble_are_told_on_the_connect_page(stage: SignInStage) -> None:
    denied = stage.dina.client.get(stage.decide(stage.start(), decision="deny"), follow=True)
    assert "The access was not allowed in Visma eAccounting" in denied.content.decode()
    assert "not allowed" not in stage.dina.get(f"{PAGE}connect/").content.decode(), "told once"
    url = stage.decide(stage.start())
    wrong = f"{url.partition('?')[0]}?{urlencode({**dict(parse_qsl(urlsplit(url).query)), 'code': 'WRONG'})}"
    page = stage.dina.client.get(wrong, follow=True).content.decode()
    assert "The sign-in at Visma eAccounting did not come back whole" in page
    stage.sandbox.change_company(_module_off=True)
    page = stage.dina.client.get(stage.decide(stage.start()), follow=True).content.decode()
    assert "The integration is switched off in Visma eAccounting." in page
    assert stage.sandbox.requests("POST", "/connect/revocation"), "what was not stored is given back"
    with stage.scope():
        assert not Connection.objects.exists()


def test_a_deployment_without_a_client_says_so(stage: SignInStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUSY_VISMA_EACCOUNTING_CLIENT_ID")
    page = stage.dina.client.post(stage.dina.url(f"{PAGE}sign-in/"), follow=True).content.decode()
    assert "BUSY_VISMA_EACCOUNTING_CLIENT_ID" in page


def test_an_edition_without_orders_connects_and_says_what_is_missing(stage: SignInStage) -> None:
    with stage.scope():
        Connection.objects.create(provider="tripletex", connected_by=stage.by)
    page = stage.dina.client.get(stage.decide(stage.start(), company=SOLO), follow=True).content.decode()
    for _ in FACTS.kinds:
        page += stage.dina.post(f"{PAGE}preview/read/", follow=True).content.decode()
    assert "Orders, which Pro, Standard and Invoicing have" in page
    assert "Finished orders go to Tripletex for as long as it is connected." in page


def test_r57_r56_a_changed_password_stops_the_sync_and_signing_in_again_loses_nothing(connected: SignInStage) -> None:
    with connected.scope():
        before = set(ProjectLink.objects.values_list("external_id", "local_id"))
    connected.sandbox.change_password()
    connected.sandbox.expire_tokens()
    order = connected.order()
    connected.push()
    connection = connected.refresh()
    assert (connection.state, connected.state(order)) == (ConnectionState.NEEDS_SIGN_IN, State.WAITING)
    shown = connected.dina.get(f"orders/{order}/").content.decode()
    assert "The access to Visma eAccounting has ended" in shown
    assert "Visma eAccounting last answered" in shown
    assert f'href="/w/{connected.workspace.slug}/{PAGE}connect/"' in shown
    with connected.scope():
        transfer = selectors.order_transfer(order)
        assert transfer is not None
        assert transfer.problem is not None
        assert transfer.last_fetched_at is not None
        assert transfer.problem.code == Code.SIGN_IN_ENDED
        assert [action.url for action in transfer.problem.actions] == [f"/w/{connected.workspace.slug}/{PAGE}connect/"]
    refused = connected.sign_in(company=FJORD)
    assert refused["Location"].endswith(f"{PAGE}connect/")
    page = connected.dina.get(f"{PAGE}connect/").content.decode()
    assert "Another company was chosen" in page, "there is no key to speak of"
    assert "Connect Fjordlys Rådgivning AS instead" in page
    assert "Choose Nordlys Studio AS when you sign in." in page

    connected.sign_in()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)

    connected.sandbox.end_all()  # withdrawn over there
    another = connected.order()
    connected.push()
    assert connected.refresh().state == ConnectionState.NEEDS_SIGN_IN
    connected.sign_in()
    connected.work_until(lambda: connected.state(another) == State.TRANSFERRED)
    assert [row["Number"] for row in connected.sandbox.orders()] == [5001, 5002], "each of them once"
    with connected.scope():
        assert set(ProjectLink.objects.values_list("external_id", "local_id")) == before
        assert Connection.objects.count() == 1


def test_r41_r57_turned_off_the_sign_in_is_given_back_and_turned_on_again_everything_is_there(
    connected: SignInStage,
) -> None:
    tokens = connected.credentials()
    with connected.scope():
        before = set(ProjectLink.objects.values_list("external_id", "local_id"))
    connected.dina.post(f"{PAGE}disconnect/")
    assert connected.refresh().credentials == ""
    answer = httpx.post(
        f"{connected.sandbox.origin}{TOKEN}",
        data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        auth=(CLIENT, SECRET),
        trust_env=False,
    )
    assert answer.json() == {"error": "invalid_grant"}
    connected.sign_in()
    order = connected.order()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    with connected.scope():
        assert set(ProjectLink.objects.values_list("external_id", "local_id")) == before
        assert Customer.objects.count() == 9


def test_a_sign_in_given_up_at_the_preview_is_given_back_once(stage: SignInStage) -> None:
    stage.dina.client.get(stage.decide(stage.start()))
    with stage.scope():
        plan = Plan.objects.get()
    stage.dina.post(f"{PAGE}preview/", {"turn": "no"})
    assert len(stage.sandbox.requests("POST", "/connect/revocation")) == 1
    with stage.scope():
        assert not Plan.objects.exists()
        assert sign_ins.given_up(plan) == {}, "a second tab takes nothing from a connection"
        with pytest.raises(Temporary):
            PlanKeyring(plan).write({"refresh_token": "late"})


def test_undoing_the_connection_gives_the_sign_in_back_too(connected: SignInStage) -> None:
    connected.dina.post(f"{PAGE}undo/")
    assert len(connected.sandbox.requests("POST", "/connect/revocation")) == 1
    with connected.scope():
        assert not Customer.objects.exists()


def test_disconnecting_works_while_the_provider_is_away(stage: SignInStage) -> None:
    stage.connect_quietly()
    stage.sandbox.stop()
    stage.dina.post(f"{PAGE}disconnect/")
    assert stage.refresh().state == ConnectionState.DISCONNECTED


def test_many_workers_renew_a_token_that_changes_once(stage: SignInStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_ID", ROTATING)
    monkeypatch.setenv("BUSY_VISMA_EACCOUNTING_CLIENT_SECRET", ROTATING_SECRET)
    stage.connect_quietly(REFRESH_ROTATING)

    def work(_: int) -> str:
        try:
            with stage.api() as api:
                name: str = connector(PROVIDER).check(api).name
                return name
        finally:
            database.close()

    for _ in range(2):
        stage.sandbox.expire_tokens()
        before = stage.credentials()["refresh_token"]
        stage.sandbox.forget_requests()
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(work, range(4))) == {"Nordlys Studio AS"}
        assert len(stage.sandbox.requests("POST", TOKEN)) == 1
        assert stage.credentials()["refresh_token"] != before


def test_a_worker_that_died_while_renewing_holds_up_nobody_for_long(
    stage: SignInStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.connect_quietly()
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    with stage.scope():
        Connection.objects.update(renewal_token=guid(6, 1), renewal_until=timezone.now() + keyrings.LEASE)
    waiting = SealedKeyring(stage.connection, clock=lambda: clock[0], sleep=sleep)
    with pytest.raises(Temporary), waiting.exclusive():
        pass
    with stage.scope():
        Connection.objects.update(renewal_until=timezone.now() - timedelta(seconds=1))
    with waiting.exclusive():
        waiting.write({"refresh_token": "new"})
    assert stage.credentials() == {"refresh_token": "new"}


def test_what_a_disconnected_sign_in_brings_is_not_stored(stage: SignInStage) -> None:
    stage.connect_quietly()
    keyring = SealedKeyring(stage.connection)
    with keyring.exclusive():
        stage.do(services.disconnect, stage.connection)
        with pytest.raises(Temporary):
            keyring.write({"refresh_token": "late"})
    with pytest.raises(LoginNeeded):
        keyring.read()
    assert stage.refresh().credentials == ""


def test_cilla_sees_nothing_of_a_sign_in(stage: SignInStage, cilla: Person) -> None:
    stage.start()
    with scope(cilla.workspace.pk):
        assert not SignIn.objects.exists()
        assert not Delivery.objects.exists()


def test_the_quota_is_shared_and_rests_when_the_provider_asks(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        one, other = SharedQuota(client), SharedQuota(client)
        allowed = 0
        while (one if allowed % 2 else other).wait("lane", 40) == 0:
            allowed += 1
        assert 10 <= allowed <= 12, "a quarter of a minute's at once"
        assert 0 < one.wait("lane", 40) <= 1.5
        assert one.wait("another", 40) == 0
        other.rest("another", 30)
        assert 29 < one.wait("another", 40) <= 30
        other.rest("another", 5)
        assert one.wait("another", 40) > 25, "the longer rest counts"
    away = SharedQuota(redis.Redis.from_url("redis://127.0.0.1:1/0"))
    assert away.wait("lane", 40) == 0, "without Redis nobody is held back"
