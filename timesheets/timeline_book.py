"""The entries of the days that a step touches, changed in memory before anything is written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from busy.catalog.models import Project, WorkType
from busy.lib.durations import DAY
from busy.workspaces.models import Membership
from timesheets import clock, rules
from timesheets.errors import Locked, NoSuchCell, RequestReused
from timesheets.events import Cell
from timesheets.lunch import fitting, usual_lunch
from timesheets.models import TimeEntry
from timesheets.slots import Slot, slot_of
from timesheets.timeline_errors import CutOutside, EntryChanged, EntryGone, LunchTooLong, NoLength, NoSuchTime
from timesheets.timeline_moves import Change, Copy, Create, Cut, Delete, Place


def revision_of(entry: TimeEntry) -> str:
    """Row ids are never given twice, so that an entry made again under its own id has another revision."""
    return f"{entry.pk}.{entry.revision}"


class Book:
    """``entries`` are all of the member's on the days, ``locks`` the user approvals that close days (P21).

    ``lunch`` are the minutes that are deducted from the first entry of a day, 0 for none (P20).

    ``touched`` are the slots of what was changed, ``noted`` those with another note, ``split_on`` the days whose
    midnight cut an entry in two.
    """

    def __init__(
        self,
        member: Membership,
        entries: Sequence[TimeEntry],
        locks: dict[date, rules.LockReason],
        request_id: uuid.UUID,
        lunch: int,
    ) -> None:
        self._member = member
        self._zone = member.workspace.zone
        self._locks = locks
        self._request_id = request_id
        self._lunch = lunch
        self._entries = {entry.client_id: entry for entry in entries}
        self._revisions = {entry.client_id: revision_of(entry) for entry in entries}
        self._before = _sums(entries)
        self._pairs: dict[tuple[int, int], bool] = {
            (entry.project_id, entry.work_type_id): entry.project.is_billable and entry.work_type.is_billable
            for entry in entries
        }
        self._absence: dict[int, bool] = {entry.work_type_id: entry.work_type.is_absence for entry in entries}
        self.created: list[TimeEntry] = []
        self.changed: list[TimeEntry] = []
        self.deleted: list[TimeEntry] = []
        self.touched: set[Slot] = set()
        self.noted: set[Slot] = set()
        self.split_on: list[date] = []

    # Moves ----------------------------------------------------------------------------------------------------------
    def create(self, move: Create) -> None:
        usual = self._is_billable((move.project_id, move.work_type_id))
        entry = TimeEntry(
            workspace_id=self._member.workspace_id,
            member_id=self._member.pk,
            project_id=move.project_id,
            work_type_id=move.work_type_id,
            task_id=move.task_id,
            note=move.note.strip(),
            is_billable=usual if move.is_billable is None else usual and move.is_billable,
            billable_minutes=move.billable_minutes,
            client_id=move.id,
        )
        entry.lunch_minutes = self._usual_lunch(entry, move.place) if move.lunch_minutes is None else move.lunch_minutes
        self._put(entry, move.place)
        self._add(entry)

    def change(self, move: Change) -> None:
        entry = self._find(move.id)
        place = self._place_of(entry) if move.place is None else move.place
        pair = (entry.project_id, entry.work_type_id)
        on, task_id = (pair, entry.task_id) if move.on is None else (move.on, move.task_id)
        note = entry.note if move.note is None else move.note.strip()
        is_billable = self._billable_on(on, entry, move.is_billable)
        billed = move.billable_minutes if move.writes_down else entry.billable_minutes
        lunch = self._lunch_on(entry, on, place) if move.lunch_minutes is None else move.lunch_minutes
        wanted = (place, on, task_id, note, is_billable, billed, lunch)
        said = (entry.task_id, entry.note, entry.is_billable, entry.billable_minutes, entry.lunch_minutes)
        if wanted == (self._place_of(entry), pair, *said):
            return
        self._ensure_free(entry, move.base)
        self._touch(entry)
        if note != entry.note:
            self.noted.add(slot_of(entry))
        entry.project_id, entry.work_type_id = on
        entry.task_id = task_id
        entry.note, entry.is_billable, entry.billable_minutes = note, is_billable, billed
        entry.lunch_minutes = lunch
        self._put(entry, place)
        is_work = entry.start_time is not None and not self._is_absence(entry.work_type_id)
        if move.lunch_minutes and is_work and not entry.lunch_minutes:
            raise LunchTooLong(move.lunch_minutes, entry.minutes)
        self._keep(entry)

    def copy(self, move: Copy) -> None:
        entry = _like(self._find(move.of), move.id)
        entry.lunch_minutes = self._usual_lunch(entry, move.place)
        self._put(entry, move.place)
        self._add(entry)

    def cut(self, move: Cut) -> None:
        entry = self._find(move.id)
        place = self._place_of(entry)
        if place.start is None or place.end is None or not place.start < move.at < place.end:
            raise CutOutside
        self._ensure_free(entry, move.base)
        self._touch(entry)
        rest = self._rest_of(entry, move.rest_id)
        billable = entry.billable_minutes
        self._put(entry, replace(place, end=move.at))
        self._put(rest, replace(place, start=move.at))
        if billable is not None:
            rest.billable_minutes = min(rest.minutes, billable - (entry.billable_minutes or 0))
        self._keep(entry)
        self._add(rest)

    def delete(self, move: Delete) -> None:
        entry = self._entries.get(move.id)
        if entry is None:
            elsewhere = TimeEntry.objects.filter(member=self._member, client_id=move.id).first()
            if elsewhere is not None:
                raise EntryChanged(elsewhere)
            return
        self._ensure_free(entry, move.base)
        self._touch(entry)
        del self._entries[move.id]
        self.deleted.append(entry)

    # What came of it ------------------------------------------------------------------------------------------------
    @property
    def touched_cells(self) -> frozenset[Cell]:
        return frozenset(slot.cell for slot in self.touched)

    def slot_sums(self) -> dict[Slot, tuple[int, int]]:
        """Minutes before and after of every slot of the days."""
        after = _sums(self._entries.values())
        return {slot: (self._before[slot], after[slot]) for slot in self._before | after | Counter(self.touched)}

    def day_sums(self) -> dict[date, tuple[int, int]]:
        days: dict[date, tuple[int, int]] = {}
        for slot, (before, after) in self.slot_sums().items():
            day = slot.cell.day
            had, has = days.get(day, (0, 0))
            days[day] = (had + before, has + after)
        return days

    # Inside ---------------------------------------------------------------------------------------------------------
    def _find(self, id_: uuid.UUID) -> TimeEntry:
        found = self._entries.get(id_)
        if found is not None:
            return found
        elsewhere = TimeEntry.objects.filter(member=self._member, client_id=id_).first()
        raise EntryGone if elsewhere is None else EntryChanged(elsewhere)

    def _ensure_free(self, entry: TimeEntry, base: str) -> None:
        reason = rules.lock_reason(entry)
        if reason is not None:
            raise Locked(reason)
        if entry.client_id in self._revisions and base != self._revisions[entry.client_id]:
            raise EntryChanged(entry)

    def _put(self, entry: TimeEntry, place: Place) -> None:
        """Write the place into the entry; what lies after midnight becomes an entry of its own."""
        for day in place.days:
            if day in self._locks:
                raise Locked(self._locks[day])
        rest: TimeEntry | None = None
        if place.passes_midnight:
            rest = self._rest_of(entry, uuid.uuid5(self._request_id, f"rest {entry.client_id}"))
            self.split_on.append(place.day)
        entry.day = place.day
        if place.start is None or place.end is None:
            entry.start_time = entry.end_time = None
            entry.lunch_minutes = 0
            minutes = place.minutes
        else:
            end = DAY if rest is not None else place.end
            length = self._minutes(place.day, place.start, end)
            entry.lunch_minutes = 0 if self._is_absence(entry.work_type_id) else fitting(entry.lunch_minutes, length)
            minutes = length - entry.lunch_minutes
            entry.start_time, entry.end_time = clock.time_of(place.start), clock.time_of(end)
        if not 1 <= minutes <= DAY:
            raise NoLength
        entry.minutes = minutes
        billable = entry.billable_minutes
        if billable is not None:
            entry.billable_minutes = min(billable, minutes)
            if rest is not None:  # what is written down is so on both sides of midnight; _put keeps it in the minutes
                rest.billable_minutes = billable - entry.billable_minutes
        if rest is not None:
            self._put(rest, Place(day=place.day + timedelta(days=1), start=0, end=place.end))
            self._add(rest)

    def _usual_lunch(self, entry: TimeEntry, place: Place) -> int:
        if not self._lunch or self._is_absence(entry.work_type_id):
            return 0
        others = (one for one in self._entries.values() if one is not entry and not self._is_absence(one.work_type_id))
        return usual_lunch(self._lunch, place.day, others)

    def _lunch_on(self, entry: TimeEntry, on: tuple[int, int], place: Place) -> int:
        """What the entry has stays; absence that becomes work loses the usual lunch."""
        if not self._lunch or on[1] == entry.work_type_id or not self._is_absence(entry.work_type_id):
            return entry.lunch_minutes
        was = entry.work_type_id
        entry.work_type_id = on[1]
        lunch = self._usual_lunch(entry, place)
        entry.work_type_id = was
        return lunch

    def _is_absence(self, work_type_id: int) -> bool:
        """Raises NoSuchCell for what this workspace has not."""
        if work_type_id not in self._absence:
            found = WorkType.objects.filter(pk=work_type_id).first()
            if found is None:
                raise NoSuchCell
            self._absence[work_type_id] = found.is_absence
        return self._absence[work_type_id]

    def _minutes(self, day: date, start: int, end: int) -> int:
        shift = clock.shift_of(day, self._zone)
        for minute in (start, end):
            if shift is not None and shift.skips(minute):
                raise NoSuchTime(day, minute, shift)
        return clock.minutes_between(day, start, end, self._zone) if end > start else 0

    def _place_of(self, entry: TimeEntry) -> Place:
        if entry.start_time is None or entry.end_time is None:
            return Place(day=entry.day, minutes=entry.minutes)
        start, end = clock.minute_of(entry.start_time), clock.end_minute_of(entry.end_time)
        return Place(day=entry.day, start=start, end=end)

    def _rest_of(self, entry: TimeEntry, id_: uuid.UUID) -> TimeEntry:
        """The later part of an entry that is cut: as far on its way as the entry itself."""
        rest = _like(entry, id_)
        rest.submitted_at = entry.submitted_at
        rest.rejection_id = entry.rejection_id
        return rest

    def _billable_on(self, on: tuple[int, int], entry: TimeEntry, wanted: bool | None) -> bool:
        """What was set aside as not billable stays so on another project; what never could be billed is asked anew."""
        pair = (entry.project_id, entry.work_type_id)
        if wanted is None and on == pair:
            return entry.is_billable
        return self._is_billable(on) and (
            wanted if wanted is not None else entry.is_billable or not self._is_billable(pair)
        )

    def _is_billable(self, pair: tuple[int, int]) -> bool:
        """Whether hours there can be billed at all. Raises NoSuchCell for what this workspace has not."""
        if pair not in self._pairs:
            project = Project.objects.filter(pk=pair[0]).values_list("is_billable", flat=True).first()
            work_type = WorkType.objects.filter(pk=pair[1]).values_list("is_billable", flat=True).first()
            if project is None or work_type is None:
                raise NoSuchCell
            self._pairs[pair] = bool(project and work_type)
        return self._pairs[pair]

    def _add(self, entry: TimeEntry) -> None:
        if entry.client_id in self._entries or any(gone.client_id == entry.client_id for gone in self.deleted):
            raise RequestReused(str(entry.client_id))
        self._entries[entry.client_id] = entry
        self.created.append(entry)
        self._touch(entry)

    def _keep(self, entry: TimeEntry) -> None:
        if entry not in self.created and entry not in self.changed:
            self.changed.append(entry)
        self._touch(entry)

    def _touch(self, entry: TimeEntry) -> None:
        self.touched.add(slot_of(entry))


def _like(entry: TimeEntry, id_: uuid.UUID) -> TimeEntry:
    return TimeEntry(
        workspace_id=entry.workspace_id,
        member_id=entry.member_id,
        project_id=entry.project_id,
        work_type_id=entry.work_type_id,
        task_id=entry.task_id,
        day=entry.day,
        note=entry.note,
        is_billable=entry.is_billable,
        client_id=id_,
    )


def _sums(entries: Iterable[TimeEntry]) -> Counter[Slot]:
    sums: Counter[Slot] = Counter()
    for entry in entries:
        sums[slot_of(entry)] += entry.minutes
    return sums
