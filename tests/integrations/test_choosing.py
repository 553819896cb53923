"""R58: the integration user signs in, and the company is chosen among those it works in; the account can be changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from integrations import choosing
from integrations.models import Connection, Plan
from integrations.providers.twentyfoursevenoffice.sandbox.seed import (
    FJORD,
    IDENTITY_FJORD,
    NORDLYS,
    PASSWORD,
    USER,
    USER_SINGLE,
)
from tests.integrations.office_stage import DEMO, OfficeStage, office
from tests.people import Person

__all__ = ["office"]

PAGE = "settings/integrations/twentyfoursevenoffice"
TYPED = {"username": USER, "password": PASSWORD, "project_sync": "on"}


def _typed(office: OfficeStage, **changes: str) -> Any:
    return office.dina.post(f"{PAGE}/connect/", {**TYPED, **changes})


def _connections(office: OfficeStage) -> list[Connection]:
    with office.scope():
        return list(Connection.objects.all())


def test_r58_the_company_is_chosen_and_looked_at_before_anything_is_connected(office: OfficeStage) -> None:
    answer = _typed(office)
    assert (answer.status_code, answer.url) == (302, office.dina.url(f"{PAGE}/company/"))
    page = office.dina.get(f"{PAGE}/company/").content.decode()
    assert page.index("Fjordlys Rådgivning AS") < page.index("Nordlys Studio AS")
    assert "Nedlagt AS" not in page
    assert PASSWORD not in page
    form = office.dina.get(f"{PAGE}/company/").context["form"]
    assert form["company"].initial == DEMO["client"], "the usual one"
    assert _connections(office) == []
    assert office.dina.post(f"{PAGE}/company/", {"company": "none of them"}).status_code == 422
    answer = office.dina.post(f"{PAGE}/company/", {"company": DEMO["client"]})
    assert answer.url == office.dina.url(f"{PAGE}/preview/")
    assert _connections(office) == []
    with office.scope():
        assert Plan.objects.get().company_id == NORDLYS
    assert office.dina.get(f"{PAGE}/company/").status_code == 302, "what was typed waits no longer"


def test_who_works_in_one_company_chooses_none(office: OfficeStage) -> None:
    assert _typed(office, username=USER_SINGLE).url == office.dina.url(f"{PAGE}/preview/")
    with office.scope():
        assert Plan.objects.get().company_id == FJORD


def test_r11_a_wrong_password_is_told_beside_its_field_and_stored_nowhere(office: OfficeStage) -> None:
    answer = _typed(office, password="wrong")
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert _connections(office) == []


def test_r13_what_was_typed_waits_sealed_and_not_for_long(office: OfficeStage) -> None:
    _typed(office)
    kept = dict(office.dina.client.session)
    assert PASSWORD not in str(kept)
    with time_machine.travel(timezone.now() + choosing.LIFE + timedelta(minutes=1), tick=False):
        assert choosing.kept(kept, "twentyfoursevenoffice", workspace=office.workspace) is None
    assert choosing.kept(kept, "xledger", workspace=office.workspace) is None


def test_r3_nobody_else_chooses(office: OfficeStage, bo: Person, cilla: Person) -> None:
    _typed(office)
    assert bo.get(f"{PAGE}/company/").status_code == 403
    assert cilla.get(office.dina.url(f"{PAGE}/company/")).status_code == 404


def test_r40_the_account_is_changed_and_another_company_is_looked_at_first(office: OfficeStage) -> None:
    office.connect()
    office.pull()
    _typed(office)
    answer = office.dina.post(f"{PAGE}/company/", {"company": DEMO["client"]})
    assert answer.url == office.dina.url(f"{PAGE}/"), "R39: the same company goes on"
    _typed(office)
    refused = office.dina.post(f"{PAGE}/company/", {"company": f"{IDENTITY_FJORD}/{FJORD}"})
    assert refused.status_code == 422
    assert "Fjordlys Rådgivning AS" in refused.content.decode()
    with office.scope():
        assert Connection.objects.get().company_id == NORDLYS


def test_the_few_minutes_before_a_connection_need_one_sign_in(office: OfficeStage) -> None:
    """24SevenOffice throttles who signs in again and again."""
    _typed(office)
    office.dina.post(f"{PAGE}/company/", {"company": DEMO["client"]})
    for _ in range(8):
        if office.dina.post(f"{PAGE}/preview/read/").url.endswith("/preview/") and not _unread(office):
            break
    office.dina.post(f"{PAGE}/preview/", {"turn": "confirm"})
    assert len(_connections(office)) == 1
    assert len(office.there.requests("GET", "/Login")) == 1
    with office.scope():
        office.connection = Connection.objects.get()
    office.pull()
    assert len(office.there.requests("GET", "/Login")) == 2


def _unread(office: OfficeStage) -> list[Any]:
    from integrations import plans

    with office.scope():
        return plans.unread(Plan.objects.get())


def test_orders_arrive_with_the_status_that_was_chosen_in_the_settings(office: OfficeStage) -> None:
    office.connect()
    office.pull()
    page = office.dina.get(f"{PAGE}/settings/").content.decode()
    assert "Change account" in page
    assert "Busy Integrasjon" in page
    office.dina.post(f"{PAGE}/settings/options/", {"order_status": "Invoiced"})
    office.dina.post(f"{PAGE}/settings/options/", {"order_status": "Draft"})
    office.finished_order()
    office.push()
    assert [order["OrderStatus"] for order in office.there.orders()] == ["Draft"]
