"""What becomes of records that only Busy has, when a system that keeps them as well is connected (R63): they are made
there, stay as they are, or go to the archive. An administrator says so in the preview, for all and for each.

Systems that alone keep their records have no such choice: there the rest is archived (R6).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from integrations import shared, shared_making, snapshot
from integrations.appliers import TARGETS, of_whole_tables
from integrations.kernel import registry
from integrations.kernel.records import Kind
from integrations.mapping_models import PlannedRecord, Purpose
from integrations.models import Connection, Plan


class Fate(StrEnum):
    """Stored in the plan; the values stay stable."""

    MAKE = "make"
    KEEP = "keep"
    ARCHIVE = "archive"


def is_asked(plan: Plan, kind: Kind) -> bool:
    connector = registry.connector(plan.provider)
    facts = connector.facts.of_kind(kind)
    is_shared = kind in shared.KINDS and connector.save(kind) is not None and connector.facts.shares(kind)
    return is_shared and facts is not None and not facts.is_tagged


def usual(plan: Plan) -> Fate:
    """Projects are visible in both wherever they were made (R63). What stayed in Busy alone at an earlier connecting
    goes on to; and another company gets none of the former one's."""
    if plan.replaces:
        return Fate.ARCHIVE
    knew = Connection.objects.filter(provider=plan.provider).exclude(company_id="").exists()
    return Fate.KEEP if knew or plan.purpose == Purpose.PROJECT_SYNC else Fate.MAKE


def records(plan: Plan, kind: Kind) -> QuerySet[Any]:
    """Active records of Busy that are matched with nothing."""
    model: Any = TARGETS[kind].model
    matched = PlannedRecord.objects.filter(plan=plan, kind=kind, local_id=OuterRef("pk"), is_matched=True)
    rows: QuerySet[Any] = model.objects.filter(archived_at=None).exclude(Exists(matched))
    return rows


def fates(plan: Plan, kind: Kind, ids: Collection[int]) -> dict[int, Fate]:
    everybody, but = _chosen(plan, kind)
    return {pk: but.get(str(pk), everybody) for pk in ids}


def counts(plan: Plan, kind: Kind) -> dict[Fate, int]:
    found = dict.fromkeys(Fate, 0)
    for fate in fates(plan, kind, list(records(plan, kind).values_list("pk", flat=True))).values():
        found[fate] += 1
    return found


def of_all(plan: Plan, kind: Kind) -> Fate | None:
    """What was said of all; None when something else was said of one."""
    everybody, but = _chosen(plan, kind)
    return None if but else everybody


def _chosen(plan: Plan, kind: Kind) -> tuple[Fate, Mapping[str, Fate]]:
    said = plan.alone.get(str(kind), {})
    return Fate(said.get("all", usual(plan))), {pk: Fate(fate) for pk, fate in said.get("but", {}).items()}


@transaction.atomic
def choose(plan: Plan, kind: Kind, fate: Fate, *, local_id: int | None = None) -> None:
    """Of all, or of one."""
    fresh = Plan.objects.select_for_update().get(pk=plan.pk)
    said = {"all": str(fate), "but": {}}
    if local_id is not None:
        everybody, but = _chosen(fresh, kind)
        others = {pk: str(one) for pk, one in but.items() if pk != str(local_id)}
        said = {"all": str(everybody), "but": others if fate is everybody else {**others, str(local_id): str(fate)}}
    fresh.alone = plan.alone = {**fresh.alone, str(kind): said}
    fresh.save(update_fields=["alone"])


def settle(plan: Plan, kinds: Collection[Kind]) -> None:
    """Let what is usual be said, where nobody said anything. Before it is connected: what is usual once it is, is
    another thing."""
    for kind in kinds:
        if is_asked(plan, kind) and str(kind) not in plan.alone:
            plan.alone = {**plan.alone, str(kind): {"all": str(usual(plan)), "but": {}}}


def carry_out(plan: Plan, connection: Connection, kinds: Collection[Kind]) -> None:
    """Once it is settled and connected, and what is matched has its link. The connection's row is held."""
    for kind in kinds:
        if not is_asked(plan, kind):
            continue
        with of_whole_tables():
            mine = records(plan, kind).exclude(links__connection=connection)
            ids = list(mine.order_by("pk").values_list("pk", flat=True))
        chosen = fates(plan, kind, ids)
        snapshot.archive(connection, kind, [pk for pk in ids if chosen[pk] is Fate.ARCHIVE])
        shared_making.request_all(connection, kind, [pk for pk in ids if chosen[pk] is Fate.MAKE])
