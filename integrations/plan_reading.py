"""Reading the provider's lists for a plan: piece by piece, so that a long list never keeps a request waiting and a page
can tell how far it is; and matching a list with what Busy has, once all of it was read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import matching, plan_keys, planned_rows, quotas
from integrations.appliers import TARGETS, of_whole_tables
from integrations.conversations import Recorder, conversation, ensure_no_transaction
from integrations.first_sessions import FirstSessions
from integrations.kernel import registry
from integrations.kernel.connector import Access, Cursor
from integrations.kernel.errors import ProviderError
from integrations.kernel.facts import Switch
from integrations.kernel.records import Kind, Record
from integrations.mapping_models import Basis, Purpose
from integrations.matching import Named
from integrations.models import Connection, MemberLink, Plan, PlannedRecord
from integrations.patience import be_patient
from integrations.planned_rows import Match, Planned
from integrations.wakeups import PULL_ORDER

AT_ONCE = 4.0  # seconds of reading, after which the next request goes on; proxies end what takes a minute


def kinds_of(plan: Plan) -> list[Kind]:
    """What the plan is about, in the order in which records refer to each other."""
    if plan.purpose == Purpose.PROJECT_SYNC:
        return [Kind.PROJECTS]
    connector = registry.connector(plan.provider)
    switched = {
        Switch.PROJECT_SYNC: plan.project_sync,
        Switch.WORK_TYPE_SYNC: False,
        Switch.BOOKKEEPING: True,
        Switch.EXTENSION: False,  # turned on in the settings of what is connected
        None: True,
    }
    return [
        kind
        for kind in PULL_ORDER
        if kind is not Kind.TASKS  # they come with their projects
        if (facts := connector.facts.of_kind(kind)) and connector.pull(kind) and switched[facts.switch]
    ]


def is_read(plan: Plan, kind: Kind) -> bool:
    """To its end, or to a trouble."""
    return bool(plan.read.get(str(kind), {}).keys() & {"count", "problem"})


def unread(plan: Plan) -> list[Kind]:
    return [kind for kind in kinds_of(plan) if not is_read(plan, kind)]


def links_people(plan: Plan) -> bool:
    """Whether users are linked by the provider's id, and need no employee number (R70)."""
    return registry.connector(plan.provider).facts.links_people


# --- Reading ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Piece:
    """Part of a list. ``checkpoint`` is where the next piece begins; None: the list is at its end."""

    records: list[Record] = field(default_factory=list)
    checkpoint: Cursor | None = None
    total: int | None = None


def read(plan: Plan, kind: Kind) -> None:
    """Read on in one kind for some seconds, with no transaction open, and match it once it is read. A kind that was
    read is read anew. A trouble is noted in the plan."""
    ensure_no_transaction()
    before = plan.read.get(str(kind))
    told = {} if before is None or is_read(plan, kind) else before
    try:
        piece = _piece(plan, kind, told.get("checkpoint"))
    except ProviderError as error:
        with scope(plan.workspace_id):
            _note(plan, kind, before, {"problem": error.problem.to_json()})
        return
    with scope(plan.workspace_id), transaction.atomic():
        if not _note(plan, kind, before, _told(told, piece)):
            return
        be_patient()
        if not told:
            planned_rows.forget(plan, kind)
        rows = {row.external_id: row for row in map(Planned.of, piece.records) if len(row.external_id) <= 100}
        if piece.checkpoint is not None:
            planned_rows.add(plan, kind, rows.values(), {})
        else:
            count = _finish(plan, kind, rows)
            _note(plan, kind, plan.read[str(kind)], {"count": count})


def _piece(plan: Plan, kind: Kind, checkpoint: Cursor | None) -> _Piece:
    pull = registry.connector(plan.provider).pull(kind)
    if pull is None:
        raise LookupError(f"{plan.provider} has no {kind}")
    found, until = _Piece(), time.monotonic() + AT_ONCE
    with _opened(plan) as api:
        for page in pull.read(api, checkpoint):
            found.records += page.records
            found.total = page.total
            if page.checkpoint is not None and page.cursor is None and time.monotonic() >= until:
                found.checkpoint = page.checkpoint
                break
    return found


def _told(before: Mapping[str, Any], piece: _Piece) -> dict[str, Any]:
    seen = before.get("seen", 0) + len(piece.records)
    checkpoint = None if piece.checkpoint is None else dict(piece.checkpoint)
    return {"seen": seen, "total": piece.total, "checkpoint": checkpoint}


