"""Carrying deliveries to the provider: claimed, sent with no transaction open, recorded. One at a time, oldest first.
 What may have arrived is looked for before it is ever sent again. A worker may be killed at any line of this file;
the lease then expires and the next one begins with a look-up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from busy.workspaces.scope import scope
from integrations import appliers, database_clock, deliveries, drafts, policy, turns, wakeups
from integrations.conversations import connector_of
from integrations.deliveries import Claimed
from integrations.drafts import Draft
from integrations.hours_out import HoursCarrier
from integrations.kernel.connector import Check, CheckState, Push
from integrations.kernel.errors import LoginNeeded, NotReady, ProviderError, Refused
from integrations.kernel.payloads import OrderPayload, Receipt
from integrations.leases import Heartbeat, LeaseLost
from integrations.lines import Line
from integrations.models import RUNNING_STATES, Connection
from integrations.policy import Decision, Event, State
from integrations.records_out import RecordCarrier
from integrations.timings import timings
from integrations.wakeups import Lane

logger = logging.getLogger(__name__)

SLICE = 60.0  # seconds of one job; then other connections have their turn


def run_pushes(workspace_id: int, connection_id: int) -> None:
    """Carry what is due. Does nothing when another worker is at it for this connection."""
    lease = timings().lease
    taken = wakeups.take(Lane.PUSH, workspace_id=workspace_id, connection_id=connection_id, lease=lease)
    if taken is None:
        return
    next_in = wakeups.BROKEN
    try:
        with Heartbeat(lease) as heartbeat:
            heartbeat.keep(wakeups.renewal(taken, lease))
            with turns.one_voice(workspace_id, taken, heartbeat) as may_talk:
                next_in = _run(workspace_id, connection_id, heartbeat) if may_talk else 1.0
    except LeaseLost:
        logger.warning("a push came back late", extra={"connection": connection_id})
        next_in = 0.0  # if nobody has taken it over, it is due at once
    except SoftTimeLimitExceeded:
        next_in = 0.0
        raise
    finally:
        wakeups.finish(taken, next_in=next_in)


def _run(workspace_id: int, connection_id: int, heartbeat: Heartbeat) -> float:
    """Seconds until something is due again."""
    until = time.monotonic() + SLICE
    with Line(workspace_id, connection_id) as line:
        return _carry_all(line, heartbeat, until)


def _carry_all(line: Line, heartbeat: Heartbeat, until: float) -> float:
    workspace_id, connection_id = line.workspace_id, line.connection_id
    while True:
        with scope(workspace_id):
            connection = Connection.objects.get(pk=connection_id)
            if connection.state not in RUNNING_STATES:
                return wakeups.SWEEP
            held = _held(connection)
            next_in = deliveries.seconds_to_next(connection)
        if held > 0:
            return held
        if next_in is None or next_in > 0 or time.monotonic() > until:
            return wakeups.SWEEP if next_in is None else next_in
        heartbeat.ensure()
        claimed = deliveries.claim_next(workspace_id, connection_id)
        if claimed is None:
            return 1.0  # somebody's transaction holds the row that is due
        _carry(line, connection, claimed, heartbeat)


def _held(connection: Connection) -> float:
    """Seconds the provider is still left in peace."""
    if connection.hold_until is None:
        return 0.0
    return max(0.0, (connection.hold_until - database_clock.now()).total_seconds())


def _carry(line: Line, connection: Connection, claimed: Claimed, heartbeat: Heartbeat) -> None:
    """One delivery, from the claim to the record."""
    renewal = deliveries.renewal(claimed)
    heartbeat.keep(renewal, is_vital=False)
    try:
        _CARRIERS[claimed.kind](line, connection, claimed).carry()
    except LeaseLost:
        logger.warning("a delivery was taken over by another worker", extra={"delivery": claimed.pk})
    finally:
        heartbeat.let_go(renewal)


class Carrier:
    """Sends or looks for one claimed order."""

    def __init__(self, line: Line, connection: Connection, claimed: Claimed) -> None:
        self.line = line
        self.connection = connection
        self.claimed = claimed
        connector = connector_of(connection)
        push = connector.push(OrderPayload)
        if push is None:
            raise LookupError(f"{connection.provider} takes no orders")
        self.push: Push[Any, OrderPayload] = push
        self.find_after = float(connector.facts.find_after)
        self.checks: tuple[Check, ...] | None = None

    def carry(self) -> None:
        try:
            api = self.line.api_for(self.connection, deliveries.before_write(self.claimed))
        except LoginNeeded as error:  # the credentials could not be read: nothing was said
            self._record(self._unopened(error))
            return
        if self.claimed.is_unclear:
            self._look(api)
        else:
            self._prepare_and_send(api)

    def _unopened(self, error: LoginNeeded) -> Decision:
        return replace(self._judged(error), is_unclear=self.claimed.is_unclear)

    # --- Looking ---

    def _look(self, api: Any) -> None:
        payload = self.claimed.payload
        if payload is None:
            # Nothing is sent before the payload is stored, so nothing can have arrived.
            self._prepare_and_send(api)
            return
        if self.push.find is None:
            self._record(self._judged(policy.worker_lost()))
            return
        if self.claimed.elapsed < self.find_after:
            wait = self.find_after - self.claimed.elapsed
            decision = Decision(event=Event.MISSING, state=State.WAITING, is_unclear=True, wait=wait)
            self._record(replace(decision, problem=self.claimed.doubt or policy.worker_lost().problem))
            return
        try:
            receipt = self.push.find(api, payload)
        except (LeaseLost, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            self._log(error)
            self._record(policy.after_looking(error, attempts=self.claimed.attempts, timings=timings()))
            return
        if receipt is not None:
            self._arrived(Event.ADOPTED, receipt)
            return
        decision = policy.after_missing(
            elapsed=self.claimed.elapsed,
            doubt=self.claimed.doubt,
            sends=self.claimed.sends,
            timings=timings(),
            find_after=self.find_after,
        )
        if decision.sends_now:
            self._send(api, payload)  # the same as before: a look-up must be able to find either
        else:
            self._record(replace(decision, problem=decision.problem or policy.worker_lost().problem))

    # --- Sending ---

    def _prepare_and_send(self, api: Any) -> None:
        with scope(self.claimed.workspace_id):
            draft = drafts.draft_of(self.connection, self.claimed.order_id, self.claimed.reference)
        self.checks = draft.checks
        problem = draft.problem
        try:
            if problem is not None and draft.needs_live_look:
                problem = self._asked_live(api, draft)
            if draft.payload is None or problem is not None:
                if problem is None:
                    raise AssertionError("a draft without payload names its problem")
                raise NotReady(problem)
            deliveries.freeze(self.claimed, draft.payload)
        except ProviderError as error:
            self._record(self._judged(error))
            return
        self._send(api, draft.payload)

    def _asked_live(self, api: Any, draft: Draft) -> Any:
        """Our copy says closed or inactive; it may have been opened a moment ago, so the provider has the last word."""
        if self.push.checks is None or draft.payload is None:
            return draft.problem
        self.checks = drafts.told_by_provider(self.push.checks(api, draft.payload), draft.checks)
        failed = (check.problem for check in self.checks if check.state is CheckState.FAILED)
        return next(failed, None)

    def _send(self, api: Any, payload: OrderPayload) -> None:
        try:
            receipt = self.push.send(api, payload)
        except LeaseLost:
            raise
        except SoftTimeLimitExceeded:
            self._record(self._judged(policy.out_of_time()))
            raise
        except Exception as error:
            self._log(error)
            if isinstance(error, Refused):
                error = self._explained(api, payload, error)
            self._record(self._judged(error))
            return
        self._arrived(Event.ADOPTED if receipt.adopted else Event.SENT, receipt)

    def _explained(self, api: Any, payload: OrderPayload, error: Refused) -> Refused:
        """Stuck: each condition is asked for, so that the page can tick them off (R32)."""
        with scope(self.claimed.workspace_id):
            ours = self.checks or drafts.draft_of(self.connection, self.claimed.order_id, payload.reference).checks
            problem = drafts.with_our_records(error.problem, self.connection, self.claimed.order_id)
            appliers.doubt(self.connection, problem)
        self.checks = ours
        if self.push.checks is not None:
            try:
                self.checks = drafts.told_by_provider(self.push.checks(api, payload), ours)
            except ProviderError as trouble:
                logger.info("the checks could not be asked", extra={"code": trouble.problem.code})
        return Refused(problem)

    # --- The outcome ---

    def _judged(self, error: Exception) -> Decision:
        return policy.after_sending(
            error,
            attempts=self.claimed.attempts,
            timings=timings(),
            find_after=self.find_after,
            can_find=self.push.find is not None,
        )

    def _arrived(self, event: Event, receipt: Receipt) -> None:
        decision = Decision(event=event, state=State.TRANSFERRED, effect=policy.Effect.WELL)
        self._record(decision, receipt)

    def _record(self, decision: Decision, receipt: Receipt | None = None) -> None:
        said = self.line.recorder.take()
        deliveries.record(self.claimed, decision, receipt=receipt, exchanges=said, checks=self.checks)

    def _log(self, error: Exception) -> None:
        if not isinstance(error, ProviderError):
            logger.error("a connector broke", exc_info=error, extra={"delivery": self.claimed.pk})


_CARRIERS: Mapping[str, Callable[[Line, Connection, Claimed], Carrier | HoursCarrier | RecordCarrier]] = {
    deliveries.ORDER: Carrier,
    deliveries.HOURS: HoursCarrier,
    deliveries.RECORD: RecordCarrier,
}
