"""Pulls against each provider's sandbox, with the faults of engine-facts section 4."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.kernel.connector import Listing, Page
from integrations.kernel.errors import LoginNeeded, MappingError, Temporary
from integrations.kernel.records import Kind, fingerprint
from integrations.kernel.sandbox import Fault, FaultKind
from tests.contract.conftest import Provider


def _read(provider: Provider, kind: Kind, cursor: Any = None) -> list[Page[Any]]:
    pull = provider.connector.pull(kind)
    assert pull is not None
    return list(pull.read(provider.api, cursor))


def _records(pages: list[Page[Any]]) -> dict[str, Any]:
    return {record.external_id: record for page in pages for record in page.records}


@pytest.fixture
def kinds(provider: Provider) -> list[Kind]:
    return [pull.kind for pull in provider.connector.pulls]


def test_r14_everything_is_read_and_ends_with_a_cursor(provider: Provider, kinds: list[Kind]) -> None:
    for kind in kinds:
        pages = _read(provider, kind)
        assert _records(pages), kind
        assert {page.listing for page in pages} == {Listing.COMPLETE}
        assert [page.cursor is not None for page in pages] == [False] * (len(pages) - 1) + [True]


def test_r19_reading_again_brings_nothing_new(provider: Provider, kinds: list[Kind]) -> None:
    for kind in kinds:
        first = _read(provider, kind)
        again = _read(provider, kind, first[-1].cursor)
        assert {page.listing for page in again} <= {Listing.UNCHANGED, Listing.CHANGES, Listing.COMPLETE}
        before = {key: fingerprint(record) for key, record in _records(first).items()}
        for key, record in _records(again).items():
            assert fingerprint(record) == before[key]
        for page in again:
            assert page.listing is not Listing.UNCHANGED or page.records == ()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.STATUS, status=500),
        Fault(kind=FaultKind.STATUS, status=503, retry_after=0),
        Fault(kind=FaultKind.STATUS, status=429, retry_after=0),
        Fault(kind=FaultKind.DROP_BEFORE),
        Fault(kind=FaultKind.DROP_AFTER),
        Fault(kind=FaultKind.TRUNCATE),
        Fault(kind=FaultKind.BROKEN_JSON),
        Fault(kind=FaultKind.HTML_200),
        Fault(kind=FaultKind.UNAUTHORIZED),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_what_happens_once_is_healed_within_the_run(provider: Provider, fault: Fault) -> None:
    healthy = _records(_read(provider, Kind.CUSTOMERS))
    provider.sandbox.arm(fault)
    assert _records(_read(provider, Kind.CUSTOMERS)) == healthy


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind=FaultKind.STATUS, status=503, count=None), Temporary),
        (Fault(kind=FaultKind.STATUS, status=429, retry_after=3600, count=None), Temporary),
        (Fault(kind=FaultKind.HTML_200, count=None), Temporary),
        (Fault(kind=FaultKind.REDIRECT, count=None), Temporary),
        (Fault(kind=FaultKind.DROP_BEFORE, count=None), Temporary),
        (Fault(kind=FaultKind.BROKEN_JSON, count=None), MappingError),
        (Fault(kind=FaultKind.HUGE, size=40_000_000, count=None), MappingError),
        (Fault(kind=FaultKind.UNAUTHORIZED, count=None), LoginNeeded),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else value.__name__,
)
def test_r20_what_does_not_heal_ends_the_run_by_name(provider: Provider, fault: Fault, error: type[Exception]) -> None:
    provider.sandbox.arm(fault)
    with pytest.raises(error):
        _read(provider, Kind.CUSTOMERS)


def test_r20_a_run_that_breaks_after_a_page_has_given_no_cursor(provider: Provider) -> None:
    request = provider.kit.lists[Kind.CUSTOMERS]
    provider.sandbox.arm(
        Fault(kind=FaultKind.STATUS, status=503, method=request.method, path=request.path, skip=1, count=None)
    )
    pull = provider.connector.pull(Kind.CUSTOMERS)
    assert pull is not None
    seen: list[Page[Any]] = []
    with pytest.raises(Temporary):
        seen.extend(pull.read(provider.api, None))  # keeps what came before the error
    assert all(page.cursor is None for page in seen)


def test_r38_a_revoked_key_asks_for_a_person_after_at_most_two_tries(provider: Provider) -> None:
    _read(provider, Kind.CUSTOMERS)
    provider.kit.revoke(provider.sandbox)
    provider.sandbox.forget_requests()
    with pytest.raises(LoginNeeded) as raised:
        _read(provider, Kind.CUSTOMERS)
    facts = provider.connector.facts
    # Beside the field of the key; a sign-in has none.
    assert raised.value.problem.field in ({""} if facts.oauth else {field.key for field in facts.credentials})
    assert len(provider.sandbox.requests()) <= 3
    provider.kit.restore(provider.sandbox)
    assert _records(_read(provider, Kind.CUSTOMERS)), "R39: the same key works again"


def test_doubled_rows_are_the_same_records(provider: Provider, kinds: list[Kind]) -> None:
    for kind in kinds:
        healthy = _records(_read(provider, kind))
        provider.sandbox.arm(Fault(kind=FaultKind.DOUBLED, path=provider.kit.lists[kind].path, count=None))
        assert _records(_read(provider, kind)) == healthy
        provider.sandbox.disarm()


@pytest.mark.parametrize("spoiled", [FaultKind.NULL_FIELD, FaultKind.MISSING_FIELD, FaultKind.WRONG_TYPE])
def test_a_spoiled_field_stops_the_run_and_says_where(
    provider: Provider, kinds: list[Kind], spoiled: FaultKind
) -> None:
    for kind in kinds:
        request = provider.kit.lists[kind]
        provider.sandbox.arm(Fault(kind=spoiled, path=request.path, field=request.field, count=None))
        with pytest.raises(MappingError) as raised:
            _read(provider, kind)
        assert request.field in raised.value.path
        provider.sandbox.disarm()
