"""The pages of orders: what to invoice, choosing, writing, finishing, following an order out (P29, P30, R30)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from busy.catalog.models import Project, WorkType
from busy.workspaces.scope import scope
from orders import rules, selectors, services, transfer
from orders.events import OrderReopened
from orders.models import Order, OrderSettings
from tests.orders.stories import approve, approve_in_bulk, draft, entry_ids, lines_of, set_rate
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, log_weeks, make_project, make_task, make_work_type

HTMX = {"HX-Request": "true"}


@pytest.fixture
def order(bo: Person, anna: Person, arena: Project, design: WorkType, carrier: transfer._Carrier) -> Order:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    return draft(arena, by=bo.membership)


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def carried(state: str, **facts: Any) -> Callable[[Any], dict[int, transfer.TransferStatus]]:
    status = transfer.TransferStatus(state=state, system="Tripletex", since=timezone.now(), **facts)

    def source(ids: Any) -> dict[int, transfer.TransferStatus]:
        return dict.fromkeys(ids, status)

    return source


# --- What can be invoiced ---------------------------------------------------------------------------------------------


def test_projects_to_invoice_show_entries_hours_amount_and_last_order_p29(
    bo: Person, anna: Person, arena: Project, design: WorkType, carrier: transfer._Carrier
) -> None:
    week = log_week(anna.membership, arena, design)
    survey = make_work_type(arena, "Survey")
    approve([*week, log(anna.membership, arena, survey, minutes=60)], by=bo.membership)
    draft(arena, by=bo.membership, entry_ids=[week[0].pk], order_date=date(2026, 3, 9))
    [row] = bo.get("orders/").context["page_obj"]
    assert (row.name, row.customer, row.entries, row.minutes) == ("Fjell Arena", "Fjell AS", 5, 4 * 450 + 60)
    assert (row.amount, row.unpriced, row.last_order) == (Decimal("43500.00"), 60, date(2026, 3, 9))


def test_the_amount_to_invoice_is_what_the_order_will_say(
    bo: Person, anna: Person, arena: Project, design: WorkType, meetings: WorkType
) -> None:
    """Many small entries that would each round."""
    hours = [log(anna.membership, arena, design, MONDAY + timedelta(days=n % 5), 20) for n in range(11)]
    hours += [log(anna.membership, arena, meetings, MONDAY, 7) for _ in range(5)]
    approve(hours, by=bo.membership)
    [row] = bo.get("orders/").context["page_obj"]
    lines = lines_of(draft(arena, by=bo.membership))
    assert row.amount == sum(line.amount for line in lines)


def test_search_finds_projects_by_customer_and_orders_by_number(bo: Person, order: Order, anna: Person) -> None:
    harbour = make_project(bo.workspace, "Harbour", customer="Havn AS")
    approve(
        [log(anna.membership, harbour, make_work_type(harbour, "Survey"), MONDAY + timedelta(days=7))], by=bo.membership
    )
    assert [row.name for row in bo.get("orders/?q=havn").context["page_obj"]] == ["Harbour"]
    assert [found.number for found in bo.get("orders/?show=drafts&q=1001").context["page_obj"]] == [1001]
    assert "Nothing matches" in bo.get("orders/?show=drafts&q=%00nobody").content.decode()


def test_empty_lists_say_what_to_do_next(bo: Person) -> None:
    assert "Approve hours" in bo.get("orders/").content.decode()
    assert "No drafts" in bo.get("orders/?show=drafts").content.decode()
    assert "No finished orders yet" in bo.get("orders/?show=finished").content.decode()


def test_new_order_makes_a_draft_and_a_second_click_leads_to_it(
    bo: Person, anna: Person, arena: Project, design: WorkType
) -> None:
    approve(log_week(anna.membership, arena, design), by=bo.membership)
    first = bo.post(f"orders/new/{arena.pk}/")
    second = bo.post(f"orders/new/{arena.pk}/")
    assert first.url == second.url
    assert told(second) == ["The approved hours of Fjell Arena are on order 1001 already."]


def test_new_order_can_stop_at_a_day(bo: Person, anna: Person, arena: Project, design: WorkType) -> None:
    week = log_week(anna.membership, arena, design)
    approve(week, by=bo.membership)
    assert bo.get(f"orders/new/{arena.pk}/").context["offer"].entries == 5
    assert bo.post(f"orders/new/{arena.pk}/", {"until": "never"}).status_code == 422
    bo.post(f"orders/new/{arena.pk}/", {"until": str(MONDAY + timedelta(days=1)), "order_date": "2026-03-31"})
    with scope(bo.workspace.pk):
        made = Order.objects.get()
    assert (len(entry_ids(made)), made.order_date) == (2, date(2026, 3, 31))


# --- The draft --------------------------------------------------------------------------------------------------------


def test_the_page_shows_entries_to_choose_and_the_customers_document(bo: Person, order: Order) -> None:
    page = bo.get(f"orders/{order.pk}/").content.decode()
    assert page.count("data-entry data-group") == 5
    assert "5 of 5 entries are on the order" in page
    for text in ("Order 1001", "Fjell AS", "54,375.00", "P-100 Design hours", "The work type&#x27;s default rate"):
        assert text in page


def test_p19_p30_the_task_of_an_entry_is_shown_where_it_is_chosen_and_on_the_finished_order(
    bo: Person, anna: Person, arena: Project, design: WorkType, carrier: transfer._Carrier
) -> None:
    task = make_task(arena, "Facade north")
    entries = [
        log(anna.membership, arena, design, task=task, note="Detail 4"),
        log(anna.membership, arena, design, MONDAY + timedelta(days=1), task=task),
        log(anna.membership, arena, design, MONDAY + timedelta(days=2)),
    ]
    approve(entries, by=bo.membership)
    order = draft(arena, by=bo.membership)
    page = bo.get(f"orders/{order.pk}/").content.decode()
    assert (page.count(">Facade north</span>"), page.count(">Detail 4</span>"), page.count("No note")) == (2, 1, 1)
    assert 'aria-label="Facade north, 3 Mar 2026, Anna Aas"' in page
    with scope(arena.workspace_id):
        services.finish(order.pk, by=bo.membership)
    assert bo.get(f"orders/{order.pk}/").content.decode().count(">Facade north</span>") == 2


def test_ticks_choose_entries_and_the_totals_come_back_p30(bo: Person, order: Order) -> None:
    ids = sorted(entry_ids(order))
    shown = ",".join(map(str, ids))
    answer = bo.post(f"orders/{order.pk}/pick/", {"shown": shown, "entry": ids[:2]}, headers=HTMX)
    body = answer.content.decode()
    assert "21,750.00" in body
    assert "2 of 5 entries are on the order" in body
    assert entry_ids(order) == set(ids[:2])
    plain = bo.post(f"orders/{order.pk}/pick/", {"shown": shown, "entry": ids})
    assert plain.url.endswith(f"/orders/{order.pk}/")
    assert entry_ids(order) == set(ids)


def test_ticks_say_nothing_about_entries_that_were_not_shown(bo: Person, order: Order) -> None:
    ids = sorted(entry_ids(order))
    bo.post(f"orders/{order.pk}/pick/", {"shown": str(ids[0]), "entry": ids[3]}, headers=HTMX)
    assert entry_ids(order) == set(ids[1:])


def test_an_entry_another_order_took_meanwhile_loads_the_page_anew_and_says_so(
    bo: Person, order: Order, arena: Project
) -> None:
    ids = sorted(entry_ids(order))
    shown = ",".join(map(str, ids))
    bo.post(f"orders/{order.pk}/pick/", {"shown": shown, "entry": ids[1:]}, headers=HTMX)
    draft(arena, by=bo.membership)
    answer = bo.post(f"orders/{order.pk}/pick/", {"shown": shown, "entry": ids}, headers=HTMX)
    assert answer["HX-Refresh"] == "true"
    assert "taken by another order" in bo.get(f"orders/{order.pk}/").content.decode()


def test_words_prices_text_date_and_reference_are_saved_field_by_field(bo: Person, anna: Person, order: Order) -> None:
    [line] = lines_of(order)
    edit = f"orders/{order.pk}/edit/"
    for name, value in (
        (f"line-{line.pk}-description", "Façade & roof"),
        (f"line-{line.pk}-price", "1 600,50"),
        ("text", "Work done in March"),
        ("order_date", "2026-03-31"),
        ("our_reference", str(anna.membership.pk)),
    ):
        assert bo.post(edit, {name: value}, headers=HTMX).status_code == 200
    [line] = lines_of(order)
    assert (line.description, line.unit_price, line.amount) == (
        "Façade & roof",
        Decimal("1600.50"),
        Decimal("60018.75"),
    )
    page = bo.get(f"orders/{order.pk}/").content.decode()
    assert "Façade &amp; roof" in page
    with scope(bo.workspace.pk):
        order.refresh_from_db()
    assert (order.text, order.order_date, order.our_reference_id) == (
        "Work done in March",
        date(2026, 3, 31),
        anna.membership.pk,
    )


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("price", "lots", "Write a price in NOK"),
        ("price", "-5", "Write a price in NOK"),
        ("description", "  ", "Write what the customer pays for."),
        ("order_date", "31.02.2026", "Write a date."),
        ("order_date", "2026-02-31", "Write a date."),
        ("our_reference", "x", "Choose an active person"),
        ("our_reference", "9" * 30, "Choose an active person"),
    ],
)
def test_what_is_refused_says_why_at_its_field_and_changes_nothing(
    bo: Person, order: Order, field: str, value: str, sentence: str
) -> None:
    [before] = lines_of(order)
    name = f"line-{before.pk}-{field}" if field in {"price", "description"} else field
    answer = bo.post(f"orders/{order.pk}/edit/", {name: value}, headers=HTMX)
    assert answer.status_code == 422
    assert re.search(rf'id="error-{name}".*?{sentence}', answer.content.decode(), re.DOTALL)
    [after] = lines_of(order)
    assert (after.description, after.unit_price) == (before.description, before.unit_price)


def test_without_a_script_the_whole_document_is_saved_at_once(bo: Person, order: Order) -> None:
    [line] = lines_of(order)
    fields = {f"line-{line.pk}-description": "Façade", f"line-{line.pk}-price": "lots", "text": "Work done"}
    answer = bo.post(f"orders/{order.pk}/edit/", fields)
    assert told(answer) == ["Write a price in NOK that is zero or more, with no smaller units than the currency has."]
    assert lines_of(order)[0].description == "Façade"


def test_a_deleted_draft_is_gone_and_its_hours_wait_again(bo: Person, order: Order) -> None:
    answer = bo.post(f"orders/{order.pk}/delete/")
    assert told(answer) == ["Order 1001 is deleted. Its hours wait to be invoiced again."]
    assert bo.get(f"orders/{order.pk}/").status_code == 404
    assert [row.entries for row in bo.get("orders/").context["page_obj"]] == [5]


# --- Finished ---------------------------------------------------------------------------------------------------------


def test_before_finishing_the_page_says_what_will_happen_and_what_is_missing_r25(
    bo: Person, anna: Person, arena: Project, meetings: WorkType, carrier: transfer._Carrier
) -> None:
    carrier.system_name = lambda: "Tripletex"
    approve([log(anna.membership, arena, meetings)], by=bo.membership)
    made = draft(arena, by=bo.membership)
    page = bo.get(f"orders/{made.pk}/").content.decode()
    assert "sent to Tripletex at once" in page
    assert "“Meetings” has no product" in page
    assert f"/work-types/{meetings.pk}/" in page


def test_finishing_leads_to_the_frozen_order(bo: Person, order: Order) -> None:
    answer = bo.post(f"orders/{order.pk}/finish/", headers=HTMX)
    assert answer["HX-Redirect"].endswith(f"/orders/{order.pk}/")
    page = bo.get(f"orders/{order.pk}/").content.decode()
    assert "data-entry" not in page
    assert "hx-post" not in page
    assert "Reopen" in page


def test_what_stops_finishing_comes_back_as_a_list_with_cures(
    bo: Person, anna: Person, arena: Project, carrier: transfer._Carrier
) -> None:
    approve([log(anna.membership, arena, make_work_type(arena, "Survey"))], by=bo.membership)
    made = draft(arena, by=bo.membership)
    answer = bo.post(f"orders/{made.pk}/finish/", headers=HTMX)
    assert answer.status_code == 422
    assert "“Survey” has no price" in answer.content.decode()
    assert "/rates/" in answer.content.decode()
    assert "has no price" in told(bo.post(f"orders/{made.pk}/finish/"))[0]


def test_a_change_that_comes_after_finishing_loads_the_page_anew(bo: Person, order: Order) -> None:
    bo.post(f"orders/{order.pk}/finish/")
    for act, data in (("edit", {"text": "Late"}), ("pick", {"shown": "1"})):
        assert bo.post(f"orders/{order.pk}/{act}/", data, headers=HTMX)["HX-Refresh"] == "true"
    assert told(bo.post(f"orders/{order.pk}/delete/"))[-1].startswith("Order 1001 is finished")


def test_the_page_follows_the_order_until_it_is_transferred_r30(
    bo: Person, order: Order, carrier: transfer._Carrier
) -> None:
    carrier.source = carried("transferring")
    bo.post(f"orders/{order.pk}/finish/")
    page = bo.get(f"orders/{order.pk}/").content.decode()
    [poll] = re.findall(r'hx-get="([^"]+/status/[^"]+)"', page)
    assert 'hx-trigger="every 1s"' in page
    assert bo.get(poll, headers=HTMX).status_code == 204
    carrier.source = carried("transferred", number="10432", url="https://there.example/10432")
    answer = bo.get(poll, headers=HTMX).content.decode()
    assert "10432" in answer
    assert "hx-trigger" not in answer
    assert 'hx-swap-oob="innerHTML:#order-state"' in answer
    assert "https://there.example/10432" in answer
    assert "Reopen" not in answer


def test_an_order_that_waits_for_a_person_shows_why_and_is_looked_at_more_seldom_r33(
    bo: Person, order: Order, carrier: transfer._Carrier
) -> None:
    carrier.source = carried("attention", message="2 things are missing")
    carrier.panel = lambda request, order_id: f"<h2>What is missing</h2><p>{order_id}</p>"
    bo.post(f"orders/{order.pk}/finish/")
    page = bo.get(f"orders/{order.pk}/").content.decode()
    assert f"<h2>What is missing</h2><p>{order.pk}</p>" in page
    assert "2 things are missing" in page
    assert 'hx-trigger="every 5s"' in page


def test_a_token_that_changes_with_every_answer_does_not_put_the_panel_in_anew(
    bo: Person, order: Order, carrier: transfer._Carrier
) -> None:
    """Else the button under the reader's finger would be another one every second."""
    tokens = iter("abcdef")

    def panel(request: HttpRequest, order_id: int) -> str:
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{next(tokens)}"><button>Try again</button>'

    carrier.source, carrier.panel = carried("attention"), panel
    bo.post(f"orders/{order.pk}/finish/")
    [poll] = re.findall(r'hx-get="([^"]+/status/[^"]+)"', bo.get(f"orders/{order.pk}/").content.decode())
    assert bo.get(poll, headers=HTMX).status_code == 204


