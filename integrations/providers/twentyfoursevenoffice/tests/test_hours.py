"""Hours in 24SevenOffice: on the linked user or the integration user, marked, corrected and taken back (R71-R76)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.kernel.errors import Refused
from integrations.kernel.payloads import HoursPayload, KnownHours
from integrations.providers.twentyfoursevenoffice.hours import put_hours, standing_hours
from integrations.providers.twentyfoursevenoffice.kit import KIT
from integrations.providers.twentyfoursevenoffice.sandbox import Fault, FaultKind, OfficeSandbox
from integrations.providers.twentyfoursevenoffice.sandbox.seed import INTEGRATION
from integrations.providers.twentyfoursevenoffice.tests.conftest import Open

assert KIT.hours is not None
CELL: HoursPayload = KIT.hours.cell


def _hour(sandbox: OfficeSandbox) -> dict[str, Any]:
    (hour,) = sandbox.hours()
    return hour


def test_r72_hours_arrive_marked_and_open_for_correction(connect: Open, sandbox: OfficeSandbox) -> None:
    put_hours(connect(), CELL, KnownHours())
    hour = _hour(sandbox)
    assert hour["InternalNote"] == f"busy:{CELL.reference}"
    assert (hour["TotalHours"], hour["TotalHoursInvoice"], hour["Description"]) == ("7.5", "7.5", "Skisser & prøver")
    assert (hour.get("Locked"), hour.get("Approved"), hour["NeedApproval"]) == (None, None, False)


def test_hours_arrive_as_non_billable_when_orders_bill_them(connect: Open, sandbox: OfficeSandbox) -> None:
    put_hours(connect(), replace(CELL, billable_minutes=0), KnownHours())
    assert _hour(sandbox)["TotalHoursInvoice"] == "0"


def test_a_work_type_that_is_not_invoiced_there_brings_no_hours_to_invoice(
    connect: Open, sandbox: OfficeSandbox
) -> None:
    put_hours(connect(), replace(CELL, work_type_id="305"), KnownHours())
    assert _hour(sandbox)["TotalHoursInvoice"] == "0"


def test_r71_two_people_without_a_user_there_stand_beside_each_other_on_the_integration_user(
    connect: Open, sandbox: OfficeSandbox
) -> None:
    api = connect()
    first = replace(CELL, employee_id=INTEGRATION, reference="Busy AAAA")
    other = replace(first, reference="Busy BBBB", minutes=60)
    one, two = put_hours(api, first, KnownHours()), put_hours(api, other, KnownHours())
    assert one.external_id != two.external_id
    put_hours(api, replace(first, minutes=0), KnownHours(external_id=one.external_id, minutes=450))
    assert [hour["TotalHours"] for hour in sandbox.hours()] == ["1"]


def test_what_people_there_added_to_the_entry_survives_a_new_total(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    sent = put_hours(api, CELL, KnownHours())
    note = f"Avtalt med kunden\nbusy:{CELL.reference}"
    sandbox.change("Hour", sent.external_id, SalaryTypeId=4, CustomerId=10001, InternalNote=note)
    put_hours(api, replace(CELL, minutes=60), KnownHours(external_id=sent.external_id, minutes=450))
    hour = _hour(sandbox)
    assert (hour["TotalHours"], hour["SalaryTypeId"], hour["CustomerId"]) == ("1", 4, 10001)
    assert hour["InternalNote"] == note


def test_an_entry_moved_there_goes_back_so_that_it_counts_once(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    sent = put_hours(api, CELL, KnownHours())
    sandbox.change("Hour", sent.external_id, ProjectId=1002)
    put_hours(api, CELL, KnownHours(external_id=sent.external_id, minutes=450))
    assert _hour(sandbox)["ProjectId"] == 1001


def test_r113_a_second_entry_of_ours_is_taken_away_again(connect: Open, sandbox: OfficeSandbox) -> None:
    """A write that arrived after we had looked: the mark tells that both are ours."""
    api = connect()
    sent = put_hours(api, CELL, KnownHours())
    sandbox.record_hours(**{name: value for name, value in _hour(sandbox).items() if name not in ("Id", "_changed")})
    assert len(sandbox.hours()) == 2
    put_hours(api, replace(CELL, minutes=30), KnownHours(external_id=sent.external_id, minutes=450))
    assert (_hour(sandbox)["Id"], _hour(sandbox)["TotalHours"]) == (sent.external_id, "0.5")


def test_a_mark_that_is_not_given_back_still_leaves_one_entry(connect: Open, sandbox: OfficeSandbox) -> None:
    """Whether hours are listed with their internal note is not documented."""
    api = connect()
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/SaveHour"))
    with pytest.raises(Exception, match="answer_lost"):
        put_hours(api, CELL, KnownHours())
    sandbox.change("Hour", _hour(sandbox)["Id"], InternalNote=None)
    receipt = put_hours(api, CELL, KnownHours(in_doubt=(450,)))
    assert (receipt.external_id, len(sandbox.hours())) == (_hour(sandbox)["Id"], 1)


def test_overwriting_several_entries_of_others_is_left_to_a_person(connect: Open, sandbox: OfficeSandbox) -> None:
    assert KIT.hours is not None
    for minutes in (60, 90):
        KIT.hours.record(sandbox, CELL, minutes)
    with pytest.raises(Refused, match="found_twice"):
        put_hours(connect(), CELL, KnownHours(overwrite=True))
    assert len(sandbox.hours()) == 2


def test_hours_without_a_project_stand_without_one(connect: Open, sandbox: OfficeSandbox) -> None:
    api = connect()
    put_hours(api, replace(CELL, project_id=None), KnownHours())
    assert "ProjectId" not in _hour(sandbox)
    (found,) = standing_hours(api, CELL.day, CELL.day)
    assert found.project_id is None
