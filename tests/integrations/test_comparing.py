"""Months compared with what stands at the provider: by a worker, at a press and by night, with a cure for each
difference and a file as proof (issue: reconciliation; R28, R91, R113)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from busy.lib.periods import local_today
from integrations import comparing, comparing_pages, curing, database_clock, nights, notices, wakeups
from integrations.comparing_models import ComparedMonth, CompareState, Difference, Subject, What
from integrations.kernel.facts import HourTrigger
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import Connection, Delivery, Wakeup
from integrations.months import Month
from integrations.policy import State
from orders.services import reopen
from tests.integrations.hours_stage import Killed, Standing
from tests.integrations.test_hour_pages import text
from tests.timesheets.hours import MONDAY

if TYPE_CHECKING:
    from tests.integrations.hours_stage import HoursStage
    from tests.integrations.stage import Stage
    from tests.people import Person

ONE = "settings/integrations/tripletex/"


def month_of(stage: Stage | HoursStage) -> Month:
    return Month.of(local_today(stage.workspace.zone))


def compare(stage: Stage | HoursStage, subject: Subject = Subject.ORDERS, month: Month | None = None) -> ComparedMonth:
    """Asked for by Dina, done by a worker."""
    with stage.scope():
        assert comparing.ask(stage.connection, subject, month or month_of(stage), by=stage.dina.membership)
    comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
    with stage.scope():
        return ComparedMonth.objects.get(subject=subject, month=(month or month_of(stage)).first)


def found(stage: Stage | HoursStage) -> list[tuple[str, list[str]]]:
    with stage.scope():
        return [(row.what, [detail["field"] for detail in row.details]) for row in Difference.objects.order_by("pk")]


def only(stage: Stage | HoursStage) -> Difference:
    with stage.scope():
        return Difference.objects.get()


@pytest.fixture
def sent(connected: Stage) -> tuple[Stage, int]:
    """One order, transferred."""
    order_id = connected.finished_order()
    connected.push()
    assert connected.state(order_id) == State.TRANSFERRED
    return connected, order_id


def test_dina_compares_and_everything_is_equal_and_proven(sent: tuple[Stage, int]) -> None:
    stage, order_id = sent
    page = f"{ONE}compare/orders/"
    assert "This month was not compared yet." in text(stage.dina.get(page))
    stage.dina.post(page, {})
    assert "Waits for its turn." in text(stage.dina.get(page))
    comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
    shown = text(stage.dina.get(page))
    assert "Everything that Busy sent stands in Tripletex just so." in shown
    assert "asked for by" in shown
    month = month_of(stage)
    answer = stage.dina.get(f"{page}file/?month={month}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="busy-tripletex-orders-{month}.csv"'
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Order,Reference,Number there")
    delivery = stage.delivery(order_id)
    assert row.startswith(f"1001,{delivery.reference},{delivery.external_number},")
    assert "1500.00,1500.00,NOK,Equal," in row


def test_what_people_there_changed_is_told_with_both_sides_and_may_be_left(sent: tuple[Stage, int]) -> None:
    stage, order_id = sent
    order = stage.sandbox.orders()[0]
    line = {**order["orderLines"][0], "count": 1}
    stage.sandbox.change("Order", str(order["id"]), orderLines=[line], customer={"id": 108615702})
    assert compare(stage).equal == 0
    assert found(stage) == [("different", ["total", "customer", "line"])]
    page = text(stage.dina.get(f"{ONE}compare/orders/"))
    assert "1,000.00 NOK in Tripletex, 1,500.00 NOK in Busy" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert f'href="{stage.delivery(order_id).external_url}"' in page
    month = month_of(stage)
    here = stage.dina.get(f"{ONE}compare/").headers["Location"]
    assert here.endswith(f"compare/orders/?month={month}")
    assert "1 needs you" in text(stage.dina.get("settings/integrations/"))  # counted where people look
    overview = stage.dina.get(ONE).content.decode()
    assert "1 difference from what Busy sent to Tripletex." in overview
    assert here in overview
    assert here in stage.dina.get(f"{ONE}compare/orders/?month={month.plus(-1)}").content.decode()
    row = only(stage)
    stage.dina.post(f"{ONE}compare/{row.pk}/", {"act": "accept"})
    compare(stage)
    with stage.scope():
        assert not comparing_pages.open_months(stage.connection), "left as it is, and found again just so"
    assert "needs you" not in text(stage.dina.get("settings/integrations/"))
    assert "different, left as it is" in _file(stage).lower()
    stage.sandbox.change("Order", str(order["id"]), orderLines=[])
    compare(stage)
    assert only(stage).accepted_at is None, "another difference than the one that was accepted"
    stage.dina.post(f"{ONE}compare/{only(stage).pk}/", {"act": "accept"})
    stage.dina.post(f"{ONE}compare/{only(stage).pk}/", {"act": "reopen"})
    assert only(stage).accepted_at is None


def _file(stage: Stage) -> str:
    content: bytes = stage.dina.get(f"{ONE}compare/orders/file/").content
    return content.decode("utf-8-sig")


def test_r113_a_deleted_order_is_missing_and_sent_again_once(sent: tuple[Stage, int]) -> None:
    stage, order_id = sent
    stage.sandbox.delete("Order", str(stage.sandbox.orders()[0]["id"]))
    compare(stage)
    row = only(stage)
    assert row.what == What.MISSING
    assert "It no longer stands in Tripletex." in text(stage.dina.get(f"{ONE}compare/orders/"))
    stage.dina.post(f"{ONE}compare/{row.pk}/", {"act": "send"})
    stage.dina.post(f"{ONE}compare/{row.pk}/", {"act": "send"})  # 404 by now
    stage.work_until(lambda: stage.state(order_id) == State.TRANSFERRED)
    assert len(stage.sandbox.orders()) == 1
    assert "pressed" in stage.ledger(order_id)
    assert compare(stage).equal == 1
    assert found(stage) == []


def test_r113_an_order_that_was_restored_meanwhile_is_adopted_not_sent_twice(sent: tuple[Stage, int]) -> None:
    stage, order_id = sent
    order = stage.sandbox.orders()[0]
    stage.sandbox.delete("Order", str(order["id"]))
    compare(stage)
    stage.sandbox.change("Order", str(order["id"]), **order)
    stage.do(curing.send_order_again, stage.connection, only(stage).pk)
    stage.work_until(lambda: stage.state(order_id) == State.TRANSFERRED)
    assert len(stage.sandbox.orders()) == 1
    assert stage.ledger(order_id)[-1] == "adopted"


def test_an_order_whose_date_was_moved_there_is_found_where_it_is(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    stage.sandbox.change("Order", str(stage.sandbox.orders()[0]["id"]), orderDate="2020-01-31")
    assert (compare(stage).equal, found(stage)) == (1, [])


def test_a_copy_and_an_order_that_nobody_knows_are_told_and_others_counted(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    order = stage.sandbox.orders()[0]
    for offset, reference in enumerate((order["reference"], "Busy 77 ABCDEFGH", "Kari")):
        stage.sandbox.change("Order", str(1 + offset), **{**order, "reference": reference, "id": 1 + offset})
    compared = compare(stage)
    assert (compared.equal, compared.others) == (1, 1)
    assert sorted(what for what, _ in found(stage)) == ["twice", "unknown"]
    assert "bears the same reference" in text(stage.dina.get(f"{ONE}compare/orders/"))
    other = stage.finished_order()
    with stage.scope():
        reference = Delivery.objects.get(order_id=other).reference
        reopen(other, by=stage.by)  # while the last attempt was still on its way, as it turns out
    stage.sandbox.change("Order", "4", **{**order, "reference": reference, "id": 4})
    compare(stage)
    assert "It was taken back in Busy, and stands in Tripletex as" in text(stage.dina.get(f"{ONE}compare/orders/"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.TRUNCATE, method="GET", path="/order", count=None),
        Fault(kind=FaultKind.HTML_200, method="GET", path="/order/*", count=None),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_a_list_that_is_cut_makes_nothing_missing_and_is_read_again(sent: tuple[Stage, int], fault: Fault) -> None:
    stage, _ = sent
    first = compare(stage)
    stage.sandbox.change(
        "Order", str(stage.sandbox.orders()[0]["id"]), orderDate="2020-01-31"
    )  # so that it is asked for
    stage.sandbox.arm(fault)
    again = compare(stage)
    assert again.problem is not None
    assert (again.equal, again.finished_at, found(stage)) == (1, first.finished_at, []), "the last result stands"
    stage.sandbox.disarm()
    with stage.scope():
        Connection.objects.update(hold_until=None, failures=0)
        ComparedMonth.objects.filter(state=CompareState.FAILED).update(state=CompareState.WAITING)
        ComparedMonth.objects.update(not_before=first.asked_at)
    stage.make_due(wakeups.COMPARE)
    comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
    with stage.scope():
        healed = ComparedMonth.objects.get()
    assert (healed.state, healed.problem, healed.equal) == (CompareState.DONE, None, 1)


def test_a_comparison_waits_by_the_databases_clock(sent: tuple[Stage, int]) -> None:
    """A worker whose own clock goes wrong neither leaves it waiting nor judges what was sent by another time."""
    stage, month = sent[0], month_of(sent[0])
    with time_machine.travel(timezone.now() - timedelta(hours=3), tick=True):
        behind = compare(stage, month=month)
    assert (behind.state, behind.equal, behind.under_way) == (CompareState.DONE, 1, 0)
    stage.sandbox.arm(Fault(kind=FaultKind.STATUS, status=503, count=None))
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=True):
        ahead = compare(stage, month=month)
    assert ahead.state == CompareState.WAITING
    assert abs(ahead.not_before - database_clock.now()) < timedelta(minutes=1)


def test_a_comparison_whose_worker_vanished_is_begun_anew_and_given_up_in_the_end(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    with stage.scope():
        comparing.ask(stage.connection, Subject.ORDERS, month_of(stage), by=stage.by)
    for _ in range(2 * comparing.MOST_TRIES):  # every other time it is too soon
        with patch.object(comparing, "_compare", side_effect=Killed), suppress(Killed):
            comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
        with stage.scope():
            ComparedMonth.objects.update(not_before=stage.connection.connected_at)
        stage.make_due(wakeups.COMPARE)
    comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
    with stage.scope():
        assert ComparedMonth.objects.get().state == CompareState.FAILED
        assert comparing.ask(stage.connection, Subject.ORDERS, month_of(stage), by=stage.by)
    comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
    with stage.scope():
        assert ComparedMonth.objects.get().state == CompareState.DONE


def test_by_night_two_months_are_compared_once_and_each_new_difference_is_mailed_once(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    stage.sandbox.delete("Order", str(stage.sandbox.orders()[0]["id"]))

    def night() -> None:
        stage.make_due(wakeups.COMPARE)
        comparing.run_comparisons(stage.workspace.pk, stage.connection.pk)
        notices.run_notices(stage.workspace.pk, stage.connection.pk)

    night()
    with stage.scope():
        assert not ComparedMonth.objects.exists(), "its first night has not come yet"
        Connection.objects.update(connected_at=stage.connection.connected_at - timedelta(days=2))
    night()
    this = month_of(stage)
    with stage.scope():
        assert set(ComparedMonth.objects.values_list("month", "state")) == {
            (this.first, "done"),
            (this.plus(-1).first, "done"),
        }
        asked = set(ComparedMonth.objects.values_list("asked_at", flat=True))
    assert ["Order 1001" in letter.body for letter in mail.outbox] == [True]
    night()
    with stage.scope():
        assert set(ComparedMonth.objects.values_list("asked_at", flat=True)) == asked, "once a night"
        due = Wakeup.objects.get(connection_id=stage.connection.pk, kind=wakeups.COMPARE)
        assert 0 < (due.due_at - Delivery.objects.get().created_at).total_seconds() <= 86_400 + 3_600
        ComparedMonth.objects.update(nightly_at=stage.connection.connected_at - timedelta(days=3))
    night()
    assert len(mail.outbox) == 1, "the same difference is told once"


def test_nights_are_spread_and_lie_in_the_early_hours(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    with stage.scope():
        connection = Connection.objects.select_related("workspace").get()
        now = connection.connected_at
        moments = {nights.last_night(Connection(pk=pk, workspace=connection.workspace), now) for pk in range(200)}
    assert len(moments) > 100
    assert all(moment <= now and 1 <= moment.hour < 5 for moment in moments)


def test_r38_a_dead_key_met_by_a_comparison_pauses_the_connection_and_concludes_nothing(
    sent: tuple[Stage, int],
) -> None:
    stage, _ = sent
    stage.sandbox.delete("Order", str(stage.sandbox.orders()[0]["id"]))
    stage.sandbox.revoke()
    compared = compare(stage)
    assert (compared.state, compared.read_at, found(stage)) == (CompareState.FAILED, None, [])
    assert (compared.problem or {})["code"] == "key_rejected"
    assert stage.refresh().state == "needs_sign_in"
    assert stage.dina.get(f"{ONE}compare/orders/").status_code == 200
    assert stage.dina.get(f"{ONE}compare/orders/file/").status_code == 404


def test_what_rests_is_not_compared(sent: tuple[Stage, int]) -> None:
    stage, _ = sent
    stage.dina.post(f"{ONE}pause/", {})
    with stage.scope():
        assert not comparing.ask(stage.connection, Subject.ORDERS, month_of(stage), by=stage.by)
    assert "Compare now" not in text(stage.dina.get(f"{ONE}compare/orders/"))


def test_cilla_and_employees_see_no_comparison(sent: tuple[Stage, int], cilla: Person, anna: Person) -> None:
    stage, _ = sent
    stage.sandbox.delete("Order", str(stage.sandbox.orders()[0]["id"]))
    compare(stage)
    row = only(stage)
    assert anna.get(f"{ONE}compare/orders/").status_code == 403
    assert cilla.client.get(stage.dina.url(f"{ONE}compare/orders/")).status_code == 404
    assert cilla.client.post(stage.dina.url(f"{ONE}compare/{row.pk}/"), {"act": "accept"}).status_code == 404


def test_hours_that_differ_are_told_and_made_equal(hours_stage: HoursStage) -> None:
    dina = hours_stage.dina
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    tuesday = MONDAY + timedelta(days=1)
    hours_stage.write(90)
    hours_stage.write(60, tuesday)
    hours_stage.submit()
    hours_stage.work()
    month = Month.of(MONDAY)
    page = f"{ONE}compare/hours/?month={month}"
    assert (compare(hours_stage, Subject.HOURS, month).equal, found(hours_stage)) == (2, [])
    assert "Everything that Busy sent stands in Tripletex just so." in text(dina.get(page))
    hours_stage.ledger.cells["E2", "P1", "A1", MONDAY].minutes = 45
    del hours_stage.ledger.cells["E2", "P1", "A1", tuesday]
    hours_stage.ledger.cells["E9", "P1", "A1", tuesday] = Standing("foreign", 30)
    hours_stage.write(15, tuesday, work_type=hours_stage.meeting)
    hours_stage.submit()
    compared = compare(hours_stage, Subject.HOURS, month)
    assert (compared.under_way, compared.others, compared.other_minutes) == (1, 1, 30)
    assert found(hours_stage) == [("different", ["minutes"]), ("missing", ["minutes"])]
    shown = text(dina.get(page))
    assert "0.75 in Tripletex, 1.5 in Busy" in shown
    proof = dina.get(f"{ONE}compare/hours/file/?month={month}").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[5:8] for line in proof[1:]] == [["90", "45", "Different"], ["60", "0", "Missing"]]
    with hours_stage.scope():
        ids = [str(pk) for pk in Difference.objects.values_list("pk", flat=True)]
    dina.post(f"{ONE}compare/hours/again/", {"difference": ids, "month": str(month)})
    hours_stage.work()
    assert (hours_stage.minutes(), hours_stage.minutes(tuesday)) == (90, 60)
    assert hours_stage.minutes(tuesday, employee="E9") == 30
    assert found(hours_stage) == []
    for path in ("compare/hours/?month=nonsense", "compare/hours/?month=0001-01", "compare/orders/", "compare/cats/"):
        assert dina.get(f"{ONE}{path}").status_code == 404, path
