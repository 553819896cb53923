"""Pulling: one job at a time per connection, page by page, each page a transaction, none open while the provider is
asked.

Absence is concluded only after a reader came to its end without an exception, and never beyond the guard's share (R20).
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from busy.workspaces.scope import scope
from integrations import appliers, health, policy, reviving, snapshot, wakeups
from integrations.conversations import Recorder, connector_of, conversation
from integrations.imported_work_types import MATCHES
from integrations.kernel.connector import Listing, Page, Pull
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    LoginNeeded,
    Problem,
    ProviderError,
    Temporary,
    Turn,
)
from integrations.kernel.facts import KindFacts, Switch
from integrations.kernel.records import Kind
from integrations.leases import Heartbeat, LeaseLost
from integrations.models import RUNNING_STATES, Connection, PulledPage, PullOutcome, PullRun, PullState
from integrations.timings import timings
from integrations.wakeups import Lane, Taken

logger = logging.getLogger(__name__)

SLICE = 120.0  # seconds a job may work before it gives the worker back; it goes on where it stopped
COMPLETE_EVERY = timedelta(hours=24)
_STUCK = 2  # failures after which a checkpoint is given up for a new beginning
_PATIENT_KIND = 3600.0  # seconds until a kind is tried again that a person or we must cure

INTERRUPTED = Problem(code="interrupted", turn=Turn.TIME, automatic=True)


class SliceOver(Exception):
    """The job has worked long enough; what it read stays, the rest comes next."""


@dataclass(slots=True)
class Job:
    """A held connection: its lease, the watch over it, and the time it may take."""

    connection: Connection
    token: uuid.UUID
    heartbeat: Heartbeat
    until: float
    done: set[str] = field(default_factory=set)  # kinds that have had their turn

    def ensure_time(self) -> None:
        self.heartbeat.ensure()
        if time.monotonic() > self.until:
            raise SliceOver


def pulled_kinds(connection: Connection) -> list[KindFacts]:
    """The kinds this connection pulls as it is set up now (R7), in the order in which they refer to each other."""
    connector = connector_of(connection)
    kinds = []
    for kind in wakeups.PULL_ORDER:
        facts = connector.facts.of_kind(kind)
        if facts and connector.pull(kind) and is_switched_on(connection, facts):
            kinds.append(facts)
    return kinds


def is_switched_on(connection: Connection, facts: KindFacts) -> bool:
    if facts.switch is Switch.PROJECT_SYNC:
        return connection.project_sync
    if facts.switch is Switch.WORK_TYPE_SYNC:
        return bool(connection.settings.get("work_type_sync"))
    return True


def end_runs(connection: Connection, kind: Kind | None = None) -> None:
    """What runs is over and says so: the connection was disconnected, or the switch of the kind turned off."""
    runs = PullRun.objects.filter(connection=connection, outcome=PullOutcome.RUNNING)
    (runs.filter(kind=kind) if kind else runs).update(
        outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=INTERRUPTED.to_json()
    )


# --- The job ----------------------------------------------------------------------------------------------------------


def run_pulls(workspace_id: int, connection_id: int) -> None:
    """Do every pull of the connection that is due. Does nothing when another worker is at it."""
    with _held(workspace_id, connection_id) as job:
        if job is None:
            return
        while (taken := _take(job)) is not None:
            if not _do(job, taken):
                break


@contextmanager
def _held(workspace_id: int, connection_id: int) -> Iterator[Job | None]:
    token = uuid.uuid4()
    if not _set_lease(workspace_id, connection_id, token, "lease_until IS NULL OR lease_until <= clock_timestamp()"):
        yield None
        return
    try:
        with scope(workspace_id):
            connection = Connection.objects.get(pk=connection_id)
        if not _may_work(connection):
            yield None
            return
        with Heartbeat(timings().lease) as heartbeat:
            heartbeat.keep(lambda: _set_lease(workspace_id, connection_id, token, "lease_token = %(token)s"))
            yield Job(connection, token, heartbeat, time.monotonic() + SLICE)
    finally:
        with scope(workspace_id):
            Connection.objects.filter(pk=connection_id, lease_token=token).update(lease_token=None, lease_until=None)


def _may_work(connection: Connection) -> bool:
    """Whether it is turned on and not resting. A resting one is due again when the rest is over."""
    if connection.state not in RUNNING_STATES:
        return False
    resting = (connection.hold_until - timezone.now()).total_seconds() if connection.hold_until else 0.0
    if resting > 0:
        wakeups.rest(connection, resting)
    return resting <= 0


def _set_lease(workspace_id: int, connection_id: int, token: uuid.UUID, condition: str) -> bool:
    with scope(workspace_id), database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_connection SET lease_token = %(token)s,"  # noqa: S608 - conditions are our own
            " lease_until = clock_timestamp() + make_interval(secs => %(lease)s)"
            f" WHERE workspace_id = %(workspace)s AND id = %(connection)s AND ({condition})",
            {
                "token": token,
                "lease": float(settings.SYNC_LEASE),
                "workspace": workspace_id,
                "connection": connection_id,
            },
        )
        return bool(cursor.rowcount)


def _take(job: Job) -> Taken | None:
    connection = job.connection
    taken = wakeups.take(
        Lane.PULL,
        workspace_id=connection.workspace_id,
        connection_id=connection.pk,
        lease=timings().lease,
        last=job.done,
    )
    if taken is not None:
        job.done.add(taken.kind)
    return taken


def _do(job: Job, taken: Taken) -> bool:
    """One kind. False when the job shall end: its time is over, its lease lost, or the connection rests."""
    renewal = wakeups.renewal(taken, timings().lease)
    job.heartbeat.keep(renewal)
    next_in, goes_on = _PATIENT_KIND, False
    try:
        next_in, goes_on = PullOfKind(job, Kind(taken.kind), started_by=taken.started_by_id).run()
    except LeaseLost:
        logger.warning("a pull came back late", extra={"connection": job.connection.pk, "kind": taken.kind})
        next_in = 0.0  # if nobody has taken it over, it is due at once
        return False
    finally:
        job.heartbeat.let_go(renewal)
        wakeups.finish(taken, next_in=next_in)
    return goes_on


class PullOfKind:
    """One run of one kind for a held connection."""

    def __init__(self, job: Job, kind: Kind, *, started_by: int | None) -> None:
        self.job = job
        self.kind = kind
        self.started_by = started_by
        self.workspace_id = job.connection.workspace_id
        self.connector = connector_of(job.connection)
        facts, pull = self.connector.facts.of_kind(kind), self.connector.pull(kind)
        if facts is None or pull is None:
            raise LookupError(f"{job.connection.provider} has no {kind}")
        self.facts: KindFacts = facts
        self.pull: Pull[Any, Any] = pull
        self.run_id: int | None = None
        self.changed: set[str] = set()
        self.saw_everything = True
        self.was_unchanged = False
        self.cursor: Any = None

    def run(self) -> tuple[float, bool]:
        """Seconds until the next run, and whether the job may go on with other kinds."""
        with self._locked() as connection:
            start = self._begin(connection)
        try:
            self._read_all(start)
        except LeaseLost:
            raise
        except SliceOver:
            return 0.0, False
        except Temporary as error:
            return self._give_up(error, effect=policy.Effect.STRAINED, hold=error.retry_after or 0.0)
        except LoginNeeded as error:
            return self._refused_at_the_door(error)
        except ProviderError as error:
            return self._give_up(error)
        self._conclude()
        return float(self.facts.interval), True

    # --- Reading ---

    def _begin(self, connection: Connection) -> Any:
        """What to pass to the reader: where an interrupted run stopped, the last cursor, or None for everything."""
        state, _ = PullState.objects.get_or_create(connection=connection, kind=self.kind)
        if state.failures >= _STUCK:
            state.checkpoint = None
        resumes = state.checkpoint is not None
        is_due = state.last_complete_at is None or state.last_complete_at < timezone.now() - self._rolling()
        reads_all = state.wants_everything or state.cursor is None or (self.facts.nightly_complete and is_due)
        if not resumes:
            PulledPage.objects.filter(connection=connection, kind=self.kind).delete()
            state.generation += 1
        state.save(update_fields=["checkpoint", "generation"])
        self.generation = state.generation
        self._begin_run(connection, resumes=resumes)
        return state.checkpoint if resumes else None if reads_all else state.cursor

    def _rolling(self) -> timedelta:
        """About a day, spread so that the workspaces' complete listings do not all come at once."""
        return COMPLETE_EVERY - timedelta(minutes=(self.job.connection.pk * 37) % 120)

    def _begin_run(self, connection: Connection, *, resumes: bool) -> None:
        unfinished = PullRun.objects.filter(connection=connection, kind=self.kind, outcome=PullOutcome.RUNNING)
        latest = unfinished.order_by("-pk").first() if resumes else None
        left_over = unfinished.exclude(pk=latest.pk) if latest else unfinished
        left_over.update(outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=INTERRUPTED.to_json())
        if latest:
            self.run_id = latest.pk
        elif self.started_by is not None:
            self._open_run(connection)

    def _open_run(self, connection: Connection) -> None:
        """The history gets a line when there is something to tell: a look that found nothing new leaves none."""
        if self.run_id is None:
            run = PullRun.objects.create(connection=connection, kind=self.kind, started_by_id=self.started_by)
            self.run_id = run.pk

    def _read_all(self, start: Any) -> None:
        with conversation(self.job.connection, observe=Recorder()) as api:
            pages = self.pull.read(api, start)
            for page in pages:
                self._page(page)
                if page.cursor is None:
                    self.job.ensure_time()

    def _page(self, page: Page[Any]) -> None:
        if page.cursor is not None:
            self.cursor = dict(page.cursor)
        self.saw_everything &= page.listing is Listing.COMPLETE
        if page.listing is Listing.UNCHANGED:
            self.was_unchanged = True
            return
        with self._locked() as connection:
            if page.records or page.listing is Listing.COMPLETE:
                self._open_run(connection)
            applied = appliers.apply_page(connection, page.records, kind=self.kind, system=self.connector.facts.name)
            if page.listing is Listing.COMPLETE and page.records:
                appliers.note_seen(connection, kind=self.kind, generation=self.generation)
            self.changed |= applied.changed
            checkpoint = dict(page.checkpoint) if page.checkpoint is not None else None
            PullState.objects.filter(connection=connection, kind=self.kind).update(checkpoint=checkpoint)
            self._count(page, applied)

    def _count(self, page: Page[Any], applied: appliers.Applied) -> None:
        """In the page's own transaction, so that what the page says is what is in the tables."""
        if self.run_id is None:
            return
        counts = {
            "pages": 1,
            "seen": len(page.records),
            "created": applied.created,
            "updated": applied.updated,
            "archived": applied.archived,
            "restored": applied.restored,
        }
        assignments = ", ".join(f"{name} = {name} + %({name})s" for name in counts)
        with database.cursor() as cursor:
            cursor.execute(
                f"UPDATE integrations_pullrun SET {assignments}, total = coalesce(%(total)s, total)"  # noqa: S608
                " WHERE workspace_id = %(workspace)s AND id = %(run)s",
                {**counts, "total": page.total, "workspace": self.workspace_id, "run": self.run_id},
            )

    # --- The end ---

    def _conclude(self) -> None:
        """The reader came to its end: archive what is gone, keep the cursor, and let what waited go on."""
        with self._locked() as connection:
            state = PullState.objects.get(connection=connection, kind=self.kind)
            is_complete = self.saw_everything and self.pull.lists_everything and self.run_id is not None
            outcome, parked, archived = PullOutcome.SUCCEEDED, None, 0
            problem: Problem | None = None
            if is_complete:
                parked, archived = self._archive_unseen(connection)
            if parked:
                outcome, problem = PullOutcome.PARKED, self._parked_problem(len(parked))
            if self.changed:
                self._after_changes(connection)
            self._settle(state, is_complete=is_complete, problem=problem)
            if self.run_id is not None:
                run = PullRun.objects.get(pk=self.run_id)
                run.outcome, run.parked, run.is_complete = outcome, parked, is_complete
                run.finished_at, run.problem = timezone.now(), problem.to_json() if problem else None
                run.archived += archived
                run.save(update_fields=["outcome", "parked", "is_complete", "finished_at", "problem", "archived"])
            health.well(connection)
            reviving.go_on(connection, kind=self.kind, changed=self.changed)

    def _archive_unseen(self, connection: Connection) -> tuple[list[int] | None, int]:
        ids, linked = appliers.unseen(connection, kind=self.kind, generation=self.generation)
        parked = None
        if policy.looks_like_missing_rights(len(ids), linked):
            parked = self._not_dismissed(connection, ids) or None
            ids = []
        archived = appliers.archive(connection, kind=self.kind, ids=ids)
        PulledPage.objects.filter(connection=connection, kind=self.kind).delete()
        if linked > len(parked or ()) and not parked:
            archived += self._archive_local(connection)
        return parked, archived

    def _not_dismissed(self, connection: Connection, ids: list[int]) -> list[int]:
        """Without those an administrator has said to keep; earlier lists that wait are replaced by this one."""
        runs = PullRun.objects.filter(connection=connection, kind=self.kind)
        runs.filter(outcome=PullOutcome.PARKED).update(outcome=PullOutcome.SUCCEEDED, parked=None, problem=None)
        dismissed = runs.filter(outcome=PullOutcome.DISMISSED).order_by("-pk").first()
        kept = set(dismissed.parked or []) if dismissed else set()
        return [] if kept.issuperset(ids) else ids

    def _archive_local(self, connection: Connection) -> int:
        """The sync was just turned on, and now we know what exists at the provider (R6, R81)."""
        wish = appliers.archives_local(self.kind)
        if not connection.settings.get(wish):
            return 0
        ids = appliers.archive_local(connection, self.kind)
        snapshot.note_archived(connection, self.kind, ids)
        connection.settings = {**connection.settings, wish: False}
        if self.kind is Kind.WORK_TYPES:
            connection.settings[MATCHES] = False  # said of those that were there when it was turned on
        connection.save(update_fields=["settings"])
        return len(ids)

    def _parked_problem(self, count: int) -> Problem:
        return Problem(
            code="archiving_parked",
            params={"count": count, "kind": str(self.kind)},
            turn=Turn.ADMINISTRATOR,
            cure=Cure(page=CurePage.CONNECTION),
        )

    def _after_changes(self, connection: Connection) -> None:
        if self.kind in (Kind.CUSTOMERS, Kind.PROJECTS):
            appliers.heal_references(connection)

    def _settle(self, state: PullState, *, is_complete: bool, problem: Problem | None) -> None:
        state.cursor, state.checkpoint, state.failures = self.cursor, None, 0
        state.last_success_at = timezone.now()
        if is_complete:
            state.last_complete_at = timezone.now()
            state.wants_everything = False
        waits = self.was_unchanged and (state.problem or {}).get("code") == "archiving_parked"
        if not waits:
            state.problem = problem.to_json() if problem else None
        if self.run_id is not None:
            state.in_busy = appliers.count_active(self.job.connection, self.kind)
        state.save()

    def _refused_at_the_door(self, error: LoginNeeded) -> tuple[float, bool]:
        """A right that is missing for this kind leaves the others alone; a dead key stops everything (R38)."""
        if error.problem.code == Code.RIGHTS_MISSING:
            return self._give_up(error)
        is_setup = error.problem.code == Code.SETUP_MISSING
        return self._give_up(error, effect=policy.Effect.CONFIGURE if is_setup else policy.Effect.SIGN_IN)

    def _give_up(
        self, error: ProviderError, *, effect: policy.Effect = policy.Effect.NONE, hold: float = 0
    ) -> tuple[float, bool]:
        """The run is over; what it wrote stays, nothing is archived, and the next one goes on from the checkpoint
        (R20)."""
        log = logger.info if isinstance(error, Temporary) else logger.warning
        fields = {"connection": self.job.connection.pk, "kind": str(self.kind), "code": error.problem.code}
        log("a pull failed", extra=fields)
        with self._locked() as connection:
            state = PullState.objects.get(connection=connection, kind=self.kind)
            state.failures += 1
            # A passing trouble is the connection's; the kind's own problem is one that a person or we must cure.
            state.problem = None if isinstance(error, Temporary) else error.problem.to_json()
            state.save(update_fields=["failures", "problem"])
            self._open_run(connection)
            PullRun.objects.filter(pk=self.run_id or 0).update(
                outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=error.problem.to_json()
            )
            health.feel(connection, effect, error.problem, hold=hold)
            # One kind's trouble is not the others': they go on until the whole connection rests (R115).
            runs_on = connection.state in RUNNING_STATES and connection.hold_until is None
            failures = state.failures
        if effect is policy.Effect.NONE:
            return _PATIENT_KIND, True
        return max(hold, policy.backoff(failures, timings())), runs_on

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A transaction that holds the connection's row. Raises LeaseLost when the connection is no longer ours."""
        with scope(self.workspace_id), transaction.atomic():
            connection = health.lock(self.job.connection.pk)
            is_ours = connection.lease_token == self.job.token and connection.state in RUNNING_STATES
            # Turned off or disconnected meanwhile: not one page more.
            if not is_ours or not is_switched_on(connection, self.facts):
                raise LeaseLost
            yield connection
