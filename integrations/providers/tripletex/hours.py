"""Hours as state: read the cell, take over what is ours, and make it equal with one write.

Tripletex holds one entry per employee, project, activity and date, and answers 409 to a second one; each entry has a
version, and a change that names an older one is refused. Both fence a write of ours that arrives late, so a put whose
answer was lost is simply done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from integrations.kernel.connector import Put
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    MappingError,
    NotReady,
    Param,
    Problem,
    RecordRef,
    Refused,
    Temporary,
    Turn,
    Unclear,
)
from integrations.kernel.http import Answer
from integrations.kernel.parse import Row, each, identifier, optional_decimal, optional_identifier, rows
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, StandingHours
from integrations.providers.tripletex import hour_reasons, refusals
from integrations.providers.tripletex.api import TripletexApi, written
from integrations.providers.tripletex.closed_days import closed_days
from integrations.providers.tripletex.facts import PAGE_SIZE
from integrations.providers.tripletex.hour_preparation import prepared
from integrations.providers.tripletex.hour_reasons import RIGHT, Situation
from integrations.providers.tripletex.hour_rows import (
    ENTRY_FIELDS,
    STANDING_FIELDS,
    Entry,
    changed_body,
    entry,
    is_as_wanted,
    minutes_of,
    new_body,
    standing,
)
from integrations.providers.tripletex.listing import Part, walk

DAY = 24 * 60  # minutes
_MOST_ROUNDS = 4  # of reading and writing, while others write the same entry at the same moment
_GONE, _EXISTS, _STALE = 404, (7000, 14000), 8000


class _ReadAgain(Exception):
    """What we read is not what stands there any more. `is_hidden`: it stands there although we did not see it."""

    def __init__(self, *, is_hidden: bool = False) -> None:
        self.is_hidden = is_hidden


def put_hours(api: TripletexApi, payload: HoursPayload, known: KnownHours) -> Receipt:
    """Make the cell hold the payload's minutes; see `Put`."""
    _ensure_a_day(payload)
    is_hidden, is_prepared = False, False
    for _ in range(_MOST_ROUNDS):
        there = _ours(api, payload, known)
        if (receipt := _settled(payload, known, there)) is not None:
            return receipt
        _ensure_open(api, payload, there)
        try:
            return _written(api, payload, there)
        except _ReadAgain as reason:
            is_hidden = reason.is_hidden
        except Refused as refusal:
            situation = Situation(api=api, payload=payload, entry_id=there.external_id if there else "")
            problem = hour_reasons.reason(situation, refusal)
            if problem is not None or is_prepared or not prepared(situation, refusal):
                raise hour_reasons.explained(situation, refusal, problem) from None
            is_prepared = True
    raise _not_shown() if is_hidden else Temporary(Code.NOT_SETTLED)


def _ensure_a_day(payload: HoursPayload) -> None:
    """Tripletex was seen to take 38 hours on a date [client]."""
    if payload.minutes > DAY:
        params: dict[str, Param] = {"minutes": payload.minutes, "day": payload.day.isoformat()}
        cure = Cure(page=CurePage.WEEK)
        raise NotReady(Problem(code=Code.DAY_TOO_LONG, params=params, turn=Turn.AUTHOR, cure=cure))


def _settled(payload: HoursPayload, known: KnownHours, there: Entry | None) -> Receipt | None:
    """The receipt when nothing has to be written."""
    if there is None:
        return Receipt(external_id="") if not payload.minutes else None
    if not payload.minutes or not is_as_wanted(payload, there):
        return None
    return Receipt(external_id=there.external_id, version=there.version, adopted=there.external_id != known.external_id)


def _ensure_open(api: TripletexApi, payload: HoursPayload, there: Entry | None) -> None:
    if there is not None and (there.is_locked or there.invoice_id):
        situation = Situation(api=api, payload=payload, entry_id=there.external_id)
        raise Refused(hour_reasons.locked(situation, there))


def _written(api: TripletexApi, payload: HoursPayload, there: Entry | None) -> Receipt:
    if there is None:
        return _create(api, payload)
    return _change(api, payload, there) if payload.minutes else _remove(api, there)


def _not_shown() -> Refused:
    """It has such an entry and does not show it to us: lists are filtered by the key's rights [spec]."""
    cure = Cure(page=CurePage.CONNECTION)
    params = {"right": RIGHT, "message": ""}
    return Refused(Problem(code=Code.RIGHTS_MISSING, params=params, turn=Turn.ADMINISTRATOR, cure=cure))


def _ours(api: TripletexApi, payload: HoursPayload, known: KnownHours) -> Entry | None:
    """The entry to change; None when nothing stands in the way of a new one, or of none.

    Raises Refused when hours stand there that Busy did not send (R92), or when several do.
    """
    at_cell = _entries_at(api, payload)
    mine = next((found for found in at_cell if found.external_id == known.external_id), None)
    if mine is None:  # an earlier put whose answer was lost
        mine = next((found for found in at_cell if found.minutes in known.in_doubt), None)
    theirs = [found for found in at_cell if found is not mine and found.minutes]
    if theirs and not known.overwrite:
        raise Refused(hour_reasons.conflict(Situation(api=api, payload=payload), theirs))
    if len(at_cell) > 1:
        ids = [found.external_id for found in at_cell]
        params: dict[str, Param] = {"ids": ids, "day": payload.day.isoformat()}
        cure = Cure(page=CurePage.WEEK)
        raise Refused(Problem(code=Code.FOUND_TWICE, params=params, turn=Turn.ACCOUNTING, cure=cure))
    if at_cell:
        # Nobody's hours are lost with an entry of none; and of none nothing has to be removed.
        return at_cell[0] if mine is not None or theirs or payload.minutes else None
    return _moved(api, known)


