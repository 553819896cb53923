"""The rules about outcomes, without a database: never send again while an earlier send may still arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations import policy
from integrations.kernel.errors import Code, LoginNeeded, MappingError, NotReady, Problem, Refused, Temporary, Unclear
from integrations.policy import Effect, Event, State, Timings

TIMINGS = Timings()
SOME = Problem(code="some")


def after_sending(error: Exception, *, attempts: int = 1, can_find: bool = True) -> policy.Decision:
    return policy.after_sending(
        error, attempts=attempts, timings=TIMINGS, find_after=3, can_find=can_find, jitter=lambda: 1.0
    )


def test_each_error_leads_where_it_says_who_must_act() -> None:
    found = {
        type(error).__name__: (decision.state, decision.is_unclear, decision.effect)
        for error in (Temporary(), LoginNeeded(SOME), Refused(SOME), NotReady(SOME), MappingError("x"), Unclear())
        for decision in [after_sending(error)]
    }
    assert found == {
        "Temporary": (State.WAITING, False, Effect.STRAINED),
        "LoginNeeded": (State.WAITING, False, Effect.SIGN_IN),
        "Refused": (State.ATTENTION, False, Effect.WELL),
        "NotReady": (State.ATTENTION, False, Effect.NONE),
        "MappingError": (State.ATTENTION, False, Effect.NONE),
        "Unclear": (State.WAITING, True, Effect.STRAINED),
    }


def test_a_fault_of_our_own_in_the_middle_of_a_send_is_doubt() -> None:
    assert after_sending(ZeroDivisionError()).is_unclear


def test_doubt_is_left_to_a_person_where_nothing_can_be_looked_up() -> None:
    decision = after_sending(Unclear(), can_find=False)
    assert (decision.state, decision.is_unclear) == (State.ATTENTION, True)


def test_a_provider_that_says_how_long_is_believed() -> None:
    assert after_sending(Temporary(Code.RATE_LIMITED, retry_after=120)).wait == 120


@given(
    elapsed=st.floats(0, 10_000),
    reason=st.sampled_from(["", "timeout", "time_limit", "unreachable", "server_error"]),
    sends=st.integers(0, 20),
    find_after=st.integers(0, 600),
)
def test_nothing_is_sent_again_before_the_window_is_over(
    elapsed: float, reason: str, sends: int, find_after: int
) -> None:
    decision = policy.after_missing(
        elapsed=elapsed,
        doubt=Problem(code=Code.ANSWER_LOST, params={"reason": reason}),
        sends=sends,
        timings=TIMINGS,
        find_after=find_after,
    )
    window = max(find_after, TIMINGS.settle_slow if reason in ("timeout", "time_limit") else TIMINGS.settle)
    assert decision.sends_now == (elapsed >= window and sends < policy.MOST_SENDS)
    if elapsed < window:
        assert decision.is_unclear
        assert 0 < decision.wait <= window - elapsed
    assert decision.event is Event.MISSING


@given(
    st.sampled_from([Temporary(), LoginNeeded(SOME), Refused(SOME), MappingError("x"), Unclear(), ZeroDivisionError()])
)
def test_a_look_up_that_fails_never_ends_the_doubt(error: Exception) -> None:
    assert policy.after_looking(error, attempts=1, timings=TIMINGS).is_unclear


@given(attempts=st.integers(0, 10_000), jitter=st.floats(0, 1))
def test_waits_grow_and_are_bounded(attempts: int, jitter: float) -> None:
    wait = policy.backoff(attempts, TIMINGS, lambda: jitter)
    assert TIMINGS.retry_first / 2 <= wait <= TIMINGS.retry_longest


def test_one_bad_item_holds_up_no_other_and_a_dead_provider_is_left_in_peace() -> None:
    assert [policy.hold(failures, TIMINGS, lambda: 1.0) for failures in range(1, 6)] == [0, 0, 5, 10, 20]


def test_the_guard_needs_both_a_share_and_a_number() -> None:
    found = [policy.looks_like_missing_rights(*case) for case in ((10, 10), (11, 100), (20, 100), (21, 100), (11, 11))]
    assert found == [False, False, False, True, True]