def test_a_page_that_follows_an_order_somebody_reopened_is_loaded_anew(bo: Person, order: Order) -> None:
    bo.post(f"orders/{order.pk}/finish/")
    assert told(bo.post(f"orders/{order.pk}/reopen/"))[-1] == "The order is a draft again."
    assert bo.get(f"orders/{order.pk}/status/", headers=HTMX)["HX-Refresh"] == "true"


def test_a_refused_reopening_says_why_p31(bo: Person, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    from busy.lib import events

    def refuse(event: OrderReopened) -> None:
        raise rules.CannotReopen("The order is on its way to Tripletex.")

    monkeypatch.setitem(events._listeners, OrderReopened, [refuse])
    bo.post(f"orders/{order.pk}/finish/")
    assert told(bo.post(f"orders/{order.pk}/reopen/"))[-1] == "The order is on its way to Tripletex."
    with scope(bo.workspace.pk):
        order.refresh_from_db()
    assert order.state == "finished"


# --- Who, and how much ------------------------------------------------------------------------------------------------


def test_anna_has_no_orders_and_cilla_finds_none_of_fjell(
    anna: Person, bo: Person, cilla: Person, order: Order, arena: Project
) -> None:
    assert anna.get("orders/").status_code == 403
    assert [link.key for link in anna.get("week/").context["navigation"].links].count("orders") == 0
    own = f"/w/{cilla.workspace.slug}/orders/"
    assert list(cilla.get(own).context["page_obj"]) == []
    for path in (f"{order.pk}/", f"{order.pk}/status/", f"new/{arena.pk}/"):
        assert cilla.get(f"{own}{path}").status_code == 404
    for path in ("pick", "edit", "finish", "reopen", "delete"):
        assert cilla.post(f"{own}{order.pk}/{path}/", {"text": "Mine"}).status_code == 404
    assert cilla.post(f"{own}new/{arena.pk}/").status_code == 404
    with scope(bo.workspace.pk):
        order.refresh_from_db()
    assert (order.state, order.text) == ("draft", "")


def test_ids_and_numbers_above_a_thousand_stay_numbers_on_the_page(
    bo: Person, anna: Person, arena: Project, design: WorkType, carrier: transfer._Carrier
) -> None:
    with scope(bo.workspace.pk):
        OrderSettings.objects.create(next_number=54321)
    approve([log(anna.membership, arena, design, pk=98765)], by=bo.membership)
    made = draft(arena, by=bo.membership)
    page = bo.get(f"orders/{made.pk}/").content.decode()
    assert 'name="entry" value="98765"' in page
    assert 'name="shown" value="98765"' in page
    assert "Delete order 54321?" in page
    assert ">54321</a>" in bo.get("orders/?show=drafts").content.decode()


def test_the_list_costs_as_many_queries_for_sixty_projects_as_for_one(
    bo: Person, anna: Person, carrier: transfer._Carrier
) -> None:
    def add(names: list[str]) -> None:
        for name in names:
            project = make_project(bo.workspace, name)
            log(anna.membership, project, make_work_type(project, f"Work {name}", product=None))
            approve_in_bulk(project, MONDAY, MONDAY, by=bo.membership)

    add(["First"])
    few = queries(lambda: bo.get("orders/"))
    add([f"Project {n:02d}" for n in range(60)])
    assert queries(lambda: bo.get("orders/")) == few <= 32
    assert len(bo.get("orders/").context["page_obj"]) == selectors.PER_PAGE


def test_the_order_costs_as_many_queries_for_hundreds_of_entries_as_for_five_and_comes_in_pages(
    bo: Person, order: Order, arena: Project, design: WorkType
) -> None:
    few = queries(lambda: bo.get(f"orders/{order.pk}/"))
    log_weeks(hire(bo.workspace, 60), arena, design)
    approve_in_bulk(arena, MONDAY, MONDAY + timedelta(days=6), by=bo.membership)
    assert queries(lambda: bo.get(f"orders/{order.pk}/")) == few <= 32
    page = bo.get(f"orders/{order.pk}/")
    assert page.context["page_obj"].paginator.count == 305
    assert page.content.decode().count("data-entry data-group") == selectors.ENTRIES_PER_PAGE


def test_the_finished_list_costs_as_many_queries_for_seven_orders_as_for_one(
    bo: Person, anna: Person, order: Order, carrier: transfer._Carrier
) -> None:
    carrier.source = carried("transferred", number="1")
    with scope(bo.workspace.pk):
        services.finish(order.pk, by=bo.membership)
    few = queries(lambda: bo.get("orders/?show=finished"))
    for number in range(6):
        project = make_project(bo.workspace, f"Project {number}")
        work_type = make_work_type(project, f"Work {number}", product=None)
        set_rate(bo.workspace.pk, "900", work_type=work_type)
        log(anna.membership, project, work_type)
        approve_in_bulk(project, MONDAY, MONDAY, by=bo.membership)
        with scope(bo.workspace.pk):
            services.finish(draft(project, by=bo.membership).pk, by=bo.membership)
    assert queries(lambda: bo.get("orders/?show=finished")) == few
