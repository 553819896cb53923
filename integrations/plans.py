"""What connecting would do, looked at before anything is imported: which records are the same at both ends, what comes
in, what is archived (R2-R13, R78). The administrator changes a match; a confirmation makes the links and starts.

A plan is one administrator's: two may look at the same time, and the first who confirms is the one who connects.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.lib import secrets
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import alone, health, matching, plan_links, planned_rows, quotas, services
from integrations.appliers import TARGETS
from integrations.conversations import Recorder, conversation, ensure_no_transaction
from integrations.first_sessions import FirstSessions
from integrations.kernel import registry
from integrations.kernel.connector import Access
from integrations.kernel.errors import Code, LoginNeeded, Problem, ProviderError, Temporary, Turn
from integrations.kernel.facts import Switch
from integrations.kernel.records import EmployeeRecord, Kind, Record
from integrations.mapping_models import Basis, Purpose
from integrations.matching import Named
from integrations.models import Connection, MemberLink, Plan, PlannedRecord
from integrations.wakeups import PULL_ORDER

KEPT_FOR = timedelta(days=1)  # a plan nobody confirmed is forgotten, with its key


class PlanRefused(Exception):
    """The plan cannot be followed; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MatchTaken(PlanRefused):
    """Another record of Busy is matched with it; it moves when a person says so."""


# --- Beginning --------------------------------------------------------------------------------------------------------


@transaction.atomic
def start(
    provider: str, given: Mapping[str, str], *, project_sync: bool, verified: services.Verified, by: Membership
) -> Plan:
    """A plan for connecting with credentials that were ``verified``, in place of this person's earlier one."""
    _forget_old(provider, by)
    company = verified.company
    existing = Connection.objects.filter(provider=provider).first()
    plan = Plan.objects.create(
        provider=provider,
        by=by,
        company_id=company.id[:100],
        company_name=company.name[:255],
        company_number=company.organization_number[:40],
        missing=list(company.missing),
        project_sync=project_sync,
        replaces=existing is not None and bool(existing.company_id) and existing.company_id != company.id,
    )
    facts = registry.connector(provider).facts
    cleaned = {field.key: given.get(field.key, "").strip() for field in facts.credentials}
    _seal(plan, verified.credentials if facts.oauth else cleaned)
    return plan


def _seal(plan: Plan, given: Mapping[str, str]) -> None:
    plan.credentials = secrets.seal(json.dumps(dict(given)), context=_context(plan))
    plan.save(update_fields=["credentials"])


@transaction.atomic
def start_project_sync(connection: Connection, *, by: Membership) -> Plan:
    """A plan for turning project sync on in a connection that runs (R4, R6)."""
    _forget_old(connection.provider, by)
    return Plan.objects.create(
        provider=connection.provider,
        purpose=Purpose.PROJECT_SYNC,
        by=by,
        company_id=connection.company_id,
        company_name=connection.company_name,
        company_number=connection.company_number,
        project_sync=True,
    )


def _forget_old(provider: str, by: Membership) -> None:
    Plan.objects.filter(provider=provider, by=by).delete()
    Plan.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()


def plan_of(provider: str, by: Membership) -> Plan | None:
    """The person's plan for the provider, unless it is too old to be followed."""
    found = Plan.objects.filter(provider=provider, by=by).first()
    return found if found is not None and found.created_at > timezone.now() - KEPT_FOR else None


def _context(plan: Plan) -> str:
    return f"{plan.workspace_id}:{plan.pk}:plan"


def credentials_of(plan: Plan) -> dict[str, str]:
    """Raises LoginNeeded when the key they were sealed with is gone."""
    try:
        found: dict[str, str] = json.loads(secrets.unseal(plan.credentials, context=_context(plan)))
    except secrets.CannotDecrypt as error:
        raise LoginNeeded(Problem(code="credentials_unreadable", turn=Turn.ADMINISTRATOR)) from error
    return found


