"""Orders in the provider's words: our rows become a payload of the provider's ids, or a list of what is missing (R25,
R32).

Everything is asked of our own tables; what the provider itself says is asked live only when these say no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from busy.catalog.models import Product, Project
from busy.workspaces.models import Membership
from integrations import people, set_up
from integrations.conversations import connector_of
from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Param, Problem, RecordRef, Turn
from integrations.kernel.payloads import OrderLinePayload, OrderPayload
from integrations.kernel.records import Kind
from integrations.models import Connection, CustomerLink, MemberLink, ProductLink, ProjectLink, ProviderEmployee
from orders.models import Order, OrderLine

PROJECT, CUSTOMER, REFERENCE, PRODUCT = "project_active", "customer_active", "reference_active", "product_active"
SET_UP = "set_up_done"
# What only the provider's own state decides: our copy of it may be a minute old, so it is asked before we say no.
STATES = frozenset({Code.PROJECT_CLOSED, Code.CUSTOMER_INACTIVE, Code.PRODUCT_INACTIVE, Code.REFERENCE_INACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """``payload`` is None when an id is missing. ``checks`` are the conditions one by one, failed ones with their
    problem."""

    payload: OrderPayload | None
    checks: tuple[Check, ...]

    @property
    def problem(self) -> Problem | None:
        """The first thing in the way."""
        return next((check.problem for check in self.checks if check.state is CheckState.FAILED), None)

    @property
    def needs_live_look(self) -> bool:
        """Whether everything that fails is a state at the provider, which may have changed since our last pull."""
        failed = [check for check in self.checks if check.state is CheckState.FAILED]
        return (
            self.payload is not None
            and bool(failed)
            and all(check.problem is not None and check.problem.code in STATES for check in failed)
        )


def draft_of(connection: Connection, order_id: int, reference: str) -> Draft:
    """The order as it would be sent now, in a constant number of queries. Call in a scope."""
    order = Order.objects.select_related("project", "customer", "project__customer", "our_reference__user").get(
        pk=order_id
    )
    lines = list(
        OrderLine.objects.filter(order=order)
        .select_related("product", "work_type", "work_type__product")
        .order_by("position")
    )
    project_check, project_id = _project(connection, order)
    customer_check, customer_id = _customer(connection, order)
    reference_checks, employee_id = _our_reference(connection, order)
    product_checks, product_ids = _products(connection, lines)
    ids = (*project_check, customer_check, *product_checks)
    checks = (*_set_up(connection), *project_check, customer_check, *reference_checks, *product_checks)
    has_ids = all(check.record is not None and check.record.external_id for check in ids)
    lacks_person = order.our_reference_id and _knows_people(connection) and employee_id is None
    if not has_ids or customer_id is None or lacks_person:
        return Draft(payload=None, checks=checks)
    payload = OrderPayload(
        reference=reference,
        number=str(order.number),
        customer_id=customer_id,
        project_id=project_id,
        our_reference_employee_id=employee_id,
        our_reference_name=str(order.our_reference.user) if order.our_reference else "",
        order_date=order.order_date,
        delivery_date=order.order_date,
        currency=order.currency,
        comment=order.text,
        lines=tuple(_line(line, product_ids.get(line.pk)) for line in lines),
    )
    return Draft(payload=payload, checks=checks)


def _line(line: OrderLine, product_id: str | None) -> OrderLinePayload:
    product = _product_of(line)
    return OrderLinePayload(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        product_id=product_id,
        unit=product.unit if product else "",
    )


def _passed(name: str, what: str, external_id: str, label: str, line: int | None = None) -> Check:
    return Check(
        name=name,
        state=CheckState.PASSED,
        record=RecordRef(what=what, external_id=external_id, line=line),
        label=label,
    )


def _failed(name: str, what: str, external_id: str, label: str, problem: Problem, line: int | None = None) -> Check:
    record = RecordRef(what=what, external_id=external_id, line=line)
    return Check(
        name=name, state=CheckState.FAILED, record=record, label=label, problem=replace(problem, record=record)
    )


def _set_up(connection: Connection) -> list[Check]:
    """What is sent depends on answers that nobody has given yet (R104)."""
    if not set_up.is_waited_for(connection):
        return []
    problem = Problem(code=set_up.UNFINISHED, turn=Turn.ADMINISTRATOR, cure=Cure(page=CurePage.SET_UP))
    return [_failed(SET_UP, "set_up", "", "", problem)]


def _project(connection: Connection, order: Order) -> tuple[list[Check], str | None]:
    """Without project sync a project need not exist at the provider; the order then goes without one (R7)."""
    project = order.project
    link = ProjectLink.objects.filter(connection=connection, local=project).first()
    params: dict[str, Param] = {"name": str(project), "project_id": project.pk}
    if link is None:
        if not connection.project_sync:
            return [], None
        problem = Problem(
            code=Code.NOT_LINKED,
            params={**params, "kind": "project"},
            turn=Turn.AUTHOR,
            cure=Cure(page=CurePage.PROJECT),
        )
        return [_failed(PROJECT, "project", "", str(project), problem)], None
    if project.is_archived and project.mastered_by:
        problem = Problem(
            code=Code.PROJECT_CLOSED,
            params={"number": project.number, **params, "name": project.name},
            turn=Turn.ACCOUNTING,
        )
        return [_failed(PROJECT, "project", link.external_id, str(project), problem)], link.external_id
    return [_passed(PROJECT, "project", link.external_id, str(project))], link.external_id


def _customer(connection: Connection, order: Order) -> tuple[Check, str | None]:
    customer = order.customer or order.project.customer
    if customer is None:
        problem = Problem(
            code="project_without_customer",
            params={"name": str(order.project), "project_id": order.project_id},
            turn=Turn.AUTHOR,
            cure=Cure(page=CurePage.PROJECT),
        )
        return _failed(CUSTOMER, "customer", "", str(order.project), problem), None
    link = CustomerLink.objects.filter(connection=connection, local=customer).first()
    params: dict[str, Param] = {"name": str(customer), "customer_id": customer.pk}
    if link is None:
        problem = Problem(
            code=Code.NOT_LINKED,
            params={**params, "kind": "customer"},
            turn=Turn.AUTHOR,
            cure=Cure(page=CurePage.CUSTOMER),
        )
        return _failed(CUSTOMER, "customer", "", str(customer), problem), None
    if customer.is_archived and customer.mastered_by:
        problem = Problem(
            code=Code.CUSTOMER_INACTIVE,
            params={"number": customer.number, **params, "name": customer.name},
            turn=Turn.ACCOUNTING,
        )
        return _failed(CUSTOMER, "customer", link.external_id, str(customer), problem), link.external_id
    return _passed(CUSTOMER, "customer", link.external_id, str(customer)), link.external_id


def _knows_people(connection: Connection) -> bool:
    """Whether the provider's employees are fetched. One without them takes our reference as a name."""
    connector = connector_of(connection)
    return connector.pull(Kind.EMPLOYEES) is not None and not connector.facts.reference_by_name


