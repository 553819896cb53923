"""Hours in a project journal, and after somebody posted it (R90, R91, R93)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.kernel.errors import Code, CurePage, Refused
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.hour_rows import hours_of, minutes_of
from integrations.providers.uniconta.hours import put_hours, standing_hours
from integrations.providers.uniconta.kit import KIT
from integrations.providers.uniconta.sandbox import UnicontaSandbox

assert KIT.hours is not None
CELL: HoursPayload = KIT.hours.cell
LINES, POSTED = "ProjectJournalLineClient", "ProjectTransClient"


class Cell:
    """One cell, and what the engine remembers of it."""

    def __init__(self, api: UnicontaApi) -> None:
        self.api, self.known = api, KnownHours()

    def put(self, minutes: int) -> Receipt:
        receipt = put_hours(self.api, replace(CELL, minutes=minutes), self.known)
        self.known = KnownHours(external_id=receipt.external_id, minutes=minutes)
        return receipt

    @property
    def stands(self) -> list[int]:
        return [one.minutes for one in standing_hours(self.api, CELL.day, CELL.day)]


@pytest.fixture
def cell(api: UnicontaApi) -> Cell:
    return Cell(api)


def test_a_line_says_what_uniconta_needs_of_it(cell: Cell, sandbox: UnicontaSandbox) -> None:
    put_hours(cell.api, replace(CELL, billable_minutes=0), KnownHours())
    (line,) = sandbox.all(LINES)
    assert [line[name] for name in ("Journal", "Employee", "Project", "PayrollCategory", "PrCategory", "Item")] == [
        "Timer", "2", "1001", "10", "10", "110",
    ]  # fmt: skip
    assert (line["Date"], line["Qty"], line["Unit"]) == ("2026-11-17T00:00:00", 7.5, "Hours")
    assert (line["Invoiceable"], line["ReferenceNumber"]) == (False, CELL.reference)
    put_hours(cell.api, CELL, KnownHours())
    assert sandbox.all(LINES)[0]["Invoiceable"] is True, "as the payroll category says"


def test_posted_hours_are_corrected_by_a_line_of_the_difference(cell: Cell, sandbox: UnicontaSandbox) -> None:
    cell.put(450)
    sandbox.post_journal()
    writes = len(sandbox.requests("POST", f"/Crud/Insert/{LINES}"))
    assert cell.put(450).external_id.startswith("posted:")
    assert len(sandbox.requests("POST", f"/Crud/Insert/{LINES}")) == writes, "equal hours need no write"
    for total, line in ((480, 0.5), (420, -0.5)):
        cell.put(total)
        assert [row["Qty"] for row in sandbox.all(LINES)] == [line]
        assert cell.stands == [total]
    cell.put(450)
    assert sandbox.all(LINES) == [], "what was posted is right after all"
    cell.put(0)  # R93
    assert cell.stands == []
    sandbox.post_journal()
    assert cell.put(0).external_id == ""
    assert sandbox.all(LINES) == []
    cell.put(30)
    assert cell.stands == [30]


def test_a_line_that_somebody_moved_goes_back_and_counts_once(cell: Cell, sandbox: UnicontaSandbox) -> None:
    made = cell.put(450)
    sandbox.change(LINES, made.external_id, Date="2026-11-18T00:00:00", PayrollCategory="20")
    assert cell.put(450).external_id == made.external_id
    assert [(row["Date"][:10], row["PayrollCategory"]) for row in sandbox.all(LINES)] == [("2026-11-17", "10")]


def test_r92_what_somebody_posted_is_told_and_cannot_be_overwritten(cell: Cell, sandbox: UnicontaSandbox) -> None:
    assert KIT.hours is not None
    KIT.hours.record(sandbox, CELL, 90)
    sandbox.post_journal()
    cell.known = KnownHours(overwrite=True)
    with pytest.raises(Refused) as raised:
        cell.put(450)
    problem = raised.value.problem
    assert problem.cure is not None
    assert (problem.code, problem.params["minutes"], problem.cure.act) == (Code.HOURS_CONFLICT, 90, None)
    KIT.hours.record(sandbox, CELL, -90)
    sandbox.post_journal()
    cell.put(450)
    assert sorted(cell.stands) == [-90, 90, 450]


def test_one_of_several_journals_is_chosen_in_the_set_up(cell: Cell, sandbox: UnicontaSandbox) -> None:
    sandbox.change("ProjectJournalClient", "Annet", Journal="Annet", Name="En annen")
    with pytest.raises(Refused) as raised:
        cell.put(450)
    problem = raised.value.problem
    assert problem.cure is not None
    assert (problem.code, problem.cure.page) == ("journal_wanted", CurePage.SET_UP)


def test_a_right_to_hours_that_lacks_stops_no_orders(cell: Cell, sandbox: UnicontaSandbox) -> None:
    sandbox.set_user(_rights_missing=[LINES])
    with pytest.raises(Refused, match="rights_missing"):
        cell.put(450)


def test_whole_minutes_come_back_also_from_two_decimals() -> None:
    for minutes in range(-1440, 1441):
        assert minutes_of(hours_of(minutes)) == minutes
        assert minutes_of(round(hours_of(minutes), 2)) == minutes
