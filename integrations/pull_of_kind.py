"""One kind of a connection, page by page: each page is a transaction, and none is open while the provider is asked.

Absence is concluded only after a reader came to its end without an exception, and never beyond the guard's share (R20).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection as database
from django.utils import timezone
from psycopg.types.json import Jsonb

from busy.workspaces.scope import scope
from integrations import (
    appliers,
    change_urls,
    customer_exchange,
    health,
    hours,
    policy,
    reviving,
    snapshot,
    staging,
    turns,
    watching,
)
from integrations.changes import Changes
from integrations.conversations import connector_of, conversation
from integrations.imported_work_types import MATCHES
from integrations.kernel.connector import Listing, Page, Pull
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    Internal,
    LoginNeeded,
    Problem,
    ProviderError,
    Temporary,
    Turn,
)
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.kinds import is_switched_on
from integrations.leases import LeaseLost
from integrations.models import RUNNING_STATES, Connection, PulledPage, PullOutcome, PullRun, PullState
from integrations.pull_jobs import Job, SliceOver
from integrations.reading import ahead, in_batches, marked, together
from integrations.shared_pulls import NotYetKnown
from integrations.timings import timings
from integrations.turns import Held

logger = logging.getLogger(__name__)

_AFTER_MAKING = 10.0  # seconds, until we have seen the id of a record that we make
COMPLETE_EVERY = timedelta(hours=24)
_STUCK = 2  # failures after which a checkpoint is given up for a new beginning
PATIENT_KIND = 3600.0  # seconds until a kind is tried again that a person or we must cure

INTERRUPTED = Problem(code="interrupted", turn=Turn.TIME, automatic=True)


class PullOfKind:
    """One run of one kind for a held connection."""

    def __init__(self, job: Job, turn: Held) -> None:
        self.job = job
        self.turn = turn
        self.connection = turn.connection
        self.kind = Kind(turn.taken.kind)
        self.workspace_id = job.workspace_id
        self.connector = connector_of(self.connection)
        facts, pull = self.connector.facts.of_kind(self.kind), self.connector.pull(self.kind)
        if facts is None or pull is None:
            raise LookupError(f"{self.connection.provider} has no {self.kind}")
        self.facts: KindFacts = facts
        self.pull: Pull[Any, Any] = pull
        self.generation = turn.state.generation
        self.run_id: int | None = None
        self.changed = Changes()
        self.has_begun = False
        self.is_waited_for = False  # something is to be sent
        self.ended_calmly = False
        self.saw_everything = True
        self.active: int | None = None  # records in Busy that are linked and not archived, once they are counted
        self.was_unchanged = False
        self.cursor: Any = None
        self.began_at = timezone.now()

    def run(self) -> tuple[float, bool]:
        """Seconds until the next run, and whether the job may go on with other kinds."""
        if not is_switched_on(self.connection, self.facts):
            raise LeaseLost
        state, started_by = self.turn.state, self.turn.taken.started_by_id
        if state.checkpoint is not None or started_by is not None or self.turn.has_left_over:
            with self._locked() as connection:
                self._begin(connection)
        try:
            self._read_all(self._start(state))
        except (LeaseLost, SoftTimeLimitExceeded):
            raise
        except SliceOver as over:
            return over.next_in, False
        except Temporary as error:
            return self._give_up(error, effect=policy.Effect.STRAINED, hold=error.retry_after or 0.0)
        except LoginNeeded as error:
            return self._refused_at_the_door(error)
        except ProviderError as error:
            return self._give_up(error)
        except Exception:
            logger.exception("a pull broke", extra={"connection": self.connection.pk, "kind": str(self.kind)})
            return self._give_up(Internal())
        next_in = watching.interval(self.connection, self.facts, self.turn.last_use)
        if not self.has_begun and self.turn.is_calm:
            return next_in, self._end_calmly(next_in)
        self._conclude()
        return next_in, True

    # --- Reading ---

    def _start(self, state: PullState) -> Any:
        """What to pass to the reader: where an interrupted run stopped, the last cursor, or None for everything."""
        if state.checkpoint is not None:
            return state.checkpoint
        is_due = state.last_complete_at is None or state.last_complete_at < timezone.now() - self._rolling()
        reads_all = state.wants_everything or state.cursor is None or (self.facts.nightly_complete and is_due)
        return None if reads_all else state.cursor

    def _rolling(self) -> timedelta:
        """About a day, spread so that the workspaces' complete listings do not all come at once."""
        return COMPLETE_EVERY - timedelta(minutes=(self.connection.pk * 37) % 120)

    def _begin(self, connection: Connection) -> None:
        """There is something to write: a new generation unless an interrupted run goes on, and a run to count in.

        A look that finds nothing new never comes here.
        """
        if self.has_begun:
            return
        self.has_begun = True
        state = self.turn.state
        if state.failures >= _STUCK:
            state.checkpoint = None
        resumes = state.checkpoint is not None
        if not resumes:
            PulledPage.objects.filter(connection=connection, kind=self.kind).delete()
            state.generation += 1
            state.save(update_fields=["checkpoint", "generation"])
        self.generation = state.generation
        self._begin_run(connection, resumes=resumes)

    def _begin_run(self, connection: Connection, *, resumes: bool) -> None:
        unfinished = PullRun.objects.filter(connection=connection, kind=self.kind, outcome=PullOutcome.RUNNING)
        latest = unfinished.order_by("-pk").first() if resumes else None
        left_over = unfinished.exclude(pk=latest.pk) if latest else unfinished
        left_over.update(outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=INTERRUPTED.to_json())
        if latest:
            self.run_id = latest.pk
        elif self.turn.taken.started_by_id is not None:
            self._open_run(connection)

    def _open_run(self, connection: Connection) -> None:
        """The history gets a line when there is something to tell: a look that found nothing new leaves none."""
        if self.run_id is None:
            by = self.turn.taken.started_by_id
            run = PullRun.objects.create(connection=connection, kind=self.kind, started_by_id=by)
            self.run_id = run.pk

    def _read_all(self, start: Any) -> None:
        prepares = hours.choices_of(self.connection).prepares
        with conversation(self.connection, prepare_hours=prepares) as api:
            self._ask_names(api)
            for pages in ahead(marked(self.pull.read(api, start))):
                for batch in in_batches(pages):
                    self._page(together(batch), count=len(batch))
                if pages[-1].cursor is None:
                    self.job.ensure_time()
                    if self.is_waited_for and self.connector.facts.limits.parallel == 1:
                        self.job.gives_way()

    def _ask_names(self, api: Any) -> None:
        """What the system's fields of customers are called, a few times a day (R99)."""
        ask = self.connector.field_names
        if ask is None or self.kind is not Kind.CUSTOMERS or not customer_exchange.wants_names(self.connection):
            return
        names = ask(api)
        with scope(self.workspace_id):
            customer_exchange.note_names(self.connection, names)

    def _page(self, page: Page[Any], *, count: int = 1) -> None:
        """A page, or ``count`` of them in one."""
        if self.facts.is_tagged:
            # Nothing is known of what does not travel, so absence means nothing.
            with scope(self.workspace_id):
                records = tuple(customer_exchange.travelling(self.connection, page.records))
            page = replace(page, records=records, marks=None, listing=Listing.CHANGES)
        if page.cursor is not None:
            self.cursor = dict(page.cursor)
        self.saw_everything &= page.listing is Listing.COMPLETE
        if page.listing is Listing.UNCHANGED:
            self.was_unchanged = True
            return
        if page.listing is Listing.CHANGES and not self.has_begun and self._is_known(page):
            return
        with self._locked() as connection:
            staging.tell_planner()
            self._begin(connection)
            self._open_run(connection)
            # What travels by its tag is Busy's own as well: nobody else keeps it.
            system = "" if self.facts.is_tagged else self.connector.facts.name
            try:
                applied = staging.apply_page(
                    connection, page.records, kind=self.kind, system=system, since=self.began_at, marks=page.marks
                )
            except NotYetKnown:
                raise SliceOver(_AFTER_MAKING) from None
            if self.facts.is_tagged:
                customer_exchange.take_values(connection, page.records)
            if gone := appliers.active_of(connection, self.kind, page.gone):
                archived = appliers.archive(connection, kind=self.kind, ids=gone)
                applied = replace(applied, archived=applied.archived + archived)
                self.changed.add(page.gone)
            self.changed.add(applied.changed)
            self._keep(page, applied, count)

    def _is_known(self, page: Page[Any]) -> bool:
        """What was changed a while ago comes again for some minutes, so that nothing is missed: no news, no run."""
        if not page.records and not page.gone:
            return True
        with scope(self.workspace_id):
            if appliers.active_of(self.connection, self.kind, page.gone):
                return False
            return not page.records or staging.is_known(self.connection, page.records, kind=self.kind, marks=page.marks)

    def _keep(self, page: Page[Any], applied: staging.Applied, count: int) -> None:
        """How far we are, in the page's own transaction and in one statement: which records it named, where an
        interrupted run would go on, and what the run has done so far."""
        counts: dict[str, Any] = {
            "pages": count,
            "seen": len(page.records),
            "created": applied.created,
            "updated": applied.updated,
            "archived": applied.archived,
            "restored": applied.restored,
        }
        assignments = ", ".join(f"{name} = {name} + %({name})s" for name in counts)
        checkpoint: Any = Jsonb(dict(page.checkpoint)) if page.checkpoint is not None else None
        with database.cursor() as cursor:
            cursor.execute(
                f"""
                WITH seen AS (
                    INSERT INTO integrations_pulledpage (workspace_id, connection_id, kind, generation, locals_seen)
                    SELECT %(workspace)s, %(connection)s, %(kind)s, %(generation)s, %(locals)s::bigint[]
                    WHERE %(is_listed)s
                ), reached AS (
                    UPDATE integrations_pullstate SET checkpoint = %(checkpoint)s
                    WHERE workspace_id = %(workspace)s AND id = %(state)s
                )
                UPDATE integrations_pullrun SET {assignments}, total = coalesce(%(total)s, total)
                WHERE workspace_id = %(workspace)s AND id = %(run)s
                RETURNING EXISTS (
                    SELECT FROM integrations_delivery WHERE workspace_id = %(workspace)s
                        AND connection_id = %(connection)s AND state = 'waiting' AND not_before <= clock_timestamp()
                )
                """,  # noqa: S608 - only names of our own columns are put in
                {
                    **counts,
                    "workspace": self.workspace_id,
                    "connection": self.connection.pk,
                    "kind": str(self.kind),
                    "generation": self.generation,
                    "locals": applied.locals_seen,
                    "is_listed": page.listing is Listing.COMPLETE and applied.locals_seen != staging.NOBODY,
                    "checkpoint": checkpoint,
                    "state": self.turn.state.pk,
                    "total": page.total,
                    "run": self.run_id,
                },
            )
            row = cursor.fetchone()
        self.is_waited_for = bool(row and row[0])

    # --- The end ---

    def _end_calmly(self, next_in: float) -> bool:
        """Nothing was new. Whether the job may go on."""
        is_more_due = turns.end_calmly(self.turn, self.job.token, cursor=self.cursor, next_in=next_in)
        if is_more_due is None:
            raise LeaseLost
        self.ended_calmly = True
        self.job.is_held = is_more_due
        return is_more_due

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
                change_urls.found_unheard(connection, self.kind)
            self._settle(state, is_complete=is_complete, problem=problem)
            self.job.read_everything |= is_complete
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
        self.active = linked - archived
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
            if self.active is None:
                self.active = appliers.count_active(self.connection, self.kind)
            state.in_busy = self.active
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
        fields = {"connection": self.connection.pk, "kind": str(self.kind), "code": error.problem.code}
        log("a pull failed", extra=fields)
        with self._locked() as connection:
            state = PullState.objects.get(connection=connection, kind=self.kind)
            state.failures += 1
            # A passing trouble is the connection's; the kind's own problem is one that a person or we must cure.
            state.problem = None if isinstance(error, Temporary) else error.problem.to_json()
            state.save(update_fields=["failures", "problem"])
            if not PullRun.objects.filter(pk=self.run_id or 0).exists():
                self.run_id = None  # none yet, or its line was taken back with the page that failed
            self._open_run(connection)
            PullRun.objects.filter(pk=self.run_id or 0).update(
                outcome=PullOutcome.FAILED, finished_at=timezone.now(), problem=error.problem.to_json()
            )
            health.feel(connection, effect, error.problem, hold=hold)
            # One kind's trouble is not the others': they go on until the whole connection rests (R115).
            runs_on = connection.state in RUNNING_STATES and connection.hold_until is None
            failures = state.failures
        if effect is policy.Effect.NONE:
            return (policy.backoff(failures, timings()) if error.problem.automatic else PATIENT_KIND), True
        return max(hold, policy.backoff(failures, timings())), runs_on

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A transaction that holds the connection's row. Raises LeaseLost when the connection is no longer ours."""
        with scope(self.workspace_id):
            connection = health.lock(self.connection.pk)
            is_ours = connection.lease_token == self.job.token and connection.state in RUNNING_STATES
            # Turned off or disconnected meanwhile: not one page more.
            if not is_ours or not is_switched_on(connection, self.facts):
                raise LeaseLost
            yield connection
