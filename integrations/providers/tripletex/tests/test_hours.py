"""Hours at Tripletex: exact, fenced by versions, and refused for the reason that really holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from integrations.kernel.errors import Code, Refused, Temporary, Turn
from integrations.kernel.payloads import HoursPayload, KnownHours
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.tripletex.api import TripletexApi
from integrations.providers.tripletex.hour_rows import changed_body, entry, hours_of, minutes_of, new_body
from integrations.providers.tripletex.hours import put_hours, standing_hours
from integrations.providers.tripletex.kit import KIT
from integrations.providers.tripletex.sandbox import TripletexSandbox
from integrations.providers.tripletex.tests.conftest import Open

assert KIT.hours is not None
HOURS: HoursPayload = KIT.hours.cell
NOTHING = KnownHours()
VACATION = "31400307"  # an activity without project


def _put(api: TripletexApi, minutes: int, known: KnownHours = NOTHING, **changes: Any) -> KnownHours:
    receipt = put_hours(api, replace(HOURS, minutes=minutes, **changes), known)
    return KnownHours(external_id=receipt.external_id, version=receipt.version, minutes=minutes)


def _meanwhile(connect: Open, act: Callable[[], object]) -> TripletexApi:
    """An api that lets somebody else act once, between our reading and our writing."""
    acts = [act]

    def before_write() -> None:
        if acts:
            acts.pop()()

    return connect(before_write=before_write)


def _hours(sandbox: TripletexSandbox) -> list[float]:
    return [found["hours"] for found in sandbox.hours()]


def test_every_number_of_minutes_of_a_day_comes_back_exactly() -> None:
    for minutes in range(24 * 60 + 1):
        hours = hours_of(minutes)
        assert minutes_of(hours) == minutes
        assert minutes_of(Decimal(str(float(hours)))) == minutes, "through a float of theirs"
        for rounding in (None, ROUND_DOWN):
            assert minutes_of(hours.quantize(Decimal("0.01"), rounding)) == minutes, "kept with two decimals there"
    assert [str(hours_of(minutes)) for minutes in (600, 450, 475, 20)] == ["10", "7.5", "7.9167", "0.3333"]


def test_r90_one_total_goes_there_and_never_a_clock_time() -> None:
    assert set(new_body(HOURS)) == {"employee", "project", "activity", "date", "hours", "comment"}
    assert new_body(HOURS)["hours"] == Decimal("7.5")
    assert "project" not in new_body(replace(HOURS, project_id=None))


def test_hours_that_arrive_as_non_billable_stay_so(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    known = _put(api, 450, billable_minutes=0)
    _put(api, 480, known, billable_minutes=0)
    assert [(found["hours"], found["projectChargeableHours"]) for found in sandbox.hours()] == [(8, 0)]
    _put(api, 480, known, billable_minutes=480)
    assert sandbox.hours()[0]["projectChargeableHours"] == 8


def test_what_is_chargeable_follows_the_hours_unless_somebody_set_it_lower(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    known = _put(api, 450)
    _put(api, 300, known)
    assert sandbox.hours()[0]["projectChargeableHours"] == 5, "not the 7.5 of before"
    sandbox.change("TimesheetEntry", known.external_id, projectChargeableHours=2)
    _put(api, 60, known)
    assert sandbox.hours()[0]["projectChargeableHours"] == 1
    _put(api, 450, known)
    assert sandbox.hours()[0]["projectChargeableHours"] == 7.5


def test_a_note_is_part_of_what_stands_there(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    known = _put(api, 450, comment="Skisser")
    _put(api, 450, known, comment="Skisser og møte")
    assert [found["comment"] for found in sandbox.hours()] == ["Skisser og møte"]


def test_hours_without_a_project_are_another_cell(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    _put(api, 450)
    known = _put(api, 60, project_id=None, work_type_id=VACATION)
    assert [found["project"] for found in sandbox.hours()] == [{"id": 87_310_101}, None]
    _put(api, 0, known, project_id=None, work_type_id=VACATION)
    assert _hours(sandbox) == [7.5]


# Late writers


def test_a_change_that_arrives_late_is_refused_by_its_version(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    known = _put(api, 450)
    read = entry(api.get_one(f"/timesheet/entry/{known.external_id}", "*", right="hours") or {})
    late = changed_body(replace(HOURS, minutes=60), read)
    _put(api, 475, known)
    path = f"/timesheet/entry/{known.external_id}"
    assert api.write("PUT", path, body=late).status == 409
    assert api.write("DELETE", path, params={"version": read.version}).status == 409
    assert api.write("POST", "/timesheet/entry", body=new_body(HOURS)).status == 409
    assert _hours(sandbox) == [7.9167]


def test_what_is_removed_is_what_was_read(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    known = _put(api, 450)
    known = _put(api, 475, known)
    _put(api, 0, known)
    (seen,) = sandbox.requests("DELETE")
    assert seen.query == (("version", "1"),), "so that it cannot remove what is put later"


def test_r91_a_change_there_between_our_reading_and_writing_is_overwritten(
    connect: Open, api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    known = _put(api, 450)
    other = _meanwhile(connect, lambda: sandbox.change("TimesheetEntry", known.external_id, hours=3))
    _put(other, 60, known)
    assert _hours(sandbox) == [1]


def test_r92_hours_recorded_there_between_our_reading_and_writing_are_a_conflict(
    connect: Open, sandbox: TripletexSandbox
) -> None:
    record = (18_500_401, 87_310_101, 31_400_301, "2026-11-17", 2)
    other = _meanwhile(connect, lambda: sandbox.record_hours(*record))
    with pytest.raises(Refused) as raised:
        _put(other, 450)
    problem = raised.value.problem
    assert (problem.code, problem.turn) == (Code.HOURS_CONFLICT, Turn.ADMINISTRATOR)
    assert problem.params["employee"] == "Bo Lindqvist"
    assert problem.params["project"] == "1001 Nettbutikk for ferske råvarer"
    assert problem.params["activity"] == "10 Design"
    assert _hours(sandbox) == [2]


@pytest.mark.parametrize("minutes", [60, 0])
def test_an_entry_deleted_there_between_our_reading_and_writing(
    connect: Open, api: TripletexApi, sandbox: TripletexSandbox, minutes: int
) -> None:
    known = _put(api, 450)
    other = _meanwhile(connect, lambda: sandbox.delete("TimesheetEntry", known.external_id))
    _put(other, minutes, known)
    assert _hours(sandbox) == ([1] if minutes else [])
    assert sandbox.requests("POST", "/project/participant") == [], "it is read again, not taken for a refusal"


def test_an_entry_that_never_rests_is_left_for_later(
    connect: Open, api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    known = _put(api, 450)
    restless = connect(before_write=lambda: sandbox.change("TimesheetEntry", known.external_id, hours=3))
    with pytest.raises(Temporary, match="not_settled"):
        _put(restless, 60, known)


@pytest.mark.parametrize("moved", [{"date": "2026-11-18"}, {"activity": {"id": 31_400_302}}], ids=["day", "activity"])
def test_our_entry_moved_there_comes_back_and_counts_once(
    api: TripletexApi, sandbox: TripletexSandbox, moved: dict[str, Any]
) -> None:
    known = _put(api, 450)
    sandbox.change("TimesheetEntry", known.external_id, **moved)
    assert _put(api, 475, known).external_id == known.external_id
    (stood,) = sandbox.hours()
    assert (stood["hours"], stood["date"], stood["activity"]) == (7.9167, "2026-11-17", {"id": 31_400_301})


# Why not


def test_an_employment_that_has_ended_is_the_reason(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    sandbox.change("Employment", 6_200_000, endDate="2026-10-31")
    with pytest.raises(Refused, match="employee_inactive") as raised:
        _put(api, 450)
    assert raised.value.problem.params["message"] == "Den ansatte er ikke ansatt på denne datoen."


def test_a_company_that_demands_notes_says_so_only_when_there_is_none(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    sandbox.change("TimesheetSettings", 1, requireCommentsOnRegisteredHoursAllProjects=True)
    with pytest.raises(Refused, match="comment_required") as raised:
        _put(api, 450, comment=" ")
    assert raised.value.problem.turn is Turn.AUTHOR
    _put(api, 450)


def test_an_activity_closed_on_the_project_is_not_linked_again(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    link = {"id": 1, "activity": {"id": 31_400_301}, "isClosed": True}
    sandbox.change("Project", 87_310_101, projectActivities=[link])
    with pytest.raises(Refused, match="activity_not_usable"):
        _put(api, 450)
    assert sandbox.requests("POST", "/project/projectActivity") == []


def test_r115_a_right_to_hours_alone_does_not_stop_orders_and_lists(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    sandbox.restore(missing=("hours",))
    with pytest.raises(Refused) as raised:
        _put(api, 450)
    assert raised.value.problem.code == Code.RIGHTS_MISSING
    assert raised.value.problem.params["right"] == "hours"


def test_a_project_that_demands_both_gets_both_and_once(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    sandbox.change("Project", 87_310_101, forParticipantsOnly=True, generalProjectActivitiesPerProjectOnly=True)
    known = _put(api, 450)
    _put(api, 60, known)
    _put(api, 60, day=date(2026, 11, 18))
    project = sandbox.store.get(4_210_001, "Project", 87_310_101) or {}
    assert [person["employee"] for person in project["participants"]] == [{"id": 18_500_401}]
    assert [link["activity"] for link in project["projectActivities"]] == [{"id": 31_400_301}]
    assert len(sandbox.requests("POST", "/project/participant")) == 1


def test_a_refusal_that_nothing_explains_is_tried_once_more_as_a_participant(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    refused = Fault(kind=FaultKind.STATUS, status=422, method="POST", path="/timesheet/entry")
    sandbox.arm(refused)
    _put(api, 450)
    assert _hours(sandbox) == [7.5]
    sandbox.arm(replace(refused, count=None))
    with pytest.raises(Refused, match="validation"):
        _put(api, 450, day=date(2026, 11, 18))
    assert len(sandbox.requests("POST", "/project/participant")) == 1


def test_a_connection_that_may_not_prepare_changes_no_project(connect: Open, sandbox: TripletexSandbox) -> None:
    sandbox.arm(Fault(kind=FaultKind.STATUS, status=422, method="POST", path="/timesheet/entry"))
    with pytest.raises(Refused, match="validation"):
        _put(connect(prepare_hours=False), 450)
    assert sandbox.requests("POST", "/project/participant") == []


def test_a_participant_whose_answer_was_lost_leaves_no_hours_in_doubt(
    api: TripletexApi, sandbox: TripletexSandbox
) -> None:
    sandbox.change("Project", 87_310_101, forParticipantsOnly=True)
    sandbox.arm(Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/project/participant"))
    with pytest.raises(Temporary):
        _put(api, 450)
    _put(api, 450)
    assert _hours(sandbox) == [7.5]


# Reconciliation


def test_a_range_too_large_for_one_query_is_read_in_parts(
    api: TripletexApi, sandbox: TripletexSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = date(2026, 11, 2)
    for n in range(9):
        sandbox.record_hours(18_500_401, 87_310_101, 31_400_301, (first + timedelta(days=n)).isoformat(), 7.5)
    monkeypatch.setattr("integrations.providers.tripletex.sandbox.lists.LIST_CAP", 4)
    found = list(standing_hours(api, first, first + timedelta(days=30)))
    assert sorted(cell.day for cell in found) == [first + timedelta(days=n) for n in range(9)]


def test_a_list_that_moves_while_it_is_read_misses_nothing(
    api: TripletexApi, sandbox: TripletexSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = date(2026, 11, 2)
    for n in range(9):
        sandbox.record_hours(18_500_401, 87_310_101, 31_400_301, (first + timedelta(days=n)).isoformat(), 7.5)
    monkeypatch.setattr("integrations.providers.tripletex.listing.PAGE_SIZE", 3)
    sandbox.arm(Fault(kind=FaultKind.MOVING, path="/timesheet/entry", count=2))
    found = [cell.day for cell in standing_hours(api, first, first + timedelta(days=30))]
    assert set(found) >= {first + timedelta(days=n) for n in range(2, 9)}


def test_locked_and_invoiced_hours_say_so(api: TripletexApi, sandbox: TripletexSandbox) -> None:
    states: list[dict[str, Any]] = [{}, {"locked": True}, {"invoice": {"id": 7_001}}]
    for n, changes in enumerate(states):
        made = sandbox.record_hours(18_500_401, 87_310_101, 31_400_301, f"2026-11-0{n + 1}", 1)
        sandbox.change("TimesheetEntry", made["id"], **changes)
    found = standing_hours(api, date(2026, 11, 1), date(2026, 11, 30))
    assert [cell.locked for cell in found] == [False, True, True]
