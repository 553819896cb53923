"""Work-type sync: the provider's activities become Busy's work types (R79, R81, R82).

Turning it on archives the work types that exist only in Busy, once all of the provider's were listed. One that an
administrator lets stand for an activity of the same name becomes that activity: product, rates and hours stay with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from busy.catalog.models import WorkType
from busy.workspaces.models import Membership
from integrations import appliers, health, hours, inbound, snapshot, wakeups
from integrations.conversations import Recorder, connector_of, conversation
from integrations.imported_work_types import MATCHES
from integrations.kernel.facts import Switch
from integrations.kernel.records import Kind, WorkTypeRecord
from integrations.models import Connection, PulledPage, PullState, WorkTypeLink

ON = "work_type_sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What turning it on would do. ``kept`` are linked already, from an earlier time."""

    matched: tuple[tuple[WorkType, WorkTypeRecord], ...]
    archived: tuple[WorkType, ...]
    new: tuple[WorkTypeRecord, ...]
    kept: tuple[WorkType, ...]


def is_offered(connection: Connection) -> bool:
    facts_of_all = connector_of(connection).facts
    if facts_of_all.has_extension and not connection.settings.get("extension"):
        return False
    return any(facts.switch is Switch.WORK_TYPE_SYNC for facts in facts_of_all.kinds)


def is_on(connection: Connection) -> bool:
    return bool(connection.settings.get(ON))


def activities(connection: Connection) -> list[WorkTypeRecord]:
    """The active ones, read from the provider now, by number and name. No transaction may be open.

    Raises ProviderError.
    """
    pull = connector_of(connection).pull(Kind.WORK_TYPES)
    if pull is None:
        raise LookupError(f"{connection.provider} has no work types")
    found: dict[str, WorkTypeRecord] = {}
    with conversation(connection, observe=Recorder()) as api:
        for page in pull.read(api, None):
            found |= {record.external_id: record for record in page.records}
    return sorted((one for one in found.values() if not one.archived), key=lambda one: (one.number, one.name))


def preview(connection: Connection, there: list[WorkTypeRecord], *, match: bool) -> Preview:
    """Three queries, whatever the number. Call in a scope."""
    links = dict(WorkTypeLink.objects.filter(connection=connection).values_list("external_id", "local_id"))
    active = list(WorkType.objects.filter(archived_at=None).order_by("name", "pk"))
    linked = set(links.values())
    unlinked = {record.external_id: record for record in there if record.external_id not in links}
    matched: list[tuple[WorkType, WorkTypeRecord]] = []
    archived: list[WorkType] = []
    for work_type in active:
        if work_type.pk in linked:
            continue
        same = next((one for one in unlinked.values() if _same(work_type.name, one.name)), None) if match else None
        if same is None or work_type.mastered_by:
            archived.append(work_type)
        else:
            matched.append((work_type, unlinked.pop(same.external_id)))
    kept = WorkType.objects.filter(pk__in=[links[one.external_id] for one in there if one.external_id in links])
    return Preview(
        matched=tuple(matched),
        archived=tuple(archived),
        new=tuple(unlinked.values()),
        kept=tuple(kept.order_by("name", "pk")),
    )


def _same(name: str, other: str) -> bool:
    return name.strip().lower() == other.strip().lower()


@transaction.atomic
def turn_on(connection: Connection, *, match: bool, by: Membership) -> None:
    """Fetch the activities now; when all were listed, archive what is only in Busy (R81). ``match``: a work type of an
    activity's name becomes that activity, as the administrator was shown."""
    connection = health.lock(connection.pk)
    if is_on(connection):
        return
    snapshot.keep(connection, Kind.WORK_TYPES)
    connection.settings = {
        **connection.settings,
        ON: True,
        MATCHES: match,
        appliers.archives_local(Kind.WORK_TYPES): True,
    }
    connection.save(update_fields=["settings"])
    WorkTypeLink.objects.filter(connection=connection).update(fingerprint=None)
    _begin_anew(connection)
    if connection.is_running:
        wakeups.nudge(connection, Kind.WORK_TYPES, by=by.pk)


@transaction.atomic
def turn_off(connection: Connection) -> None:
    """No activity is fetched or archived any more, and all work types become editable; what was archived stays so.

    Raises hours.NeededForHours while hours are transferred (R88).
    """
    connection = health.lock(connection.pk)
    if not is_on(connection):
        return
    hours.ensure_not_needed(connection)
    connection.settings = {**connection.settings, ON: False, appliers.archives_local(Kind.WORK_TYPES): False}
    connection.save(update_fields=["settings"])
    _begin_anew(connection)
    inbound.end_runs(connection, Kind.WORK_TYPES)
    wakeups.silence(connection, [Kind.WORK_TYPES])
    appliers.release(connection, Kind.WORK_TYPES)


def _begin_anew(connection: Connection) -> None:
    PulledPage.objects.filter(connection=connection, kind=Kind.WORK_TYPES).delete()
    state, _ = PullState.objects.get_or_create(connection=connection, kind=Kind.WORK_TYPES)
    state.cursor = state.checkpoint = None
    state.wants_everything = True
    state.save(update_fields=["cursor", "checkpoint", "wants_everything"])