def _moved(api: TripletexApi, known: KnownHours) -> Entry | None:
    """Our entry, when somebody there gave it another day, project or activity: it goes back, so it counts once."""
    if not known.external_id:
        return None
    row = api.get_one(f"/timesheet/entry/{known.external_id}", ENTRY_FIELDS, right=RIGHT)
    return entry(row) if row is not None else None


def _entries_at(api: TripletexApi, payload: HoursPayload) -> list[Entry]:
    """Both dates are demanded, and `dateTo` is exclusive; without a project all projects are listed [spec]."""
    params: dict[str, str | int] = {
        "employeeId": payload.employee_id,
        "activityId": payload.work_type_id,
        "dateFrom": payload.day.isoformat(),
        "dateTo": (payload.day + timedelta(days=1)).isoformat(),
        "count": PAGE_SIZE,
        "sorting": "id",
        "fields": ENTRY_FIELDS,
    }
    if payload.project_id is not None:
        params["projectId"] = payload.project_id
    try:
        body = api.get_list("/timesheet/entry", params, right=RIGHT)
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        # A right to hours alone must not stop orders and lists (R115).
        raise hour_reasons.unreadable(Situation(api=api, payload=payload), error.problem) from None
    found = each(rows(body, "values"), entry, "values")
    return [row for row in found if row.is_at(payload)]


def _create(api: TripletexApi, payload: HoursPayload) -> Receipt:
    answer = api.write("POST", "/timesheet/entry", body=new_body(payload))
    if answer.status == 409 and refusals.api_error(answer).code in _EXISTS:
        raise _ReadAgain(is_hidden=True)
    return _receipt(payload, _accepted(answer))


def _change(api: TripletexApi, payload: HoursPayload, there: Entry) -> Receipt:
    answer = api.write("PUT", f"/timesheet/entry/{there.external_id}", body=changed_body(payload, there))
    _read_again_if_it_moved_on(answer)
    return _receipt(payload, _accepted(answer))


def _remove(api: TripletexApi, there: Entry) -> Receipt:
    params = {"version": there.version} if there.version else {}
    answer = api.write("DELETE", f"/timesheet/entry/{there.external_id}", params=params)
    if answer.status == _GONE:
        return Receipt(external_id="")
    _read_again_if_it_moved_on(answer)
    if not answer.ok:
        raise refusals.write_refused(answer, RIGHT)
    return Receipt(external_id="")


def _read_again_if_it_moved_on(answer: Answer) -> None:
    if answer.status == _GONE:
        raise _ReadAgain
    if answer.status == 409 and refusals.api_error(answer).code in (_STALE, *_EXISTS):
        raise _ReadAgain


def _accepted(answer: Answer) -> Row:
    if not answer.ok:
        raise refusals.write_refused(answer, RIGHT)
    return written(answer)


def _receipt(payload: HoursPayload, row: Row) -> Receipt:
    """Raises Unclear when the answer does not say which entry it is."""
    try:
        external_id, version = identifier(row, "id"), optional_identifier(row, "version")
        hours = optional_decimal(row, "hours")
    except MappingError as error:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail=error.path) from None
    remarks: tuple[Problem, ...] = ()
    if hours is not None and minutes_of(hours) != payload.minutes:
        params = {"field": "minutes", "sent": str(payload.minutes), "stored": str(minutes_of(hours))}
        record = RecordRef(what="hours", external_id=external_id)
        remarks = (Problem(code=Code.STORED_DIFFERS, params=params, record=record, turn=Turn.ACCOUNTING),)
    return Receipt(external_id=external_id, version=version, remarks=remarks)


def standing_hours(api: TripletexApi, first: date, last: date) -> Iterator[StandingHours]:
    """All entries of everybody, from the first to the last day."""
    parts: list[Part] = [{"dateFrom": first.isoformat(), "dateTo": (last + timedelta(days=1)).isoformat()}]
    for page in walk(api, "/timesheet/entry", STANDING_FIELDS, right=RIGHT, rows=dict, parts=parts, split=_halves):
        yield from each(page.rows, standing, "values")


def _halves(part: Part) -> list[Part]:
    """Two halves of a range that matches more rows than a query may; [] when it is one day."""
    first, end = date.fromisoformat(str(part["dateFrom"])), date.fromisoformat(str(part["dateTo"]))
    middle = first + (end - first) // 2
    if not first < middle < end:
        return []
    return [{**part, "dateTo": middle.isoformat()}, {**part, "dateFrom": middle.isoformat()}]


HOURS: Put[TripletexApi, HoursPayload] = Put(
    payload=HoursPayload, put=put_hours, standing=standing_hours, closed=closed_days
)
