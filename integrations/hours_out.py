"""Carrying hours: one cell is read again, made equal at the provider, and recorded.

Hours are state (R90, R91): what is wanted is computed when it is sent, and a put may be repeated at any time. What a
write may leave there is noted before it leaves the house, so whoever comes after a lost answer or a killed worker knows
its own hours from those of others (R92).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection as database

from busy.workspaces.scope import scope
from integrations import appliers, closed_periods, database_clock, deliveries, hour_cells, hour_drafts, hours, policy
from integrations.conversations import connector_of
from integrations.deliveries import Claimed
from integrations.hour_cells import Wanted
from integrations.hour_drafts import Place, Places
from integrations.hour_models import HoursCell
from integrations.kernel.connector import Put
from integrations.kernel.errors import Code, LoginNeeded, NotReady, ProviderError, Refused
from integrations.kernel.payloads import HoursPayload, KnownHours, Receipt, to_json
from integrations.leases import LeaseLost
from integrations.lines import Line
from integrations.models import Connection, Delivery
from integrations.policy import Decision, Event, State
from integrations.timings import timings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one claimed cell needs. ``place`` is None when nothing is to stand anywhere."""

    cell: HoursCell
    wanted: Wanted
    place: Place | None
    standing: Place | None

    @property
    def moves(self) -> bool:
        """Whether hours stand, or may stand, where they no longer belong."""
        return self.standing is not None and self.standing != self.place and self.cell.may_stand_there

    @property
    def is_done(self) -> bool:
        """Whether just this stands there already, as far as we saw."""
        cell, wanted = self.cell, self.wanted
        if not wanted.minutes:
            return not cell.may_stand_there
        is_equal = (cell.minutes, cell.comment) == (wanted.minutes, wanted.notes)
        return is_equal and not cell.in_doubt and self.standing == self.place


_NOWHERE = {"at_employee": "", "at_project": "", "at_work_type": "", "at_task": ""}


def _at(payload: HoursPayload) -> dict[str, str]:
    return {
        "at_employee": payload.employee_id,
        "at_project": payload.project_id or "",
        "at_work_type": payload.work_type_id,
        "at_task": payload.task_id or "",
    }


