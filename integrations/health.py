"""How a connection is doing: well, trying again, or waiting for a person; and that the administrators hear of it once
(R38)."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from integrations import database_clock, policy, wakeups
from integrations.kernel.errors import Cure, CurePage, Problem, Turn
from integrations.models import RUNNING_STATES, Connection, ConnectionState
from integrations.policy import Effect
from integrations.timings import timings

logger = logging.getLogger(__name__)

UNREADABLE = Problem(code="credentials_unreadable", turn=Turn.ADMINISTRATOR, cure=Cure(page=CurePage.CONNECTION))


def lock(connection_id: int) -> Connection:
    """The row, locked. Always the first lock of a transaction that takes several (docs/architecture.md)."""
    return Connection.objects.select_for_update(no_key=True).get(pk=connection_id)


def feel(connection: Connection, effect: Effect, problem: Problem | None, *, hold: float = 0) -> None:
    """Let an outcome count. The connection's row is locked by the caller; ``hold`` is what the provider asked for, in
    seconds."""
    if connection.state not in RUNNING_STATES:
        return  # a late outcome must not wake up what a person turned off
    if effect is Effect.WELL:
        well(connection)
    elif effect is Effect.STRAINED and problem is not None:
        strained(connection, problem, hold=hold)
    elif effect in (Effect.SIGN_IN, Effect.CONFIGURE) and problem is not None:
        state = ConnectionState.NEEDS_SIGN_IN if effect is Effect.SIGN_IN else ConnectionState.NEEDS_CONFIGURATION
        pause(connection, problem, state)


def well(connection: Connection) -> None:
    if connection.failures or connection.state != ConnectionState.ACTIVE or connection.hold_until:
        connection.state = ConnectionState.ACTIVE
        connection.failures = 0
        connection.hold_until = None
        connection.problem = connection.problem_since = connection.problem_told_at = None
        connection.save(
            update_fields=["state", "failures", "hold_until", "problem", "problem_since", "problem_told_at"]
        )


def strained(connection: Connection, problem: Problem, *, hold: float) -> None:
    """A passing trouble. The first ones in a row change nothing for other items; then the provider is left in peace."""
    connection.failures += 1
    seconds = max(hold, policy.hold(connection.failures, timings()))
    if connection.failures >= policy.PATIENT_FAILURES:
        if connection.state != ConnectionState.DEGRADED:
            connection.problem_since = timezone.now()
        connection.state = ConnectionState.DEGRADED
        connection.problem = problem.to_json()
    connection.hold_until = database_clock.now() + timedelta(seconds=seconds) if seconds else None
    connection.save(update_fields=["state", "failures", "hold_until", "problem", "problem_since"])
    if seconds:
        wakeups.rest(connection, seconds)


def pause(connection: Connection, problem: Problem, state: ConnectionState) -> None:
    """Stop everything until a person has acted; tell the administrators, once per cause."""
    connection.state = state
    connection.problem = problem.to_json()
    connection.problem_since = timezone.now()
    connection.problem_told_at = None
    connection.hold_until = None
    connection.save(update_fields=["state", "problem", "problem_since", "problem_told_at", "hold_until"])
    wakeups.silence(connection)
    wakeups.nudge(connection, wakeups.NOTICE)
    logger.warning(
        "a connection waits for an administrator",
        extra={"connection": connection.pk, "workspace": connection.workspace_id, "code": problem.code},
    )


def unreadable(connection: Connection) -> None:
    """The credentials cannot be read any more: a person must give them again."""
    if connection.state in RUNNING_STATES:
        pause(connection, UNREADABLE, ConnectionState.NEEDS_SIGN_IN)


def claim_notice(connection_id: int) -> Connection | None:
    """The connection, if its cause is still to be told; from now on it counts as told."""
    waiting = Connection.objects.filter(
        pk=connection_id,
        state__in=[ConnectionState.NEEDS_SIGN_IN, ConnectionState.NEEDS_CONFIGURATION],
        problem_told_at=None,
    )
    if not waiting.update(problem_told_at=timezone.now()):
        return None
    return Connection.objects.select_related("workspace").get(pk=connection_id)


def take_back_notice(connection_id: int) -> None:
    """The mail did not leave: it is still to be told."""
    Connection.objects.filter(pk=connection_id).exclude(problem_told_at=None).update(problem_told_at=None)
