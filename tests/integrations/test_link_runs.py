"""R19: of a very large catalogue all links beyond doubt are made by a worker, piece by piece, whoever looks or leaves;
and taken back so."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest

from busy.catalog.models import Customer
from busy.workspaces.models import Role
from integrations import link_runs, linking, services, suggesting, wakeups
from integrations.kernel.records import Kind
from integrations.linking_models import LinkRun, RunState
from integrations.models import Wakeup
from tests.integrations.hours_stage import Killed
from tests.integrations.stage import Stage
from tests.integrations.test_mapping import PAGE, htmx, toast
from tests.people import Person, join, sign_in

NAMES = ("HAVGAP sjømat AS", "KALEVA LAB OY", "Noe annet")  # the last one shares no more than a number


@pytest.fixture
def made(stage: Stage) -> Iterator[list[Customer]]:
    """Customers of Busy's own, two of which are Tripletex's beyond doubt; a piece is one link."""
    with stage.scope():
        found = [Customer.objects.create(name=name) for name in NAMES]
        Customer.objects.filter(pk=found[2].pk).update(number="10003")
    stage.connect()
    stage.pull()
    with patch.object(link_runs, "PIECE", 1):
        yield found


def press(person: Person, batch: str = "") -> Any:
    return person.post(f"{PAGE}customers/accept/", {"turn": "all", "batch": batch or str(uuid.uuid4())})


def act(person: Person, do: str) -> Any:
    return person.post(person.get(f"{PAGE}customers/").context["link_run_url"], {"act": do})


def work(stage: Stage) -> None:
    link_runs.run_links(stage.workspace.pk, stage.connection.pk)


def linked(stage: Stage, records: list[Customer]) -> list[bool]:
    with stage.scope():
        found = Customer.objects.filter(pk__in=[one.pk for one in records]).order_by("pk")
        return [bool(one.mastered_by) for one in found]


def title(person: Person) -> str:
    return str(person.get(f"{PAGE}customers/").context["link_run"].title)


def run_of(stage: Stage) -> LinkRun:
    with stage.scope():
        return LinkRun.objects.get()


class Dies:
    """A worker that is gone in the midst of its piece number ``at``."""

    def __init__(self, at: int) -> None:
        self.left, self.do = at, link_runs._link

    def __call__(self, *args: Any) -> Any:
        self.left -= 1
        step = self.do(*args)
        if not self.left:
            raise Killed
        return step


def test_r19_a_worker_links_what_is_beyond_doubt_and_one_undo_takes_all_back(
    stage: Stage, made: list[Customer]
) -> None:
    batch = str(uuid.uuid4())
    assert press(stage.dina, batch).status_code == 302
    assert (title(stage.dina), linked(stage, made)) == ("Linking all certain ones", [False, False, False])
    # Another administrator sees it and presses too, Dina sends the form twice: it is one.
    eli = sign_in(join(stage.workspace, "Eli Eng", Role.ADMINISTRATOR))
    assert "Asked for by Dina" in eli.get(f"{PAGE}customers/").content.decode()
    press(eli)
    press(stage.dina, batch)
    assert stage.dina.get(f"{PAGE}customers/accept/").status_code == 302, "what is certain is being linked"
    assert stage.dina.get(PAGE).url.endswith("/customers/"), "where something moves"
    work(stage)
    assert linked(stage, made) == [True, True, False]
    assert title(stage.dina) == "2 records are linked."
    press(stage.dina, batch)
    with stage.scope():
        assert not Wakeup.objects.filter(kind=wakeups.LINK).exists(), "nothing is left to do"
        assert LinkRun.objects.count() == 1
    act(stage.dina, "undo")
    work(stage)
    assert (title(stage.dina), linked(stage, made)) == ("The links are as they were.", [False, False, False])
    with stage.scope():
        assert Customer.objects.get(pk=made[0].pk).name == NAMES[0]
        assert Customer.objects.filter(name="Havgap Sjømat AS", archived_at=None).count() == 1
    press(stage.dina)
    work(stage)
    assert linked(stage, made) == [True, True, False], "and anew"


def test_r113_a_worker_that_vanishes_loses_its_piece_only_and_another_goes_on(
    stage: Stage, made: list[Customer]
) -> None:
    press(stage.dina)
    with patch.object(link_runs, "_link", Dies(at=2)), suppress(Killed):
        work(stage)
    assert linked(stage, made) == [True, False, False]
    assert (run_of(stage).state, run_of(stage).done) == ("running", 1)
    stage.make_due(wakeups.LINK)
    work(stage)
    assert (linked(stage, made), run_of(stage).done) == ([True, True, False], 2)
    act(stage.dina, "undo")
    with patch.object(linking, "undo", side_effect=Killed), suppress(Killed):
        work(stage)
    stage.make_due(wakeups.LINK)
    work(stage)
    assert linked(stage, made) == [False, False, False]


def test_what_ends_workers_again_and_again_says_so_and_waits_for_a_press(stage: Stage, made: list[Customer]) -> None:
    press(stage.dina)
    with patch.object(link_runs, "_link", side_effect=ZeroDivisionError):
        for _ in range(link_runs.MOST_TRIES):
            with suppress(ZeroDivisionError):
                work(stage)
            with stage.scope():
                LinkRun.objects.update(not_before=stage.connection.connected_at)
            stage.make_due(wakeups.LINK)
    assert run_of(stage).state == RunState.FAILED
    shown = stage.dina.get(f"{PAGE}customers/").content.decode()
    assert "Something broke on our side." in shown
    assert "Try again" in shown
    act(stage.dina, "go-on")
    work(stage)
    assert linked(stage, made) == [True, True, False]


def test_stop_leaves_what_is_done_and_it_goes_on_at_a_press(stage: Stage, made: list[Customer]) -> None:
    press(stage.dina)
    do = link_runs._link

    def stopped_meanwhile(*args: Any) -> Any:
        act(stage.dina, "stop")
        assert title(stage.dina) == "Stopping"
        return do(*args)

    with patch.object(link_runs, "_link", stopped_meanwhile):
        work(stage)
    assert linked(stage, made) == [True, False, False]
    page = stage.dina.get(f"{PAGE}customers/")
    assert (title(stage.dina), page.context["link_run"].note) == (
        "1 record is linked.", "It was stopped after 1 of 2.",
    )  # fmt: skip
    act(stage.dina, "go-on")
    assert "Links are being made" in toast(htmx(stage.dina, page.context["link_run_url"], {"act": "undo"}))["text"]
    work(stage)
    assert (linked(stage, made), run_of(stage).done) == ([True, True, False], 2)


def test_the_page_asks_again_by_itself_and_the_list_renews_at_the_end(stage: Stage, made: list[Customer]) -> None:
    press(stage.dina)
    url = stage.dina.get(f"{PAGE}customers/").context["link_run_url"]
    with patch.object(link_runs, "_link", Dies(at=2)), suppress(Killed):
        work(stage)
    asked = {"hx-request": "true"}
    moving = stage.dina.get(url, headers=asked)
    assert "1 of 2" in moving.content.decode()
    assert 'id="link-told"' in moving.content.decode()  # a quarter of the way is said once
    assert 'id="link-told"' not in stage.dina.get(url, data={"told": 2}, headers=asked).content.decode()
    stage.make_due(wakeups.LINK)
    work(stage)
    over = stage.dina.get(url, headers=asked)
    assert (over.headers["HX-Retarget"], over.headers["HX-Trigger"]) == ("#link-run", "matches:changed")
    assert "2 records are linked." in over.content.decode()
    assert stage.dina.get(url).status_code == 302, "an address of no page"


def test_what_changed_meanwhile_is_left_out_and_its_piece_stays(stage: Stage, made: list[Customer]) -> None:
    press(stage.dina)
    found = suggesting.sure

    def renamed_meanwhile(*args: Any, **kwargs: Any) -> Any:
        pairs = found(*args, **kwargs)
        Customer.objects.filter(pk=made[1].pk).update(name="Kaleva Oulu Oy")
        return pairs

    with patch.object(suggesting, "sure", renamed_meanwhile):
        work(stage)
    assert linked(stage, made) == [True, False, False]
    assert stage.dina.get(f"{PAGE}customers/").context["link_run"].note == "What changed meanwhile was left out."
    htmx(stage.dina, f"{PAGE}customers/{made[0].pk}/", {"act": "unlink"})
    act(stage.dina, "undo")
    work(stage)
    assert title(stage.dina) == "The links are taken back."
    assert "They and those made with them stay." in stage.dina.get(f"{PAGE}customers/").context["link_run"].note


def test_it_ends_with_the_connection_and_with_the_sync_of_its_kind(stage: Stage, made: list[Customer]) -> None:
    press(stage.dina)
    with stage.scope():
        services.pause(stage.refresh(), by=stage.by)
    work(stage)
    assert run_of(stage).done == 2, "a pause keeps from asking Tripletex only"
    act(stage.dina, "undo")
    with stage.scope():
        services.disconnect(stage.refresh(), by=stage.by)
    work(stage)
    assert (run_of(stage).state, linked(stage, made)) == ("stopped", [False, False, False])
    assert "It was disconnected meanwhile." in stage.dina.get(f"{PAGE}customers/").content.decode()
    told = toast(htmx(stage.dina, stage.dina.get(f"{PAGE}customers/").context["link_run_url"], {"act": "go-on"}))
    assert told["text"] == "It is disconnected. Connect again first."


def test_only_administrators_of_the_workspace_and_only_of_what_is_there(
    stage: Stage, made: list[Customer], cilla: Person, bo: Person
) -> None:
    press(stage.dina)
    run = run_of(stage)
    address = f"{PAGE}run/{run.pk}/"
    assert bo.post(address, {"act": "stop"}).status_code == 403
    assert cilla.post(stage.dina.url(address), {"act": "stop"}).status_code == 404
    assert stage.dina.post(address, {"act": "burn"}).status_code == 404
    assert press(stage.dina, "x").status_code == 404
    people = stage.dina.post(f"{PAGE}employees/accept/", {"turn": "all", "batch": str(uuid.uuid4())})
    assert people.status_code == 404
    with stage.scope(), pytest.raises(linking.LinkRefused):
        link_runs.ask(stage.connection, Kind.WORK_TYPES, uuid.uuid4(), by=stage.by)
