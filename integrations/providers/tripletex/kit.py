"""For the contract suite: the sandbox, an order it takes, what spoils it, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.payloads import HoursPayload
from integrations.kernel.records import Kind
from integrations.kernel.sandbox import ContractKit, HoursKit, Sandbox
from integrations.kernel.sandbox.kit import ListRequest, answer_of, changed, deleted, sample_order
from integrations.providers.tripletex import pulls, refusals, wire
from integrations.providers.tripletex.hour_rows import hours_of, minutes_of
from integrations.providers.tripletex.sandbox import TripletexSandbox
from integrations.providers.tripletex.sandbox.hours import cell

_PROJECT, _CUSTOMER, _PRODUCT, _EMPLOYEE = "87310101", "108615701", "53120202", "18500401"

_ORDER = sample_order(
    customer_id=_CUSTOMER,
    project_id=_PROJECT,
    products=(_PRODUCT, "53120203"),
    our_reference_employee_id=_EMPLOYEE,
)


_ACTIVITY = "31400301"
_HOURS = HoursPayload(
    reference="hours:1:1:1:2026-11-17",
    employee_id=_EMPLOYEE,
    project_id=_PROJECT,
    work_type_id=_ACTIVITY,
    day=date(2026, 11, 17),
    minutes=450,
    comment="Skisser & prøver",
)


def _own(sandbox: Sandbox) -> TripletexSandbox:
    return cast("TripletexSandbox", sandbox)


def _minutes(sandbox: Sandbox, payload: HoursPayload) -> list[int]:
    wanted = (
        int(payload.employee_id),
        int(payload.project_id) if payload.project_id else None,
        int(payload.work_type_id),
        payload.day.isoformat(),
    )
    entries = [entry for entry in _own(sandbox).hours() if cell(entry) == wanted]
    return [minutes_of(Decimal(str(entry["hours"]))) for entry in entries]


def _record(sandbox: Sandbox, payload: HoursPayload, minutes: int) -> None:
    _own(sandbox).record_hours(
        int(payload.employee_id),
        int(payload.project_id or 0),
        int(payload.work_type_id),
        payload.day.isoformat(),
        float(hours_of(minutes)),
    )


def _close_month(sandbox: Sandbox, _external_id: str = "") -> None:
    _own(sandbox).close_month(int(_EMPLOYEE), "2026-11", approved=True)


def _on_entry(**changes: Any) -> Callable[[Sandbox, str], None]:
    def lock(sandbox: Sandbox, external_id: str) -> None:
        _own(sandbox).change("TimesheetEntry", external_id, **changes)

    return lock


def _switch_off(sandbox: Sandbox) -> None:
    _own(sandbox).delete("SalesModule", 1)


_HOURS_KIT = HoursKit(
    cell=_HOURS,
    writes=(("POST", "/timesheet/entry"), ("PUT", "/timesheet/entry/*"), ("DELETE", "/timesheet/entry/*")),
    reads="/timesheet/entry",
    minutes=_minutes,
    record=_record,
    spoilers={
        Code.PROJECT_CLOSED: changed("Project", _PROJECT, isClosed=True),
        Code.PROJECT_MISSING: deleted("Project", _PROJECT),
        Code.OUTSIDE_PROJECT_DATES: changed("Project", _PROJECT, startDate="2026-11-18"),
        Code.ACTIVITY_NOT_USABLE: changed("Activity", _ACTIVITY, isDisabled=True),
        Code.ACTIVITY_MISSING: deleted("Activity", _ACTIVITY),
        Code.EMPLOYEE_INACTIVE: changed("Employee", _EMPLOYEE, allowInformationRegistration=False),
        Code.EMPLOYEE_UNKNOWN: deleted("Employee", _EMPLOYEE),
        Code.MONTH_CLOSED: _close_month,
        Code.HOURS_NOT_ACTIVE: _switch_off,
    },
    locks={
        Code.HOURS_LOCKED: _on_entry(locked=True),
        Code.HOURS_INVOICED: _on_entry(invoice={"id": 7_001}),
        Code.MONTH_CLOSED: _close_month,
    },
    demands={
        Code.NOT_PARTICIPANT: changed("Project", _PROJECT, forParticipantsOnly=True),
        Code.ACTIVITY_NOT_USABLE: changed("Project", _PROJECT, generalProjectActivitiesPerProjectOnly=True),
    },
)


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    answer = answer_of(status, body)
    if status == 401:
        return refusals.key_rejected(refusals.api_error(answer))
    return refusals.write_refused(answer, "orders") if is_write else refusals.read_refused(answer, "projects")


def _records(source: Any) -> Callable[[Any], Any]:
    return lambda body: source.records(msgspec.convert(body, wire.ListOf[source.rows]).values)


KIT = ContractKit(
    sandbox=TripletexSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path="/customer", field="name"),
        Kind.PROJECTS: ListRequest(path="/project", field="isClosed"),
        Kind.PRODUCTS: ListRequest(path="/product", field="isInactive"),
        Kind.WORK_TYPES: ListRequest(path="/activity", field="isDisabled"),
        Kind.EMPLOYEES: ListRequest(path="/employee", field="id"),
    },
    samples={
        "customer": _records(pulls.CUSTOMERS),
        "project": _records(pulls.PROJECTS),
        "product": _records(pulls.PRODUCTS),
        "activity": _records(pulls.ACTIVITIES),
        "employee": _records(pulls.EMPLOYEES),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=_ORDER,
    order_request=("POST", "/order"),
    orders=lambda sandbox: _own(sandbox).orders(),
    hours=_HOURS_KIT,
    spoilers={
        Code.PROJECT_CLOSED: changed("Project", _PROJECT, isClosed=True),
        Code.PROJECT_MISSING: deleted("Project", _PROJECT),
        Code.CUSTOMER_INACTIVE: changed("Customer", _CUSTOMER, isInactive=True),
        Code.CUSTOMER_MISSING: deleted("Customer", _CUSTOMER),
        Code.PRODUCT_INACTIVE: changed("Product", _PRODUCT, isInactive=True),
        Code.PRODUCT_MISSING: deleted("Product", _PRODUCT),
        Code.REFERENCE_INACTIVE: changed("Employee", _EMPLOYEE, allowInformationRegistration=False),
        Code.REFERENCE_MISSING: deleted("Employee", _EMPLOYEE),
    },
)