class PlanKeyring:
    """The kernel's Keyring over a plan's row. A plan is one person's, who reads one list after the other, and its
    access token is young: nobody else renews at the same time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __repr__(self) -> str:
        return f"<PlanKeyring of plan {self._plan.pk}>"

    def read(self) -> Mapping[str, str]:
        with scope(self._plan.workspace_id):
            self._plan.refresh_from_db(fields=["credentials"])
        return credentials_of(self._plan)

    def exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def write(self, credentials: Mapping[str, str]) -> None:
        with scope(self._plan.workspace_id):
            if not Plan.objects.filter(pk=self._plan.pk).exists():  # given up meanwhile
                raise Temporary(Code.NOT_SETTLED, reason="renewal")
            _seal(self._plan, credentials)


# --- Reading ----------------------------------------------------------------------------------------------------------


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


def unread(plan: Plan) -> list[Kind]:
    return [kind for kind in kinds_of(plan) if str(kind) not in plan.read]


def read(plan: Plan, kind: Kind) -> None:
    """Read one kind from the provider, with no transaction open, and match it. A trouble is noted in the plan."""
    ensure_no_transaction()
    try:
        records = _listed(plan, kind)
    except ProviderError as error:
        with scope(plan.workspace_id):
            _note(plan, kind, {"problem": error.problem.to_json()})
        return
    with scope(plan.workspace_id), transaction.atomic():
        if not Plan.objects.select_for_update().filter(pk=plan.pk).exists():
            return  # given up meanwhile
        _store(plan, kind, records)
        _note(plan, kind, {"count": len(records)})


def _listed(plan: Plan, kind: Kind) -> list[Record]:
    pull = registry.connector(plan.provider).pull(kind)
    if pull is None:
        raise LookupError(f"{plan.provider} has no {kind}")
    found: dict[str, Record] = {}
    with _opened(plan) as api:
        for page in pull.read(api, None):
            found |= {record.external_id: record for record in page.records if len(record.external_id) <= 100}
    return list(found.values())


def _opened(plan: Plan) -> AbstractContextManager[Any]:
    if plan.purpose == Purpose.PROJECT_SYNC:
        with scope(plan.workspace_id):
            connection = Connection.objects.get(provider=plan.provider)
        return conversation(connection, observe=Recorder())
    connector = registry.connector(plan.provider)
    given = credentials_of(plan)
    access = Access(
        credentials=given,
        settings=connector.facts.settings_from(os.environ),
        sessions=FirstSessions(plan.workspace_id, plan.provider, given),
        keyring=PlanKeyring(plan),
        quota=quotas.shared(),
    )
    return connector.open(access)


def _note(plan: Plan, kind: Kind, told: dict[str, Any]) -> None:
    fresh = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    if fresh is not None:
        fresh.read = plan.read = {**fresh.read, str(kind): told}
        fresh.save(update_fields=["read"])


def _store(plan: Plan, kind: Kind, records: list[Record]) -> None:
    PlannedRecord.objects.filter(plan=plan, kind=kind).delete()
    rows = {
        record.external_id: PlannedRecord(
            workspace_id=plan.workspace_id,
            plan=plan,
            kind=kind,
            external_id=record.external_id,
            number=_text(getattr(record, "number", ""), 100),
            name=_text(record.name, 255),
            email=_text(getattr(record, "email", ""), 254),
            archived=record.archived,
        )
        for record in records
        if not (isinstance(record, EmployeeRecord) and record.archived)
    }
    linked = _linked(plan, kind, rows)
    for external_id, local_id in linked.items():
        if external_id in rows:
            rows[external_id].local_id, rows[external_id].basis = local_id, Basis.LINKED
            rows[external_id].is_matched = True
    _match(plan, kind, rows, set(linked.values()))
    planned_rows.insert(rows.values())


def _text(text: str, length: int) -> str:
    return text.replace("\x00", "").strip()[:length]


def _linked(plan: Plan, kind: Kind, rows: Mapping[str, PlannedRecord]) -> dict[str, int]:
    """What is linked already: from an earlier time, or by the employee number that stands at both ends."""
    if kind is Kind.EMPLOYEES and links_people(plan):
        rows_there = MemberLink.objects.filter(connection__provider=plan.provider)
        return {} if plan.replaces else dict(rows_there.values_list("external_id", "local_id"))
    if kind is Kind.EMPLOYEES:
        numbers = _once(row.number for row in rows.values())
        members = Membership.objects.filter(is_active=True).exclude(employee_number="")
        by_number = dict(members.values_list("employee_number", "pk"))
        return {
            row.external_id: by_number[row.number]
            for row in rows.values()
            if row.number in numbers and row.number in by_number
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


def _match(plan: Plan, kind: Kind, rows: Mapping[str, PlannedRecord], linked: set[int]) -> None:
    by_link = kind is Kind.EMPLOYEES and links_people(plan)
    ours = [one for one in _ours(kind, by_link=by_link) if one.key not in linked]
    theirs = [
        Named(key=row.external_id, number="" if kind is Kind.EMPLOYEES else row.number, name=row.name, email=row.email)
        for row in rows.values()
        if not row.is_matched and (kind is not Kind.EMPLOYEES or row.number or by_link)
    ]
    for pair in matching.pairs(ours, theirs):
        row = rows[pair.theirs]
        row.local_id, row.basis = pair.ours, pair.basis
        # Two people may share a name; an employee number is not written on that ground alone.
        row.is_matched = pair.is_sure and (kind is not Kind.EMPLOYEES or pair.basis is Basis.EMAIL)


def links_people(plan: Plan) -> bool:
    """Whether users are linked by the provider's id, and need no employee number (R70)."""
    return registry.connector(plan.provider).facts.links_people


