"""The timer as the shell of every page and its module read it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from busy.lib.periods import Week, local_date
from busy.workspaces.models import Membership
from timesheets import timer_rules
from timesheets.models import Timer
from timesheets.timer import Outcome
from timesheets.timer_selectors import open_timers
from timesheets.views.timer_words import words
from timesheets.views.week_page import can_ask_to_reopen


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerShell:
    """What the top bar shows: the running timer, or the one that waits longest. ``new_id`` is for a form's start."""

    member: Membership
    timers: tuple[Timer, ...]
    now: datetime
    new_id: uuid.UUID

    @property
    def running(self) -> Timer | None:
        return next((timer for timer in self.timers if timer.is_running), None)

    @property
    def waiting(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.is_running]

    @property
    def is_elsewhere(self) -> bool:
        return self.running is not None and self.running.workspace_id != self.member.workspace_id

    @property
    def elapsed(self) -> str:
        """``0:42``."""
        if self.running is None:
            return ""
        hours, minutes = divmod(timer_rules.elapsed_minutes(self.running.started_at, self.now), 60)
        return f"{hours}:{minutes:02d}"

    @property
    def page(self) -> str:
        return page_of(self.member.workspace.slug)

    @property
    def data(self) -> dict[str, Any]:
        return state_of(self.member, self.timers, self.now)

    @property
    def words(self) -> dict[str, str]:
        return words()


def shell_of(member: Membership, *, is_idle: bool = False) -> TimerShell:
    """One query; none for who is known to have no open timer."""
    timers = () if is_idle else tuple(open_timers(member))
    return TimerShell(member=member, timers=timers, now=timezone.now(), new_id=uuid.uuid4())


def state_of(member: Membership, timers: Sequence[Timer], now: datetime) -> dict[str, Any]:
    """Every open timer, the running one first; ``now`` lets a browser whose clock is wrong count right."""
    return {"now": now.isoformat(), "timers": [_timer_json(timer, member, now) for timer in timers]}


def outcome_json(outcome: Outcome, member: Membership) -> dict[str, Any]:
    """The act's sentence, its undo and the saved entry's address, with the state that came of it."""
    timer = outcome.timer
    slug = member.workspace.slug
    undo = reverse("timesheets:timer-undo", args=[slug, timer.client_id]) if outcome.can_undo else ""
    week = reverse("timesheets:timeline-week", kwargs={"workspace": slug, "week": _week_of(timer, member)})
    edit = ""
    if outcome.entries and timer.workspace_id == member.workspace_id:
        edit = f"{week}?{urlencode({'edit': outcome.entries[0]})}"
    return {
        "told": outcome.told,
        "kind": "warning" if outcome.refusal or outcome.caution else "success" if outcome.entries else "info",
        "undo": undo,
        "edit": edit,
        # The week says there what holds it, and takes the question.
        "ask": week if outcome.lock and can_ask_to_reopen(outcome.lock, member) else "",
        "saved": bool(outcome.entries),
        "timer": str(timer.client_id),
        "state": state_of(member, open_timers(member), timezone.now()),
    }


def page_of(slug: str) -> str:
    return reverse("timesheets:timer", kwargs={"workspace": slug})


def wall_time(instant: datetime, zone: str) -> str:
    """``2026-11-17T09:30``, as a field for a date and a time has it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def _week_of(timer: Timer, member: Membership) -> Week:
    return Week.of(local_date(timer.started_at, member.workspace.zone))


def _timer_json(timer: Timer, member: Membership, now: datetime) -> dict[str, Any]:
    zone = member.workspace.zone
    is_elsewhere = timer.workspace_id != member.workspace_id
    project, work_type, task = (None, None, None) if is_elsewhere else (timer.project, timer.work_type, timer.task)
    forgotten = timer.is_running and timer_rules.was_forgotten(timer.started_at, now, zone)
    likely = timer_rules.likely_stop(timer.started_at, now, member.workspace.day_minutes, zone)
    return {
        "id": str(timer.client_id),
        "started": timer.started_at.isoformat(),
        "stopped": timer.stopped_at.isoformat() if timer.stopped_at else None,
        "on": "-".join(str(part.pk) for part in (project, work_type, task) if part is not None),
        "project": project.name if project else "",
        "work": work_type.name if work_type else "",
        "task": task.name if task else "",
        "customer": project.customer.name if project and project.customer else "",
        "color": project.color if project else 12,
        "note": "" if is_elsewhere else timer.note,
        "refusal": timer.refusal,
        "forgotten": forgotten,
        "likely": likely.isoformat() if forgotten else None,
        "elsewhere": {"name": timer.workspace.name, "url": page_of(timer.workspace.slug)} if is_elsewhere else None,
    }