class HoursCarrier:
    """Makes one claimed cell equal."""

    def __init__(self, line: Line, connection: Connection, claimed: Claimed) -> None:
        self.line = line
        self.connection = connection
        self.claimed = claimed
        connector = connector_of(connection)
        put = connector.put(HoursPayload)
        if put is None:
            raise LookupError(f"{connection.provider} takes no hours")
        self.put: Put[Any, HoursPayload] = put
        self.facts = connector.facts
        self.choices = hours.choices_of(connection)
        self._under_way: HoursPayload | None = None

    def carry(self) -> None:
        if not self.choices.is_on:  # turned off since it was asked for
            self._record(Decision(event=Event.CANCELLED, state=State.CANCELLED))
            return
        wanted: Wanted | None = None
        try:
            with scope(self.claimed.workspace_id):
                cell = self._cell()
                hour_cells.falls_apart(self.connection, cell)
                wanted = hour_cells.wanted(cell, self.choices)
                task = self._task(cell, wanted)
            if task.is_done and not self._is_pressed(task):
                self._nothing_to_say(task)
                return
            guard = deliveries.before_write(self.claimed, self._note_doubt)
            api = self.line.api_for(self.connection, guard)
        except (NotReady, LoginNeeded) as error:
            self._record(self._judged(error), settle=self._waiting(wanted))
            return
        self._equal(api, task)

    def _cell(self) -> HoursCell:
        loaded = HoursCell.objects.select_related("delivery", "member__user", "project", "work_type", "task")
        return loaded.get(delivery=self.claimed.pk)

    def _task(self, cell: HoursCell, wanted: Wanted) -> Task:
        """Raises NotReady. What is to be taken away needs no employee number: we know where it stands."""
        standing = Place.known_of(cell)
        place = Places(self.connection).of(cell) if wanted.minutes else None
        return Task(cell=cell, wanted=wanted, place=place, standing=standing)

    def _is_pressed(self, task: Task) -> bool:
        """Somebody wants to see it done: the provider is asked, whatever we believe to know."""
        return self.claimed.started_by_id is not None and bool(task.wanted.minutes)

    # --- Making it equal ---

    def _equal(self, api: Any, task: Task) -> None:
        known = KnownHours(
            external_id=task.cell.delivery.external_id,
            version=task.cell.version,
            minutes=task.cell.minutes,
            in_doubt=tuple(task.cell.in_doubt),
            overwrite=task.cell.overwrite,
        )
        if task.standing is not None and task.moves:
            nothing = self._payload(task, task.standing, Wanted())
            receipt = self._sent(api, task, nothing, known)
            if receipt is None:
                return
            if task.place is None:
                self._arrived(task, nothing, receipt)
                return
            self._left_its_place(task)
            known = KnownHours(overwrite=task.cell.overwrite)
        if task.place is None:
            raise AssertionError("a cell without a place stands nowhere, and is done")
        payload = self._payload(task, task.place, task.wanted)
        receipt = self._sent(api, task, payload, known)
        if receipt is not None:
            self._arrived(task, payload, receipt)

    def _payload(self, task: Task, place: Place, wanted: Wanted) -> HoursPayload:
        unbilled = self.choices.arrive_unbilled and self.facts.hours_may_be_unbilled
        return HoursPayload(
            reference=self.claimed.reference,
            employee_id=place.employee_id,
            project_id=place.project_id,
            work_type_id=place.work_type_id,
            task_id=place.task_id or None,
            day=task.cell.day,
            minutes=wanted.minutes,
            billable_minutes=0 if unbilled else None,
            comment=wanted.notes,
        )

    def _sent(self, api: Any, task: Task, payload: HoursPayload, known: KnownHours) -> Receipt | None:
        """The receipt, or None when it did not get through, which is then recorded."""
        self._under_way = payload
        try:
            return self.put.put(api, payload, known)
        except LeaseLost:
            raise
        except SoftTimeLimitExceeded:
            self._record(self._judged(policy.out_of_time()), settle=self._waiting(task.wanted))
            raise
        except Exception as error:
            if not isinstance(error, ProviderError):
                logger.exception("a connector broke", extra={"delivery": self.claimed.pk})
            self._failed(error, task, payload, known)
            return None

    def _failed(self, error: Exception, task: Task, payload: HoursPayload, known: KnownHours) -> None:
        place = Place(
            employee_id=payload.employee_id,
            project_id=payload.project_id or "",
            work_type_id=payload.work_type_id,
            task_id=payload.task_id or "",
        )
        if not isinstance(error, Refused):
            self._record(self._judged(error), settle=self._waiting(task.wanted))
            return
        told = Refused(hour_drafts.with_our_records(error.problem, task.cell, place))
        with scope(self.claimed.workspace_id):
            appliers.doubt(self.connection, told.problem)
            if error.problem.code == Code.MONTH_CLOSED:
                closed_periods.learn(self.connection, payload.employee_id, payload.day)
        # Nothing was stored by this attempt; what earlier ones may have stored stays in doubt.
        self._record(self._judged(told), settle=self._waiting(task.wanted, in_doubt=list(known.in_doubt)))

    # --- What may stand there, written down before it does ---

    def _note_doubt(self) -> None:
        payload = self._under_way
        if payload is None:
            return
        with database.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_hourscell SET at_employee = %(employee)s, at_project = %(project)s,"
                " at_work_type = %(work_type)s, at_task = %(task)s,"
                " in_doubt = CASE WHEN %(minutes)s = ANY(in_doubt) THEN in_doubt"
                " ELSE array_append(in_doubt, %(minutes)s) END"
                " WHERE workspace_id = %(workspace)s AND delivery_id = %(delivery)s",
                {
                    "employee": payload.employee_id,
                    "project": payload.project_id or "",
                    "work_type": payload.work_type_id,
                    "task": payload.task_id or "",
                    "minutes": payload.minutes,
                    "workspace": self.claimed.workspace_id,
                    "delivery": self.claimed.pk,
                },
            )

    def _left_its_place(self, task: Task) -> None:
        """Nothing of ours stands at the old place any more; the new one begins with no doubt. Raises LeaseLost."""
        with scope(self.claimed.workspace_id):
            if not deliveries.renewal(self.claimed)():
                raise LeaseLost
            Delivery.objects.filter(pk=self.claimed.pk).update(external_id="")
            HoursCell.objects.filter(pk=task.cell.pk).update(
                minutes=None, comment="", version="", in_doubt=[], **_NOWHERE
            )

    # --- The outcome ---

    def _judged(self, error: Exception) -> Decision:
        return policy.after_putting(
            error, attempts=self.claimed.attempts, timings=timings(), find_after=float(self.facts.find_after)
        )

    def _arrived(self, task: Task, payload: HoursPayload, receipt: Receipt) -> None:
        event = Event.ADOPTED if receipt.adopted else Event.SENT
        decision = Decision(event=event, state=State.TRANSFERRED, effect=policy.Effect.WELL)
        stands = payload.minutes > 0

        def settle(delivery: Delivery) -> None:
            delivery.payload = to_json(payload)
            self._begin_anew(delivery)
            HoursCell.objects.filter(pk=task.cell.pk).update(
                minutes_wanted=task.wanted.minutes,
                minutes=payload.minutes,
                comment=payload.comment,
                version=receipt.version[:100] if stands else "",
                in_doubt=[],
                overwrite=False,
                **(_at(payload) if stands else _NOWHERE),
            )

        self._record(decision, receipt, settle)

    def _nothing_to_say(self, task: Task) -> None:
        """Just this stands there already; or nothing was ever sent, and nothing is to be."""
        was_sent = task.cell.delivery.transferred_at is not None
        decision = Decision(event=Event.UNCHANGED, state=State.TRANSFERRED)
        if not was_sent:
            decision = Decision(event=Event.CANCELLED, state=State.CANCELLED)

        def settle(delivery: Delivery) -> None:
            if not task.wanted.minutes:  # also when they left their old place and came to no new one
                delivery.payload, delivery.external_id = {"minutes": 0}, ""
            self._begin_anew(delivery)
            HoursCell.objects.filter(pk=task.cell.pk).update(minutes_wanted=task.wanted.minutes)

        self._record(decision, settle=settle)

    def _waiting(self, wanted: Wanted | None, in_doubt: list[int] | None = None) -> Callable[[Delivery], None]:
        """It did not get through. ``in_doubt`` is what may stand there, when that is known better than by the notes."""

        def settle(delivery: Delivery) -> None:
            if delivery.state == State.ATTENTION:
                self._go_on_if_changed(delivery)
            values: dict[str, Any] = {} if wanted is None else {"minutes_wanted": wanted.minutes}
            if in_doubt is not None:
                values["in_doubt"] = in_doubt
            if values:
                HoursCell.objects.filter(delivery=delivery).update(**values)

        return settle

    def _begin_anew(self, delivery: Delivery) -> None:
        """It came through: the next trouble is the first one."""
        delivery.done = self.claimed.wanted
        delivery.attempts = delivery.sends = 0
        delivery.write_began_at = None
        self._go_on_if_changed(delivery)

    def _go_on_if_changed(self, delivery: Delivery) -> None:
        """Somebody changed the cell while it was under way: it is due again at once."""
        if delivery.wanted > self.claimed.wanted:
            delivery.state = State.WAITING
            delivery.not_before = database_clock.now()

    def _record(
        self,
        decision: Decision,
        receipt: Receipt | None = None,
        settle: Callable[[Delivery], None] = lambda delivery: None,
    ) -> None:
        said = self.line.recorder.take()
        deliveries.record(self.claimed, decision, receipt=receipt, exchanges=said, settle=settle)
