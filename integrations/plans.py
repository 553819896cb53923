"""What connecting would do, looked at before anything is imported: which records are the same at both ends, what comes
in, what is archived (R2-R13, R78). The administrator changes a match; a confirmation makes the links and starts.

A plan is one administrator's: two may look at the same time, and the first who confirms is the one who connects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from integrations import alone, health, plan_links, services
from integrations.appliers import TARGETS
from integrations.kernel import registry
from integrations.kernel.errors import Code
from integrations.kernel.records import Kind
from integrations.mapping_models import Basis, Purpose
from integrations.models import Connection, Plan, PlannedRecord
from integrations.patience import be_patient
from integrations.plan_keys import PlanKeyring, credentials_of, seal
from integrations.plan_reading import is_read, kinds_of, links_people, read, unread

__all__ = ["PlanKeyring", "credentials_of", "is_read", "kinds_of", "links_people", "read", "unread"]

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
    seal(plan, verified.credentials if facts.oauth else cleaned)
    return plan


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
        be_patient()
        found = Plan.objects.select_for_update().filter(pk=plan.pk).first()
        if found is None:
            raise PlanRefused(_("This preview was confirmed or given up already."))
        if reason := in_the_way(found):
            raise PlanRefused(reason)
        alone.settle(found, kinds_of(found))
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
