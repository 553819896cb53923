"""The stage of these stories: Fjell connected to a sandbox over real HTTP, work done in this process instead of by a
worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from busy.catalog.models import Project, Rate, WorkType
from busy.lib.periods import local_today
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from integrations import inbound, notices, outbound, services
from integrations.models import Attempt, Connection, Delivery, ProductLink, ProjectLink, Wakeup
from integrations.providers.tripletex.sandbox import KEY, TripletexSandbox
from orders.services import create_draft, finish
from tests.people import Person
from tests.support.keeping import Keeper, Kept
from timesheets.models import Approval, ApprovalKind, TimeEntry

PROVIDER = "tripletex"
PROJECT = "87310101"  # Nettbutikk for ferske råvarer, for CUSTOMER
CUSTOMER = "108615701"
PRODUCT = "53120202"  # Design


@dataclass
class Stage:
    """Fjell, its administrator and the sandbox. ``connect`` comes first; ``work`` does what a worker would."""

    dina: Person
    sandbox: TripletexSandbox
    connection: Connection = field(init=False)

    @property
    def workspace(self) -> Workspace:
        return self.dina.workspace

    @property
    def by(self) -> Membership:
        return self.dina.membership

    def scope(self) -> Any:
        return scope(self.workspace.pk)

    def connect(self, *, project_sync: bool = True, key: str = KEY) -> Connection:
        with self.scope():
            self.connection = services.connect(PROVIDER, {"employee_token": key}, project_sync=project_sync, by=self.by)
        return self.connection

    def begin(self, name: str, fixtures: Iterable[str], kept: Kept | None, keeper: Keeper) -> None:
        """Connected, everything fetched: walked there, or put where another story that asks for ``name`` had come."""
        keeper.ensure_first(kept, fixtures)
        if kept is not None:
            with self.scope():
                self.connection = Connection.objects.get()
            return
        self.connect()
        self.pull()
        keeper.keep(name, self.workspace.pk, self.remembered(), fixtures)

    def remembered(self) -> Any:
        """What the sandbox of the next story that begins here begins with."""
        return self.sandbox.store.twin()

    def refresh(self) -> Connection:
        with self.scope():
            self.connection.refresh_from_db()
            return self.connection

    def do(self, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.scope():
            return service(*args, by=self.by, **kwargs)

    # --- Time ---

    def make_due(self, *kinds: str) -> None:
        """As if the schedule's time had come: for these kinds, or for all."""
        rows = Wakeup.objects.filter(connection_id=self.connection.pk)
        for row in rows.filter(kind__in=kinds) if kinds else rows:
            Wakeup.objects.filter(pk=row.pk).update(due_at=self.connection.connected_at)

    def pull(self) -> None:
        inbound.run_pulls(self.workspace.pk, self.connection.pk)

    def push(self) -> None:
        outbound.run_pushes(self.workspace.pk, self.connection.pk)

    def work(self) -> None:
        self.pull()
        self.push()
        notices.run_notices(self.workspace.pk, self.connection.pk)

    def work_until(self, done: Callable[[], bool], *, within: float = 20.0) -> None:
        """Work as the scheduler would let workers do, until it is done."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            self.work()
            if done():
                return
            time.sleep(0.05)
        raise AssertionError(f"not done within {within} s: {self.told()}")

    # --- Orders ---

    def work_type(self, name: str = "Design", *, product: str | None = PRODUCT) -> WorkType:
        """A work type with a product of the provider."""
        with self.scope():
            link = ProductLink.objects.filter(external_id=product).first() if product else None
            found, _ = WorkType.objects.get_or_create(
                name=name, defaults={"product_id": link.local_id if link else None}
            )
            return found

    def project(self, external_id: str = PROJECT) -> Project:
        with self.scope():
            found: Project = ProjectLink.objects.select_related("local").get(external_id=external_id).local
            return found

    def approved_hours(self, project: Project, work_type: WorkType, minutes: int = 90) -> None:
        with self.scope():
            Rate.objects.get_or_create(project=None, work_type=None, member=None, defaults={"amount": Decimal(1000)})
            today = local_today(self.workspace.zone)
            approval = Approval.objects.create(
                kind=ApprovalKind.PROJECT, project=project, first_day=today, last_day=today, approved_by=self.by
            )
            TimeEntry.objects.create(
                member=self.by,
                project=project,
                work_type=work_type,
                day=today,
                minutes=minutes,
                project_approval=approval,
            )

    def finished_order(
        self, *, project: str = PROJECT, work_type: WorkType | None = None, our_reference: Membership | None = None
    ) -> int:
        """Hours, approved, put on an order, which is finished; its id."""
        local = self.project(project)
        self.approved_hours(local, work_type or self.work_type())
        with self.scope():
            order = create_draft(local.pk, by=self.by)
            if our_reference:
                type(order).objects.filter(pk=order.pk).update(our_reference=our_reference)
            finish(order.pk, by=self.by)
            return order.pk

    # --- What came of it ---

    def delivery(self, order_id: int) -> Delivery:
        with self.scope():
            return Delivery.objects.select_related("connection__workspace").get(order_id=order_id)

    def state(self, order_id: int) -> str:
        return self.delivery(order_id).state

    def ledger(self, order_id: int) -> list[str]:
        with self.scope():
            rows = Attempt.objects.filter(delivery__order_id=order_id).order_by("pk")
            return list(rows.values_list("event", flat=True))

    def sent_orders(self) -> list[str]:
        """The references of the orders that stand at the provider."""
        return [str(order["reference"]) for order in self.sandbox.orders()]

    def posts(self) -> int:
        return len(self.sandbox.requests("POST", "/order"))

    def told(self) -> str:
        with self.scope():
            rows = Delivery.objects.order_by("pk")
            waiting = [
                f"{d.key} {d.state} unclear={d.is_unclear} {d.problem}" for d in rows if d.state != "transferred"
            ]
            return "; ".join(waiting) or "everything is transferred"
