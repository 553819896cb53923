"""The form of one entry where no script runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.selectors import LoggableProject
from busy.lib.durations import DAY, NotADuration, parse_hours, print_hours
from busy.lib.written import written_day
from timesheets.calendars.selectors import Offer
from timesheets.clock import NotATime, read_time, read_times, written_time
from timesheets.timeline_moves import Change, Create, Cut, Move, Place
from timesheets.timeline_selectors import Block
from timesheets.views.asked import clean_text
from timesheets.views.timeline_page import TimelinePage, block_times, key_of


class EntryForm(forms.Form):
    """Times as in ``9-11.30``, or hours without times. ``block`` is the entry, None for a new one."""

    on = forms.ChoiceField(label=gettext_lazy("Project and work type"))
    day = forms.ChoiceField(label=gettext_lazy("Day"))
    times = forms.CharField(
        label=gettext_lazy("From and to"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("As in 9-11.30. Leave it empty to write hours without times."),
    )
    hours = forms.CharField(label=gettext_lazy("Hours, without times"), required=False, max_length=40)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_billable = forms.BooleanField(label=gettext_lazy("Billable"), required=False)
    lunch = forms.IntegerField(
        label=gettext_lazy("Lunch deduction, in minutes"), required=False, min_value=0, max_value=DAY
    )
    cut_at = forms.CharField(label=gettext_lazy("Cut in two at"), required=False, max_length=10)

    def __init__(
        self,
        data: Any,
        *,
        block: Block | None,
        page: TimelinePage,
        choices: Sequence[LoggableProject],
        offer: Offer | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(block, page) | _offered(offer))
        self.block = block
        on = self.fields["on"]
        day = self.fields["day"]
        assert isinstance(on, forms.ChoiceField)
        assert isinstance(day, forms.ChoiceField)
        on.choices = _pairs(block, choices)
        day.choices = [(day.isoformat(), written_day(day)) for day in page.week.days]
        if block is None:
            del self.fields["cut_at"]
        if block is None or block.start is None or block.entry.work_type.is_absence:
            del self.fields["lunch"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day = cleaned.get("day")
        times, hours = cleaned.get("times", ""), cleaned.get("hours", "")
        if not day:
            return cleaned
        try:
            if times:
                start, end = read_times(times)
                cleaned["place"] = Place(day=date.fromisoformat(day), start=start, end=end)
            else:
                cleaned["place"] = Place(day=date.fromisoformat(day), minutes=min(parse_hours(hours), DAY + 1))
        except NotATime:
            self.add_error("times", _("Write the times as 9-11.30."))
        except NotADuration as error:
            self.add_error("hours", str(error.message))
        return cleaned

    def clean_cut_at(self) -> int | None:
        try:
            return read_time(self.cleaned_data["cut_at"]) if self.cleaned_data["cut_at"] else None
        except NotATime as error:
            raise forms.ValidationError(_("Write the time as 10.30.")) from error

    def move(self, request_id: uuid.UUID, base: str, *, cut: bool) -> Move:
        """What the valid form asks for. Ids of new entries follow from the request's, so that a replay finds them."""
        cleaned = self.cleaned_data
        project_id, work_type_id, *task = (int(number) for number in cleaned["on"].split("-"))
        task_id = task[0] if task else None
        if self.block is None:
            return Create(
                id=uuid.uuid5(request_id, "entry"),
                place=cleaned["place"],
                project_id=project_id,
                work_type_id=work_type_id,
                task_id=task_id,
                note=clean_text(cleaned["note"]),
                is_billable=cleaned["is_billable"],
            )
        id_ = self.block.entry.client_id
        if cut:
            return Cut(id=id_, base=base, at=cleaned.get("cut_at") or 0, rest_id=uuid.uuid5(request_id, "rest"))
        return Change(
            id=id_,
            base=base,
            place=cleaned["place"],
            on=(project_id, work_type_id),
            task_id=task_id,
            note=clean_text(cleaned["note"]),
            is_billable=cleaned["is_billable"],
            # Only what was typed: work that was absence before has the usual lunch.
            lunch_minutes=cleaned.get("lunch") if "lunch" in self.changed_data else None,
        )

    def refuse(self, message: str) -> None:
        self.is_valid()
        self.add_error(None, message)


def _initial(block: Block | None, page: TimelinePage) -> dict[str, Any]:
    if block is None:
        day = page.today if page.is_this_week else page.week.monday
        return {"day": day.isoformat(), "is_billable": True}
    entry = block.entry
    timed = block.start is not None
    return {
        "on": key_of(entry),
        "day": entry.day.isoformat(),
        "times": block_times(block) if timed else "",
        "hours": "" if timed else print_hours(entry.minutes),
        "lunch": entry.lunch_minutes,
        "note": entry.note,
        "is_billable": entry.is_billable,
    }


def _offered(offer: Offer | None) -> dict[str, Any]:
    """What an event of the member's calendar says already (P16)."""
    if offer is None:
        return {}
    piece = offer.piece
    said: dict[str, Any] = {"day": piece.day.isoformat(), "note": offer.title}
    if piece.start is not None and piece.end is not None:
        said["times"] = f"{written_time(piece.start)}–{written_time(piece.end)}"
    return said | ({"on": key_of(offer.like)} if offer.like else {})


def _pairs(block: Block | None, choices: Sequence[LoggableProject]) -> list[tuple[str, str]]:
    """What may be chosen, and what the entry has, also when it could not be chosen any more."""
    pairs = {
        choice.key: ", ".join(
            filter(None, (choice.project.name, choice.task.name if choice.task else "", choice.work_type.name))
        )
        for project in choices
        for choice in project.choices
    }
    if block is not None:
        entry = block.entry
        parts = (entry.project.name, entry.task.name if entry.task else "", entry.work_type.name)
        own = {key_of(entry): ", ".join(filter(None, parts))}
        pairs = own | pairs
    return list(pairs.items())
