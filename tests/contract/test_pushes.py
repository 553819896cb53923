"""Orders arrive once (R28, R113), or are refused with a reason a person can act on (R32, R33)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.kernel.connector import Access, CheckState, Push, Standing
from integrations.kernel.errors import LoginNeeded, MappingError, Problem, ProviderError, Refused, Temporary, Unclear
from integrations.kernel.payloads import OrderPayload, Receipt
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.order_comparison import differences
from tests.contract.conftest import ALL, Provider, kit_of


def _order(provider: Provider) -> tuple[Push[object, OrderPayload], OrderPayload]:
    push = provider.connector.push(OrderPayload)
    if push is None or provider.kit.order is None:
        pytest.fail(f"{provider.connector.facts.key} takes no orders: leave it out of these tests by name")
    return push, provider.kit.order


def _deliver(push: Push[object, OrderPayload], api: object, order: OrderPayload) -> Receipt:
    """What the outbox does: send; when in doubt look first, then send again."""
    doubt = False
    for _ in range(12):
        try:
            if doubt and push.find is not None and (found := push.find(api, order)) is not None:
                return found
            return push.send(api, order)
        except Unclear:
            doubt = True
        except (Temporary, MappingError, LoginNeeded):
            continue  # later, or after an administrator has reconnected; the doubt stays
    raise AssertionError("never delivered")


def test_r28_the_order_stands_there_as_it_was_sent(provider: Provider) -> None:
    push, order = _order(provider)
    receipt = push.send(provider.api, order)
    assert receipt.external_id
    assert receipt.number
    assert receipt.url.startswith(provider.sandbox.origin)
    assert receipt.remarks == ()
    assert len(provider.kit.orders(provider.sandbox)) == 1


def test_r31_find_knows_our_reference_and_no_other(provider: Provider) -> None:
    push, order = _order(provider)
    assert push.find is not None
    assert push.find(provider.api, order) is None
    sent = push.send(provider.api, order)
    found = push.find(provider.api, order)
    assert found is not None
    assert (found.external_id, found.number, found.adopted) == (sent.external_id, sent.number, True)
    for other in (order.reference + "1", order.reference[:-1], order.reference.lower()):
        assert push.find(provider.api, replace(order, reference=other)) is None, other


def test_r113_two_orders_of_one_reference_are_left_to_a_person(provider: Provider) -> None:
    push, order = _order(provider)
    push.send(provider.api, order)
    if provider.kit.copy_order is not None:
        provider.kit.copy_order(provider.sandbox)
    else:
        push.send(provider.api, order)
    assert len(provider.kit.orders(provider.sandbox)) == 2
    assert push.find is not None
    with pytest.raises(Refused, match="found_twice"):
        push.find(provider.api, order)


LOST = [
    Fault(kind=FaultKind.DROP_BEFORE),
    Fault(kind=FaultKind.DROP_AFTER),
    Fault(kind=FaultKind.DROP_AFTER, count=2),
    Fault(kind=FaultKind.TRUNCATE),
    Fault(kind=FaultKind.BROKEN_JSON),
    Fault(kind=FaultKind.HTML_200),
    Fault(kind=FaultKind.HTML_200, after=True),
    Fault(kind=FaultKind.STATUS, status=500),
    Fault(kind=FaultKind.STATUS, status=500, after=True),
    Fault(kind=FaultKind.STATUS, status=503, after=True),
    Fault(kind=FaultKind.STATUS, status=429, retry_after=0),
    Fault(kind=FaultKind.REDIRECT),
    Fault(kind=FaultKind.HUGE, size=40_000_000),
    Fault(kind=FaultKind.UNAUTHORIZED),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after}-{fault.count}")
def test_r113_an_answer_lost_still_makes_one_order(provider: Provider, fault: Fault) -> None:
    push, order = _order(provider)
    method, path = provider.kit.order_request
    provider.sandbox.arm(replace(fault, method=method, path=path))
    receipt = _deliver(push, provider.api, order)
    orders = provider.kit.orders(provider.sandbox)
    assert [str(found["id"]) for found in orders] == [receipt.external_id]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.tuples(st.sampled_from(LOST), st.booleans()), max_size=4))
def test_r113_any_run_of_faults_makes_one_order(provider: Provider, faults: list[tuple[Fault, bool]]) -> None:
    """On the sending as on the looking: every order ends there exactly once."""
    push, order = _order(provider)
    order = replace(order, reference=f"{len(provider.kit.orders(provider.sandbox))}-{order.reference}")
    method, path = provider.kit.order_request
    before = len(provider.kit.orders(provider.sandbox))
    for fault, on_sending in faults:
        on_looking = replace(fault, method="GET", path=provider.kit.order_look or f"{path}*")
        provider.sandbox.arm(replace(fault, method=method, path=path) if on_sending else on_looking)
    receipt = _deliver(push, provider.api, order)
    provider.sandbox.disarm()
    orders = provider.kit.orders(provider.sandbox)
    assert len(orders) == before + 1
    assert str(orders[-1]["id"]) == receipt.external_id


def test_r113_a_provider_that_hangs_and_cuts_leaves_the_outcome_open(provider: Provider) -> None:
    push, order = _order(provider)
    method, path = provider.kit.order_request
    provider.sandbox.arm(Fault(kind=FaultKind.HANG_AFTER, method=method, path=path, seconds=0.3))
    with pytest.raises(Unclear):
        push.send(provider.api, order)
    assert push.find is not None
    assert push.find(provider.api, order) is not None


def test_a_write_is_never_repeated_by_the_transport(provider: Provider) -> None:
    push, order = _order(provider)
    method, path = provider.kit.order_request
    provider.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method=method, path=path, count=None))
    with pytest.raises(Unclear):
        push.send(provider.api, order)
    assert len(provider.sandbox.requests(method, path)) == 1


def test_what_fails_after_the_order_was_made_is_a_remark(provider: Provider) -> None:
    """Reading back must not make a finished send look undone: it would be sent again."""
    push, order = _order(provider)
    back = provider.kit.order_back or f"{provider.kit.order_request[1]}*"
    provider.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", path=back, count=None))
    receipt = push.send(provider.api, order)
    assert receipt.external_id
    assert [remark.code for remark in receipt.remarks] == ["not_verified"]


def test_nobody_listening_is_temporary_and_nothing_was_sent(provider: Provider) -> None:
    push, order = _order(provider)
    provider.connector.check(provider.api)
    provider.sandbox.stop()
    with pytest.raises((Temporary, Unclear)):
        push.send(provider.api, order)
    with pytest.raises(Temporary):
        push.send(provider.api, order)


def test_the_engine_is_asked_before_a_write_and_may_stop_it(provider: Provider) -> None:
    class LeaseLost(Exception):
        pass

    def stop() -> None:
        raise LeaseLost

    push, order = _order(provider)
    access: Access = replace(provider.access, before_write=stop)
    with provider.connector.open(access) as api, pytest.raises(LeaseLost):
        push.send(api, order)
    assert provider.kit.orders(provider.sandbox) == []


SPOILERS = [
    pytest.param(connector, code, spoil, id=f"{connector.facts.key}:{code}")
    for connector in ALL
    for code, spoil in kit_of(connector).spoilers.items()
]


@pytest.mark.parametrize(("connector", "code", "spoil"), SPOILERS)
def test_r32_r33_a_spoiled_order_is_refused_with_what_to_change(
    provider: Provider, code: str, spoil: Callable[[object], None]
) -> None:
    push, order = _order(provider)
    spoil(provider.sandbox)
    assert push.checks is not None
    failed = [check for check in push.checks(provider.api, order) if check.state is not CheckState.PASSED]
    assert [check.problem.code for check in failed if check.problem] == [code]
    with pytest.raises(Refused) as raised:
        push.send(provider.api, order)
    problem = raised.value.problem
    assert problem.code == code
    assert problem.cure is not None
    assert problem.record is not None
    assert problem.params["message"], "R33: the provider's own words"
    assert provider.kit.orders(provider.sandbox) == []


def test_r32_all_conditions_of_a_good_order_are_reported_as_passed(provider: Provider) -> None:
    push, order = _order(provider)
    assert push.checks is not None
    checks = push.checks(provider.api, order)
    assert {check.state for check in checks} == {CheckState.PASSED}
    own = provider.connector.facts.checks
    asked = 2 + (order.our_reference_employee_id is not None)
    products = {line.product_id for line in order.lines}
    assert len([check for check in checks if check.name not in own]) == asked + len(products)
    assert all(check.label for check in checks)


def test_r32_a_condition_that_cannot_be_asked_just_now_is_unknown(provider: Provider) -> None:
    push, order = _order(provider)
    provider.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, method="GET", count=None))
    assert push.checks is not None
    assert {check.state for check in push.checks(provider.api, order)} == {CheckState.UNKNOWN}


def test_r38_a_revoked_key_stops_before_anything_is_sent(provider: Provider) -> None:
    push, order = _order(provider)
    provider.kit.revoke(provider.sandbox)
    with pytest.raises(LoginNeeded):
        push.send(provider.api, order)
    assert provider.kit.orders(provider.sandbox) == []


def test_every_error_carries_a_problem_that_goes_to_json_and_back(provider: Provider) -> None:
    push, order = _order(provider)
    problems: list[Problem] = []
    method, path = provider.kit.order_request
    for number, fault in enumerate(LOST):
        provider.sandbox.arm(replace(fault, method=method, path=path))
        try:
            push.send(provider.api, replace(order, reference=f"{order.reference}-{number}"))
        except ProviderError as error:
            problems.append(error.problem)
        provider.sandbox.disarm()
    assert len(problems) > len(LOST) // 2
    assert [Problem.from_json(problem.to_json()) for problem in problems] == problems


def _standing(provider: Provider) -> tuple[Push[object, OrderPayload], OrderPayload, Standing[object]]:
    push, order = _order(provider)
    if push.standing is None:
        pytest.skip("orders are not read back from this provider")
    return push, order, push.standing


def test_orders_are_read_back_as_they_were_sent(provider: Provider) -> None:
    push, order, standing = _standing(provider)
    receipt = push.send(provider.api, order)
    day = order.order_date
    (there,) = [one for one in standing.between(provider.api, day, day) if one.external_id == receipt.external_id]
    assert there == standing.one(provider.api, receipt.external_id)
    assert (there.reference, there.number, there.url) == (order.reference, receipt.number, receipt.url)
    assert there.currency in ("", order.currency)
    assert differences(order, there) == []
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    outside = [*standing.between(provider.api, before, before), *standing.between(provider.api, after, after)]
    assert receipt.external_id not in {one.external_id for one in outside}


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATE, FaultKind.HTML_200, FaultKind.BROKEN_JSON])
def test_a_reading_that_is_cut_is_an_error_and_never_a_gone_order(provider: Provider, kind: FaultKind) -> None:
    push, order, standing = _standing(provider)
    receipt = push.send(provider.api, order)
    provider.sandbox.arm(Fault(kind=kind, count=None))
    with pytest.raises(ProviderError):
        list(standing.between(provider.api, order.order_date, order.order_date))
    with pytest.raises(ProviderError):
        standing.one(provider.api, receipt.external_id)
    provider.sandbox.disarm()
    assert standing.one(provider.api, receipt.external_id) is not None
