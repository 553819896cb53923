"""What to do with an outcome: pure rules, without a database, a clock or a network.
 The one thing that must never happen is to send again while an earlier send may still arrive. So a lost answer is
looked for, and "it is not there" counts only when the provider has had longer than we ever wait for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from integrations.kernel.errors import (
    Code,
    LoginNeeded,
    MappingError,
    NotReady,
    Problem,
    ProviderError,
    Refused,
    Temporary,
    Turn,
    Unclear,
)

MOST_SENDS = 6  # of one item before a person is asked to look; each one was followed by look-ups that found nothing
PATIENT_FAILURES = 3  # in a row before the provider is left in peace and the page says "trying again"
# The provider was slow, not gone: what it was told may be done minutes later.
_SLOW = frozenset({"timeout", "time_limit"})


class State(StrEnum):
    """The values of `Delivery.state`."""

    WAITING = "waiting"
    TRANSFERRING = "transferring"
    TRANSFERRED = "transferred"
    ATTENTION = "attention"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What the ledger says about a moment of a delivery."""

    STARTED = "started"
    LOOKING = "looking"
    SENT = "sent"
    ADOPTED = "adopted"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    REFUSED = "refused"
    NOT_READY = "not_ready"
    TEMPORARY = "temporary"
    UNCLEAR = "unclear"
    LOGIN_NEEDED = "login_needed"
    FAILED = "failed"
    LATE = "late"
    PRESSED = "pressed"
    CAUSE_CHANGED = "cause_changed"
    CANCELLED = "cancelled"


class Effect(StrEnum):
    """What an outcome says about the connection as a whole."""

    NONE = "none"
    WELL = "well"
    STRAINED = "strained"
    SIGN_IN = "sign_in"
    CONFIGURE = "configure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds."""

    lease: int = 15
    settle: int = 45
    settle_slow: int = 300
    retry_first: int = 5
    retry_longest: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``wait`` is in seconds until the next step; ``is_unclear`` says that the next step is to look."""

    event: Event
    state: State
    is_unclear: bool = False
    wait: float = 0
    problem: Problem | None = None
    effect: Effect = Effect.NONE
    hold: float = 0  # seconds the provider asked to be left in peace
    sends_now: bool = False


def backoff(attempts: int, timings: Timings, jitter: Callable[[], float] = random.random) -> float:
    """Seconds: doubled with each attempt up to the longest, each between its half and its whole so that nobody is in
    step."""
    whole = min(timings.retry_first * 2.0 ** min(max(attempts - 1, 0), 30), timings.retry_longest)
    return whole * (0.5 + jitter() / 2)


def hold(failures: int, timings: Timings, jitter: Callable[[], float] = random.random) -> float:
    """Seconds a connection rests after failures in a row: none at first, so that one bad item holds up no other
    (R115)."""
    if failures < PATIENT_FAILURES:
        return 0
    return backoff(failures - PATIENT_FAILURES + 1, timings, jitter)


def as_provider_error(error: Exception) -> ProviderError:
    """What is no connector's error is a fault of ours in the middle of a send: whether it arrived is not known."""
    return error if isinstance(error, ProviderError) else Unclear(Code.ANSWER_LOST, reason="internal")


def out_of_time() -> Unclear:
    """The worker's time limit cut a send off."""
    return Unclear(Code.ANSWER_LOST, reason="time_limit")


def worker_lost() -> Unclear:
    """Whoever was sending vanished: nothing says that the provider was slow."""
    return Unclear(Code.ANSWER_LOST, reason="worker_lost")


def after_sending(
    error: Exception,
    *,
    attempts: int,
    timings: Timings,
    find_after: float,
    can_find: bool,
    jitter: Callable[[], float] = random.random,
) -> Decision:
    """A send raised. ``attempts`` counts this one; ``find_after`` in seconds, of the provider's facts."""
    known = as_provider_error(error)
    problem = known.problem
    if isinstance(known, Unclear):
        if not can_find:
            lost = replace(problem, turn=Turn.ADMINISTRATOR, automatic=False)
            return Decision(event=Event.UNCLEAR, state=State.ATTENTION, is_unclear=True, problem=lost)
        return Decision(
            event=Event.UNCLEAR,
            state=State.WAITING,
            is_unclear=True,
            wait=find_after,
            problem=problem,
            effect=Effect.STRAINED,
        )
    if isinstance(known, Temporary):
        return _temporary(known, attempts, timings, is_unclear=False, jitter=jitter)
    if isinstance(known, LoginNeeded):
        return _login_needed(known, is_unclear=False)
    if isinstance(known, Refused):
        return Decision(event=Event.REFUSED, state=State.ATTENTION, problem=problem, effect=Effect.WELL)
    if isinstance(known, NotReady):
        return Decision(event=Event.NOT_READY, state=State.ATTENTION, problem=problem)
    return Decision(event=Event.FAILED, state=State.ATTENTION, problem=problem)