def _ours(kind: Kind, *, by_link: bool = False) -> list[Named[int]]:
    """Active records that Busy keeps; of customers and people their e-mail too."""
    if kind is Kind.EMPLOYEES:
        members = Membership.objects.filter(is_active=True)
        members = members if by_link else members.filter(employee_number="")
        return [Named(key=pk, name=name, email=email) for pk, name, email in members.values_list(
            "pk", "user__name", "user__email")]  # fmt: skip
    model: Any = TARGETS[kind].model
    rows = model.objects.filter(archived_at=None).values_list("pk", "number", "name")
    return [Named(key=pk, number=number, name=name) for pk, number, name in rows]


# --- Changing a match -------------------------------------------------------------------------------------------------


@transaction.atomic
def choose(plan: Plan, kind: Kind, local_id: int, external_id: str | None, *, moves: bool = False) -> None:
    """Match a record of Busy with one of the provider, or with none. Raises MatchTaken, PlanRefused."""
    Plan.objects.select_for_update().get(pk=plan.pk)
    records = PlannedRecord.objects.filter(plan=plan, kind=kind)
    mine = records.filter(local_id=local_id, is_matched=True).first()
    if mine is not None and mine.basis == Basis.LINKED:
        raise PlanRefused(_("This link is from an earlier time. Change it on the mapping page once it is connected."))
    if external_id is None:
        records.filter(local_id=local_id).update(is_matched=False)
        return
    wanted = records.filter(external_id=external_id).first()
    if wanted is None:
        raise PlanRefused(_("That record is not in the list that was read."))
    if kind is Kind.EMPLOYEES and not wanted.number and not links_people(plan):
        raise PlanRefused(_("%(name)s has no employee number there. Write one, then read again.") % {"name": wanted})
    if wanted.is_matched and wanted.local_id != local_id:
        if wanted.basis == Basis.LINKED:
            raise PlanRefused(
                _("This link is from an earlier time. Change it on the mapping page once it is connected.")
            )
        if not moves:
            raise MatchTaken(
                _("“%(holder)s” is matched with it. Move the match if that is right.")
                % {"holder": name_of(kind, wanted.local_id or 0)}
            )
    records.filter(local_id=local_id).exclude(pk=wanted.pk).update(local_id=None, basis="", is_matched=False)
    wanted.basis = wanted.basis if wanted.local_id == local_id else Basis.HAND
    wanted.local_id, wanted.is_matched = local_id, True
    wanted.save(update_fields=["local_id", "basis", "is_matched"])


