"""The form of a correction: hours as people write them, and every error beside its field."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.catalog.selectors import Choice
from busy.lib.durations import DAY, NotADuration, parse_hours, print_hours
from busy.lib.forms import Combobox, HoursInput
from timesheets.corrections import Correction, base_of, said_by
from timesheets.errors import DayTooLong, HoursRefusal, NoSuchCell, NotLoggable
from timesheets.models import TimeEntry
from timesheets.timeline_errors import DayFull, NoLength

_LARGEST_ID = 2**63 - 1


class CorrectionForm(forms.Form):
    """``base`` is the revision it was filled from; ``request_id`` makes a second sending of the same form no act."""

    base = forms.CharField(max_length=60, widget=forms.HiddenInput)
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    on = forms.CharField(label=gettext_lazy("Project and work type"), max_length=60, widget=Combobox)
    hours = forms.CharField(label=gettext_lazy("Hours"), max_length=40, widget=HoursInput)
    is_billable = forms.BooleanField(label=gettext_lazy("Billable"), required=False)
    billed = forms.CharField(
        label=gettext_lazy("Hours to bill"),
        max_length=40,
        required=False,
        widget=HoursInput,
        help_text=gettext_lazy("Leave it empty to bill all of them."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, data: Any = None, *, entry: TimeEntry, url: str, choices: Iterable[Choice]) -> None:
        said = said_by(entry)
        super().__init__(
            data,
            auto_id=f"correct-{entry.client_id}-%s",
            initial={
                "base": base_of(entry),
                "request_id": uuid.uuid4(),
                "on": key_of(said.on),
                "hours": print_hours(said.minutes),
                "is_billable": said.is_billable,
                "billed": "" if said.billable_minutes is None else print_hours(said.billable_minutes),
                "note": said.note,
            },
        )
        names = [entry.project.name, entry.task.name if entry.task else "", entry.work_type.name]
        options = {key_of(said.on): ", ".join(filter(None, names))}
        options |= {choice.key: f"{choice.project.name}, {choice.detail}" for choice in choices}
        self.fields["on"].widget = Combobox(choices=list(options.items()), url=url)

    def clean_on(self) -> tuple[int, int, int | None]:
        numbers = [part for part in self.cleaned_data["on"].split("-") if part.isascii() and part.isdigit()]
        match [int(number) for number in numbers if int(number) <= _LARGEST_ID]:
            case [project, work_type]:
                return project, work_type, None
            case [project, work_type, task]:
                return project, work_type, task
        raise forms.ValidationError(_("Choose a project and a work type."))

    def clean_hours(self) -> int:
        minutes = _read(self.cleaned_data["hours"])
        if not minutes:
            raise forms.ValidationError(_("Write how long it took. Entries are not deleted here."))
        if minutes > DAY:
            raise forms.ValidationError(DayTooLong(minutes).message)
        return minutes

    def clean_billed(self) -> int | None:
        text = self.cleaned_data["billed"].strip()
        return _read(text) if text else None

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        return note.replace("\x00", "").strip()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        billed, minutes = cleaned.get("billed"), cleaned.get("hours")
        if billed is not None and minutes is not None and billed > minutes and cleaned.get("is_billable"):
            self.add_error("billed", _("No more than the hours themselves can be billed."))
        return cleaned

    @property
    def wanted(self) -> Correction:
        """What was written; of a form without errors."""
        said = self.cleaned_data
        billed = said["billed"] if said["is_billable"] else None
        return Correction(
            on=said["on"],
            minutes=said["hours"],
            is_billable=said["is_billable"],
            billable_minutes=None if billed == said["hours"] else billed,
            note=said["note"],
        )

    def refuse(self, refusal: HoursRefusal | NoSuchCell) -> None:
        """Put the sentence where it belongs."""
        match refusal:
            case NoSuchCell():
                self.add_error("on", _("This project or work type is not there any more."))
            case NotLoggable():
                self.add_error("on", refusal.message)
            case DayFull() | DayTooLong() | NoLength():
                self.add_error("hours", refusal.message)
            case _:
                self.add_error(None, refusal.message)

    def rebase(self, present: TimeEntry) -> None:
        """Keep what was written; saving it again overwrites what the entry is now."""
        written = {name: self.data[name] for name in self.data}
        self.data = written | {"base": base_of(present), "request_id": str(uuid.uuid4())}


def key_of(on: tuple[int, int, int | None]) -> str:
    """As Choice.key has it: ``12-34``, with a task ``12-34-56``."""
    return "-".join(str(part) for part in on if part is not None)


def _read(text: str) -> int:
    try:
        return parse_hours(text)
    except NotADuration as error:
        raise forms.ValidationError(str(error.message)) from error
