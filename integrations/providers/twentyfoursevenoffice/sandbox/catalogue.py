"""Users, customers, products, projects and tasks, as the services give and take them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.doors import Caller
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import Fault

_NO_DATE = "0001-01-01T00:00:00"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str | None) -> datetime | None:
    """None for what stands for no date."""
    if not text or text.startswith(("0001-", "1900-")):
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_after(row: Object, name: str, since: str | None) -> bool:
    bound, at = instant(since), instant(row.get(name))
    return bound is None or (at is not None and at > bound)


def shown(row: Object) -> Object:
    """Without what only the sandbox knows."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def only(row: Object, names: Iterable[str]) -> Object:
    """What is not asked for by name comes back empty."""
    wanted = set(names)
    return {name: value for name, value in row.items() if name in wanted}


# --- People -----------------------------------------------------------------------------------------------------------


def _users(caller: Caller, store: Store, _: Object) -> list[Object]:
    people = [row for row in store.all(caller.client, "Person") if row.get("_contact", True)]
    return [
        {
            "ContactId": int(row["Id"]), "Id": f"00000003-0000-4000-8000-{int(row['Id']):012}",
            "Name": f"{row['FirstName']} {row['LastName']}".strip(),
            "EmployeeId": row["_employee"] or -2147483648,
        }
        for row in people
    ]  # fmt: skip


def _persons(caller: Caller, store: Store, params: Object) -> list[Object]:
    search = params.get("personSearch") or {}
    rows = store.all(caller.client, "Person")
    if search.get("IsEmployee") == "True":
        rows = [row for row in rows if row["_employee"]]
    return [{**shown(row), "Id": int(row["Id"])} for row in rows]


# --- Customers --------------------------------------------------------------------------------------------------------


