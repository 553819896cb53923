"""Lists that move, grow too large, change their mind, and the hour the clock is put back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.kernel.connector import Access, Cursor, Listing, Page
from integrations.kernel.errors import Code, LoginNeeded, MappingError, Refused, Temporary
from integrations.kernel.records import Kind
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.tripletex import CONNECTOR
from integrations.providers.tripletex.api import TripletexApi, open_api, seconds_to_hold
from integrations.providers.tripletex.facts import PAGE_SIZE
from integrations.providers.tripletex.listing import walk
from integrations.providers.tripletex.pulls import PROJECTS, by_start_date, server_time
from integrations.providers.tripletex.sandbox import CONSUMER, KEY, KEY_LIMITED, TripletexSandbox
from integrations.providers.tripletex.tests.conftest import Open
from integrations.providers.tripletex.wire import ListOf


def _read(api: TripletexApi, kind: Kind, cursor: Cursor | None = None) -> list[Page[Any]]:
    pull = CONNECTOR.pull(kind)
    assert pull is not None
    return list(pull.read(api, cursor))


def _ids(pages: list[Page[Any]]) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


def _access(sandbox: TripletexSandbox) -> Access:
    return Access(credentials={"employee_token": KEY}, settings={"url": sandbox.url, "consumer_token": CONSUMER})


def test_r8_r78_closed_projects_come_as_archived(api: TripletexApi) -> None:
    records = {record.number: record for page in _read(api, Kind.PROJECTS) for record in page.records}
    assert records["1010"].archived
    assert not records["1001"].archived
    assert records["1012"].internal


def test_inactive_customers_come_too_and_as_archived(api: TripletexApi) -> None:
    """`isInactive` is false when it is not asked for."""
    records = {record.number: record for page in _read(api, Kind.CUSTOMERS) for record in page.records}
    assert records["10009"].archived
    assert len(records) == 9


def test_a_changed_customer_comes_alone(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    cursor = {"changed_since": "2099-01-01T00:00:00"}
    assert _ids(_read(api, Kind.CUSTOMERS, cursor)) == []
    first = _read(api, Kind.CUSTOMERS)[-1].cursor
    sandbox.change("Customer", 108_615_701, name="Havgap Sjømat ASA")
    pages = _read(api, Kind.CUSTOMERS, first)
    assert {page.listing for page in pages} == {Listing.CHANGES}
    assert "Havgap Sjømat ASA" in [record.name for page in pages for record in page.records]


def test_a_customer_switched_while_we_read_is_not_missed(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    """Inactive ones are read first; one that becomes inactive right then stands in neither list."""
    pull = CONNECTOR.pull(Kind.CUSTOMERS)
    assert pull is not None
    pages = pull.read(api, None)
    seen = [next(pages)]
    sandbox.change("Customer", 108_615_701, isInactive=True)
    seen.extend(pages)
    record = [record for page in seen for record in page.records if record.external_id == "108615701"][-1]
    assert record.archived


def test_unchanged_costs_one_request_and_a_change_is_seen(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    cursor = _read(api, Kind.PROJECTS)[-1].cursor
    sandbox.forget_requests()
    (page,) = _read(api, Kind.PROJECTS, cursor)
    assert (page.listing, page.records, page.cursor) == (Listing.UNCHANGED, (), cursor)
    assert [seen.status for seen in sandbox.requests()] == [304]
    sandbox.change("Project", 87_310_101, isClosed=True)
    pages = _read(api, Kind.PROJECTS, cursor)
    assert pages[0].listing is Listing.COMPLETE
    assert next(record for record in pages[0].records if record.external_id == "87310101").archived


def test_work_types_are_the_shared_project_activities(api: TripletexApi) -> None:
    records = {record.number: record for page in _read(api, Kind.WORK_TYPES) for record in page.records}
    assert set(records) == {"10", "20", "30", "40", "50", "60"}
    assert records["60"].archived
    assert not records["50"].billable


def test_contacts_are_not_employees(api: TripletexApi) -> None:
    names = {record.name: record for page in _read(api, Kind.EMPLOYEES) for record in page.records}
    assert "Kari Kontakt" not in names
    assert names["Bo Lindqvist"].number == "1"
    assert names["Jonas Eide"].archived


def test_rows_going_away_while_we_read_hide_no_row() -> None:
    """After each page the first row of the list is deleted: every later row slides one place up."""
    with TripletexSandbox(projects=3000) as sandbox:
        rows = {str(row["id"]) for row in sandbox.store.all(4_210_001, "Project")}
        with open_api(_access(sandbox)) as api:
            sandbox.arm(Fault(kind=FaultKind.MOVING, path="/project", count=4))
            pages = _read(api, Kind.PROJECTS)
            assert set(_ids(pages)) == rows
            assert len(_ids(pages)) == len(rows), "and none comes twice"
            assert pages[-1].cursor == {"digests": []}, "what moved is read whole the next time"
            assert _read(api, Kind.PROJECTS, pages[-1].cursor)[0].listing is Listing.COMPLETE


def test_a_list_that_never_rests_is_left_for_later(api: TripletexApi, monkeypatch: pytest.MonkeyPatch) -> None:
    full = [{"id": number} for number in range(1, PAGE_SIZE + 1)]
    later = [{"id": number + 5000} for number in range(PAGE_SIZE)]
    pages = itertools.cycle([full, later])
    monkeypatch.setattr(api, "get_page", lambda *_, **__: ListOf(values=next(pages), version_digest="x"))
    with pytest.raises(Temporary, match="not_settled"):
        list(walk(api, "/project", "id", right="projects", rows=dict, parts=[{}]))


def test_many_rows_going_away_at_once_are_stepped_back_over() -> None:
    with TripletexSandbox(projects=3500) as sandbox, open_api(_access(sandbox)) as api:
        pull = CONNECTOR.pull(Kind.PROJECTS)
        assert pull is not None
        pages = pull.read(api, None)
        seen = [next(pages), next(pages)]
        for project in [record.external_id for record in seen[0].records][:999]:
            sandbox.delete("Project", project)
        kept = {str(row["id"]) for row in sandbox.store.all(4_210_001, "Project")}
        seen.extend(pages)
        assert kept <= set(_ids(seen))


def test_engine_facts_4_an_interrupted_listing_goes_on_at_its_checkpoint() -> None:
    with TripletexSandbox(projects=3500) as sandbox, open_api(_access(sandbox)) as api:
        pull = CONNECTOR.pull(Kind.PROJECTS)
        assert pull is not None
        pages = pull.read(api, None)
        before = [next(pages), next(pages)]
        pages.close()  # type: ignore[attr-defined]
        sandbox.forget_requests()
        after = _read(api, Kind.PROJECTS, before[-1].checkpoint)
        assert len(sandbox.requests("GET", "/project")) == 2, "no page is fetched again"
        assert len(set(_ids(before + after))) == len(_ids(before + after)) == 3500
        assert _read(api, Kind.PROJECTS, after[-1].cursor)[0].listing is Listing.UNCHANGED


def test_ten_thousand_is_the_most_a_query_may_match_so_the_list_is_cut() -> None:
    with TripletexSandbox(projects=10_500) as sandbox, open_api(_access(sandbox)) as api:
        pages = _read(api, Kind.PROJECTS)
        assert len(set(_ids(pages))) == len(_ids(pages)) == 10_500
        assert _read(api, Kind.PROJECTS, pages[-1].cursor)[0].listing is Listing.UNCHANGED


def test_a_list_that_cannot_be_cut_is_refused_in_words() -> None:
    with TripletexSandbox(customers=10_600) as sandbox, open_api(_access(sandbox)) as api:
        with pytest.raises(Refused) as raised:
            _read(api, Kind.CUSTOMERS)
        assert raised.value.problem.code == "list_too_large"
        assert raised.value.problem.params == {"limit": "10000"}


def test_a_part_is_cut_in_halves_that_meet() -> None:
    (early, late) = by_start_date({"isOffer": "false"})
    assert early["startDateTo"] == late["startDateFrom"]
    assert set(early) == {"isOffer", "startDateTo"}
    assert by_start_date({"startDateFrom": "2026-01-01", "startDateTo": "2026-01-02"}) == []


def test_ids_that_do_not_rise_stop_the_run(api: TripletexApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were `sorting` not obeyed, stepping through by offset would prove nothing."""
    rows = ListOf(values=[{"id": 2}, {"id": 1}], version_digest="x")
    monkeypatch.setattr(api, "get_page", lambda *_, **__: rows)
    with pytest.raises(MappingError, match="rising ids"):
        _read(api, Kind.PROJECTS)


