"""A provider is one package (docs/adding-a-provider.md): the toy is shown, connected, pulled, pushed and compared by
the engine and its pages, which know nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from busy.catalog.models import Customer, Product, Project, WorkType
from busy.lib.periods import local_today
from busy.workspaces.scope import scope
from integrations import comparing, inbound, outbound
from integrations.comparing_models import ComparedMonth, Subject
from integrations.kernel import registry
from integrations.models import Connection, Delivery, ProductLink, ProjectLink
from integrations.months import Month
from tests.contract.conftest import kit_of
from tests.contract.toy import discovered
from tests.integrations.stage import Stage
from tests.integrations.test_hour_pages import text

if TYPE_CHECKING:
    from integrations.kernel.sandbox import Sandbox
    from tests.people import Person

ONE = "settings/integrations/fjord/"


@pytest.fixture
def toy_sandbox(
    transactional_db: None, redis_url: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    everything = discovered()
    monkeypatch.setattr(registry, "connectors", lambda: everything)
    toy = registry.connector("fjord")
    with kit_of(toy).sandbox() as sandbox:
        monkeypatch.setenv(toy.facts.variable("url"), sandbox.url)
        yield sandbox


def test_the_toy_is_connected_pulled_pushed_and_compared(toy_sandbox: Any, dina: Person) -> None:
    assert "Accounts from the sea." in text(dina.get("settings/integrations/"))
    assert 'name="key"' in text(dina.get(f"{ONE}connect/"))
    facts = registry.connector("fjord").facts
    assert facts.sandbox is not None
    stage = Stage(dina, toy_sandbox)
    with scope(dina.workspace.pk):
        from integrations import services

        given = dict(facts.sandbox.credentials)
        stage.connection = services.connect("fjord", given, project_sync=True, by=dina.membership)
    inbound.run_pulls(dina.workspace.pk, stage.connection.pk)
    with stage.scope():
        assert (Customer.objects.count(), Project.objects.count(), Product.objects.count()) == (3, 1, 1)
        assert Connection.objects.get().company_name == facts.sandbox.company
        product = ProductLink.objects.get(external_id="9").local
        work_type = WorkType.objects.create(name="Timer", product=product)
        assert ProjectLink.objects.get().local.customer.name == "Kunde 1"
    order_id = stage.finished_order(project="7", work_type=work_type)
    outbound.run_pushes(dina.workspace.pk, stage.connection.pk)
    with stage.scope():
        assert Delivery.objects.get(order_id=order_id).external_number == "5001"
        month = Month.of(local_today(dina.workspace.zone))
        assert comparing.ask(stage.connection, Subject.ORDERS, month, by=dina.membership)
    assert len(toy_sandbox.app.lists["invoices"]) == 1
    comparing.run_comparisons(dina.workspace.pk, stage.connection.pk)
    with stage.scope():
        assert ComparedMonth.objects.get().equal == 1
    for page in ("", "problems/", "compare/orders/", "mapping/customers/", "settings/", "history/"):
        assert "Fjord" in text(dina.get(f"{ONE}{page}")), page