def _our_reference(connection: Connection, order: Order) -> tuple[list[Check], str | None]:
    """The person is known at the provider by the employee number that both sides hold (R34, R35)."""
    member = order.our_reference
    if member is None or not _knows_people(connection):
        return [], None
    if people.are_linked(connection):
        return _linked_reference(connection, member)
    label, number = str(member.user), member.employee_number.strip()
    params: dict[str, Param] = {"user": label, "user_id": member.pk}
    cure = Cure(page=CurePage.USER)
    if not number:
        problem = Problem(code=Code.EMPLOYEE_NUMBER_MISSING, params=params, turn=Turn.ADMINISTRATOR, cure=cure)
        return [_failed(REFERENCE, "employee", "", label, problem)], None
    found = list(
        ProviderEmployee.objects.filter(connection=connection, number=number).order_by("archived_at", "pk")[:3]
    )
    active = [employee for employee in found if employee.archived_at is None]
    params["number"] = number
    if not found or len(active) > 1:
        problem = Problem(
            code=Code.EMPLOYEE_NOT_FOUND,
            params={**params, "matches": len(active)},
            turn=Turn.ADMINISTRATOR,
            cure=cure,
        )
        return [_failed(REFERENCE, "employee", "", label, problem)], None
    if not active:
        problem = Problem(code=Code.REFERENCE_INACTIVE, params={**params, "name": label}, turn=Turn.ACCOUNTING)
        return [_failed(REFERENCE, "employee", found[0].external_id, label, problem)], found[0].external_id
    return [_passed(REFERENCE, "employee", active[0].external_id, label)], active[0].external_id


def _linked_reference(connection: Connection, member: Membership) -> tuple[list[Check], str | None]:
    """Where people are linked by the provider's id (R70). Nobody else stands in for a reference."""
    label = str(member.user)
    link = MemberLink.objects.filter(connection=connection, local=member).first()
    there = ProviderEmployee.objects.filter(connection=connection, external_id=link.external_id if link else "").first()
    if link is not None and there is not None and there.archived_at is None:
        return [_passed(REFERENCE, "employee", link.external_id, label)], link.external_id
    params: dict[str, Param] = {"user": label, "user_id": member.pk, "name": label}
    if link is None:
        cure = Cure(page=CurePage.CONNECTION)
        problem = Problem(code="nobody_linked", params=params, turn=Turn.ADMINISTRATOR, cure=cure)
        return [_failed(REFERENCE, "employee", "", label, problem)], None
    problem = Problem(code=Code.REFERENCE_INACTIVE, params=params, turn=Turn.ACCOUNTING)
    return [_failed(REFERENCE, "employee", link.external_id, label, problem)], link.external_id


