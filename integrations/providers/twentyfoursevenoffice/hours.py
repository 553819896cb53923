"""Hours as state: read the cell, take over what is ours, and make it equal (R71, R74, R75).

24SevenOffice keeps any number of entries on a day, and no versions. What tells ours from those of others is a mark in
the internal note; by it an entry is found again after a lost answer, and a second one of ours is taken away. People
without a user there record on the integration user (R71), so marks of other cells may stand beside ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from integrations.kernel.connector import Put
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    NotReady,
    Param,
    Problem,
    Refused,
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.parse import each
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, StandingHours
from integrations.providers.twentyfoursevenoffice import hour_reasons
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.hour_reasons import RIGHT, Situation
from integrations.providers.twentyfoursevenoffice.hour_rows import (
    Entry,
    changed_row,
    entry,
    is_as_wanted,
    new_row,
    standing,
)
from integrations.providers.twentyfoursevenoffice.mapping import numbers
from integrations.providers.twentyfoursevenoffice.reconstructed import ANY_NUMBER, day_bounds

DAY = 24 * 60  # minutes
_MOST_ROUNDS = 3  # of reading and writing, while others write at the same moment
_SPAN = timedelta(days=7)  # of one look through everybody's hours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """What is to be changed: the entry that stays, and what is ours beside it and must go."""

    kept: Entry | None
    extra: tuple[Entry, ...] = ()


def put_hours(api: OfficeApi, payload: HoursPayload, known: KnownHours) -> Receipt:
    """Make the cell hold the payload's minutes; see `Put`."""
    _ensure_a_day(payload)
    for _ in range(_MOST_ROUNDS):
        cell = _ours(api, payload, known)
        if (receipt := _settled(api, payload, known, cell)) is not None:
            return receipt
        _ensure_open(api, payload, cell)
        situation = Situation(api=api, payload=payload, entry_id=cell.kept.external_id if cell.kept else "")
        try:
            if all(_removed(api, one) for one in cell.extra):
                if payload.minutes:
                    return _saved(api, payload, cell.kept)
                if cell.kept is None or _removed(api, cell.kept):
                    return Receipt(external_id="")
        except Refused as refusal:
            raise hour_reasons.explained(situation, refusal) from None
    raise Temporary(Code.NOT_SETTLED)


def _ensure_a_day(payload: HoursPayload) -> None:
    if payload.minutes > DAY:
        params: dict[str, Param] = {"minutes": payload.minutes, "day": payload.day.isoformat()}
        cure = Cure(page=CurePage.WEEK)
        raise NotReady(Problem(code=Code.DAY_TOO_LONG, params=params, turn=Turn.AUTHOR, cure=cure))


def _settled(api: OfficeApi, payload: HoursPayload, known: KnownHours, cell: _Cell) -> Receipt | None:
    """The receipt when nothing has to be written."""
    if cell.extra:
        return None
    there = cell.kept
    if there is None:
        return Receipt(external_id="") if not payload.minutes else None
    if not payload.minutes or not is_as_wanted(payload, there, is_invoiceable=_is_invoiceable(api, payload)):
        return None
    return Receipt(external_id=there.external_id, adopted=there.external_id != known.external_id)


def _ensure_open(api: OfficeApi, payload: HoursPayload, cell: _Cell) -> None:
    for there in (*((cell.kept,) if cell.kept else ()), *cell.extra):
        if there.is_frozen or there.order_id:
            situation = Situation(api=api, payload=payload, entry_id=there.external_id)
            raise Refused(hour_reasons.frozen(situation, there))


def _is_invoiceable(api: OfficeApi, payload: HoursPayload) -> bool:
    """What the work type says; unknown ones are for the service to refuse."""
    if payload.billable_minutes is not None:
        return False  # said already
    found = hour_reasons.work_type_of(api, payload.work_type_id)
    return found is not None and found.get("Invoiceable") is True


# --- Whose is what ----------------------------------------------------------------------------------------------------


