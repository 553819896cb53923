"""A worker whose clock jumped, two schedulers at once, and a network that falls silent without a word: nothing is sent
twice, and nothing waits for an hour that no other clock knows of."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from integrations import database_clock, deliveries, outbound, wakeups
from integrations.kernel.errors import Code, Temporary, Unclear
from integrations.kernel.facts import HourTrigger, Timeouts
from integrations.kernel.http import Transport
from integrations.models import Delivery
from integrations.policy import State
from integrations.providers.tripletex import api as tripletex
from integrations.providers.tripletex.facts import FACTS
from tests.integrations.hours_stage import HoursStage
from tests.integrations.stage import Stage
from tests.support.parallel import in_parallel

pytestmark = [pytest.mark.faults]

STEPS = [timedelta(hours=3), timedelta(hours=-3)]
ahead_and_behind = pytest.mark.parametrize("step", STEPS, ids=["ahead", "behind"])


@contextmanager
def clock_of_this_worker(step: timedelta) -> Iterator[None]:
    """The database's clock, and everybody else's, stays what it is."""
    with time_machine.travel(timezone.now() + step, tick=True):
        yield


# --- Clocks -----------------------------------------------------------------------------------------------------------


@ahead_and_behind
def test_a_worker_whose_clock_jumped_neither_takes_over_nor_puts_off(hours_stage: HoursStage, step: timedelta) -> None:
    stage = hours_stage
    stage.choose(HourTrigger.ON_SUBMISSION)
    stage.write(90)
    stage.submit()
    held = deliveries.claim_next(stage.workspace.pk, stage.connection.pk)
    assert held is not None
    with clock_of_this_worker(step):
        stage.work()  # somebody else holds it, whatever o'clock it is here
    assert stage.ledger.calls == 0
    stage.let_leases_run_out()
    stage.ledger.next_befalls("read", Temporary(Code.UNREACHABLE, reason="connection"))
    with clock_of_this_worker(step):
        stage.work()
    now = database_clock.now()
    with stage.scope():
        waiting = Delivery.objects.select_related("connection").get()
        assert waiting.state == State.WAITING
        due = max(filter(None, [waiting.not_before, waiting.connection.hold_until]))
    assert now - timedelta(seconds=30) < due < now + timedelta(seconds=60)  # recovery within a minute
    with stage.scope():
        assert not deliveries.renewal(held)()  # who comes back late is fenced off
    stage.settle()
    assert (stage.minutes(), len(stage.ledger.writes)) == (90, 1)


@ahead_and_behind
def test_how_long_an_order_is_in_doubt_is_told_by_one_clock(hours_stage: HoursStage, step: timedelta) -> None:
    """By another one it would be looked for too early, not be found, and be sent once more."""
    stage = hours_stage
    stage.choose(HourTrigger.ON_SUBMISSION)
    stage.write(90)
    stage.submit()
    stage.ledger.next_befalls("after", Unclear(reason="connection"))
    stage.work()
    with stage.scope():
        row = Delivery.objects.get()
        Delivery.objects.update(state=State.WAITING, not_before=row.created_at, is_unclear=True)
        Delivery.objects.update(write_began_at=database_clock.now() - timedelta(seconds=5))
    with clock_of_this_worker(step):
        claimed = deliveries.claim_next(stage.workspace.pk, stage.connection.pk)
    assert claimed is not None
    assert 4 < claimed.elapsed < 60


# --- Beats ------------------------------------------------------------------------------------------------------------


def test_twin_beats_and_messages_that_come_twice_send_an_order_once(connected: Stage) -> None:
    order_id = connected.finished_order()
    connected.make_due(wakeups.PUSH)

    def beat(_: int) -> None:
        wakeups.tick()
        outbound.run_pushes(connected.workspace.pk, connected.connection.pk)

    assert in_parallel(beat, 4) == []
    connected.work_until(lambda: connected.state(order_id) == State.TRANSFERRED)
    assert connected.posts() == 1
    assert len(connected.sandbox.orders()) == 1


# --- Half-open connections --------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """Between us and a server. ``silent`` lets nothing back from now on and says no goodbye, as when a machine on the
    way loses power; ``deaf`` lets nothing through either."""

    to: tuple[str, int]
    silent: bool = False
    deaf: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Wire:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open.append(self._listener)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._open:
            one.close()

    @property
    def address(self) -> str:
        return "http://{}:{}".format(*self._listener.getsockname())

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(self.to)
            self._open += [ours, theirs]
            for source, target, back in ((ours, theirs, False), (theirs, ours, True)):
                threading.Thread(target=self._carry, args=[source, target, back], daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        try:
            while said := source.recv(65536):
                if not (self.deaf or (back and self.silent)):
                    target.sendall(said)
            if not (self.silent or self.deaf):
                target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def wire(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Fjell connected through it; a provider that says nothing is given up after half a second."""
    address = urlsplit(stage.sandbox.url)
    assert address.hostname
    assert address.port
    short = replace(FACTS, timeouts=Timeouts(connect=0.5, read=0.5, write=0.5, total=1.0))
    monkeypatch.setattr(tripletex, "FACTS", short)
    with Wire((address.hostname, address.port)) as wire:
        monkeypatch.setenv("BUSY_TRIPLETEX_URL", f"{wire.address}{address.path}")
        stage.connect()
        stage.pull()
        yield wire


def test_an_order_whose_answer_vanishes_on_a_half_open_connection_arrives_once(wire: Wire, stage: Stage) -> None:
    order_id = stage.finished_order()
    wire.silent = True
    began = time.monotonic()
    stage.push()
    assert time.monotonic() - began < 10
    assert stage.state(order_id) != State.TRANSFERRED
    wire.silent = False
    stage.work_until(lambda: stage.state(order_id) == State.TRANSFERRED)
    assert len(stage.sandbox.orders()) == 1


def test_a_server_that_accepts_and_never_answers_ends_a_read_and_leaves_a_write_in_doubt(wire: Wire) -> None:
    wire.deaf = True
    with Transport(wire.address, timeouts=Timeouts(connect=0.3, read=0.3, write=0.3, total=0.6)) as http:
        began = time.monotonic()
        with pytest.raises(Temporary):
            http.read("/v2/project")
        with pytest.raises(Unclear):
            http.write("POST", "/v2/order", json={})
        assert time.monotonic() - began < 5
        wire.deaf = False  # the next call does not meet the dead connection again
        assert http.read("/v2/project").status == 401
