"""R45: lists by cursor, changes from Xledger's memory, and everything when that is too short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.kernel.connector import Access, Cursor, Listing, MemorySessions, Page
from integrations.kernel.errors import Code, LoginNeeded, MappingError, Temporary
from integrations.kernel.records import Kind
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.xledger import CONNECTOR, facts, listing, pulls
from integrations.providers.xledger.api import XledgerApi, local_text, open_api
from integrations.providers.xledger.sandbox import TOKEN, TOKEN_LIMITED, TOKEN_PLAIN, XledgerSandbox
from integrations.providers.xledger.tests.conftest import Open

PROJECT, CUSTOMER, PRODUCT = 28_630_394, 24_934_231, 1_915_442


def _access(sandbox: XledgerSandbox) -> Access:
    return Access(credentials={"api_token": TOKEN}, settings={"url": sandbox.url, "burst": "100000"})


def _read(api: XledgerApi, kind: Kind, cursor: Cursor | None = None) -> list[Page[Any]]:
    pull = CONNECTOR.pull(kind)
    assert pull is not None
    return list(pull.read(api, cursor))


def _records(pages: list[Page[Any]]) -> dict[str, Any]:
    return {record.number: record for page in pages for record in page.records}


def _ids(pages: list[Page[Any]]) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


def _asked(sandbox: XledgerSandbox) -> list[str]:
    return [seen.path for seen in sandbox.requests()]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing.walk, "__kwdefaults__", {**(listing.walk.__kwdefaults__ or {}), "first": 100})


def test_r8_closed_projects_come_as_archived_and_unbillable_ones_as_internal(api: XledgerApi) -> None:
    found = _records(_read(api, Kind.PROJECTS))
    assert [number for number, record in found.items() if record.archived] == ["1010"]
    assert [number for number, record in found.items() if record.internal] == ["1012"]
    assert found["1001"].customer_id == str(CUSTOMER)


def test_a_project_whose_last_day_is_over_is_archived_although_it_is_open(
    api: XledgerApi, sandbox: XledgerSandbox
) -> None:
    sandbox.change("Project", PROJECT, toDate="2026-01-31")
    assert _records(_read(api, Kind.PROJECTS))["1001"].archived


def test_no_change_costs_one_small_request_for_all_kinds(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    kinds = (Kind.CUSTOMERS, Kind.PRODUCTS, Kind.PROJECTS)
    cursors = {kind: _read(api, kind)[-1].cursor for kind in kinds}
    for turn, wanted in enumerate((3, 1, 1)):
        sandbox.forget_requests()
        for kind in kinds:
            (page,) = _read(api, kind, cursors[kind])
            assert (page.listing, page.records) == (Listing.UNCHANGED, ())
            cursors[kind] = page.cursor
        assert _asked(sandbox) == ["/Poll"] * wanted, f"round {turn}: the first learns of the others"


def test_a_months_requests_stay_within_the_allowance() -> None:
    """5,000 are included [spec], and an order takes four. The rest: looks for changes, the contacts by the hour, the
    nightly complete lists, two months of orders compared every night."""
    intervals = {found.kind: found.interval for found in facts.FACTS.kinds}
    looks = 30 * 86_400 // min(intervals[kind] for kind in (Kind.CUSTOMERS, Kind.PROJECTS, Kind.PRODUCTS))
    contacts = 30 * 86_400 // intervals[Kind.EMPLOYEES]
    nightly = 30 * 3 * 3  # position, closed, open
    compared = 30 * 2
    assert looks + contacts + nightly + compared < 4_000


def test_what_changed_comes_alone(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    cursor = _read(api, Kind.CUSTOMERS)[-1].cursor
    sandbox.change("Customer", CUSTOMER, description="Havgap Sjømat ASA")
    sandbox.change("Customer", CUSTOMER, email="ny@havgap.example")
    sandbox.change("Customer", 24_934_232, _closed=True)
    pages = _read(api, Kind.CUSTOMERS, cursor)
    assert {page.listing for page in pages} == {Listing.CHANGES}
    found = _records(pages)
    assert {number: record.archived for number, record in found.items()} == {"10001": False, "10002": True}
    assert (found["10001"].name, found["10001"].email) == ("Havgap Sjømat ASA", "ny@havgap.example")
    (page,) = _read(api, Kind.CUSTOMERS, pages[-1].cursor)
    assert page.listing is Listing.UNCHANGED


def test_many_changes_come_by_pages_and_ids_by_five_hundred(
    api: XledgerApi, sandbox: XledgerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "IDS_AT_A_TIME", 2)
    monkeypatch.setattr("integrations.providers.xledger.deltas.PAGE", 2)
    cursor = _read(api, Kind.PROJECTS)[-1].cursor
    ids = [row["dbId"] for row in sandbox.store.all(42_365_431, "Project")][:5]
    for row_id in ids:
        sandbox.change("Project", row_id, description=f"Changed {row_id}")
    pages = _read(api, Kind.PROJECTS, cursor)
    assert sorted(_ids(pages)) == sorted(map(str, ids))
    assert [page.cursor is not None for page in pages] == [False, False, True]


def test_what_was_deleted_is_known_by_reading_everything(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    cursor = _read(api, Kind.PRODUCTS)[-1].cursor
    sandbox.delete("Product", PRODUCT)
    pages = _read(api, Kind.PRODUCTS, cursor)
    assert {page.listing for page in pages} == {Listing.COMPLETE}
    assert str(PRODUCT) not in _ids(pages)
    (page,) = _read(api, Kind.PRODUCTS, pages[-1].cursor)
    assert page.listing is Listing.UNCHANGED


def test_a_change_while_the_list_is_read_is_told_by_the_next_look(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    pull = CONNECTOR.pull(Kind.CUSTOMERS)
    assert pull is not None
    pages = pull.read(api, None)
    seen = [next(pages)]
    sandbox.change("Customer", CUSTOMER, description="Changed meanwhile")
    seen += pages
    later = _read(api, Kind.CUSTOMERS, seen[-1].cursor)
    assert _records(later)["10001"].name == "Changed meanwhile"


def test_after_three_days_of_silence_the_list_is_read_whole(connect: Open, sandbox: XledgerSandbox) -> None:
    now = [datetime.now(UTC)]
    api = connect(now=lambda: now[0], sessions=MemorySessions(lambda: now[0]))
    cursor = _read(api, Kind.CUSTOMERS)[-1].cursor
    now[0] += timedelta(hours=59)
    assert _read(api, Kind.CUSTOMERS, cursor)[0].listing is Listing.UNCHANGED
    now[0] += timedelta(hours=2)
    sandbox.forget_requests()
    assert _read(api, Kind.CUSTOMERS, cursor)[0].listing is Listing.COMPLETE
    assert "/Poll" not in _asked(sandbox)


def test_a_position_xledger_has_forgotten_leads_to_the_whole_list(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    cursor = _read(api, Kind.CUSTOMERS)[-1].cursor
    sandbox.change("Customer", CUSTOMER, description="Changed")
    cursor = _read(api, Kind.CUSTOMERS, cursor)[-1].cursor
    sandbox.change("Customer", CUSTOMER, description="Changed and forgotten")
    sandbox.store.forget_changes()
    pages = _read(api, Kind.CUSTOMERS, cursor)
    assert {page.listing for page in pages} == {Listing.COMPLETE}
    assert _records(pages)["10001"].name == "Changed and forgotten"
    assert _read(api, Kind.CUSTOMERS, pages[-1].cursor)[0].listing is Listing.UNCHANGED


def test_another_kinds_lost_right_does_not_stop_this_one(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    cursors = {kind: _read(api, kind)[-1].cursor for kind in (Kind.CUSTOMERS, Kind.PRODUCTS)}
    for kind in cursors:
        cursors[kind] = _read(api, kind, cursors[kind])[-1].cursor
    sandbox.restore(missing=("product",))
    assert _read(api, Kind.CUSTOMERS, cursors[Kind.CUSTOMERS])[0].listing is Listing.UNCHANGED
    with pytest.raises(LoginNeeded) as raised:
        _read(api, Kind.PRODUCTS, cursors[Kind.PRODUCTS])
    assert (raised.value.problem.code, raised.value.problem.params["right"]) == (Code.RIGHTS_MISSING, "product")


def test_a_kind_without_memory_is_asked_by_the_time_of_the_change(connect: Open, sandbox: XledgerSandbox) -> None:
    """`product_deltas` was never seen; a schema without it must do."""
    queries = sandbox.own_schema().query_type
    assert queries is not None
    del queries.fields["product_deltas"]
    api = connect()
    cursor = _read(api, Kind.PRODUCTS)[-1].cursor
    assert cursor is not None
    assert "after" not in cursor
    pages = _read(api, Kind.PRODUCTS, cursor)
    assert ({page.listing for page in pages}, _ids(pages)) == ({Listing.CHANGES}, [])
    sandbox.change("Product", PRODUCT, description="Changed")
    assert _records(_read(api, Kind.PRODUCTS, pages[-1].cursor))["110"].name == "Changed"


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC), "2026-07-01T14:00:00"),
        (datetime(2026, 1, 1, 12, 0, tzinfo=UTC), "2026-01-01T13:00:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00"),
    ],
)
def test_times_are_written_in_central_european_time_without_an_offset(instant: datetime, text: str) -> None:
    assert local_text(instant) == text


def test_the_overlap_covers_the_hour_that_comes_twice() -> None:
    """A change at 02:10 summer time, looked for from 02:20 of the winter's: 50 minutes later, 10 by the clock."""
    change, look = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    before_change = change - timedelta(minutes=1)
    assert local_text(before_change - pulls.OVERLAP) <= local_text(change)
    assert local_text(look - pulls.OVERLAP) < local_text(look)


