"""For the contract suite: the sandbox, an order and a customer it takes, what spoils them, and what the samples are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from integrations.kernel.errors import Code, ProviderError
from integrations.kernel.parse import each
from integrations.kernel.payloads import HoursPayload
from integrations.kernel.records import CustomerWithFields, Kind, Record
from integrations.kernel.sandbox import ContractKit, HoursKit, Sandbox, SaveKit
from integrations.kernel.sandbox.kit import ListRequest, answer_of, changed, deleted, sample_order
from integrations.providers.uniconta import mapping, refusals
from integrations.providers.uniconta.api import decoded
from integrations.providers.uniconta.hour_rows import entry
from integrations.providers.uniconta.sandbox import UnicontaSandbox

_CUSTOMER, _PROJECT, _ITEM, _OTHER = "10001", "1001", "110", "120"
_CUSTOMERS, _ITEMS = "/Query/Get/DebtorClientUser", "/Query/Get/InvItemClient"
_ORDER = sample_order(
    customer_id=_CUSTOMER, project_id=_PROJECT, products=(_ITEM, _OTHER), our_reference_name="Bo Lindqvist"
)
FIELDS = {"Branche": "text"}
SAMPLE_FIELDS = {"Branche": "text", "Rabat": "number", "Nyhedsbrev": "yes_no"}


def _own(sandbox: Sandbox) -> UnicontaSandbox:
    return cast("UnicontaSandbox", sandbox)


def _error(status: int, body: bytes, is_write: bool) -> ProviderError:
    answer = answer_of(status, body)
    error = refusals.error_in(answer)
    assert error is not None, decoded(body)
    return refusals.write_refused(error) if is_write else refusals.read_refused(error, "customers")


def _records(mapper: Callable[[Any], Record]) -> Callable[[Any], Any]:
    return lambda body: each(body, mapper, "")


def _edit(sandbox: Sandbox, account: str, values: Mapping[str, Any]) -> None:
    _own(sandbox).change(
        "DebtorClient", account, **{mapping.CUSTOMER_KEYS[name]: value for name, value in values.items()}
    )


def _unknown(sandbox: Sandbox, account: str) -> dict[str, Any]:
    ours = {*mapping.CUSTOMER_KEYS.values(), *FIELDS, "UpdatedAt", "Id"}
    row = next(row for row in _own(sandbox).all("DebtorClient") if row["Account"] == account)
    return {name: value for name, value in row.items() if name not in ours}


_HOURS = HoursPayload(
    reference="Busy 0F3A77C1D2E4B596",
    employee_id="2",
    project_id=_PROJECT,
    work_type_id="10",
    day=date(2026, 11, 17),
    minutes=450,
    comment="Skisser & prøver",
)


def _minutes(sandbox: Sandbox, payload: HoursPayload) -> list[int]:
    # As they come over the wire: with decimals.
    rows = [{**row, "Qty": Decimal(str(row["Qty"]))} for row in _own(sandbox).all("ProjectJournalLineClient")]
    found = [entry(row) for row in rows]
    return [one.minutes for one in found if one.is_at(payload)]


def _record(sandbox: Sandbox, payload: HoursPayload, minutes: int) -> None:
    _own(sandbox).record_hours(
        Journal="Timer",
        Date=f"{payload.day.isoformat()}T00:00:00",
        Employee=payload.employee_id,
        Project=payload.project_id,
        PayrollCategory=payload.work_type_id,
        PrCategory="10",
        Qty=minutes / 60,
        Text="Ført her",
    )


_LINE = "ProjectJournalLineClient"
_HOURS_KIT = HoursKit(
    cell=_HOURS,
    writes=(
        ("POST", f"/Crud/Insert/{_LINE}"),
        ("PUT", f"/Crud/Update/{_LINE}"),
        ("DELETE", f"/Crud/DeleteList/{_LINE}"),
    ),
    reads=f"/Query/Get/{_LINE}",
    minutes=_minutes,
    record=_record,
    spoilers={
        Code.PROJECT_CLOSED: changed("ProjectClient", _PROJECT, Blocked=True),
        Code.PROJECT_MISSING: deleted("ProjectClient", _PROJECT),
        Code.EMPLOYEE_UNKNOWN: deleted("EmployeeClient", "2"),
        Code.EMPLOYEE_INACTIVE: changed("EmployeeClient", "2", Terminated="2025-06-30T00:00:00"),
        Code.ACTIVITY_NOT_USABLE: changed("EmpPayrollCategoryClient", "10", Blocked=True),
        Code.ACTIVITY_MISSING: deleted("EmpPayrollCategoryClient", "10"),
        "work_type_without_category": changed("EmpPayrollCategoryClient", "10", PrCategory=None),
        "journal_wanted": changed("ProjectJournalClient", "Timer", Blocked=True),
    },
    locks={Code.HOURS_LOCKED: lambda sandbox, external_id: _own(sandbox).change(_LINE, external_id, Approved=True)},
)


KIT = ContractKit(
    sandbox=UnicontaSandbox,
    lists={
        Kind.CUSTOMERS: ListRequest(path=_CUSTOMERS, field="Name"),
        Kind.PRODUCTS: ListRequest(path=_ITEMS, field="Name"),
        Kind.WORK_TYPES: ListRequest(path="/Query/Get/EmpPayrollCategoryClient", field="Number"),
        Kind.EMPLOYEES: ListRequest(path="/Query/Get/EmployeeClient", field="Number"),
        Kind.PROJECTS: ListRequest(path="/Query/Get/ProjectClient", field="Number"),
    },
    samples={
        "customer": _records(lambda row: mapping.customer_record(row, SAMPLE_FIELDS)),
        "item": _records(mapping.product_record),
        "payroll": _records(mapping.work_type_record),
        "employee": _records(mapping.employee_record),
        "project": _records(mapping.project_record),
    },
    error=_error,
    revoke=lambda sandbox: _own(sandbox).revoke(),
    restore=lambda sandbox: _own(sandbox).restore(),
    order=_ORDER,
    order_request=("POST", "/Crud/InsertList/DebtorOrderLineClient"),  # what makes it whole
    order_look="/Query/Get/DebtorOrderClient",
    # A look before the header reads only the headers; what reads lines reads them back.
    order_back="/Query/Get/DebtorOrderLineClient",
    copy_order=lambda sandbox: _own(sandbox).copy_order(),
    orders=lambda sandbox: _own(sandbox).orders(),
    spoilers={
        Code.PROJECT_CLOSED: changed("ProjectClient", _PROJECT, Blocked=True),
        Code.PROJECT_MISSING: deleted("ProjectClient", _PROJECT),
        Code.CUSTOMER_INACTIVE: changed("DebtorClient", _CUSTOMER, Blocked=True),
        Code.CUSTOMER_MISSING: deleted("DebtorClient", _CUSTOMER),
        Code.PRODUCT_INACTIVE: changed("InvItemClient", _ITEM, Blocked=True),
        Code.PRODUCT_MISSING: deleted("InvItemClient", _ITEM),
    },
    fields=FIELDS,
    hours=_HOURS_KIT,
    saves={
        Kind.CUSTOMERS: SaveKit(
            new=CustomerWithFields(
                external_id="",
                name="Molo Havn AS",
                organization_number="988776655",
                email="post@molo.example",
                data=(("Branche", "Havn"),),
            ),
            changes={
                "name": "Molo Havn Nord AS",
                "organization_number": "911223344",
                "email": "faktura@molo.example",
                "data": (("Branche", "Fiskeri"),),
            },
            writes=(("POST", "/Crud/Insert/DebtorClientUser"), ("PUT", "/Crud/Update/DebtorClientUser")),
            ids=lambda sandbox: [row["Account"] for row in _own(sandbox).all("DebtorClient")],
            edit=_edit,
            unknown=_unknown,
        )
    },
)