def _ours(api: OfficeApi, payload: HoursPayload, known: KnownHours) -> _Cell:
    """What of the cell Busy may change. Raises Refused when hours stand there that it did not send (R92)."""
    at_cell = [one for one in _entries_at(api, payload) if one.is_at(payload)]
    mine = [one for one in at_cell if one.external_id == known.external_id or one.is_of(payload)]
    unmarked = [one for one in at_cell if one not in mine and not one.marks]
    if not mine:  # the mark may not be given back: then an earlier put is known by its minutes
        mine = [one for one in unmarked if one.minutes in known.in_doubt][:1]
    theirs = [one for one in unmarked if one not in mine and one.minutes]
    situation = Situation(api=api, payload=payload)
    if theirs and not known.overwrite:
        raise Refused(hour_reasons.conflict(situation, theirs))
    if len(theirs) > 1:
        raise Refused(hour_reasons.several(situation, theirs))
    if not mine and (moved := _moved(api, payload, known)) is not None:
        mine = [moved]
    mine.sort(key=lambda one: one.external_id != known.external_id)
    found = [*mine, *theirs]
    return _Cell(kept=found[0] if found else None, extra=tuple(found[1:]))


def _moved(api: OfficeApi, payload: HoursPayload, known: KnownHours) -> Entry | None:
    """Our entry, when somebody there gave it another day, project or work type: it goes back, so it counts once."""
    if not known.external_id:
        return None
    rows = _hours(api, {"HourIds": numbers([known.external_id])})
    found = [one for one in each(rows, entry, "GetHours") if one.external_id == known.external_id]
    return next((one for one in found if one.is_of(payload) or not one.marks), None)


def _entries_at(api: OfficeApi, payload: HoursPayload) -> list[Entry]:
    start, stop = day_bounds(payload.day, payload.day)
    search: dict[str, Any] = {
        "ContactId": int(payload.employee_id),
        "ProjectId": int(payload.project_id) if payload.project_id is not None else ANY_NUMBER,
        "StartTime": start,
        "StopTime": stop,
    }
    return each(_hours(api, search), entry, "GetHours")


def _hours(api: OfficeApi, search: dict[str, Any]) -> list[Any]:
    try:
        return api.rows("GetHours", right=RIGHT, hs={"ContactId": ANY_NUMBER, "ProjectId": ANY_NUMBER, **search})
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        # A right to hours alone must not stop orders and lists (R115).
        raise Refused(error.problem) from None


# --- Writing ----------------------------------------------------------------------------------------------------------


def _saved(api: OfficeApi, payload: HoursPayload, there: Entry | None) -> Receipt:
    """One write. That an id means a change is not documented for hours: if another one comes back, the old one goes."""
    is_invoiceable = _is_invoiceable(api, payload)
    if there is None:
        row = new_row(payload, is_invoiceable=is_invoiceable)
    else:
        row = changed_row(payload, there, is_invoiceable=is_invoiceable)
    made = api.tell("SaveHour", right=RIGHT, Hour=row)
    if not isinstance(made, int) or made <= 0:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail="SaveHour")
    if there is not None and str(made) != there.external_id:
        _removed(api, there)
    return Receipt(external_id=str(made))


def _removed(api: OfficeApi, there: Entry) -> bool:
    """False when the service says that it removed nothing: somebody else may have."""
    row = {**there.whole, "Id": int(there.external_id)}
    row.pop("OrderId", None)
    return api.tell("DeleteHour", right=RIGHT, Hour=row) is True


# --- Reading back -----------------------------------------------------------------------------------------------------


def standing_hours(api: OfficeApi, first: date, last: date) -> Iterator[StandingHours]:
    """All entries of everybody, from the first to the last day."""
    begins = first
    while begins <= last:
        ends = min(begins + _SPAN - timedelta(days=1), last)
        start, stop = day_bounds(begins, ends)
        search = {"ContactId": ANY_NUMBER, "ProjectId": ANY_NUMBER, "StartTime": start, "StopTime": stop}
        rows = api.rows("GetHours", right=RIGHT, hs=search)
        yield from (standing(one) for one in each(rows, entry, "GetHours") if begins <= one.day <= ends)
        begins = ends + timedelta(days=1)


HOURS: Put[OfficeApi, HoursPayload] = Put(payload=HoursPayload, put=put_hours, standing=standing_hours)
