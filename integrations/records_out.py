"""Carrying a record that travels both ways: made once, or read, merged and saved; then recorded.

Making is an event, as an order is: what may have arrived is looked for before it is made again. Changing is state, as
hours are: what stands there is read each time, so doubt ends with the next look.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection as database

from busy.catalog.models import Record
from busy.workspaces.scope import scope
from integrations import database_clock, deliveries, policy, shared, shared_values
from integrations.appliers import TARGETS
from integrations.conversations import connector_of
from integrations.deliveries import Claimed
from integrations.kernel.errors import (
    Code,
    Cure,
    CurePage,
    Json,
    LoginNeeded,
    NotReady,
    Problem,
    ProviderError,
    RecordRef,
    Refused,
    Turn,
)
from integrations.kernel.payloads import Receipt
from integrations.kernel.records import Kind
from integrations.kernel.saving import Save, Stands
from integrations.leases import LeaseLost
from integrations.lines import Line
from integrations.merging import Conflict, merge
from integrations.models import Connection, Delivery, Link
from integrations.policy import Decision, Event, State
from integrations.shared_arrivals import Arrival
from integrations.shared_models import SharedRecord
from integrations.timings import timings

logger = logging.getLogger(__name__)

CLOCKS = timedelta(minutes=10)  # how far the provider's clock may be from ours
_SOON = 30.0  # seconds; the project's arrival wakes its tasks earlier
_WHAT = {Kind.CUSTOMERS: "customer", Kind.PROJECTS: "project", Kind.WORK_TYPES: "work_type", Kind.TASKS: "task"}
_PAGES = {
    Kind.CUSTOMERS: CurePage.CUSTOMER,
    Kind.PROJECTS: CurePage.PROJECT,
    Kind.WORK_TYPES: CurePage.WORK_TYPE,
    Kind.TASKS: CurePage.PROJECT,
}


class ProjectNotThereYet(Exception):
    """The project of a task is still on its way there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one claimed record needs. ``ours`` are the fields that may go out, as they are here, in plain values."""

    row: SharedRecord
    local: Record
    link: Link | None
    ours: Mapping[str, Json]


class RecordCarrier:
    """Makes or changes one claimed record at the provider."""

    def __init__(self, line: Line, connection: Connection, claimed: Claimed) -> None:
        self.line = line
        self.connection = connection
        self.claimed = claimed
        self.connector = connector_of(connection)
        self.find_after = float(self.connector.facts.find_after)
        self._under_way: Mapping[str, Json] = {}

    def carry(self) -> None:
        try:
            with scope(self.claimed.workspace_id):
                row = SharedRecord.objects.filter(delivery=self.claimed.pk).first()
                if row is None:  # the links were given up since
                    self._record(Decision(event=Event.CANCELLED, state=State.CANCELLED))
                    return
                kind = Kind(row.kind)
                facts = shared.shared_facts(self.connection, kind)
                local = shared.model_of(kind).objects.get(pk=row.local_id)
                link = shared.link_of(self.connection, kind, row.local_id)
                is_off = (
                    facts is None or facts.sends is None or not shared.travels(self.connection, facts, row.local_id)
                )
                if is_off or (link is None and local.is_archived and not self.claimed.is_unclear):
                    # Turned off since, or archived before it was ever there.
                    self._record(Decision(event=Event.CANCELLED, state=State.CANCELLED), settle=self._dropped)
                    return
                ours = self._ours(kind, local, shared.fields_of(self.connection, kind), row, link)
            save = self.connector.save(kind)
            if save is None:
                raise LookupError(f"{self.connection.provider} saves no {kind}")
            task = Task(row=row, local=local, link=link, ours=ours)
            api = self.line.api_for(self.connection, deliveries.before_write(self.claimed, self._note_doubt))
        except ProjectNotThereYet:
            waits = Decision(event=Event.NOT_READY, state=State.WAITING, is_unclear=self.claimed.is_unclear, wait=_SOON)
            self._record(waits)
            return
        except (NotReady, LoginNeeded) as error:
            self._record(replace(self._judged(error), is_unclear=self.claimed.is_unclear))
            return
        if task.link is None:
            self._make(api, save, task)
        else:
            self._change(api, save, task, task.link.external_id)

    def _ours(
        self, kind: Kind, local: Record, fields: tuple[str, ...], row: SharedRecord, link: Link | None
    ) -> dict[str, Json]:
        """Raises NotReady, ProjectNotThereYet."""
        if link is not None:
            return {name: shared_values.value_of(self.connection, local, name) for name in fields if name in row.before}
        if kind is Kind.TASKS:
            self._ensure_project_is_there(local)
        return shared_values.made_of(self.connection, kind, local)

    def _ensure_project_is_there(self, task: Any) -> None:
        if shared.link_of(self.connection, Kind.PROJECTS, task.project_id) is not None:
            return
        making = SharedRecord.objects.filter(
            connection=self.connection, kind=Kind.PROJECTS, local_id=task.project_id, makes=True
        )
        if making.exclude(delivery__state=State.CANCELLED).exists():
            raise ProjectNotThereYet

    # --- Making ---

    def _make(self, api: Any, save: Save[Any, Any], task: Task) -> None:
        if save.create is None or save.found is None:
            raise LookupError(f"{self.connection.provider} makes no {save.kind}")
        frozen = task.row.in_doubt.get("made") if self.claimed.is_unclear else None
        wanted = shared_values.as_record(save.kind, frozen or task.ours)
        if frozen and not self._may_make_again(api, save, task, wanted):
            return
        self._under_way = {"made": shared_values.plain(wanted)}
        try:
            stands = save.create(api, wanted, self.claimed.reference)
        except LeaseLost:
            raise
        except SoftTimeLimitExceeded:
            self._record(self._made_judged(policy.out_of_time()))
            raise
        except Exception as error:
            self._log(error)
            self._record(self._made_judged(self._about(error, save.kind, task)))
            return
        self._arrived(save.kind, task, stands, Event.SENT, sent=shared_values.plain(wanted))

    def _may_make_again(self, api: Any, save: Save[Any, Any], task: Task, wanted: Any) -> bool:
        """Look for what an earlier attempt may have made; False when that settled it, or it is too early to say."""
        if save.found is None:
            return True
        doubt = self.claimed.doubt or policy.worker_lost().problem
        if self.claimed.elapsed < self.find_after:
            wait = self.find_after - self.claimed.elapsed
            self._record(Decision(event=Event.MISSING, state=State.WAITING, is_unclear=True, wait=wait, problem=doubt))
            return False
        since = database_clock.now() - timedelta(seconds=self.claimed.elapsed) - CLOCKS
        try:
            there = self._unlinked(save.kind, save.found(api, wanted, self.claimed.reference, since))
            if len(there) > 1:
                ids: Any = [one.external_id for one in there]
                raise Refused(
                    Problem(code=Code.FOUND_TWICE, params={"ids": ids, "name": wanted.name}, turn=Turn.ACCOUNTING)
                )
        except (LeaseLost, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            self._log(error)
            self._record(policy.after_looking(error, attempts=self.claimed.attempts, timings=timings()))
            return False
        if there:
            self._arrived(save.kind, task, there[0], Event.ADOPTED, sent=shared_values.plain(wanted))
            return False
        decision = policy.after_missing(
            elapsed=self.claimed.elapsed,
            doubt=self.claimed.doubt,
            sends=self.claimed.sends,
            timings=timings(),
            find_after=self.find_after,
        )
        if not decision.sends_now:
            self._record(replace(decision, problem=decision.problem or doubt))
        return decision.sends_now

    def _unlinked(self, kind: Kind, found: Any) -> list[Stands[Any]]:
        with scope(self.claimed.workspace_id):
            links: Any = TARGETS[kind].link
            ids = [one.external_id for one in found]
            rows = links.objects.filter(connection=self.connection, external_id__in=ids)
            linked = set(rows.values_list("external_id", flat=True))
        return [one for one in found if one.external_id not in linked]

    # --- Changing ---

    def _change(self, api: Any, save: Save[Any, Any], task: Task, external_id: str) -> None:
        try:
            stands = save.read(api, external_id)
            if stands is None:
                raise Refused(Problem(code="record_gone", params={"name": task.local.name}, turn=Turn.ADMINISTRATOR))
            theirs = shared_values.plain(stands.record)
            row, task = task.row, replace(task, ours={name: task.ours[name] for name in task.ours if name in theirs})
            merged = merge(
                before={} if row.gives_in else {name: row.before[name] for name in task.ours},
                ours=task.ours,
                theirs=theirs,
                in_doubt=row.in_doubt,
                ours_at=row.changed_at,
                theirs_at=stands.changed_at,
                insists=row.insists,
            )
            if not merged.wanted:
                self._arrived(save.kind, task, stands, Event.UNCHANGED, conflicts=merged.conflicts)
                return
            wanted = shared_values.as_record(save.kind, {**theirs, **merged.wanted})
            self._under_way = merged.wanted
            after = save.update(api, stands, wanted)
        except LeaseLost:
            raise
        except SoftTimeLimitExceeded:
            self._record(self._judged(policy.out_of_time()))
            raise
        except Exception as error:
            self._log(error)
            self._record(self._judged(self._about(error, save.kind, task)))
            return
        self._arrived(save.kind, task, after, Event.SENT, conflicts=merged.conflicts)

    # --- What may stand there, written down before it does ---

    def _note_doubt(self) -> None:
        """A new record as a whole; of a change each value that was ever sent and not seen."""
        noted: dict[str, Json] = {}
        if "made" in self._under_way:
            noted = {"made": self._under_way["made"]}
        else:
            known = SharedRecord.objects.values_list("in_doubt", flat=True).get(delivery=self.claimed.pk)
            for name, value in self._under_way.items():
                earlier = known.get(name, [])
                noted[name] = earlier if value in earlier else [*earlier, value]
        with database.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_sharedrecord SET in_doubt = in_doubt || %(noted)s::jsonb"
                " WHERE workspace_id = %(workspace)s AND delivery_id = %(delivery)s",
                {"noted": json.dumps(noted), "workspace": self.claimed.workspace_id, "delivery": self.claimed.pk},
            )

    # --- The outcome ---

    def _about(self, error: Exception, kind: Kind, task: Task) -> Exception:
        """A refusal names the record it is about, and the page where it can be changed."""
        if not isinstance(error, Refused):
            return error
        problem = error.problem
        params = {"name": task.local.name, **{key: value for key, value in problem.params.items() if value}}
        if kind in (Kind.PROJECTS, Kind.CUSTOMERS):
            params[f"{_WHAT[kind]}_id"] = task.local.pk
        record = problem.record
        if record is None and task.link is not None:
            record = RecordRef(what=_WHAT[kind], external_id=task.link.external_id)
        cure = problem.cure or Cure(page=_PAGES[kind])
        return Refused(replace(problem, params=params, record=record, cure=cure))

    def _judged(self, error: Exception) -> Decision:
        return policy.after_putting(
            error, attempts=self.claimed.attempts, timings=timings(), find_after=self.find_after
        )

    def _made_judged(self, error: Exception) -> Decision:
        return policy.after_sending(
            error, attempts=self.claimed.attempts, timings=timings(), find_after=self.find_after, can_find=True
        )

    def _arrived(
        self,
        kind: Kind,
        task: Task,
        stands: Stands[Any],
        event: Event,
        *,
        conflicts: tuple[Conflict, ...] = (),
        sent: Mapping[str, Json] | None = None,
    ) -> None:
        arrival = Arrival(
            connection=self.connection,
            kind=kind,
            local_id=task.local.pk,
            stands=stands,
            ours=sent if sent is not None else task.ours,
            conflicts=conflicts,
            wrote=event is not Event.UNCHANGED,
        )
        receipt = Receipt(
            external_id=stands.external_id,
            number=stands.record.number or stands.external_id,
            url=stands.url,
            adopted=event is Event.ADOPTED,
        )

        def settle(delivery: Delivery) -> None:
            delivery.done = self.claimed.wanted
            delivery.attempts = delivery.sends = 0
            delivery.write_began_at = None
            if arrival.settle(delivery) or delivery.wanted > self.claimed.wanted:
                delivery.state, delivery.not_before = State.WAITING, database_clock.now()

        decision = Decision(event=event, state=State.TRANSFERRED, effect=policy.Effect.WELL)
        self._record(decision, receipt, settle=settle, hold=arrival.hold)

    def _dropped(self, delivery: Delivery) -> None:
        delivery.done = self.claimed.wanted
        SharedRecord.objects.filter(delivery=delivery).update(makes=False, before={}, in_doubt={})

    def _record(
        self,
        decision: Decision,
        receipt: Receipt | None = None,
        *,
        settle: Any = None,
        hold: Any = None,
    ) -> None:
        def settled(delivery: Delivery) -> None:
            if settle is not None:
                settle(delivery)
            elif delivery.state == State.ATTENTION and delivery.wanted > self.claimed.wanted:
                # Somebody changed it while it was under way: the cause may be gone.
                delivery.state, delivery.not_before = State.WAITING, database_clock.now()

        said = self.line.recorder.take()
        deliveries.record(
            self.claimed, decision, receipt=receipt, exchanges=said, settle=settled, hold=hold or (lambda: None)
        )

    def _log(self, error: Exception) -> None:
        if not isinstance(error, ProviderError):
            logger.error("a connector broke", exc_info=error, extra={"delivery": self.claimed.pk})