def _products(connection: Connection, lines: Iterable[OrderLine]) -> tuple[list[Check], dict[int, str]]:
    """One check per product, or per work type that lacks one; and the provider's id for each line that has one (R23,
    R25)."""
    found = {line.pk: product for line in lines if (product := _product_of(line)) is not None}
    links = dict(
        ProductLink.objects.filter(connection=connection, local__in=set(found.values())).values_list(
            "local_id", "external_id"
        )
    )
    checks: dict[tuple[str, int], Check] = {}
    for index, line in enumerate(lines):
        product = found.get(line.pk)
        if product is None and line.work_type is None:
            continue  # a line of its own words needs no product
        key = ("product", product.pk) if product else ("work_type", line.work_type_id or 0)
        if key not in checks:
            checks[key] = _product_check(line, index, product, links)
    return list(checks.values()), {pk: links[product.pk] for pk, product in found.items() if product.pk in links}


def _product_of(line: OrderLine) -> Product | None:
    """The line's product while it is active, else what its work type carries now: a cure there reaches the order."""
    of_type: Product | None = line.work_type.product if line.work_type else None
    own: Product | None = line.product
    if own is not None and (not own.is_archived or of_type is None):
        return own
    return of_type


def _product_check(line: OrderLine, index: int, product: Product | None, links: Mapping[int, str]) -> Check:
    params: dict[str, Param] = {"line": line.description}
    if line.work_type is not None:
        params |= {"work_type": str(line.work_type), "work_type_id": line.work_type_id}
    cure = Cure(page=CurePage.WORK_TYPE if line.work_type else CurePage.ORDER)
    if product is None:
        problem = Problem(code=Code.WORK_TYPE_WITHOUT_PRODUCT, params=params, turn=Turn.ADMINISTRATOR, cure=cure)
        return _failed(PRODUCT, "product", "", str(line.work_type), problem, index)
    external_id = links.get(product.pk, "")
    params |= {"name": product.name, "number": product.number}
    if not external_id:
        problem = Problem(
            code=Code.NOT_LINKED, params={**params, "kind": "product"}, turn=Turn.ADMINISTRATOR, cure=cure
        )
        return _failed(PRODUCT, "product", "", str(product), problem, index)
    if product.is_archived:
        problem = Problem(code=Code.PRODUCT_INACTIVE, params=params, turn=Turn.ADMINISTRATOR, cure=cure)
        return _failed(PRODUCT, "product", external_id, str(product), problem, index)
    return _passed(PRODUCT, "product", external_id, str(product), index)


# --- What the provider says, in our words
# ---------------------------------------------------------------------------------


def told_by_provider(checks: Iterable[Check], ours: Iterable[Check]) -> tuple[Check, ...]:
    """The provider's checks with our names and pages, and what it cannot know (R32)."""
    known = {(check.name, check.record.external_id): check for check in ours if check.record}
    told = []
    for check in checks:
        mine = known.pop((check.name, check.record.external_id if check.record else ""), None)
        if mine is not None:
            check = replace(check, label=mine.label or check.label)
            if check.problem is not None:
                check = replace(check, problem=_with_ours(check.problem, mine.problem))
        told.append(check)
    return (*told, *known.values())


def _with_ours(problem: Problem, mine: Problem | None) -> Problem:
    return replace(problem, params={**(mine.params if mine else {}), **_present(problem.params)})


def _present(params: Mapping[str, Param]) -> dict[str, Param]:
    return {key: value for key, value in params.items() if value not in ("", None)}


def with_our_records(problem: Problem, connection: Connection, order_id: int) -> Problem:
    """A provider's problem, with the ids and names of our pages that cure it."""
    record = problem.record
    if record is None:
        return problem
    params = {**_ours(record, connection, order_id), **_present(problem.params)}
    return replace(problem, params=params)


def _ours(record: RecordRef, connection: Connection, order_id: int) -> dict[str, Param]:
    if record.what == "project":
        local = ProjectLink.objects.filter(connection=connection, external_id=record.external_id).first()
        return {"project_id": local.local_id, "name": str(Project.objects.get(pk=local.local_id))} if local else {}
    if record.what == "customer":
        customer = CustomerLink.objects.filter(connection=connection, external_id=record.external_id).select_related(
            "local"
        )
        return {"customer_id": found.local_id, "name": found.local.name} if (found := customer.first()) else {}
    if record.what == "product":
        return _work_type_of(record, order_id)
    if record.what == "employee":
        order = Order.objects.select_related("our_reference__user").get(pk=order_id)
        member = order.our_reference
        return {"user": str(member.user), "user_id": member.pk, "number": member.employee_number} if member else {}
    return {}


def _work_type_of(record: RecordRef, order_id: int) -> dict[str, Param]:
    lines = OrderLine.objects.filter(order=order_id).select_related("work_type").order_by("position")
    line = lines[record.line : record.line + 1].first() if record.line is not None else None
    if line is None or line.work_type is None:
        return {}
    return {"work_type": str(line.work_type), "work_type_id": line.work_type_id, "line": line.description}
