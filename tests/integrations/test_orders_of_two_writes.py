"""Xledger from the connect form to the transferred order, through the engine: R42 to R49.

What only this provider asks for, and a header whose lines do not follow, must reach people the same way as everything
else does.
"""

from __future__ import annotations

import pytest

from busy.catalog.models import Customer, Product, Project
from busy.workspaces.models import Membership
from integrations import selectors, services
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import ProjectLink, PullRun
from integrations.policy import State
from integrations.providers.xledger.sandbox import TOKEN, TOKEN_LIMITED
from tests.integrations.xledger_stage import PROJECT, XledgerStage, connected_xledger, xledger
from tests.people import Person

__all__ = ["connected_xledger", "xledger"]


@pytest.fixture
def connected(connected_xledger: XledgerStage) -> XledgerStage:
    return connected_xledger


def test_r42_r45_to_r48_connected_pulled_sent_and_the_next_step_is_said(connected: XledgerStage, bo: Person) -> None:
    with connected.scope():
        assert connected.connection.company_name == "Nordlys Studio AS"
        assert Project.objects.filter(archived_at=None, mastered_by="Xledger").count() == 9
        assert Customer.objects.filter(mastered_by="Xledger").count() == 7
        assert Product.objects.filter(archived_at=None, mastered_by="Xledger").count() == 6
        Membership.objects.filter(pk=bo.membership.pk).update(employee_number="1")
    order = connected.finished_order(our_reference=bo.membership)
    connected.push()
    [sent] = connected.there.orders()
    assert (sent["extOrder"], sent["ourRef"]) == (connected.delivery(order).reference, 698_701)
    assert [(line["quantity"], line["unitPrice"]) for line in sent["details"]] == [(1.5, "1000.00")]
    with connected.scope():
        told = selectors.order_transfer(order)
        assert told
        assert told.status.number == sent["orderNumber"]
        assert "To invoicing" in told.next_step


def test_r49_the_responsible_salesperson_is_named_on_the_orders_page_and_the_order_goes_on(
    connected: XledgerStage,
) -> None:
    connected.there.change("Project", PROJECT, ourSales=None)
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.ATTENTION
    assert connected.there.orders() == []
    with connected.scope():
        told = selectors.order_transfer(order)
        assert told
        assert told.problem
        assert "responsible salesperson" in told.problem.text
        assert "ourSales: A valid value is required" in told.problem.provider_message
        (failed,) = [check for check in told.checks if check.ok is False]
        assert failed.heading.startswith("The project has an active responsible salesperson: 1001 ")
        assert {check.title: check.ok for check in told.checks} == {
            "The project is open": True,
            "The customer is active": True,
            "The product is active": True,
            "The project has an active responsible salesperson": False,
            "The customer has an active responsible salesperson": True,
            "The project's other required fields are valid": True,
            "The customer's other required fields are valid": True,
        }
    connected.there.change("Project", PROJECT, ourSales=698_703)
    connected.do(services.retry_order, order)
    connected.push()
    assert connected.state(order) == State.TRANSFERRED


@pytest.mark.parametrize("path", ["/AddOrder", "/AddOrderLines"])
def test_r113_an_answer_lost_on_either_write_makes_one_whole_order(connected: XledgerStage, path: str) -> None:
    connected.there.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path=path))
    order = connected.finished_order()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    [sent] = connected.there.orders()
    assert len(sent["details"]) == 1
    assert connected.delivery(order).external_id == str(sent["dbId"])


def test_credits_that_are_used_up_leave_the_connection_in_peace(connected: XledgerStage) -> None:
    connected.there.limit("credits")
    order = connected.finished_order()
    connected.push()
    held = connected.refresh().hold_until
    assert held is not None
    assert connected.state(order) == State.WAITING
    assert connected.there.orders() == []


def test_changes_come_in_small_looks_and_the_same_key_again_finds_its_links(connected: XledgerStage) -> None:
    connected.there.change("Project", PROJECT, description="Nettbutikk, ny")
    connected.there.delete("Customer", 24_934_233)
    connected.there.forget_requests()
    connected.make_due()
    connected.pull()
    with connected.scope():
        assert Project.objects.get(links__external_id=PROJECT).name == "Nettbutikk, ny"
        assert Customer.objects.get(links__external_id="24934233").is_archived
    connected.do(services.disconnect, connected.connection)
    connected.connect()
    connected.pull()
    with connected.scope():
        assert Project.objects.filter(links__external_id=PROJECT).count() == 1


def test_r38_r39_a_revoked_token_pauses_and_loses_nothing(connected: XledgerStage) -> None:
    connected.there.revoke()
    order = connected.finished_order()
    connected.push()
    assert not connected.refresh().is_running
    connected.there.restore()
    with connected.scope():
        before = list(ProjectLink.objects.order_by("pk").values_list("local_id", "external_id"))
    answer = connected.dina.post("settings/integrations/xledger/connect/", {"api_token": TOKEN, "project_sync": "on"})
    assert answer.status_code == 302
    with connected.scope():
        assert list(ProjectLink.objects.order_by("pk").values_list("local_id", "external_id")) == before
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)
    assert len(connected.there.orders()) == 1


def test_r42_r43_r44_the_connect_page_says_step_by_step_what_to_do_there(dina: Person) -> None:
    page = dina.get("settings/integrations/xledger/connect/").content.decode()
    for words in (
        "Sign in to Xledger as administrator",
        "Administration → Access control → GraphQL → API Tokens",
        "Generate new token",
        "<strong>Busy</strong>",
        "Tick the permissions that are listed below these steps.",
        "Copy the token and paste it here",
        "Common – Address (read)",
        "Logistics – OrderDetail (write)",
        "Project Management – Project (read)",
        'name="api_token"',
        'name="project_sync"',
    ):
        assert words in page, words


def test_r44_missing_permissions_are_named_before_anything_is_stored(xledger: XledgerStage) -> None:
    verified = services.verify("xledger", {"api_token": TOKEN_LIMITED}, workspace=xledger.workspace)
    assert verified.company.missing == ("order", "order_detail", "product")
    with xledger.scope():
        assert not PullRun.objects.exists()
