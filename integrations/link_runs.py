"""All links that are beyond doubt, made by a worker piece by piece, and taken back so.

What was asked for is a row (LinkRun), which says how far it is to everybody who looks. A piece is one transaction that
holds the connection's row, as a page of a pull does, and writes the row along: a worker that vanishes loses at most the
piece it was at, and makes none twice. What belongs together is worked out once a job.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import database_clock, health, lane_jobs, linking, policy, suggesting, wakeups
from integrations.kernel.records import Kind
from integrations.leases import Heartbeat, LeaseLost
from integrations.link_results import LinkRefused
from integrations.linking_models import MOVING, LinkRun, Reason, RunState
from integrations.models import Connection
from integrations.suggesting import Likely
from integrations.timings import timings
from integrations.wakeups import Lane, Taken

logger = logging.getLogger(__name__)

PIECE = 8_000  # links of one transaction
SLICE = 60.0  # seconds of one job; then other connections have their turn
MOST_TRIES = 5  # in a row without a piece that was done

# --- Asking -----------------------------------------------------------------------------------------------------------


def newest(connection: Connection, kind: Kind) -> LinkRun | None:
    """The one that was asked for last."""
    runs = LinkRun.objects.filter(connection=connection, kind=kind).select_related("by__user")
    return runs.order_by("-asked_at", "-pk").first()


def moving_kind(connection: Connection) -> Kind | None:
    """Of what links are being made or taken back."""
    kind = LinkRun.objects.filter(connection=connection, state__in=MOVING).values_list("kind", flat=True).first()
    return Kind(kind) if kind else None


def is_moving(connection: Connection, kind: Kind) -> bool:
    return _moving(connection, kind) is not None


def _moving(connection: Connection, kind: str) -> LinkRun | None:
    return LinkRun.objects.filter(connection=connection, kind=kind, state__in=MOVING).first()


@transaction.atomic
def ask(connection: Connection, kind: Kind, batch: uuid.UUID, *, by: Membership) -> LinkRun:
    """Have all links made that are beyond doubt, under the name ``batch``. Who asks while some are made or taken back
    gets that one, and so does who asks twice under one name. Raises LinkRefused."""
    if run := _moving(connection, kind):
        return run  # without waiting for the piece that it is at
    connection = _locked(connection)
    linking.ensure_mapped(connection, kind)
    named = LinkRun.objects.filter(connection=connection, batch=batch).first()
    if run := _moving(connection, kind) or named:
        return run
    run = LinkRun.objects.create(connection=connection, kind=kind, batch=batch, by=by)
    wakeups.nudge(connection, wakeups.LINK, by=by.pk)
    return run


@transaction.atomic
def take_back(run: LinkRun, *, by: Membership) -> LinkRun:
    """Have all its links taken back. Raises LinkRefused while links of the kind are made."""
    connection = _locked(run.connection)
    moving = _moving(connection, run.kind)
    if moving is not None and not moving.is_undoing:
        raise LinkRefused(_("Links are being made just now. Stop that first."))
    if moving is not None:
        return moving
    run = LinkRun.objects.get(pk=run.pk)
    if run.is_undoing and run.state == RunState.DONE:
        return run
    if not run.is_undoing:
        run.is_undoing, run.done = True, 0
    return _begin(connection, run, by)


@transaction.atomic
def go_on(run: LinkRun, *, by: Membership) -> LinkRun:
    """After it was stopped, or failed. What was left out is looked at again. Raises LinkRefused."""
    connection = _locked(run.connection)
    run = LinkRun.objects.get(pk=run.pk)
    moving = _moving(connection, run.kind)
    if moving is not None or run.state not in (RunState.STOPPED, RunState.FAILED):
        return moving or run
    return _begin(connection, run, by)


def _begin(connection: Connection, run: LinkRun, by: Membership) -> LinkRun:
    linking.ensure_mapped(connection, Kind(run.kind))
    run.state, run.by, run.reason, run.is_stopping = RunState.WAITING, by, "", False
    run.asked_at = run.not_before = database_clock.now()
    run.position = run.left_out = run.failures = 0
    run.total = run.ended_at = None
    run.save()
    wakeups.nudge(connection, wakeups.LINK, by=by.pk)
    return run


def stop(run: LinkRun) -> None:
    """After the piece that it is at. What is done stays, and nobody waits for the piece here."""
    LinkRun.objects.filter(pk=run.pk, state__in=MOVING).update(is_stopping=True)


def end_all(connection: Connection, reason: Reason) -> None:
    """Nothing more of it. The connection's row is held."""
    runs = LinkRun.objects.filter(connection=connection, state__in=MOVING)
    runs.update(state=RunState.STOPPED, reason=reason, ended_at=database_clock.now())
    wakeups.silence(connection, [wakeups.LINK])