def _opened(plan: Plan) -> AbstractContextManager[Any]:
    if plan.purpose == Purpose.PROJECT_SYNC:
        with scope(plan.workspace_id):
            connection = Connection.objects.get(provider=plan.provider)
        return conversation(connection, observe=Recorder())
    connector = registry.connector(plan.provider)
    given = plan_keys.credentials_of(plan)
    access = Access(
        credentials=given,
        settings=connector.facts.settings_from(os.environ),
        sessions=FirstSessions(plan.workspace_id, plan.provider, given),
        keyring=plan_keys.PlanKeyring(plan),
        quota=quotas.shared(plan.workspace_id, plan.provider),
    )
    return connector.open(access)


def _note(plan: Plan, kind: Kind, before: Mapping[str, Any] | None, told: dict[str, Any]) -> bool:
    """False when the plan was given up meanwhile, or another request has read on in the kind."""
    fresh = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if fresh is None or fresh.read.get(str(kind)) != before:
        return False
    fresh.read = plan.read = {**fresh.read, str(kind): told}
    fresh.save(update_fields=["read"])
    return True


# --- Matching ---------------------------------------------------------------------------------------------------------


def _finish(plan: Plan, kind: Kind, last: dict[str, Planned]) -> int:
    """``last`` are the last ones of the list: match all of it; how many there are."""
    stored = PlannedRecord.objects.filter(plan=plan, kind=kind).order_by("pk")
    found = stored.values_list("external_id", "number", "name", "email", "archived")
    before = [row for row in map(Planned._make, found) if row.external_id not in last]
    rows = [row for row in (*before, *last.values()) if not (kind is Kind.EMPLOYEES and row.archived)]
    matches = _matches(plan, kind, rows)
    planned_rows.add(plan, kind, last.values(), matches)
    with of_whole_tables():
        planned_rows.match(
            plan, kind, {row.external_id: matches[row.external_id] for row in before if row.external_id in matches}
        )
    if kind is Kind.EMPLOYEES:  # who has left is no counterpart
        PlannedRecord.objects.filter(plan=plan, kind=kind, archived=True).delete()
    return len(rows)


def _matches(plan: Plan, kind: Kind, rows: list[Planned]) -> dict[str, Match]:
    there = {row.external_id for row in rows}
    linked = _linked(plan, kind, rows)
    found = {
        external_id: Match(local_id=local_id, basis=Basis.LINKED, is_sure=True)
        for external_id, local_id in linked.items()
        if external_id in there
    }
    by_link = kind is Kind.EMPLOYEES and links_people(plan)
    taken = set(linked.values())
    ours = [one for one in _ours(kind, by_link=by_link) if one.key not in taken]
    theirs = [
        Named(row.external_id, "" if kind is Kind.EMPLOYEES else row.number, row.name, row.email)
        for row in rows
        if row.external_id not in found and (kind is not Kind.EMPLOYEES or row.number or by_link)
    ]
    for pair in matching.pairs(ours, theirs):
        # Two people may share a name; an employee number is not written on that ground alone.
        is_sure = pair.is_sure and (kind is not Kind.EMPLOYEES or pair.basis is Basis.EMAIL)
        found[pair.theirs] = Match(local_id=pair.ours, basis=pair.basis, is_sure=is_sure)
    return found


def _linked(plan: Plan, kind: Kind, rows: Iterable[Planned]) -> dict[str, int]:
    """What is linked already: from an earlier time, or by the employee number that stands at both ends."""
    if kind is Kind.EMPLOYEES and links_people(plan):
        rows_there = MemberLink.objects.filter(connection__provider=plan.provider)
        return {} if plan.replaces else dict(rows_there.values_list("external_id", "local_id"))
    if kind is Kind.EMPLOYEES:
        numbers = _once(row.number for row in rows)
        members = Membership.objects.filter(is_active=True).exclude(employee_number="")
        by_number = dict(members.values_list("employee_number", "pk"))
        return {
            row.external_id: by_number[row.number] for row in rows if row.number in numbers and row.number in by_number
        }
    if plan.replaces:
        return {}
    links: Any = TARGETS[kind].link
    found = links.objects.filter(connection__provider=plan.provider)
    return dict(found.values_list("external_id", "local_id"))


def _once(texts: Iterable[str]) -> set[str]:
    seen: dict[str, int] = {}
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
    return {text for text, times in seen.items() if times == 1 and text}


def _ours(kind: Kind, *, by_link: bool) -> list[Named[int]]:
    """Active records that Busy keeps; of customers and people their e-mail too."""
    if kind is Kind.EMPLOYEES:
        members = Membership.objects.filter(is_active=True)
        members = members if by_link else members.filter(employee_number="")
        return [Named(key=pk, name=name, email=email) for pk, name, email in members.values_list(
            "pk", "user__name", "user__email")]  # fmt: skip
    model: Any = TARGETS[kind].model
    rows = model.objects.filter(archived_at=None).values_list("pk", "number", "name")
    return [Named(pk, number, name) for pk, number, name in rows]
