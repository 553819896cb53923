"""For the contract suite: the sandbox, an order and hours it takes, what spoils them, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.http import Answer
from integrations.kernel.parse import each
from integrations.kernel.payloads import HoursPayload
from integrations.kernel.records import Kind, ProjectRecord, Record, TaskRecord
from integrations.kernel.sandbox import ContractKit, HoursKit, Sandbox, SaveKit
from integrations.kernel.sandbox.kit import ListRequest, changed, deleted, sample_order
from integrations.providers.twentyfoursevenoffice import mapping, refusals
from integrations.providers.twentyfoursevenoffice.hour_rows import hours_of, minutes_of, task_of
from integrations.providers.twentyfoursevenoffice.reconstructed import clock_of, local_day
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from integrations.providers.twentyfoursevenoffice.sandbox.catalogue import instant
from integrations.providers.twentyfoursevenoffice.sandbox.seed import NORDLYS
from integrations.providers.twentyfoursevenoffice.tasks import task_record

_PROJECT, _CUSTOMER, _PRODUCT, _CONTACT, _WORK_TYPE = "1001", "10001", "202", "9002", "301"

_ORDER = sample_order(
    customer_id=_CUSTOMER, project_id=_PROJECT, products=(_PRODUCT, "203"), our_reference_employee_id="9001"
)
_HOURS = HoursPayload(
    reference="hours:1:1:1:2026-11-17",
    employee_id=_CONTACT,
    project_id=_PROJECT,
    work_type_id=_WORK_TYPE,
    day=date(2026, 11, 17),
    minutes=450,
    comment="Skisser & prøver",
)


def _own(sandbox: Sandbox) -> OfficeSandbox:
    return cast("OfficeSandbox", sandbox)


def _minutes(sandbox: Sandbox, payload: HoursPayload) -> list[int]:
    task = int(task_of(payload) or 0) or None
    wanted = (int(payload.employee_id), int(payload.project_id or 0), int(payload.work_type_id), task, payload.day)
    found = []
    for hour in _own(sandbox).hours():
        start = instant(hour["StartTime"])
        day = local_day(start) if start else None
        place = (
            hour["ContactId"], hour.get("ProjectId"), hour["TypeOfWorkId"], hour.get("ProjectTaskId") or None, day
        )  # fmt: skip
        if place == wanted:
            found.append(minutes_of(Decimal(hour["TotalHours"])))
    return found


def _record(sandbox: Sandbox, payload: HoursPayload, minutes: int) -> None:
    start, stop = clock_of(payload.day, minutes)
    _own(sandbox).record_hours(
        ContactId=int(payload.employee_id),
        ProjectId=int(payload.project_id or 0),
        **({"ProjectTaskId": int(task)} if (task := task_of(payload)) else {}),
        TypeOfWorkId=int(payload.work_type_id),
        StartTime=start.isoformat(),
        StopTime=stop.isoformat(),
        TotalHours=str(hours_of(minutes)),
        Description="Ført her",
    )


def _on_entry(**changes: Any) -> Callable[[Sandbox, str], None]:
    def lock(sandbox: Sandbox, external_id: str) -> None:
        _own(sandbox).change("Hour", external_id, **changes)

    return lock


_HOURS_KIT = HoursKit(
    cell=_HOURS,
    writes=(("POST", "/SaveHour"), ("PUT", "/SaveHour"), ("DELETE", "/DeleteHour")),
    on_task=replace(_HOURS, project_id="1003", task_id="1003/7101"),
    reads="/GetHours",
    minutes=_minutes,
    record=_record,
    spoilers={
        Code.PROJECT_CLOSED: changed("Project", _PROJECT, _open=False),
        Code.PROJECT_MISSING: deleted("Project", _PROJECT),
        Code.ACTIVITY_NOT_USABLE: changed("Project", _PROJECT, _work_types=[302]),
        Code.ACTIVITY_MISSING: deleted("WorkType", _WORK_TYPE),
        Code.EMPLOYEE_UNKNOWN: deleted("Person", _CONTACT),
        "task_needed": changed("Project", _PROJECT, TimeReg="Task"),
    },
    locks={
        Code.HOURS_LOCKED: _on_entry(Locked="True"),
        Code.HOURS_INVOICED: _on_entry(OrderId=7_001),
    },
)


def _answer(lines: Any) -> bytes:
    """A sample is a list of lines of XML, since samples are JSON."""
    return "\n".join(lines).encode() if isinstance(lines, list) else str(lines).encode()


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    from integrations.providers.twentyfoursevenoffice import wire

    answer = Answer(status=status, headers={}, body=_answer(msgspec.json.decode(body)))
    if answer.status in (401, 403):
        return refusals.key_rejected()
    try:
        found = wire.answered("SaveInvoices" if is_write else "GetCompanies", answer.body)
    except wire.Faulted as fault:
        return (
            refusals.write_refused(fault.text, "orders") if is_write else refusals.read_refused(fault.text, "projects")
        )
    exception = mapping.exception_of(found[0])
    return refusals.item_refused(exception or {})


def _records(operation: str, mapper: Callable[[Any], Record]) -> Callable[[Any], Any]:
    def read(lines: Any) -> Any:
        from integrations.providers.twentyfoursevenoffice import wire

        return each(wire.answered(operation, _answer(lines)), mapper, operation)

    return read


_PROJECT_MEMBERS = {"name": "Name", "customer_id": "CustomerId", "start_date": "DateStart", "end_date": "DateStop"}
_TASK_MEMBERS = {"name": "Name", "member_ids": "Participants", "done": "Status"}
_SET_THERE = {"DateChanged", "Owner", "_changed"}  # by the service itself, at each save


def _project_edit(sandbox: Sandbox, external_id: str, values: Mapping[str, Any]) -> None:
    there = {
        _PROJECT_MEMBERS[name]: f"{value}T12:00:00Z" if isinstance(value, date) else int(value or 0) or None
        if name == "customer_id" else value
        for name, value in values.items()
    }  # fmt: skip
    _own(sandbox).change("Project", external_id, **there)


def _task_edit(sandbox: Sandbox, external_id: str, values: Mapping[str, Any]) -> None:
    there = dict(values)
    if "member_ids" in there:
        there["member_ids"] = [int(one) for one in there["member_ids"]]
    if "done" in there:
        there["done"] = 2 if there["done"] else 1
    own = external_id.partition("/")[2]
    _own(sandbox).change("Task", own, **{_TASK_MEMBERS[name]: value for name, value in there.items()})


def _unknown(kind: str, ours: Mapping[str, str]) -> Callable[[Sandbox, str], dict[str, Any]]:
    def read(sandbox: Sandbox, external_id: str) -> dict[str, Any]:
        row = _own(sandbox).store.get(NORDLYS, kind, external_id.rpartition("/")[2]) or {}
        return {name: value for name, value in row.items() if name not in {*ours.values(), *_SET_THERE}}

    return read


def _ids(kind: str) -> Callable[[Sandbox], list[str]]:
    def read(sandbox: Sandbox) -> list[str]:
        rows = _own(sandbox).store.all(NORDLYS, kind)
        return [f"{row['Project']}/{row['Id']}" if kind == "Task" else row["Id"] for row in rows]

    return read


_SAVES = {
    Kind.PROJECTS: SaveKit(
        new=ProjectRecord(
            external_id="", name="Båthus & brygge", customer_id=_CUSTOMER, start_date=date(2026, 11, 2),
            end_date=date(2027, 4, 30),
        ),
        changes={
            "name": "Båthus", "customer_id": "10002", "start_date": date(2026, 11, 9), "end_date": date(2027, 6, 30)
        },
        writes=(("POST", "/SaveProject"), ("PUT", "/SaveProject")),
        ids=_ids("Project"),
        edit=_project_edit,
        unknown=_unknown("Project", _PROJECT_MEMBERS),
    ),
    Kind.TASKS: SaveKit(
        new=TaskRecord(
            external_id="", name="Pæler", project_id=_PROJECT, work_type_id=_WORK_TYPE, member_ids=("9001", "9002")
        ),
        changes={"name": "Pæler og dekke", "member_ids": ("9003",), "done": True},
        writes=(("POST", "/SaveProjectTask"), ("PUT", "/SaveProjectTask")),
        ids=_ids("Task"),
        edit=_task_edit,
        unknown=_unknown("Task", _TASK_MEMBERS),
    ),
}  # fmt: skip


KIT = ContractKit(
    # Few rows a page, so that the list of customers has several.
    sandbox=lambda: OfficeSandbox(most_rows=4),
    lists={
        Kind.CUSTOMERS: ListRequest(path="/GetCompanySyncList", field="CompanyId"),
        Kind.PROJECTS: ListRequest(path="/GetProjectsDetailed", field="Name"),
        Kind.PRODUCTS: ListRequest(path="/GetProducts", field="Name"),
        Kind.WORK_TYPES: ListRequest(path="/GetWorkTypeList", field="Name"),
        Kind.EMPLOYEES: ListRequest(path="/GetUsers", field="Name"),
        Kind.TASKS: ListRequest(path="/GetProjectTasks", field="Name"),
    },
    samples={
        "company": _records("GetCompanies", mapping.customer_record),
        "project": _records("GetProjectsDetailed", lambda row: mapping.project_record(row, archived=False)),
        "product": _records("GetProducts", mapping.product_record),
        "work_type": _records("GetWorkTypeList", lambda row: mapping.work_type_record(row, archived=False)),
        "task": _records("GetProjectTasks", lambda row: task_record(row, frozenset({2}))),
        "user": _records("GetUsers", lambda row: mapping.employee_record(row, None)),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=_ORDER,
    order_request=("POST", "/SaveInvoices"),
    order_look="/GetOrderSyncList",
    order_back="/GetInvoices",
    orders=lambda sandbox: [{"id": order["OrderId"]} for order in _own(sandbox).orders()],
    hours=_HOURS_KIT,
    saves=_SAVES,
    spoilers={
        Code.PROJECT_CLOSED: changed("Project", _PROJECT, _open=False),
        Code.PROJECT_MISSING: deleted("Project", _PROJECT),
        Code.CUSTOMER_INACTIVE: changed("Company", _CUSTOMER, BlockInvoice=True),
        Code.CUSTOMER_MISSING: deleted("Company", _CUSTOMER),
        Code.PRODUCT_INACTIVE: changed("Product", _PRODUCT, StatusId=0),
        Code.PRODUCT_MISSING: deleted("Product", _PRODUCT),
    },
)
