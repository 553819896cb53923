"""The catalogue of the demo. Customers, projects and products come from the sandbox when one is connected."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from busy.catalog.models import Product, Project, Rate, RateMode, Task, WorkType, WorkTypeKind
from busy.catalog.services.customers import create_customer
from busy.catalog.services.products import create_product
from busy.catalog.services.project_parts import add_work_types
from busy.catalog.services.projects import change_project, create_project
from busy.catalog.services.rates import change_rate_mode, set_rate
from busy.catalog.services.tasks import create_task
from busy.catalog.services.work_types import change_work_type, create_work_type
from busy.workspaces.models import Membership, Workspace

_CUSTOMERS = (
    ("10001", "Havgap Sjømat AS"),
    ("10002", "Fjellvidda Energi ASA"),
    ("10003", "Bryggen Bokhandel AS"),
    ("10004", "Skärgård Design AB"),
    ("10005", "Ørsted & Lund ApS"),
)
_PROJECTS = (
    ("1001", "Nettbutikk for ferske råvarer", "10001"),
    ("1002", "Profil og emballasje", "10001"),
    ("1003", "Årsrapport 2026", "10002"),
    ("1004", "Intranett, fase 2", "10002"),
    ("1005", "Kampanje: Bok i gave", "10003"),
    ("1006", "Ny webbplats", "10004"),
    ("1007", "Brugerrejser og prototype", "10005"),
)
_PRODUCTS = (
    ("100", "Rådgivning", Decimal(1450)),
    ("110", "Design", Decimal(1250)),
    ("120", "Utvikling", Decimal(1350)),
    ("130", "Prosjektledelse", Decimal(1300)),
)
BILLABLE = ("Design", "Utvikling", "Rådgivning", "Prosjektledelse")
INTERNAL = {
    "Internmøte": WorkTypeKind.WORK,
    "Ferie": WorkTypeKind.VACATION,
    "Sykefravær": WorkTypeKind.SICK_LEAVE,
    "Avspasering": WorkTypeKind.TIME_OFF,
}
INTERNAL_PROJECT = "Intern tid"
_ONE_RATE = ("Profil og emballasje", Decimal(1400))
_DEFAULT_RATE = Decimal(1200)
TASK_DRIVEN_PROJECT = "Ny webbplats"
# Number, name, usual work type, budget in hours.
_TASKS = (
    ("1", "Startsida", "Design", 60),
    ("2", "Sidmallar", "Utvikling", 120),
    ("3", "Innehåll och texter", "Rådgivning", 40),
)


@transaction.atomic
def seed_own(by: Membership) -> None:
    """What the sandbox would have brought, as Busy's own; unless there are projects already."""
    if Project.objects.filter(archived_at=None).exists():
        return
    customers = {number: create_customer(name=name, number=number) for number, name in _CUSTOMERS}
    for number, name, customer in _PROJECTS:
        create_project(by=by, name=name, number=number, customer=customers[customer])
    create_project(by=by, name=INTERNAL_PROJECT, number="1012", is_billable=False)
    for number, name, price in _PRODUCTS:
        create_product(name=name, number=number, price=price)


@transaction.atomic
def refine() -> None:
    """What is Busy's own in either case: work types with products, where they are logged, and rates (R17, R21)."""
    kinds = {name: _work_type(name, is_billable=True) for name in BILLABLE}
    internal = [_work_type(name, is_billable=False, kind=kind) for name, kind in INTERNAL.items()]
    for project in Project.objects.filter(archived_at=None, project_work_types=None):
        if project.name == INTERNAL_PROJECT:
            change_project(project, is_billable=False)
            add_work_types(project, internal)
        else:
            add_work_types(project, kinds.values())
    if not Rate.objects.exists():
        _rates(kinds)
    _tasks(kinds)


def _tasks(kinds: dict[str, WorkType]) -> None:
    """One project is driven by tasks (P19); unless there are tasks already."""
    project = Project.objects.filter(name=TASK_DRIVEN_PROJECT, archived_at=None).first()
    if project is None or Task.objects.exists():
        return
    Workspace.objects.filter(pk=project.workspace_id).update(uses_tasks=True)
    change_project(project, is_task_driven=True)
    for number, name, work_type, hours in _TASKS:
        create_task(project, name=name, number=number, work_type=kinds[work_type], budget_minutes=hours * 60)


def _work_type(name: str, *, is_billable: bool, kind: str = WorkTypeKind.WORK) -> WorkType:
    product = Product.objects.filter(name=name, archived_at=None).first() if is_billable else None
    work_type = WorkType.objects.filter(name=name).first()
    if work_type is None:
        return create_work_type(name=name, product=product, is_billable=is_billable, kind=kind)
    if kind != work_type.kind:
        work_type = change_work_type(work_type, kind=kind)
    if work_type.product_id is None and product is not None:
        return change_work_type(work_type, product=product)
    return work_type


def _rates(kinds: dict[str, WorkType]) -> None:
    set_rate(_DEFAULT_RATE, valid_from=None)
    for work_type in kinds.values():
        price = work_type.product.price if work_type.product else None
        if price is not None:
            set_rate(price, valid_from=None, work_type=work_type)
    name, amount = _ONE_RATE
    project = Project.objects.filter(name=name, archived_at=None).first()
    if project is not None:
        change_rate_mode(project, RateMode.PROJECT, valid_from=None)
        set_rate(amount, valid_from=None, project=project)