def _locked(connection: Connection) -> Connection:
    connection = health.lock(connection.pk)
    if not connection.is_connected:
        raise LinkRefused(_("It is disconnected. Connect again first."))
    return connection


# --- The job ----------------------------------------------------------------------------------------------------------


def run_links(workspace_id: int, connection_id: int) -> None:
    """Do what of the connection was asked for. Does nothing when another worker is at it."""
    lane_jobs.run(Lane.LINK, workspace_id, connection_id, _work)


def _work(workspace_id: int, taken: Taken, heartbeat: Heartbeat) -> float:
    """Seconds until something is due again."""
    until = time.monotonic() + SLICE
    while True:
        heartbeat.ensure()
        with scope(workspace_id):
            connection = health.lock(taken.connection_id)
            run = _next(connection)
            if run is None:
                return _seconds_to_next(connection)
        try:
            _carry_out(run, _Pace(heartbeat, until))
        except LinkRefused as refusal:
            logger.info("links were refused", extra={"run": run.pk, "refusal": refusal.message})
            _again(run, Reason.CHANGED)
        except (LeaseLost, SoftTimeLimitExceeded):
            raise
        except Exception:
            _again(run, Reason.BROKEN)
            raise
        if time.monotonic() > until:
            return 0.0


def _next(connection: Connection) -> LinkRun | None:
    """What is due, what was asked for first before the others. One that runs while we are here was left by a worker
    that vanished. The connection's row is held."""
    for left_over in LinkRun.objects.filter(connection=connection, state=RunState.RUNNING):
        _fail(left_over, Reason.INTERRUPTED)
    due = LinkRun.objects.filter(connection=connection, state=RunState.WAITING, not_before__lte=database_clock.now())
    for run in due.order_by("asked_at", "pk"):
        if run.is_stopping:
            _ended(run, RunState.STOPPED)
            continue
        run.state = RunState.RUNNING
        run.save(update_fields=["state"])
        return run
    return None


def _seconds_to_next(connection: Connection) -> float:
    waiting = LinkRun.objects.filter(connection=connection, state=RunState.WAITING)
    first = waiting.order_by("not_before").values_list("not_before", flat=True).first()
    if first is None:  # who asks next makes it anew
        wakeups.silence(connection, [wakeups.LINK])
        return wakeups.SWEEP
    return max(0.0, (first - database_clock.now()).total_seconds())


def _again(run: LinkRun, reason: Reason) -> None:
    with scope(run.workspace_id):
        if fresh := _still_running(run):
            _fail(fresh, reason)


def _fail(run: LinkRun, reason: Reason) -> None:
    """Try again by itself, at once when it is the first time; after a few times in a row a person is asked."""
    run.failures += 1
    wait = policy.backoff(run.failures, timings()) if run.failures > 1 else 0.0
    run.state, run.not_before = RunState.WAITING, database_clock.now() + timedelta(seconds=wait)
    if run.failures >= MOST_TRIES:
        run.state, run.reason, run.ended_at = RunState.FAILED, reason, database_clock.now()
    run.save(update_fields=["failures", "state", "not_before", "reason", "ended_at"])


# --- Piece by piece ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pace:
    heartbeat: Heartbeat
    until: float  # on the monotonic clock

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until


@dataclass(frozen=True, slots=True)
class _Step:
    """What a piece came to. ``position`` is the run's afterwards."""

    position: int
    done: int
    left_out: int


def _carry_out(run: LinkRun, pace: _Pace) -> None:
    """To its end, or to that of the time."""
    pieces = _pieces_to_undo(run) if run.is_undoing else _pieces_to_link(run)
    for piece in pieces:
        if not _take(run, piece, pace):
            return
    _close(run, RunState.DONE)


