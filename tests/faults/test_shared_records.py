"""Records that both sides keep, while people change them at either end, answers get lost and echoes come back (R63-65):
once it is quiet both ends are equal, none is there twice, and nothing that only they know of is lost.

`FAULT_EXAMPLES=300 FAULT_ACTS=40 pytest tests/faults/test_shared_records.py` is longer.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from busy.catalog import services as catalog
from busy.catalog.models import Customer, Project
from integrations import shared_services
from integrations.kernel.records import Kind
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.models import Connection, CustomerLink, Delivery, ProjectLink
from integrations.policy import State
from tests.faults.measures import ACTS, EXAMPLES, TELLS_OTHERS
from tests.integrations.test_records_both_ways import fjord  # noqa: F401 - a fixture
from tests.integrations.toy_stage import ToyStage

pytestmark = pytest.mark.faults
_FAULTS = (
    Fault(kind=FaultKind.DROP_AFTER),
    Fault(kind=FaultKind.DROP_BEFORE),
    Fault(kind=FaultKind.STATUS, status=500, after=True),
    Fault(kind=FaultKind.STATUS, status=503),
    Fault(kind=FaultKind.HTML_200, after=True),
    Fault(kind=FaultKind.BROKEN_JSON),
)
_BEGINS = date(2026, 1, 1)
_HERE, _THERE = "here", "there"
_FIELDS = ("name", "start_date", "customer")
_AT_ONCE = 10  # acts of a story of the short form


class Story:
    """``said`` has what was said of a field since it was last quiet, by project and side: the last value counts.
    ``notes`` is what only they know of, by their id."""

    def __init__(self, fjord: ToyStage, seed: int) -> None:  # noqa: F811
        self.fjord = fjord
        self.random = random.Random(seed)
        self.made = 0
        self.said: dict[int, dict[str, dict[str, Any]]] = {}
        self.given_in: set[int] = set()
        self.notes = {row["id"]: row.get("note") for row in fjord.there("projects")}
        with fjord.scope():
            self.customers: dict[str, Customer] = {
                link.external_id: link.local for link in CustomerLink.objects.select_related("local")
            }
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (6, self.change_here), (6, self.change_there), (6, self.change_both), (3, self.note_there),
            (2, self.make_here), (2, self.make_there), (5, self.lose_an_answer), (4, self.push), (4, self.pull),
            (2, self.let_time_pass), (1, self.take_theirs), (1, self.insist),
        ]  # fmt: skip

    def tell(self, acts: int) -> None:
        weights = [weight for weight, _ in self.acts]
        for act in self.random.choices([act for _, act in self.acts], weights, k=acts):
            act()

    # --- People ---

    def change_here(self) -> None:
        with self.fjord.scope():
            chosen = self._one_of(list(Project.objects.order_by("pk")))
            field, (value, _) = self._some_value()
            catalog.change_project(chosen, **{field: value})
        self._say(chosen.pk, _HERE, field, value)

    def change_there(self) -> None:
        """Of a project that Busy knows the id of: what is only just made has no other sign of ours than its name."""
        with self.fjord.scope():
            link = self._one_of(list(ProjectLink.objects.order_by("local")))
        field, (value, theirs) = self._some_value()
        key = {"name": "name", "start_date": "from", "customer": "customer"}[field]
        self.fjord.edit("projects", link.external_id, **{key: theirs})
        self._say(link.local_id, _THERE, field, value)

    def change_both(self) -> None:
        """Before anything has travelled; what is read then must not take back what is still to be sent."""
        acts = [self.change_here, self.change_there]
        self.random.shuffle(acts)
        for act in (*acts, self.pull):
            act()

    def note_there(self) -> None:
        row = self.random.choice(self.fjord.there("projects"))
        note = f"Merknad {self.random.random()}"
        self.fjord.edit("projects", row["id"], note=note)
        self.notes[row["id"]] = note

    def make_here(self) -> None:
        self.made += 1
        project = self.fjord.new_project(f"Vår {self.made}")
        self._say(project.pk, _HERE, "name", project.name)

    def make_there(self) -> None:
        self.made += 1
        app = self.fjord.sandbox.app
        with app.lock:
            app._recorded("projects", {"name": f"Deres {self.made}", "customer": None, "note": "Laget der"})
            self.notes[app.lists["projects"][-1]["id"]] = "Laget der"

    def take_theirs(self) -> None:
        self._settle(shared_services.take_theirs)

    def insist(self) -> None:
        self._settle(shared_services.insist)

    def _settle(self, act: Callable[..., bool]) -> None:
        """A person decides between the two: what stands in the end is no longer the story's to say."""
        with self.fjord.scope():
            chosen = self.random.choice(list(Project.objects.order_by("pk")))
            if act(Connection.objects.get(), Kind.PROJECTS, chosen.pk, by=self.fjord.by):
                self.given_in.add(chosen.pk)

    def _one_of(self, rows: list[Any]) -> Any:
        """Mostly the same one: what is changed at both ends at once is what matters."""
        return rows[0] if self.random.random() < 0.7 else self.random.choice(rows)

    def _some_value(self) -> tuple[str, tuple[Any, Any]]:
        """A field, and a value of it as it is here and there."""
        field = self.random.choice(_FIELDS)
        if field == "name":
            name = f"Navn {self.random.randrange(10**9)}"
            return field, (name, name)
        if field == "start_date":
            day = _BEGINS + timedelta(days=self.random.randrange(300))
            return field, (day, day.isoformat())
        external_id = self.random.choice(sorted(self.customers))
        return field, (self.customers[external_id], int(external_id))

    def _say(self, pk: int, side: str, field: str, value: Any) -> None:
        self.said.setdefault(pk, {}).setdefault(field, {})[side] = value

    # --- Machines ---

    def lose_an_answer(self) -> None:
        fault = self.random.choice(_FAULTS)
        method = self.random.choice(["POST", "PUT", "GET"])
        self.fjord.sandbox.arm(
            Fault(kind=fault.kind, status=fault.status, after=fault.after, method=method, path="/projects*")
        )

    def push(self) -> None:
        self.fjord.make_due("push")
        self.fjord.push()

    def pull(self) -> None:
        self.fjord.again("projects")

    def let_time_pass(self) -> None:
        with self.fjord.scope():
            Delivery.objects.filter(state=State.WAITING).update(not_before=self.fjord.connection.connected_at)
            Connection.objects.update(hold_until=None, state="active", failures=0)

    # --- What must hold ---

    def become_quiet(self) -> None:
        self.fjord.sandbox.disarm()
        for _ in range(25):
            self.let_time_pass()
            self.push()
            self.pull()
            with self.fjord.scope():
                stuck = Delivery.objects.filter(state=State.ATTENTION).values_list("problem", flat=True)
                assert not stuck, list(stuck)
                if not Delivery.objects.exclude(state__in=[State.TRANSFERRED, State.CANCELLED]).exists():
                    break
        else:
            raise AssertionError(self.fjord.told())
        self.pull()

    def ensure_equal(self) -> None:
        there = {str(row["id"]): row for row in self.fjord.there("projects")}
        with self.fjord.scope():
            links = {link.external_id: link.local for link in ProjectLink.objects.select_related("local__customer")}
            assert len(links) == Project.objects.count(), "every project has its counterpart"
        assert there.keys() == links.keys(), "each is there once"
        assert len({row["name"] for row in there.values()}) == len(there), "none was made twice"
        names = {customer.pk: external_id for external_id, customer in self.customers.items()}
        for external_id, row in there.items():
            local = links[external_id]
            ours = {"name": local.name, "start_date": local.start_date, "customer": local.customer}
            theirs = (row["name"], row.get("from"), row.get("customer"))
            begins = local.start_date.isoformat() if local.start_date else None
            customer = int(names[local.customer_id]) if local.customer_id else None
            assert theirs == (local.name, begins, customer), "both ends are equal"
            assert row.get("note") == self.notes.get(row["id"]), "what only they know of is theirs"
            if local.pk not in self.given_in:
                for field, sides in self.said.get(local.pk, {}).items():
                    assert ours[field] in sides.values(), f"{field} is what somebody said last"
        self.said, self.given_in = {}, set()


@pytest.mark.parametrize("seed", [random.randrange(10**6)] if TELLS_OTHERS else [4])
def test_once_it_is_quiet_both_ends_are_equal(fjord: ToyStage, seed: int) -> None:  # noqa: F811
    story = Story(fjord, seed)
    for _ in range(EXAMPLES):
        story.tell(ACTS if TELLS_OTHERS else _AT_ONCE)
        story.become_quiet()
        story.ensure_equal()