def after_putting(
    error: Exception,
    *,
    attempts: int,
    timings: Timings,
    find_after: float,
    jitter: Callable[[], float] = random.random,
) -> Decision:
    """A put raised. State is read before it is written, so doubt ends with the next put; it waits for what a slow
    provider may still be doing."""
    known = as_provider_error(error)
    if not isinstance(known, Unclear):
        return after_sending(
            known, attempts=attempts, timings=timings, find_after=find_after, can_find=True, jitter=jitter
        )
    is_slow = str(known.problem.params.get("reason", "")) in _SLOW
    wait = timings.settle if is_slow else backoff(attempts, timings, jitter)
    return Decision(
        event=Event.UNCLEAR,
        state=State.WAITING,
        is_unclear=True,
        wait=max(wait, find_after),
        problem=known.problem,
        effect=Effect.STRAINED,
    )


def after_looking(
    error: Exception, *, attempts: int, timings: Timings, jitter: Callable[[], float] = random.random
) -> Decision:
    """A look-up raised: the doubt stays, whatever it was."""
    if isinstance(error, LoginNeeded):
        return _login_needed(error, is_unclear=True)
    if isinstance(error, Refused | NotReady | MappingError):
        event = Event.FAILED if isinstance(error, MappingError) else Event.REFUSED
        return Decision(event=event, state=State.ATTENTION, is_unclear=True, problem=error.problem)
    passing = error if isinstance(error, Temporary) else Temporary(Code.SERVER_ERROR, reason="internal")
    return _temporary(passing, attempts, timings, is_unclear=True, jitter=jitter)


def after_missing(
    *, elapsed: float, doubt: Problem | None, sends: int, timings: Timings, find_after: float
) -> Decision:
    """The look-up found nothing. ``elapsed`` is seconds since the write left the house, or since the claim if that is
    unknown."""
    reason = str((doubt.params if doubt else {}).get("reason", ""))
    window = max(timings.settle_slow if reason in _SLOW else timings.settle, find_after)
    if elapsed < window:
        wait = min(max(1.0, elapsed / 2), window - elapsed)
        return Decision(
            event=Event.MISSING, state=State.WAITING, is_unclear=True, wait=wait, problem=doubt, effect=Effect.WELL
        )
    if sends >= MOST_SENDS:
        tired = Problem(code="never_arrives", params={"times": sends}, turn=Turn.ADMINISTRATOR)
        return Decision(event=Event.MISSING, state=State.ATTENTION, problem=tired, effect=Effect.WELL)
    return Decision(event=Event.MISSING, state=State.TRANSFERRING, sends_now=True)


def _temporary(
    error: Temporary, attempts: int, timings: Timings, *, is_unclear: bool, jitter: Callable[[], float]
) -> Decision:
    asked = error.retry_after or 0.0
    return Decision(
        event=Event.TEMPORARY,
        state=State.WAITING,
        is_unclear=is_unclear,
        wait=max(asked, backoff(attempts, timings, jitter)),
        problem=error.problem,
        effect=Effect.STRAINED,
        hold=asked,
    )


def _login_needed(error: LoginNeeded, *, is_unclear: bool) -> Decision:
    """The item keeps its place; the connection pauses and says why (R38)."""
    effect = Effect.CONFIGURE if error.problem.code == Code.SETUP_MISSING else Effect.SIGN_IN
    return Decision(
        event=Event.LOGIN_NEEDED, state=State.WAITING, is_unclear=is_unclear, problem=error.problem, effect=effect
    )


# --- Archiving by absence ---------------------------------------------------------------------------------------------

GUARD_SHARE = 0.20
GUARD_ROWS = 10


def looks_like_missing_rights(vanishing: int, linked: int) -> bool:
    """Whether so much would vanish that an administrator must say so: missing rights can look like an empty list."""
    return vanishing > GUARD_ROWS and vanishing > GUARD_SHARE * linked
