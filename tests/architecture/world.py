"""One of each thing that an address can name, at Fjell. A new parameter of a URL gets a line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from busy.catalog.customer_models import CustomerField, CustomerTag
from busy.catalog.models import Customer, Product, Project, ProjectWorkType, Rate, Task, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.groups import create_group
from busy.workspaces.invitations import invite
from busy.workspaces.models import Role, Workspace
from busy.workspaces.scope import scope
from integrations.hour_models import HoursCell
from integrations.models import Connection, ConnectionState, Delivery, DeliveryState, PullOutcome, PullRun
from orders.models import Order
from tests.people import Person, join
from timesheets.models import Approval, ReopenRequest, Timer


@dataclass(frozen=True, slots=True)
class World:
    """``parameters`` is what the guard test puts into addresses, by the parameter's name; objects by number."""

    dina: Person
    cilla: Person
    parameters: dict[str, Any]


def make_world(dina: Person, cilla: Person) -> World:
    workspace = dina.workspace
    anna = join(workspace, "Anna Aas", Role.EMPLOYEE)
    with scope(workspace.pk):
        invitation = invite(email="eli@busy.example", name="Eli", role=Role.EMPLOYEE, by=dina.membership)
        customer = Customer.objects.create(name="Solvik kommune")
        tag = CustomerTag.objects.create(name="Regnskap")
        own_field = CustomerField.objects.create(name="Bransje")
        product = Product.objects.create(name="Design", number="100")
        work_type = WorkType.objects.create(name="Design", product=product)
        project = Project.objects.create(name="Solvik skole", customer=customer)
        ProjectWorkType.objects.create(project=project, work_type=work_type)
        rate = Rate.objects.create(project=project, amount=1200)
        Workspace.objects.filter(pk=workspace.pk).update(uses_tasks=True)
        task = Task.objects.create(project=project, name="Tegninger")
        connection = Connection.objects.create(
            provider="tripletex", company_id="1", company_name="Fjell AS", state=ConnectionState.PAUSED
        )
        timer = Timer.objects.create(member=dina.membership, user=dina.user, project=project, work_type=work_type)
        run = PullRun.objects.create(connection=connection, kind="projects", outcome=PullOutcome.PARKED, parked=[])
        delivery = Delivery.objects.create(
            connection=connection, kind="hours", key="hours:1", reference="Busy 1", state=DeliveryState.ATTENTION
        )
        cell = HoursCell.objects.create(
            connection=connection,
            delivery=delivery,
            member=anna,
            project=project,
            work_type=work_type,
            day=local_today(workspace.zone),
            minutes_wanted=450,
        )
        group = create_group(name="Oslo", parent_id=None)
        order = Order.objects.create(
            number=1001,
            project=project,
            customer=customer,
            currency="NOK",
            order_date=local_today(workspace.zone),
            created_by=dina.membership,
        )
        approval = Approval.objects.create(
            kind="person",
            member=anna,
            first_day=local_today(workspace.zone),
            last_day=local_today(workspace.zone),
            approved_by=dina.membership,
        )
        asked = ReopenRequest.objects.create(member=anna, approval=approval)
    return World(
        dina=dina,
        cilla=cilla,
        parameters={
            "workspace": workspace.slug,
            "slug": workspace.slug,
            "week": str(Week.of(local_today(workspace.zone))),
            "member_id": anna.pk,
            "group_id": group.pk,
            "invitation_id": invitation.pk,
            "customer_id": customer.pk,
            "tag_id": tag.pk,
            "field_id": own_field.pk,
            "product_id": product.pk,
            "work_type_id": work_type.pk,
            "project_id": project.pk,
            "rate_id": rate.pk,
            "request_id": asked.pk,
            "task_id": task.pk,
            "order_id": order.pk,
            "provider": connection.provider,
            "run_id": run.pk,
            "cell_id": cell.pk,
            "client_id": str(uuid4()),
            "day": str(local_today(workspace.zone)),
            "timer_id": timer.client_id,
        },
    )