def test_a_missing_right_is_a_person_s_business(connect: Open) -> None:
    with pytest.raises(LoginNeeded) as raised:
        _read(connect(KEY_LIMITED), Kind.PRODUCTS)
    assert raised.value.problem.code == Code.RIGHTS_MISSING
    assert raised.value.problem.params["right"] == "products"


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "2026-07-01T13:50:00"),
        (datetime(2026, 1, 1, 0, 5, tzinfo=UTC), "2026-01-01T00:55:00"),
        (datetime(2026, 3, 29, 1, 5, tzinfo=UTC), "2026-03-29T02:55:00"),
        # 02:30 in summer time, half an hour before it becomes 02:00 again
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T01:20:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:20:00"),
    ],
)
def test_changed_since_misses_nothing_when_the_clock_is_put_back(now: datetime, since: str) -> None:
    assert server_time(now) == since


def test_the_rate_limit_is_read_as_seconds_left() -> None:
    assert seconds_to_hold({"x-rate-limit-remaining": "2", "x-rate-limit-reset": "7"}) == 7
    assert seconds_to_hold({"x-rate-limit-remaining": "3", "x-rate-limit-reset": "7"}) == 0
    assert seconds_to_hold({}) == 0


def test_an_unknown_field_of_ours_is_told_to_us(api: TripletexApi) -> None:
    source = replace(PROJECTS, fields="id,navn")
    with pytest.raises(MappingError):
        list(source.read(api, None))
