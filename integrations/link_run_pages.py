"""What the mapping page tells of links that a worker makes or takes back, to everybody who opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations import database_clock, link_runs
from integrations.kernel.records import Kind
from integrations.linking_models import LinkRun, Reason, RunState
from integrations.models import Connection

# How long one that ended is told of: as long as a person may want it taken back, or only said.
_WITH_UNDO = timedelta(days=1)
_SAID = timedelta(minutes=10)
_QUARTERS = 4  # of the way; each is read aloud once

_REASONS: Mapping[Reason, Any] = {
    Reason.INTERRUPTED: gettext_lazy("It was interrupted several times."),
    Reason.BROKEN: gettext_lazy("Something broke on our side."),
    Reason.CHANGED: gettext_lazy("The links were changed meanwhile. Look at them again."),
    Reason.NOT_SYNCHRONISED: gettext_lazy("This kind of record is not synchronised."),
    Reason.DISCONNECTED: gettext_lazy("It was disconnected meanwhile."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``look`` is "moving", "good" or "attention". ``quarter`` of the way is how much was read aloud."""

    run: LinkRun
    look: str
    icon: str
    title: str
    text: str
    note: str
    percent: int
    quarter: int
    can_undo: bool

    @property
    def can_go_on(self) -> bool:
        return self.run.state in (RunState.STOPPED, RunState.FAILED)


def of_page(connection: Connection, kind: Kind) -> Shown | None:
    """What there is to tell on the page of the kind: what moves, what waits for a person, what ended lately."""
    run = link_runs.newest(connection, kind)
    if run is None:
        return None
    told = shown(run)
    if run.is_moving or run.ended_at is None or told.can_go_on:
        return told
    age = database_clock.now() - run.ended_at
    return told if age < (_WITH_UNDO if told.can_undo else _SAID) else None


def shown(run: LinkRun) -> Shown:
    seen, total = run.seen, run.total or 0
    return Shown(
        run=run,
        look=_look(run),
        icon=_icon(run),
        title=_title(run),
        text=_progress(run) if run.is_moving else "",
        note=_note(run),
        percent=min(100, 100 * seen // total) if total else 0,
        quarter=min(_QUARTERS, _QUARTERS * seen // total) if total else 0,
        can_undo=not run.is_moving and not run.is_undoing and run.done > 0,
    )


def _look(run: LinkRun) -> str:
    if run.is_moving:
        return "moving"
    return "good" if run.state == RunState.DONE else "attention"


def _icon(run: LinkRun) -> str:
    if run.is_moving:
        return "sync"
    return {RunState.DONE: "tick", RunState.STOPPED: "stop"}.get(RunState(run.state), "alert")


def _title(run: LinkRun) -> str:
    if run.is_moving and run.is_stopping:
        return _("Stopping")
    if run.is_moving:
        return _("Taking the links back") if run.is_undoing else _("Linking all certain ones")
    if run.is_undoing and run.state == RunState.DONE:
        return _("The links are as they were.") if not run.left_out else _("The links are taken back.")
    if not run.is_undoing and run.state == RunState.DONE and not run.done:
        return _("Nothing that is not linked is certain any more.")
    if run.is_undoing:
        told = ngettext("%(n)s link is taken back.", "%(n)s links are taken back.", run.done)
    else:
        told = ngettext("%(n)s record is linked.", "%(n)s records are linked.", run.done)
    return told % {"n": run.done}


def _progress(run: LinkRun) -> str:
    if run.state == RunState.WAITING and run.failures:
        return _("It was interrupted and goes on by itself.")
    if run.total is None and run.state == RunState.WAITING:
        return _("Waits for its turn.")
    if run.total is None:
        return _("Looking for what belongs together.") if not run.is_undoing else _("Looking for the links.")
    return _("%(seen)s of %(total)s") % {"seen": run.seen, "total": run.total}


def _note(run: LinkRun) -> str:
    if run.is_moving:
        return _("It goes on when you leave this page.")
    told = []
    if run.reason:
        told.append(str(_REASONS[Reason(run.reason)]))
    elif run.state == RunState.STOPPED and run.total is not None:
        told.append(_("It was stopped after %(seen)s of %(total)s.") % {"seen": run.seen, "total": run.total})
    elif run.state == RunState.STOPPED:
        told.append(_("It was stopped before it began."))
    if run.left_out and run.is_undoing:
        told.append(_("Some links were changed meanwhile. They and those made with them stay."))
    elif run.left_out:
        told.append(_("What changed meanwhile was left out."))
    return " ".join(told)
