"""What a record came to at the provider, taken over here in the transaction that records it: its link, its number, what
somebody changed there. Nothing of it is told as a change of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from busy.catalog import events
from busy.lib.events import publish
from integrations import customer_exchange, hour_cells, pulled_tasks, reviving, shared, shared_values, snapshot
from integrations.appliers import TARGETS
from integrations.changes import Changes
from integrations.conversations import connector_of
from integrations.kernel.errors import Json, NotReady
from integrations.kernel.records import Kind, fingerprint
from integrations.kernel.saving import Stands
from integrations.merging import Conflict
from integrations.models import Connection, CustomerLink, Delivery
from integrations.policy import State
from integrations.shared_models import SharedRecord

_EVENTS = {
    Kind.CUSTOMERS: events.CustomerChanged,
    Kind.PROJECTS: events.ProjectChanged,
    Kind.WORK_TYPES: events.WorkTypeChanged,
}


@dataclass(slots=True, kw_only=True)
class Arrival:
    """``ours`` is what Busy said when the worker looked: what differs from it now was changed since, and stays."""

    connection: Connection
    kind: Kind
    local_id: int
    stands: Stands[Any]
    ours: Mapping[str, Json]
    conflicts: tuple[Conflict, ...]
    wrote: bool

    def hold(self) -> None:
        """The record before its delivery, in the order in which somebody who changes it takes them."""
        shared.locked(self.kind, self.local_id)

    def settle(self, delivery: Delivery) -> bool:
        """Whether something was changed here meanwhile, and is to go out next. Both rows are locked."""
        local = shared.locked(self.kind, self.local_id)
        row = SharedRecord.objects.select_for_update(no_key=True).get(delivery=delivery)
        theirs = shared_values.plain(self.stands.record)
        # What the worker knew nothing of keeps what both sides had before it, so that a conflict is still seen.
        unknown = {
            name: row.before[name]
            for name in shared.fields_of(self.connection, self.kind)
            if name in row.before and name not in self.ours
        }
        newer = unknown | self._newer(local, theirs)
        is_new = self._link(local)
        self._take(local, theirs, keep=newer)
        row.makes, row.in_doubt, row.before = False, {}, newer
        row.insists = row.gives_in = False
        if self.wrote:
            row.written_at = timezone.now()
        if self.conflicts:
            row.conflict, row.conflict_at = [one.to_json() for one in self.conflicts], timezone.now()
        row.save()
        if is_new:
            self._go_on()
        return bool(newer)

    def _newer(self, local: Any, theirs: Mapping[str, Json]) -> dict[str, Json]:
        """Fields that were changed here since the worker looked, with what stands there now."""
        found: dict[str, Json] = {}
        for name in shared.fields_of(self.connection, self.kind):
            if name not in self.ours:
                continue
            try:
                now = shared_values.value_of(self.connection, local, name)
            except NotReady:
                now = None
            if now != self.ours[name]:
                found[name] = theirs[name]
        return found

    def _link(self, local: Any) -> bool:
        """Whether it is new."""
        links: Any = TARGETS[self.kind].link
        target, record = TARGETS[self.kind], self.stands.record
        known: dict[str, Any] = {"fingerprint": fingerprint(record)}
        known |= dict(zip(target.link_columns, target.link_values(record), strict=True))
        if self.kind is Kind.PROJECTS:
            known["customer_external_id"] = (record.customer_id or "")[:100]
        mine = links.objects.filter(connection=self.connection, local=self.local_id)
        if mine.update(**known):
            return False
        # Undoing the connection must not take for imported what was made here.
        snapshot.keep(self.connection, self.kind, [self.local_id])
        links.objects.create(connection=self.connection, local=local, external_id=self.stands.external_id, **known)
        return True

    def _take(self, local: Any, theirs: Mapping[str, Json], *, keep: Mapping[str, Json]) -> None:
        """What stands there is what stands here, but for what was changed here since."""
        record, target = self.stands.record, TARGETS[self.kind]
        values: dict[str, Any] = dict(zip(target.columns, target.values(record), strict=True))
        if "customer_id" in theirs:
            link = CustomerLink.objects.filter(connection=self.connection, external_id=record.customer_id or "").first()
            values["customer_id"] = link.local_id if link else None
        values["archived"] = (local.archived_at or timezone.now()) if record.archived else None
        values = {name: value for name, value in values.items() if name not in keep}
        if "archived" in values:
            values["archived_at"] = values.pop("archived")
        # What travels by a tag is Busy's own as well.
        facts = shared.shared_facts(self.connection, self.kind)
        is_tagged = facts is not None and facts.is_tagged
        values["mastered_by"] = "" if is_tagged else connector_of(self.connection).facts.name
        model: Any = target.model
        model.objects.filter(pk=self.local_id).update(**values)
        if self.kind is Kind.TASKS and not {"member_ids", "done"} & set(keep):
            pulled_tasks.Assigned.of(self.connection, [record]).put({self.local_id: record})
        if self.kind is Kind.CUSTOMERS and not any(name.startswith(f"{shared_values.OWN}.") for name in keep):
            customer_exchange.take_values(self.connection, [record])
        if event := _EVENTS.get(self.kind):
            publish(event(self.connection.workspace_id, self.local_id))

    def _go_on(self) -> None:
        """It stands there now: tasks of a new project, orders and hours that waited for it go on."""
        if self.kind is Kind.TASKS:  # its hours stand on the project so far
            hour_cells.look_at_again(self.connection, task=self.local_id)
        if self.kind is Kind.PROJECTS:
            making = SharedRecord.objects.filter(connection=self.connection, kind=Kind.TASKS, makes=True)
            waiting = Delivery.objects.filter(pk__in=making.values("delivery"), state=State.WAITING)
            # Whoever holds one of them has just asked for it, and it is due anyhow.
            free = waiting.select_for_update(no_key=True, skip_locked=True).order_by("key")
            Delivery.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(not_before=timezone.now())
        reviving.go_on(self.connection, kind=self.kind, changed=Changes({self.stands.external_id}))