def _sync_list(caller: Caller, store: Store, params: Object) -> Object:
    search = params.get("syncSearchParameters") or {}
    rows = [
        row for row in store.all(caller.client, "Company") if is_after(row, "DateChanged", search.get("ChangedAfter"))
    ]
    if search.get("Active") is not None:
        rows = [row for row in rows if row["_active"] == search["Active"]]
    rows.sort(key=lambda row: int(row["Id"]))
    page, size = max(search.get("Page") or 1, 1), caller.most_rows
    items = rows[(page - 1) * size : page * size]
    return {
        "CurrentPage": page,
        "TotalPages": -(-len(rows) // size),
        "TotalItems": len(rows),
        "ItemsPerPage": size,
        "Items": [
            {
                "CompanyId": int(row["Id"]), "DateChanged": row["DateChanged"], "DateRegistered": row["DateCreated"],
                "Active": row["_active"],
            }
            for row in items
        ],
    }  # fmt: skip


def _companies(caller: Caller, store: Store, params: Object) -> list[Object]:
    search, names = params.get("searchParams") or {}, params.get("returnProperties") or []
    ids = search.get("CompanyIds") or ([search["CompanyId"]] if "CompanyId" in search else [])
    if not ids:
        raise Fault("No search criteria.")
    found = [store.get(caller.client, "Company", str(one)) for one in ids]
    return [only({**shown(row), "Id": int(row["Id"])}, names) for row in found if row is not None and row["_active"]]


# --- Products ---------------------------------------------------------------------------------------------------------


def _products(caller: Caller, store: Store, params: Object) -> list[Object]:
    search, names = params.get("searchParams") or {}, params.get("returnProperties") or []
    ids = search.get("ProductIds") or ([search["Id"]] if "Id" in search else None)
    rows = store.all(caller.client, "Product")
    if ids is not None:
        rows = [row for row in rows if int(row["Id"]) in ids]
    rows = [row for row in rows if is_after(row, "DateChanged", search.get("DateChanged"))]
    return [only({**row, "Id": int(row["Id"])}, names) for row in rows]


# --- Projects ---------------------------------------------------------------------------------------------------------


def _project(row: Object) -> Object:
    """`Enabled` is always false [spec]."""
    return {**shown(row), "Id": int(row["Id"]), "Enabled": False}


def _listed(caller: Caller, store: Store, search: Object, *, is_open: bool) -> list[Object]:
    rows = [row for row in store.all(caller.client, "Project") if row["_open"] == is_open]
    if search.get("ProjectIds") is not None:
        rows = [row for row in rows if int(row["Id"]) in search["ProjectIds"]]
    if search.get("Search"):
        rows = [row for row in rows if search["Search"].lower() in row["Name"].lower()]
    return [_project(row) for row in rows if is_after(row, "DateChanged", search.get("ChangedAfter"))]


def _open_projects(caller: Caller, store: Store, params: Object) -> list[Object]:
    return _listed(caller, store, params.get("Ps") or {}, is_open=True)


def _closed_projects(caller: Caller, store: Store, params: Object) -> list[Object]:
    search = params.get("ps") or {}
    if search.get("Search"):
        raise Fault("Free text search is not supported for deactivated projects.")
    return _listed(caller, store, search, is_open=False)


def _open_names(caller: Caller, store: Store, _: Object) -> list[Object]:
    return _names(caller, store, is_open=True)


def _closed_names(caller: Caller, store: Store, _: Object) -> list[Object]:
    return _names(caller, store, is_open=False)


def _names(caller: Caller, store: Store, *, is_open: bool) -> list[Object]:
    rows = [row for row in store.all(caller.client, "Project") if row["_open"] == is_open]
    return [{"Id": int(row["Id"]), "Name": row["Name"]} for row in rows]


def _single_project(caller: Caller, store: Store, params: Object) -> Object | None:
    row = store.get(caller.client, "Project", str(params["projectId"]))
    return _project(row) if row is not None else None


def _save_project(caller: Caller, store: Store, params: Object) -> int:
    """What is not sent is gone. An unknown id makes a project of that number, as the real one does [spec]."""
    project = params["project"]
    if not (project.get("Name") or "").strip():
        raise Fault("Name is required.")
    customer = project.get("CustomerId")
    if customer is not None and store.get(caller.client, "Company", str(customer)) is None:
        raise Fault(f"Customer {customer} does not exist.")
    external_id = project.get("Id") or store.next(f"{caller.client} project", 2001)
    before = store.get(caller.client, "Project", str(external_id)) or {}
    kept = {name: value for name, value in before.items() if name.startswith("_")}
    store.put(
        caller.client,
        "Project",
        {
            "_open": True, **kept, **project, "Id": str(external_id), "DateChanged": now(),
            "DateRegistered": before.get("DateRegistered", now()), "Owner": caller.identity["contact"],
        },
    )  # fmt: skip
    return int(external_id)


# --- Tasks ------------------------------------------------------------------------------------------------------------


def _tasks(caller: Caller, store: Store, params: Object) -> list[Object]:
    rows = [row for row in store.all(caller.client, "Task") if row["Project"] == params["projectId"]]
    return [{**shown(row), "Id": int(row["Id"])} for row in rows]


def _save_task(caller: Caller, store: Store, params: Object) -> int:
    """Name, project and both dates are mandatory [spec]; what is not sent is gone."""
    task = params["task"]
    for name in ("Name", "Project", "DateStart", "DateStop"):
        if not task.get(name):
            raise Fault(f"{name} is required.")
    if store.get(caller.client, "Project", str(task["Project"])) is None:
        raise Fault(f"Project {task['Project']} does not exist.")
    for contact in task.get("Participants") or []:
        if store.get(caller.client, "Person", str(contact)) is None:
            raise Fault(f"Contact {contact} does not exist.")
    external_id = task.get("Id")
    if external_id is not None and store.get(caller.client, "Task", str(external_id)) is None:
        raise Fault(f"Task {external_id} does not exist.")
    external_id = external_id or store.next(f"{caller.client} task", 7001)
    before = store.get(caller.client, "Task", str(external_id)) or {}
    read_only: Object = {name: before[name] for name in ("Overtime", "Registered") if name in before}
    store.put(caller.client, "Task", {**task, **read_only, "Id": str(external_id)})
    return int(external_id)


def _statuses(_: Caller, __: Store, ___: Object) -> list[Object]:
    return [{"Id": 1, "Name": "Ikke startet", "Active": True}, {"Id": 2, "Name": "Ferdig", "Active": False}]


HANDLERS: dict[str, Any] = {
    "GetUsers": _users,
    "GetPersonsDetailed": _persons,
    "GetCompanySyncList": _sync_list,
    "GetCompanies": _companies,
    "GetProducts": _products,
    "GetProjectsDetailed": _open_projects,
    "GetDeactivatedProjects": _closed_projects,
    "GetProjectNameList": _open_names,
    "GetDeactivatedProjectNameList": _closed_names,
    "GetSingleProject": _single_project,
    "SaveProject": _save_project,
    "GetProjectTasks": _tasks,
    "SaveProjectTask": _save_task,
    "GetProjectStatuses": _statuses,
}