def name_of(kind: Kind, local_id: int) -> str:
    if kind is Kind.EMPLOYEES:
        return str(Membership.objects.select_related("user").get(pk=local_id).user)
    model: Any = TARGETS[kind].model
    return str(model.objects.get(pk=local_id))


# --- Confirming -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    connection: Connection
    left_out: int  # matches that no longer fit, since a record was linked or went meanwhile


def in_the_way(plan: Plan) -> str:
    """Why the plan cannot be confirmed now, in words; "" when it can."""
    if unread(plan):
        return _("The lists have not been read yet.")
    for kind, told in plan.read.items():
        problem = told.get("problem")
        if problem and (problem["code"] != Code.RIGHTS_MISSING or kind == Kind.PROJECTS):
            return _("Not everything could be read, so nobody can say what would happen. Read again first.")
    return ""


def confirm(plan: Plan, *, verified: services.Verified | None, by: Membership) -> Confirmed:
    """Do what the plan says: links first, then the first synchronisation. ``verified`` is what the key said a moment
    ago.

    Raises PlanRefused when somebody else was first or the key has another owner by now, services.CannotConnect.
    """
    with transaction.atomic():
        found = Plan.objects.select_for_update().filter(pk=plan.pk).first()
        if found is None:
            raise PlanRefused(_("This preview was confirmed or given up already."))
        if reason := in_the_way(found):
            raise PlanRefused(reason)
        done = _turn_on(found, by) if found.purpose == Purpose.PROJECT_SYNC else _connect(found, verified, by)
        found.delete()
    return done


def _turn_on(plan: Plan, by: Membership) -> Confirmed:
    connection = health.lock(Connection.objects.get(provider=plan.provider).pk)
    _ensure_first(plan, connection)
    if not connection.is_running or connection.project_sync:
        raise PlanRefused(_("The connection was changed meanwhile. Look at the preview again."))
    left: list[int] = []
    services.change_project_sync(connection, on=True, by=by, matched=lambda made: left.append(make_links(plan, made)))
    alone.carry_out(plan, health.lock(connection.pk), kinds_of(plan))
    return Confirmed(connection=connection, left_out=sum(left))


def _connect(plan: Plan, verified: services.Verified | None, by: Membership) -> Confirmed:
    if verified is None or verified.company.id != plan.company_id:
        raise PlanRefused(_("The key belongs to another company than it did. Begin again."))
    existing = Connection.objects.select_for_update(no_key=True).filter(provider=plan.provider).first()
    if existing is not None:
        _ensure_first(plan, existing)
    left: list[int] = []
    connection = services.connect(
        plan.provider,
        credentials_of(plan),
        project_sync=plan.project_sync,
        by=by,
        verified=verified,
        replaces=plan.replaces,
        matched=lambda made: left.append(make_links(plan, made)),
    )
    alone.carry_out(plan, connection, kinds_of(plan))
    return Confirmed(connection=connection, left_out=sum(left))


def _ensure_first(plan: Plan, connection: Connection) -> None:
    """Somebody else may have looked at a preview too, and confirmed it."""
    since = connection.credentials_set_at
    if since is not None and since > plan.created_at:
        who = connection.connected_by.user if connection.connected_by else None
        raise PlanRefused(
            _("%(name)s has connected it meanwhile. Begin again if you want something else.") % {"name": who or "–"}
        )


def make_links(plan: Plan, connection: Connection) -> int:
    """Links for what is matched; how many matches no longer fit."""
    left_out = 0
    for kind in kinds_of(plan):
        matched = PlannedRecord.objects.filter(plan=plan, kind=kind, is_matched=True).exclude(basis=Basis.LINKED)
        if kind is Kind.EMPLOYEES:
            left_out += (
                plan_links.give_links(connection, matched) if links_people(plan) else plan_links.give_numbers(matched)
            )
        else:
            left_out += matched.count() - plan_links.link(plan, connection, kind)
    return left_out
