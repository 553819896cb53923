"""Writes about rates. A rate is never overwritten by a later one: it is followed by it, from a day on (P27)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from busy.catalog.errors import RateInForce
from busy.catalog.events import ProjectChanged
from busy.catalog.models import Project, Rate, RateMode, RateModeChange, WorkType
from busy.catalog.rules import ensure_amount
from busy.catalog.services.projects import editable
from busy.catalog.services.records import hold, workspace_in_scope
from busy.lib.events import publish
from busy.lib.periods import local_today
from busy.workspaces.models import Membership


@transaction.atomic
def set_rate(
    amount: Decimal | None,
    *,
    valid_from: date | None,
    project: Project | None = None,
    work_type: WorkType | None = None,
    member: Membership | None = None,
) -> Rate:
    """Let the rate be ``amount`` from a day on, None from the beginning; days before keep the rate they had (P27).

    Nothing named is the workspace's default, a work type alone is its default, a project with or without one of the
    others is the project's (P26). No amount ends the rate on that day. The same day again corrects what was set for it.
    Raises NotAnAmount, ProjectFrozen (R9), ValueError for a member's rate outside of a project.
    """
    if member and (project is None or work_type):
        raise ValueError("A person's rate belongs to a project and to no work type.")
    if project:
        project = editable(project)
    workspace = workspace_in_scope()
    ensure_amount(amount, workspace.currency)
    hold("rates")
    rate, _ = Rate.objects.update_or_create(
        project=project, work_type=work_type, member=member, valid_from=valid_from, defaults={"amount": amount}
    )
    _tell(project)
    return rate


@transaction.atomic
def withdraw_rate(rate: Rate) -> None:
    """Take back a rate that is still to come. Raises RateInForce for one that has begun (P27), ProjectFrozen (R9)."""
    project = editable(rate.project) if rate.project else None
    if rate.valid_from is None or rate.valid_from <= local_today(workspace_in_scope().zone):
        raise RateInForce(rate.valid_from)
    rate.delete()
    _tell(project)


@transaction.atomic
def change_rate_mode(project: Project, mode: RateMode, *, valid_from: date | None) -> Project:
    """Set the project up for other rates from a day on, None from the beginning; days before keep theirs (P26, P27).

    Choices for the same day or later ones give way to this one. Raises ProjectFrozen (R9).
    """
    project = editable(project)
    changes = RateModeChange.objects.filter(project=project)
    if valid_from is None:
        changes.delete()
    else:
        if not changes.exists():
            changes.create(project=project, mode=project.rate_mode, valid_from=None)
        changes.filter(valid_from__gte=valid_from).delete()
        changes.create(project=project, mode=mode, valid_from=valid_from)
    project.rate_mode = mode
    project.save(update_fields=["rate_mode"])
    _tell(project)
    return project


def _tell(project: Project | None) -> None:
    if project:
        publish(ProjectChanged(project.workspace_id, project.pk))
