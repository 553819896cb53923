"""What the founder of a workspace begins with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from busy.catalog.models import Project, WorkType, WorkTypeKind
from busy.catalog.services.customers import customer_called
from busy.catalog.services.projects import create_project
from busy.catalog.services.rates import set_rate
from busy.catalog.services.records import hold
from busy.catalog.services.work_types import create_work_type
from busy.lib.periods import Week, local_today
from busy.workspaces.models import Membership
from timesheets.services import add_row


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWork:
    """What a new workspace works on. ``rate`` is an hour's price in the workspace's currency, None when not said."""

    customer: str
    project: str
    work_types: tuple[str, ...]
    internal: bool
    rate: Decimal | None


def suggested_work_types(language: str) -> tuple[str, ...]:
    """What hours for customers are often called, in the workspace's language."""
    with translation.override(language):
        return (_("Consulting"), _("Design"), _("Meetings"))


@transaction.atomic
def begin(first: FirstWork, *, by: Membership) -> None:
    """Make the first customer, project, work types and rate, the internal project (P11), and a row on this week.

    A second click changes nothing. Raises CatalogRefusal, as the services of the catalogue do.
    """
    hold("onboarding")
    if has_begun():
        return
    customer = customer_called(first.customer) if first.customer else None
    kinds = [create_work_type(name=name) for name in first.work_types]
    project = create_project(by=by, name=first.project, customer=customer, work_types=kinds)
    if first.rate is not None:
        set_rate(first.rate, valid_from=None)
    if first.internal:
        _internal_project(by)
    add_row(by, Week.of(local_today(by.workspace.zone)), project.pk, kinds[0].pk, by=by)


def has_begun() -> bool:
    return Project.objects.exists()


def finish(member: Membership) -> None:
    """The founder is not asked again."""
    Membership.objects.filter(pk=member.pk, onboarded_at=None).update(onboarded_at=timezone.now())


def _internal_project(by: Membership) -> Project:
    with translation.override(by.workspace.language):
        kinds: list[WorkType] = [
            create_work_type(name=name, is_billable=False, kind=kind)
            for name, kind in (
                (_("Internal meetings"), WorkTypeKind.WORK),
                (_("Administration"), WorkTypeKind.WORK),
                (_("Vacation"), WorkTypeKind.VACATION),
                (_("Sick leave"), WorkTypeKind.SICK_LEAVE),
                (_("Time off in lieu"), WorkTypeKind.TIME_OFF),
            )
        ]
        return create_project(by=by, name=_("Internal"), is_billable=False, work_types=kinds)