def _take(run: LinkRun, piece: Callable[[Connection], _Step], pace: _Pace) -> bool:
    """Do it, together with the row that tells of it. False when nothing more of the run is to be done now."""
    pace.heartbeat.ensure()
    if pace.is_over:
        _close(run, RunState.WAITING)
        return False
    with scope(run.workspace_id):
        connection = health.lock(run.connection_id)
        fresh = LinkRun.objects.get(pk=run.pk)
        if fresh.state != RunState.RUNNING:
            return False  # ended with the connection
        if (fresh.asked_at, fresh.position) != (run.asked_at, run.position):
            raise LeaseLost  # somebody else has taken it over
        is_mapped = any(facts.kind == run.kind for facts in linking.mapped_kinds(connection))
        if fresh.is_stopping or not is_mapped:
            _ended(fresh, RunState.STOPPED, "" if is_mapped else Reason.NOT_SYNCHRONISED)
            return False
        step = piece(connection)
        # Late and by itself: who presses Stop does not wait for the piece.
        run.position, run.failures = step.position, 0
        run.done, run.left_out = run.done + step.done, run.left_out + step.left_out
        run.save(update_fields=["position", "failures", "done", "left_out"])
    return True


def _close(run: LinkRun, state: RunState) -> None:
    with scope(run.workspace_id):
        if fresh := _still_running(run):
            _ended(fresh, state)


def _still_running(run: LinkRun) -> LinkRun | None:
    """As it stands now, unless it was ended meanwhile. Takes the connection's row."""
    health.lock(run.connection_id)
    return LinkRun.objects.filter(pk=run.pk, state=RunState.RUNNING).first()


def _ended(run: LinkRun, state: RunState, reason: str = "") -> None:
    run.state, run.reason, run.not_before = state, reason, database_clock.now()
    run.ended_at = None if run.is_moving else database_clock.now()
    run.save(update_fields=["state", "reason", "not_before", "ended_at"])


def _note_total(run: LinkRun, waiting: int) -> None:
    LinkRun.objects.filter(pk=run.pk).update(total=run.seen + waiting)


# --- Linking ----------------------------------------------------------------------------------------------------------


def _pieces_to_link(run: LinkRun) -> Iterable[Callable[[Connection], _Step]]:
    with scope(run.workspace_id):
        connection = Connection.objects.get(pk=run.connection_id)
        found = suggesting.sure(connection, Kind(run.kind), after=run.position)
        _note_total(run, len(found))
    for first in range(0, len(found), PIECE):
        some = found[first : first + PIECE]
        yield partial(_link, run, some)


def _link(run: LinkRun, some: list[Likely], connection: Connection) -> _Step:
    kind = Kind(run.kind)
    wanted = {one.pk: one.external_id for one in suggesting.unchanged(connection, kind, some)}
    missed = len(wanted)
    if wanted:
        _change, missed = linking.link_all(connection, kind, wanted, by=run.by, batch=run.batch)
    done = len(wanted) - missed
    return _Step(position=some[-1].pk, done=done, left_out=len(some) - done)


# --- Taking back ------------------------------------------------------------------------------------------------------


def _pieces_to_undo(run: LinkRun) -> Iterable[Callable[[Connection], _Step]]:
    """The latest first."""
    with scope(run.workspace_id), database.cursor() as cursor:
        cursor.execute(
            "SELECT id, client_id, (SELECT count(value) FROM jsonb_each_text(after)) FROM integrations_linkchange"
            " WHERE workspace_id = %(workspace)s AND connection_id = %(connection)s AND batch = %(batch)s"
            " AND undone_at IS NULL AND (%(position)s = 0 OR id < %(position)s) ORDER BY id DESC",
            {
                "workspace": run.workspace_id,
                "connection": run.connection_id,
                "batch": run.batch,
                "position": run.position,
            },
        )
        changes = cursor.fetchall()
        _note_total(run, sum(links for _pk, _name, links in changes))
    for pk, name, links in changes:
        yield partial(_undo, pk, name, links)


def _undo(pk: int, name: uuid.UUID, links: int, connection: Connection) -> _Step:
    """A piece in which somebody has changed a link since stays as it is."""
    try:
        linking.undo(connection, name)
    except LinkRefused:
        return _Step(position=pk, done=0, left_out=links)
    return _Step(position=pk, done=links, left_out=0)
