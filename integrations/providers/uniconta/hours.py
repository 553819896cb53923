"""Hours as state in a project journal (R90-R93): one line per employee, project, payroll category and day.

Our reference stands on the line, and stays on it when somebody posts the journal. Then the line is gone from the
journal, and a later change writes a line with the difference, below nothing when hours are taken back: what was
posted and what stands in the journal together equal the total of Busy. Nothing here posts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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
from integrations.kernel.parse import Row, each, flag
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, StandingHours
from integrations.providers.uniconta import hour_reasons
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.hour_reasons import RIGHT, Situation
from integrations.providers.uniconta.hour_rows import OURS, Entry, changed_line, entry, line_body, posted, standing
from integrations.providers.uniconta.reconstructed import POSTED_LINES, day_range

LINES = "ProjectJournalLineClient"
DAY = 24 * 60  # minutes
_MOST_ROUNDS = 3  # of reading and writing, while somebody there works in the journal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """``kept`` is the line of ours in the journal, ``extra`` what is ours beside it and must go; ``posted`` are the
    minutes of ours that were posted, and ``posted_id`` one of their lines."""

    kept: Entry | None
    extra: tuple[Entry, ...] = ()
    posted: int = 0
    posted_id: str = ""


def put_hours(api: UnicontaApi, payload: HoursPayload, known: KnownHours) -> Receipt:
    """Make the cell hold the payload's minutes; see `Put`."""
    _ensure_a_day(payload)
    for _ in range(_MOST_ROUNDS):
        cell = _ours(api, payload, known)
        situation = Situation(api=api, payload=payload, entry_id=cell.kept.external_id if cell.kept else "")
        category = hour_reasons.category_of(api, payload.work_type_id) or {}
        is_invoiceable = _is_invoiceable(payload, category)
        if (receipt := _settled(payload, known, cell, is_invoiceable=is_invoiceable)) is not None:
            return receipt
        if any(one.is_frozen for one in (cell.kept, *cell.extra) if one is not None):
            raise Refused(situation.problem(Code.HOURS_LOCKED, Turn.ACCOUNTING, cure=situation.there))
        try:
            for one in cell.extra:
                api.delete(LINES, [one.whole])
            if cell.extra:
                continue  # read again: each write is one of its own
            return _written(api, payload, cell, category, is_invoiceable=is_invoiceable)
        except Refused as refusal:
            raise hour_reasons.explained(situation, refusal) from None
    raise Temporary(Code.NOT_SETTLED)


def _ensure_a_day(payload: HoursPayload) -> None:
    if payload.minutes > DAY:
        params: dict[str, Param] = {"minutes": payload.minutes, "day": payload.day.isoformat()}
        cure = Cure(page=CurePage.WEEK)
        raise NotReady(Problem(code=Code.DAY_TOO_LONG, params=params, turn=Turn.AUTHOR, cure=cure))


def _is_invoiceable(payload: HoursPayload, category: Row) -> bool:
    """What Busy says, else what the payroll category does."""
    if payload.billable_minutes is not None:
        return payload.billable_minutes > 0
    return flag(category, "Invoiceable", default=False)


def _settled(payload: HoursPayload, known: KnownHours, cell: _Cell, *, is_invoiceable: bool) -> Receipt | None:
    """The receipt when nothing has to be written."""
    wanted, there = payload.minutes - cell.posted, cell.kept
    if cell.extra:
        return None
    if there is None:
        if wanted:
            return None
        return _receipt(payload, known, cell.posted_id)
    is_same = (there.minutes, there.comment, there.is_invoiceable) == (wanted, payload.comment.strip(), is_invoiceable)
    if not wanted or not (is_same and there.is_at(payload)):
        return None
    return _receipt(payload, known, there.external_id)


def _receipt(payload: HoursPayload, known: KnownHours, external_id: str) -> Receipt:
    if not payload.minutes:
        return Receipt(external_id="")
    return Receipt(external_id=external_id, adopted=external_id != known.external_id)


def _written(api: UnicontaApi, payload: HoursPayload, cell: _Cell, category: Row, *, is_invoiceable: bool) -> Receipt:
    """One write."""
    minutes, there = payload.minutes - cell.posted, cell.kept
    if there is None:
        journal = hour_reasons.journal_of(api)
        made = api.insert(LINES, line_body(payload, category, journal, minutes=minutes, is_invoiceable=is_invoiceable))
        external_id = str(made.get("RowId") or "")
        if not external_id:
            raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail="RowId")
    elif minutes:
        api.update(LINES, changed_line(payload, category, there, minutes=minutes, is_invoiceable=is_invoiceable))
        external_id = there.external_id
    else:
        api.delete(LINES, [there.whole])
        external_id = cell.posted_id
    return Receipt(external_id=external_id if payload.minutes else "")