def test_a_query_too_heavy_is_asked_in_smaller_pages(api: XledgerApi, sandbox: XledgerSandbox) -> None:
    sandbox.app.heavy_above = 700
    assert len(_ids(_read(api, Kind.CUSTOMERS))) == 7
    sandbox.app.heavy_above = 10
    with pytest.raises(Temporary, match="timeout"):
        _read(api, Kind.CUSTOMERS)


def test_pages_go_by_cursor_and_an_interrupted_listing_goes_on_at_its_checkpoint(small_pages: None) -> None:
    with XledgerSandbox(projects=450) as sandbox, open_api(_access(sandbox)) as api:
        pull = CONNECTOR.pull(Kind.PROJECTS)
        assert pull is not None
        pages = pull.read(api, None)
        before = [next(pages), next(pages)]  # 45 closed ones, 100 open ones
        pages.close()  # type: ignore[attr-defined]
        after = _read(api, Kind.PROJECTS, before[-1].checkpoint)
        assert len(set(_ids(before + after))) == len(_ids(before + after)) == 450
        assert _read(api, Kind.PROJECTS, after[-1].cursor)[0].listing is Listing.UNCHANGED


def test_rows_going_away_while_we_read_hide_no_other(small_pages: None) -> None:
    with XledgerSandbox(projects=450) as sandbox, open_api(_access(sandbox)) as api:
        sandbox.arm(Fault(kind=FaultKind.MOVING, path="/Projects", count=3))
        seen = set(_ids(_read(api, Kind.PROJECTS)))
        assert {str(row["dbId"]) for row in sandbox.store.all(42_365_431, "Project")} <= seen


