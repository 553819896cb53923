"""R14, R20, R52: lists are read whole, page by page as `Meta` counts them, and cheaply when little changed."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import Any

import pytest

from integrations.kernel.connector import Access, Listing, Page
from integrations.kernel.errors import MappingError, Temporary
from integrations.kernel.sandbox import Fault, FaultKind, Request, Response
from integrations.providers.visma_eaccounting.api import EaccountingApi, open_api
from integrations.providers.visma_eaccounting.facts import FACTS
from integrations.providers.visma_eaccounting.pulls import ARTICLES, CUSTOMERS, PROJECTS, since
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox import lists as sandbox_lists
from integrations.providers.visma_eaccounting.sandbox.seed import NORDLYS, guid


def _opened(sandbox: EaccountingSandbox) -> AbstractContextManager[EaccountingApi]:
    assert FACTS.sandbox is not None
    settings = {**FACTS.sandbox.settings, "url": sandbox.url}
    return open_api(Access(credentials=FACTS.sandbox.credentials, settings=settings))


def _ids(pages: list[Page[Any]]) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


def test_r52_all_projects_come_finished_ones_as_archived(api: EaccountingApi) -> None:
    records = {record.number: record for page in PROJECTS.read(api, None) for record in page.records}
    assert len(records) == 9
    assert records["1010"].archived
    assert not records["1004"].archived, "an end date does not close a project"
    assert records["0012"].customer_id is None
    assert records["1001"].customer_id == guid(1, 1)


def test_r52_an_article_that_does_not_name_its_unit_has_that_of_the_units(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    units = [record.unit for page in ARTICLES.read(api, None) for record in page.records]
    assert sandbox.requests("GET", "/v2/units") == []  # all of them say it themselves
    article = sandbox.store.all(NORDLYS, "articles")[0]
    sandbox.change("articles", article["Id"], UnitName=None, UnitAbbreviation=None)
    again = {record.external_id: record.unit for page in ARTICLES.read(api, None) for record in page.records}
    assert sorted(again.values()) == sorted(units)
    assert again[article["Id"]] == article["UnitAbbreviation"]
    assert len(sandbox.requests("GET", "/v2/units")) == 1 + (len(sandbox.store.all(NORDLYS, "units")) - 1) // 4


def test_pages_are_those_of_meta_however_many_rows_were_asked_for(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    pages = list(CUSTOMERS.read(api, None))
    assert [len(page.records) for page in pages] == [4, 4, 1]
    assert [page.total for page in pages] == [9, 9, 9]
    asked = [dict(seen.query) for seen in sandbox.requests("GET", "/v2/customers")]
    assert [query["$page"] for query in asked] == ["1", "2", "3"]


def test_a_page_parameter_that_is_ignored_ends_the_run_instead_of_a_loop(
    api: EaccountingApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = sandbox_lists.page
    monkeypatch.setattr(
        "integrations.providers.visma_eaccounting.sandbox.app.page",
        lambda rows, query, schema, *, most: honest(rows, {**query, "$page": "1"}, schema, most=most),
    )
    with pytest.raises(MappingError, match="CurrentPage"):
        list(CUSTOMERS.read(api, None))


def test_a_row_that_goes_away_while_we_read_hides_no_other(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.MOVING, path="/v2/customers"))
    pages = list(CUSTOMERS.read(api, None))
    assert set(_ids(pages)) >= {guid(1, n) for n in range(2, 10)}
    assert pages[-1].cursor is not None


def test_a_list_that_does_not_come_to_rest_is_read_another_time() -> None:
    with EaccountingSandbox(customers=40, most_rows=4) as sandbox, _opened(sandbox) as api:
        sandbox.arm(Fault(kind=FaultKind.MOVING, path="/v2/customers", count=None))
        with pytest.raises(Temporary, match="not_settled"):
            list(CUSTOMERS.read(api, None))


def test_r36_only_what_changed_since_is_asked_for_by_the_servers_clock(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    cursor = list(CUSTOMERS.read(api, None))[-1].cursor
    sandbox.forget_requests()
    sandbox.change("customers", guid(1, 3), Name="Bryggen Bok og Kaffe AS")
    pages = list(CUSTOMERS.read(api, cursor))
    assert [(page.listing, len(page.records)) for page in pages] == [(Listing.CHANGES, 1)]
    assert pages[0].records[0].name == "Bryggen Bok og Kaffe AS"
    assert cursor is not None
    (seen,) = sandbox.requests("GET", "/v2/customers")
    assert dict(seen.query)["$filter"] == f"ChangedUtc gt {cursor['changed_since']}"


def test_where_filters_are_not_taken_the_list_is_read_whole(
    api: EaccountingApi, sandbox: EaccountingSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = list(CUSTOMERS.read(api, None))[-1].cursor
    monkeypatch.setattr(sandbox_lists, "_TERM", re.compile("never"))
    pages = list(CUSTOMERS.read(api, cursor))
    assert {page.listing for page in pages} == {Listing.COMPLETE}
    assert len(set(_ids(pages))) == 9


def test_where_sorting_is_not_taken_the_list_is_read_unsorted(
    api: EaccountingApi, sandbox: EaccountingSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_answer = sandbox._app.answer

    def unsorted(request: Request) -> Response:
        if request.parameter("$orderby"):
            return Response.json({"ErrorCode": 2000, "DeveloperErrorMessage": "no", "ErrorId": guid(6, 1)}, 400)
        return app_answer(request)

    monkeypatch.setattr(sandbox._app, "answer", unsorted)
    assert len(set(_ids(list(CUSTOMERS.read(api, None))))) == 9


def test_r20_an_interrupted_run_goes_on_where_it_was(api: EaccountingApi, sandbox: EaccountingSandbox) -> None:
    first = next(CUSTOMERS.read(api, None))
    sandbox.forget_requests()
    rest = list(CUSTOMERS.read(api, first.checkpoint))
    assert set(_ids([first, *rest])) == {guid(1, n) for n in range(1, 10)}
    assert [dict(seen.query)["$page"] for seen in sandbox.requests("GET", "/v2/customers")] == ["2", "3"]
    sandbox.delete("customers", guid(1, 1))
    again = list(CUSTOMERS.read(api, first.checkpoint))
    assert set(_ids(again)) == {guid(1, n) for n in range(2, 10)}, "the list moved meanwhile: from the beginning"


def test_the_servers_clock_is_read_with_its_seven_digits() -> None:
    assert since("2018-06-21T16:23:13.1083743Z") == "2018-06-21T16:18:13Z"
    assert since("2018-06-21T18:23:13+02:00") == "2018-06-21T16:18:13Z"
    with pytest.raises(MappingError):
        since("yesterday")


def test_two_thousand_customers_take_twenty_requests() -> None:
    with EaccountingSandbox(customers=2_000) as sandbox, _opened(sandbox) as api:
        assert len(set(_ids(list(CUSTOMERS.read(api, None))))) == 2_000
        assert len(sandbox.requests("GET", "/v2/customers")) == 20