# --- Whose is what ----------------------------------------------------------------------------------------------------


def _ours(api: UnicontaApi, payload: HoursPayload, known: KnownHours) -> _Cell:
    """What of the cell Busy may change. Raises Refused when hours stand there that it did not send (R92)."""
    at_cell, done = _at_cell(api, payload)
    mine = [one for one in at_cell if one.external_id == known.external_id or one.is_of(payload)]
    our_posted = [one for one in done if one.is_of(payload)]
    if not mine and not our_posted and (known.external_id or known.in_doubt):
        mine, our_posted = _elsewhere(api, payload)
    unmarked = [one for one in at_cell if one not in mine and not one.reference.startswith(OURS)]
    if not mine and not our_posted:  # the reference may not be kept: then an earlier put is known by its minutes
        mine = [one for one in unmarked if one.minutes in known.in_doubt][:1]
    theirs = [one for one in unmarked if one not in mine and one.minutes]
    strange = [one for one in done if not one.reference.startswith(OURS)]
    _ensure_no_conflict(Situation(api=api, payload=payload), theirs, strange, known)
    mine.sort(key=lambda one: one.external_id != known.external_id)
    found = [*mine, *theirs]
    return _Cell(
        kept=found[0] if found else None,
        extra=tuple(found[1:]),
        posted=sum(one.minutes for one in our_posted),
        posted_id=our_posted[0].external_id if our_posted else "",
    )


def _ensure_no_conflict(situation: Situation, theirs: list[Entry], strange: list[Entry], known: KnownHours) -> None:
    """A line of a journal can be overwritten; what somebody posted is only taken back there, by its opposite."""
    if theirs and not known.overwrite:
        raise Refused(hour_reasons.conflict(situation, theirs, can_overwrite=True))
    if len(theirs) > 1:
        raise Refused(hour_reasons.several(situation, theirs))
    if sum(one.minutes for one in strange):
        raise Refused(hour_reasons.conflict(situation, strange, can_overwrite=False))


def _at_cell(api: UnicontaApi, payload: HoursPayload) -> tuple[list[Entry], list[Entry]]:
    """Lines of journals at the cell, and posted ones."""
    place = {"Employee": payload.employee_id, "Project": payload.project_id or ""}
    rows = _query(api, LINES, "Project", place["Project"], also={"Employee": place["Employee"]})
    waiting = [one for one in each(rows, entry, LINES) if one.is_at(payload)]
    rows = _query(api, POSTED_LINES, "Date", day_range(payload.day, payload.day), also=place)
    return waiting, [one for one in each(rows, posted, POSTED_LINES) if one.is_at(payload)]


def _elsewhere(api: UnicontaApi, payload: HoursPayload) -> tuple[list[Entry], list[Entry]]:
    """Our lines by their reference, when somebody there gave them another day, project or category."""
    rows = _query(api, LINES, "ReferenceNumber", payload.reference)
    waiting = [one for one in each(rows, entry, LINES) if one.is_of(payload)]
    rows = _query(api, POSTED_LINES, "ReferenceNumber", payload.reference)
    return waiting, [one for one in each(rows, posted, POSTED_LINES) if one.is_of(payload)]


def _query(api: UnicontaApi, entity: str, key: str, value: str, *, also: dict[str, str] | None = None) -> list[Row]:
    try:
        return api.query(entity, key, right=RIGHT, value=value, also=also)
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        # A right to hours alone must not stop orders and lists (R115).
        raise Refused(error.problem) from None


# --- Reading back -----------------------------------------------------------------------------------------------------


def standing_hours(api: UnicontaApi, first: date, last: date) -> Iterator[StandingHours]:
    """Everybody's lines of these days: those of a reference together, those of people there one by one."""
    days = day_range(first, last)
    found = [
        *each(api.query(POSTED_LINES, "Date", right=RIGHT, value=days), posted, POSTED_LINES),
        *each(api.query(LINES, "Date", right=RIGHT), entry, LINES),  # journals hold what is not posted yet
    ]
    together: defaultdict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for one in {one.external_id: one for one in found}.values():
        if first <= one.day <= last:
            mark = one.reference if one.reference.startswith(OURS) else one.external_id
            together[mark, one.employee_id, one.project_id, one.category_id, one.day].append(one)
    for lines in together.values():
        # A line of a journal first: its id is the one that is known.
        lines.sort(key=lambda one: one.is_posted)
        if sum(one.minutes for one in lines):
            yield standing(lines)


HOURS: Put[UnicontaApi, HoursPayload] = Put(payload=HoursPayload, put=put_hours, standing=standing_hours)