def test_a_cursor_that_does_not_move_stops_the_run(api: XledgerApi, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"customers": {"edges": [{"cursor": "x", "node": {}}], "pageInfo": {"hasNextPage": True}}}
    monkeypatch.setattr(api, "ask", lambda *_, **__: page)
    with pytest.raises(MappingError, match="a cursor that moves"):
        list(listing.walk(api, "", "customers", right="customer"))


def test_r48_our_contacts_come_with_their_employee_code(api: XledgerApi) -> None:
    found = _records(_read(api, Kind.EMPLOYEES))
    assert set(found) == {"1", "2", "3", "4", "5", "6"}
    assert (found["1"].name, found["1"].external_id) == ("Bo Lindqvist", "698701")
    assert [number for number, record in found.items() if record.archived] == ["6"]


def test_r48_without_our_contacts_those_with_a_code_count_and_it_is_remembered(
    connect: Open, sandbox: XledgerSandbox
) -> None:
    api = connect(TOKEN_PLAIN)
    found = _records(_read(api, Kind.EMPLOYEES))
    assert set(found) == {"1", "2", "3", "4", "5", "6"}
    assert found["6"].archived
    sandbox.forget_requests()
    _read(api, Kind.EMPLOYEES)
    assert len(sandbox.requests()) == 2


def test_a_missing_right_is_a_persons_business(connect: Open) -> None:
    with pytest.raises(LoginNeeded) as raised:
        _read(connect(TOKEN_LIMITED), Kind.PRODUCTS)
    assert raised.value.problem.code == Code.RIGHTS_MISSING
