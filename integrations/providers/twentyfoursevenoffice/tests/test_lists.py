"""Lists: what is on which of two lists counts, what moves while it is read is noticed, and nothing is asked twice."""

from __future__ import annotations

import pytest

from integrations.kernel.connector import Cursor, Listing, Page
from integrations.kernel.records import CustomerRecord
from integrations.providers.twentyfoursevenoffice import companies, pulls
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.pulls import read_customers, read_employees, read_projects
from integrations.providers.twentyfoursevenoffice.sandbox import Fault, FaultKind, OfficeSandbox


def _all(pages: list[Page[CustomerRecord]]) -> dict[str, CustomerRecord]:
    return {record.external_id: record for page in pages for record in page.records}


def test_r59_active_projects_are_active_and_deactivated_ones_archived(api: OfficeApi) -> None:
    (page,) = read_projects(api, None)
    archived = {record.external_id: record.archived for record in page.records}
    assert (archived["1001"], archived["1010"], len(archived)) == (False, True, 12)
    assert all(record.number == record.external_id for record in page.records), "R65: numbers are theirs"


def test_r60_a_project_closed_there_is_seen_also_when_that_is_no_change_of_it(
    sandbox: OfficeSandbox, api: OfficeApi
) -> None:
    (first,) = read_projects(api, None)
    sandbox.change("Project", 1003, _open=False, DateChanged="2026-01-02T08:00:00Z")
    (after,) = read_projects(api, first.cursor)
    assert after.listing is Listing.COMPLETE
    assert {record.external_id: record.archived for record in after.records}["1003"] is True
    (quiet,) = read_projects(api, after.cursor)
    assert quiet.listing is Listing.UNCHANGED


def test_many_projects_are_read_in_parts_that_go_on_where_they_were_cut(
    api: OfficeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = read_projects(api, None)
    monkeypatch.setattr(pulls, "MANY", 5)
    monkeypatch.setattr(pulls, "AT_A_TIME", 5)
    parts = list(read_projects(api, None))
    assert {record for page in parts for record in page.records} == set(whole.records)
    assert [page.cursor is not None for page in parts] == [False, False, True]
    rest = list(read_projects(api, parts[0].checkpoint))
    assert [page.records for page in rest] == [page.records for page in parts[1:]]


def test_r60_a_change_is_read_alone(sandbox: OfficeSandbox, api: OfficeApi) -> None:
    (first,) = read_projects(api, None)
    sandbox.change("Project", 1003, Name="Årsrapport 2027")
    (after,) = read_projects(api, first.cursor)
    assert (after.listing, [record.name for record in after.records]) == (Listing.CHANGES, ["Årsrapport 2027"])


def test_leads_and_suppliers_are_no_customers_and_private_persons_have_two_names(api: OfficeApi) -> None:
    found = _all(list(read_customers(api, None)))
    assert {"10010", "10011"}.isdisjoint(found)
    assert found["10007"].name == "Signe Vest"


def test_r20_a_list_that_moves_while_it_is_read_is_read_again(sandbox: OfficeSandbox, api: OfficeApi) -> None:
    sandbox.arm(Fault(kind=FaultKind.MOVING, path="/GetCompanySyncList"))
    found = _all(list(read_customers(api, None)))
    assert {"10004", "10005", "10008"} <= set(found), "one slid to the page before"


def test_a_long_list_of_customers_goes_on_where_it_was_cut(
    sandbox: OfficeSandbox, api: OfficeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companies, "AT_A_TIME", 3)
    pages = list(read_customers(api, None))
    whole = _all(pages)
    rest = list(read_customers(api, pages[0].checkpoint))
    assert _all([pages[0], *rest]) == whole
    assert not set(_all(rest)) & set(_all(pages[:1]))
    assert rest[-1].cursor is not None


def test_people_are_known_by_number_and_e_mail_and_without_their_cards_by_name(
    sandbox: OfficeSandbox, api: OfficeApi
) -> None:
    (page,) = read_employees(api, None)
    anna = next(record for record in page.records if record.name == "Anna Nygård")
    assert (anna.external_id, anna.number, anna.email) == ("9002", "2", "anna@nordlys.example")
    integration = next(record for record in page.records if record.name == "Busy Integrasjon")
    assert integration.number == ""


def _looked(api: OfficeApi, cursor: Cursor | None) -> tuple[Page[CustomerRecord], Cursor]:
    *_, page = read_customers(api, cursor)
    assert page.cursor is not None
    return page, page.cursor


def test_r60_a_customer_deactivated_or_deleted_there_is_gone_with_the_next_look(
    sandbox: OfficeSandbox, api: OfficeApi
) -> None:
    """Of a deleted one no row is given; whether it counts as a change is not documented."""
    _, cursor = _looked(api, None)
    quiet, cursor = _looked(api, cursor)
    assert (quiet.listing, quiet.gone) == (Listing.UNCHANGED, ())
    sandbox.change("Company", 10003, _active=False)
    counts, cursor = _looked(api, cursor)
    assert (counts.listing, "10003" in counts.gone) == (Listing.CHANGES, True)
    sandbox.change("Company", 10004, _active=False, DateChanged="2026-01-02T08:00:00Z")
    silent, cursor = _looked(api, cursor)
    assert set(silent.gone) >= {"10003", "10004", "10009"}, "all that are, since the number has moved"
    sandbox.change("Company", 10005, Type="Supplier")
    turned, cursor = _looked(api, cursor)
    assert "10005" in turned.gone, "no customer any more"
    sandbox.change("Company", 10004, _active=True)
    again, _ = _looked(api, cursor)
    assert [(record.external_id, record.archived) for record in again.records if record.external_id == "10004"] == [
        ("10004", False)
    ]
    assert "10004" not in again.gone
