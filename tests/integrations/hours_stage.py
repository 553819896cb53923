"""Hours on their way to a provider of the tests: a connector in this process that keeps cells, loses answers and knows
hours that Busy did not send."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from busy.catalog.models import Project, Rate, WorkType
from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from integrations import credentials, hour_choice, outbound, wakeups
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel.connector import Access, Company, Connector, Put
from integrations.kernel.errors import Code, Cure, CureAct, Problem, Refused, Temporary, Turn, Unclear
from integrations.kernel.facts import HourTrigger, KindFacts, Mastership, ProviderFacts, Switch
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, StandingHours
from integrations.kernel.records import Kind
from integrations.models import Attempt, Connection, Delivery, ProjectLink, ProviderEmployee, WorkTypeLink
from tests.people import Person
from tests.timesheets.hours import MONDAY
from timesheets import approval, submission
from timesheets.cells import cell_state
from timesheets.events import Cell
from timesheets.models import TimeEntry, TimeSettings
from timesheets.services import save_cell
from timesheets.slots import Slot

Key = tuple[str, str, str, date]
WEEK = Week.of(MONDAY)


class Killed(BaseException):
    """The worker is gone: whatever it would have done next is not done."""


@dataclass
class Standing:
    external_id: str
    minutes: int
    comment: str = ""
    version: int = 1


@dataclass
class Ledger:
    """The provider: what stands in each cell, what befalls the next calls, and how often it was written."""

    cells: dict[Key, Standing] = field(default_factory=dict)
    befalls: list[Callable[[str], None]] = field(default_factory=list)
    writes: list[tuple[Key, int]] = field(default_factory=list)
    calls: int = 0
    before_write: Callable[[], None] = lambda: None
    made: int = 0

    def befall(self, moment: str) -> None:
        """``moment`` is read, before or after: the first that waits says whether it is its."""
        if self.befalls:
            self.befalls[0](moment)

    def next_befalls(self, moment: str, error: BaseException) -> None:
        def happen(now: str) -> None:
            if now == moment:
                self.befalls.pop(0)
                raise error

        self.befalls.append(happen)

    def put(self, payload: HoursPayload, known: KnownHours) -> Receipt:
        self.calls += 1
        self.befall("read")
        key: Key = (payload.employee_id, payload.project_id or "", payload.work_type_id, payload.day)
        there = self.cells.get(key)
        if there and not self._is_ours(there, known) and not known.overwrite:
            raise Refused(
                Problem(
                    code=Code.HOURS_CONFLICT,
                    params={"minutes": there.minutes, "wanted": payload.minutes},
                    turn=Turn.ADMINISTRATOR,
                    cure=Cure(act=CureAct.OVERWRITE),
                )
            )
        if (there.minutes, there.comment) == (payload.minutes, payload.comment) if there else not payload.minutes:
            return self._receipt(key, adopted=True)
        self.befall("before")
        self.before_write()
        self._write(key, there, payload)
        self.befall("after")
        return self._receipt(key)

    def _is_ours(self, there: Standing, known: KnownHours) -> bool:
        return there.external_id == known.external_id or there.minutes in known.in_doubt

    def _write(self, key: Key, there: Standing | None, payload: HoursPayload) -> None:
        self.writes.append((key, payload.minutes))
        if not payload.minutes:
            del self.cells[key]
        elif there:
            there.minutes, there.comment, there.version = payload.minutes, payload.comment, there.version + 1
        else:
            self.made += 1
            self.cells[key] = Standing(str(self.made), payload.minutes, payload.comment)

    def _receipt(self, key: Key, *, adopted: bool = False) -> Receipt:
        there = self.cells.get(key)
        if there is None:
            return Receipt(external_id="", adopted=adopted)
        return Receipt(external_id=there.external_id, version=str(there.version), adopted=adopted)


def connector_to(ledger: Ledger) -> Connector[Ledger]:
    @contextmanager
    def opened(access: Access) -> Iterator[Ledger]:
        ledger.before_write = access.before_write
        yield ledger

    def standing(api: Ledger, first: date, last: date) -> Iterator[StandingHours]:
        for (employee, project, work_type, day), there in api.cells.items():
            if first <= day <= last:
                yield StandingHours(
                    external_id=there.external_id,
                    employee_id=employee,
                    project_id=project,
                    work_type_id=work_type,
                    day=day,
                    minutes=there.minutes,
                )

    return Connector(
        facts=ProviderFacts(
            key="tripletex",
            name="Tripletex",
            tagline="",
            kinds=(
                KindFacts(kind=Kind.PROJECTS, mastership=Mastership.PROVIDER, interval=60, switch=Switch.PROJECT_SYNC),
            ),
            credentials=(),
            steps=(),
            base_url="http://ledger.invalid",
            page_size=100,
            hour_triggers=tuple(HourTrigger),
            hours_may_be_unbilled=True,
        ),
        open=opened,
        check=lambda api: Company(id="1", name="Fjell"),
        pulls=(),
        pushes=(),
        puts=(Put(payload=HoursPayload, put=lambda api, payload, known: api.put(payload, known), standing=standing),),
    )


ENDS: dict[str, tuple[str, Callable[[], BaseException]]] = {
    "refused the door": ("read", lambda: Temporary(Code.UNREACHABLE, reason="connection")),
    "lost before": ("before", lambda: Unclear(reason="connection")),
    "lost after": ("after", lambda: Unclear(reason="connection")),
    "killed before": ("before", Killed),
    "killed after": ("after", Killed),
    "broken": ("after", lambda: KeyError("id")),
}


@dataclass
class HoursStage:
    """Anna writes, Bo approves, Dina chose when hours go to the ledger. ``work`` does what workers would."""

    anna: Person
    bo: Person
    dina: Person
    project: Project
    design: WorkType
    meeting: WorkType
    ledger: Ledger
    connection: Connection = field(init=False)

    @property
    def workspace(self) -> Workspace:
        return self.dina.workspace

    def scope(self) -> Any:
        return scope(self.workspace.pk)

    def connect(self) -> None:
        with self.scope():
            TimeSettings.objects.update_or_create(workspace=self.workspace, defaults={"submits_time": True})
            Membership.objects.filter(pk=self.anna.membership.pk).update(employee_number="2")
            connection = Connection(workspace=self.workspace, provider="tripletex", connected_by=self.dina.membership)
            connection.project_sync = True
            connection.save()
            credentials.seal_into(connection, {})
            connection.save()
            self.connection = connection
            Rate.objects.create(amount=Decimal(1000))
            ProviderEmployee.objects.create(connection=connection, external_id="E2", number="2", name="Anna Aas")
            ProjectLink.objects.create(connection=connection, local=self.project, external_id="P1")
            WorkTypeLink.objects.create(connection=connection, local=self.design, external_id="A1")
            WorkTypeLink.objects.create(connection=connection, local=self.meeting, external_id="A2")

    def choose(self, trigger: HourTrigger, since: date = MONDAY, **choices: Any) -> int:
        with self.scope():
            wanted = HourChoices(trigger=trigger, since=since, **choices)
            count = hour_choice.choose(self.connection, wanted, by=self.dina.membership)
            self.connection.refresh_from_db()
            return count

    # --- What people do ---

    def write(self, minutes: int, day: date = MONDAY, *, work_type: WorkType | None = None, note: str = "") -> None:
        on = work_type or self.design
        with self.scope():
            slot = Slot(Cell(self.anna.membership.pk, self.project.pk, on.pk, day), None)
            present = cell_state(slot, list(TimeEntry.objects.filter(slot.where)), period_lock=None)
            save_cell(
                self.anna.membership,
                self.project.pk,
                on.pk,
                day,
                minutes,
                client_id=uuid.uuid4(),
                base_revision=present.revision,
                note=note,
                by=self.anna.membership,
            )

    def submit(self) -> None:
        with self.scope():
            submission.submit(self.anna.membership, submission.Choice.all_of(WEEK), by=self.anna.membership)

    def withdraw(self) -> None:
        with self.scope():
            submission.withdraw(self.anna.membership, submission.Choice.all_of(WEEK), by=self.anna.membership)

    def approve(self) -> None:
        with self.scope():
            approval.approve_person_week(self.anna.membership.pk, WEEK, by=self.bo.membership)

    def undo(self) -> None:
        with self.scope():
            approval.undo_person_week(self.anna.membership.pk, WEEK, by=self.bo.membership)

    # --- Workers ---

    def work(self) -> None:
        """Carry what is due now, as a job would; a killed worker lets nothing go."""
        wakeups.due(self.connection, [wakeups.PUSH], in_seconds=0)
        outbound.run_pushes(self.workspace.pk, self.connection.pk)

    def work_until_killed(self) -> None:
        try:
            self.work()
        except Killed:
            self.let_leases_run_out()

    def let_leases_run_out(self) -> None:
        from integrations.models import Wakeup

        Wakeup.objects.filter(connection_id=self.connection.pk).update(claimed_until=None, is_running=False)
        with self.scope():
            Delivery.objects.filter(state="transferring").update(lease_until=self.connection.connected_at)

    def let_time_pass(self) -> None:
        with self.scope():
            Delivery.objects.filter(state="waiting").update(not_before=self.connection.connected_at)
            Connection.objects.update(hold_until=None, state="active", failures=0)

    def settle(self, times: int = 12) -> None:
        """Everything that heals by time heals."""
        self.ledger.befalls.clear()
        for _ in range(times):
            self.let_leases_run_out()
            self.let_time_pass()
            self.work()
            with self.scope():
                if not Delivery.objects.filter(state__in=["waiting", "transferring"]).exists():
                    return
        raise AssertionError(self.told())

    # --- What came of it ---

    def standing(self) -> dict[Key, int]:
        return {key: there.minutes for key, there in self.ledger.cells.items()}

    def minutes(self, day: date = MONDAY, work_type: str = "A1", employee: str = "E2") -> int:
        there = self.ledger.cells.get((employee, "P1", work_type, day))
        return there.minutes if there else 0

    def cell(self, day: date = MONDAY, work_type: WorkType | None = None) -> HoursCell:
        with self.scope():
            found: HoursCell = HoursCell.objects.select_related("delivery", "connection__workspace").get(
                day=day, work_type=work_type or self.design
            )
            return found

    def state(self, day: date = MONDAY) -> str:
        return str(self.cell(day).delivery.state)

    def problem(self, day: date = MONDAY) -> str:
        return str((self.cell(day).delivery.problem or {}).get("code", ""))

    def events(self, day: date = MONDAY) -> list[str]:
        with self.scope():
            rows = Attempt.objects.filter(delivery=self.cell(day).delivery_id).order_by("pk")
            return list(rows.values_list("event", flat=True))

    def told(self) -> str:
        with self.scope():
            rows = Delivery.objects.exclude(state="transferred").order_by("pk")
            return "; ".join(f"{row.key} {row.state} {row.problem}" for row in rows) or "everything is transferred"
