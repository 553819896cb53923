"""Envelopes and answers: what 24SevenOffice adds to its answers loses us nothing, and hostile XML does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.providers.twentyfoursevenoffice import mapping, wire
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.hour_rows import hours_of, minutes_of
from integrations.providers.twentyfoursevenoffice.pulls import PULLS
from integrations.providers.twentyfoursevenoffice.reconstructed import clock_of, local_day
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from integrations.providers.twentyfoursevenoffice.sandbox.contract import described
from integrations.providers.twentyfoursevenoffice.services import OPERATIONS

_NS = "http://24sevenOffice.com/webservices"


def _answer(operation: str, inner: str) -> bytes:
    return (
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body>"
        f"<{operation}Response xmlns='{_NS}'><{operation}Result>{inner}</{operation}Result></{operation}Response>"
        "</soap:Body></soap:Envelope>"
    ).encode()


_MEMBERS = [
    "<Id>1002</Id>", "<Name>Profil</Name>", "<NameDisplay>Plain</NameDisplay>",
    "<DateStart>2026-08-03T12:00:00Z</DateStart>", "<CustomerId>10001</CustomerId>", "<TimeReg>Task</TimeReg>",
    "<Participants><int>9001</int><int>9002</int></Participants>",
]  # fmt: skip


@pytest.mark.parametrize(
    "arranged",
    [
        pytest.param(lambda members: members, id="as described"),
        pytest.param(lambda members: [members[0], "<Later><Deep>1</Deep></Later>", *members[1:]], id="a new one early"),
        pytest.param(lambda members: [*members[:4], "<Later/>", *members[4:]], id="a new one in the middle"),
        pytest.param(lambda members: members[::-1], id="in another order"),
    ],
)
def test_an_unknown_element_or_another_order_cuts_nothing_off(arranged: Callable[[list[str]], list[str]]) -> None:
    """Left to itself zeep drops what follows an unknown element, and a project would look as if it had no customer."""
    (row,) = wire.answered(
        "GetProjectsDetailed", _answer("GetProjectsDetailed", f"<Project>{''.join(arranged(_MEMBERS))}</Project>")
    )
    assert (row["CustomerId"], row["TimeReg"], row["Participants"]) == (10001, "Task", {"int": [9001, 9002]})
    assert mapping.project_record(row, archived=False).customer_id == "10001"


def test_lists_read_from_a_service_that_has_moved_on_are_the_same_records(
    sandbox: OfficeSandbox, api: OfficeApi
) -> None:
    before = [[page.records for page in pull.read(api, None)] for pull in PULLS]
    sandbox.app.extra = True
    assert [[page.records for page in pull.read(api, None)] for pull in PULLS] == before


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + _answer("GetUsers", "<User><Name>&a;</Name></User>"),
        _answer("GetUsers", "").decode().encode("utf-16"),
        _answer("GetUsers", "<User>")[:-40],
        b"<html><body>Logg inn</body></html>",
        b"",
    ],
)
def test_what_is_no_message_is_not_read(body: bytes) -> None:
    with pytest.raises(wire.Unreadable):
        wire.answered("GetUsers", body)


def test_a_document_type_is_refused_before_anything_of_it_is_made() -> None:
    with pytest.raises(wire.Unreadable, match="document type"):
        wire.parsed(b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><x>&a;</x>")


def test_values_that_stand_for_nothing_are_nothing() -> None:
    (row,) = wire.answered(
        "GetProjectsDetailed",
        _answer(
            "GetProjectsDetailed",
            "<Project><Id>1</Id><Name>x</Name><NameDisplay>Plain</NameDisplay><DateStart>0001-01-01T00:00:00</DateStart>"
            "<DateStop>1900-01-01T00:00:00</DateStop><CustomerId>-2147483648</CustomerId><TimeReg>Task</TimeReg>"
            "<Version>-32768</Version></Project>",
        ),
    )
    assert {row[name] for name in ("DateStart", "DateStop", "CustomerId", "Version")} == {None}


def test_a_value_of_the_wrong_kind_stops_the_reading() -> None:
    """zeep would take it for one that is not set."""
    with pytest.raises(wire.Unreadable):
        wire.answered("GetUsers", _answer("GetUsers", "<User><ContactId>?</ContactId></User>"))


def test_rows_that_an_unknown_element_would_cut_off_stop_the_reading() -> None:
    rows = "<User><Name>Anna</Name></User>"
    for inner in (f"<Later/>{rows}", f"{rows}<Later/>{rows}"):
        with pytest.raises(wire.Unreadable):
            wire.answered("GetUsers", _answer("GetUsers", inner))
    page = (
        "<CurrentPage>1</CurrentPage><TotalPages>1</TotalPages><TotalItems>1</TotalItems><ItemsPerPage>9</ItemsPerPage>"
    )
    item = "<SyncCompany><CompanyId>1</CompanyId><Active>true</Active></SyncCompany>"
    with pytest.raises(wire.Unreadable):
        wire.answered("GetCompanySyncList", _answer("GetCompanySyncList", f"{page}<Items><Later/>{item}</Items>"))


def test_every_request_is_one_that_the_description_allows() -> None:
    """The sandbox's own reading of the descriptions judges what zeep made of them."""
    asked: dict[str, dict[str, Any]] = {
        "GetCompanySyncList": {"syncSearchParameters": {"Page": 1, "Active": None, "ChangedAfter": None}},
        "SaveHour": {"Hour": {"TypeOfWorkId": 1, "StartTime": datetime(2026, 3, 29, 6, tzinfo=UTC),
                              "TotalHours": Decimal("7.5")}},
        "SaveInvoices": {"invoices": {"InvoiceOrder": [{"CustomerId": 1, "IncludeVAT": None}]}},
        "SaveProject": {"project": {"Name": "Å & æ", "NameDisplay": "Plain", "TimeReg": "WorkType"}},
        "SaveProjectTask": {"task": {"Name": "x", "Project": 1, "Status": None}},
    }  # fmt: skip
    for operation, params in asked.items():
        message = wire.parsed(wire.envelope(operation, params))
        description = described()[OPERATIONS[operation].path.lower()]
        assert description.faults(message[0][0]) == [], operation


@pytest.mark.parametrize("minutes", range(1, 24 * 60 + 1, 7))
def test_hours_give_their_minutes_back(minutes: int) -> None:
    hours = hours_of(minutes)
    assert minutes_of(hours) == minutes_of(hours.quantize(Decimal("0.01"))) == minutes
    assert "E" not in str(hours)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 17)])
def test_a_total_lies_within_its_day_also_when_the_clock_is_changed(day: date) -> None:
    for minutes in (1, 450, 16 * 60, 24 * 60):
        start, stop = clock_of(day, minutes)
        assert local_day(start) == local_day(stop) == day
        assert start.astimezone(ZoneInfo("Europe/Oslo")).fold == 0
        assert timedelta(0) < stop - start <= timedelta(minutes=minutes)
