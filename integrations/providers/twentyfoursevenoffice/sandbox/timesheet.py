"""Work types and hours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.catalogue import instant, is_after, now, shown
from integrations.providers.twentyfoursevenoffice.sandbox.doors import Caller
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import Fault

_ANY = -2147483648


def _work_types(caller: Caller, store: Store, params: Object) -> list[Object]:
    """With a project the filter has no effect; a project with none ticked allows all [spec]."""
    search = params.get("Wts") or {}
    rows = store.all(caller.client, "WorkType")
    project = search.get("ProjectId", _ANY)
    if project != _ANY:
        allowed = (store.get(caller.client, "Project", str(project)) or {}).get("_work_types") or []
        rows = [row for row in rows if row["_active"] and (not allowed or int(row["Id"]) in allowed)]
    elif search.get("Active") in ("True", "False"):
        rows = [row for row in rows if row["_active"] == (search["Active"] == "True")]
    return [{**shown(row), "Id": int(row["Id"])} for row in rows]


def _hours(caller: Caller, store: Store, params: Object) -> list[Object]:
    search = params.get("hs") or {}
    rows = store.all(caller.client, "Hour")
    if search.get("HourIds") is not None:
        if len(search["HourIds"]) > 1000:
            raise Fault("A maximum of 1000 hour ids can be given.")
        rows = [row for row in rows if int(row["Id"]) in search["HourIds"]]
    for name in ("ContactId", "ProjectId", "TypeOfWorkId"):
        if search.get(name, _ANY) != _ANY:
            rows = [row for row in rows if row.get(name) == search[name]]
    start, stop = instant(search.get("StartTime")), instant(search.get("StopTime"))
    found = [
        row for row in rows if _lies_within(row, start, stop) and is_after(row, "_changed", search.get("ChangedAfter"))
    ]
    return [{**shown(row), "Id": int(row["Id"])} for row in found]


def _lies_within(row: Object, start: Any, stop: Any) -> bool:
    at = instant(row["StartTime"])
    return at is not None and (start is None or at >= start) and (stop is None or at < stop)


def _save(caller: Caller, store: Store, params: Object) -> int:
    hour = dict(params.get("Hour") or {})
    external_id = hour.pop("Id", None)
    before = store.get(caller.client, "Hour", str(external_id)) if external_id is not None else None
    if external_id is not None:
        _ensure_open(before, external_id)
    _ensure_fits(caller, store, hour)
    hour.pop("OrderId", None)  # read only
    external_id = external_id or store.next(f"{caller.client} hour", 300_001)
    store.put(caller.client, "Hour", {**hour, "Id": str(external_id), "_changed": now()})
    return int(external_id)


def _ensure_open(before: Object | None, external_id: object) -> None:
    if before is None:
        raise Fault(f"Hour {external_id} does not exist.")
    if before.get("OrderId"):
        raise Fault(f"Hour {external_id} has been invoiced.")
    if before.get("Locked") == "True" or before.get("Approved") == "True":
        raise Fault(f"Hour {external_id} is locked.")


def _ensure_fits(caller: Caller, store: Store, hour: Object) -> None:
    if store.get(caller.client, "Person", str(hour.get("ContactId", ""))) is None:
        raise Fault(f"Contact {hour.get('ContactId')} does not exist.")
    work_type = store.get(caller.client, "WorkType", str(hour.get("TypeOfWorkId", "")))
    if work_type is None or not work_type["_active"]:
        raise Fault(f"Type of work {hour.get('TypeOfWorkId')} can not be used.")
    for name in ("TotalHours", "TotalHoursInvoice"):
        if not 0 <= Decimal(str(hour.get(name, 0))) <= 255:
            raise Fault(f"{name} must be between 0 and 255.")
    start, stop = instant(hour.get("StartTime")), instant(hour.get("StopTime"))
    if start is None or stop is None or stop < start:
        raise Fault("StartTime and StopTime are required.")
    if hour.get("ProjectId") is not None:
        _ensure_project_takes(caller, store, hour)


def _ensure_project_takes(caller: Caller, store: Store, hour: Object) -> None:
    project = store.get(caller.client, "Project", str(hour["ProjectId"]))
    if project is None:
        raise Fault(f"Project {hour['ProjectId']} does not exist.")
    if not project["_open"]:
        raise Fault(f"Project {hour['ProjectId']} is closed for time registration.")
    if project["TimeReg"] == "Task" and project.get("OverrideWorkTypeTask") != "True" and not hour.get("ProjectTaskId"):
        raise Fault(f"Project {hour['ProjectId']} takes hours on tasks only.")
    if hour.get("ProjectTaskId"):
        task = store.get(caller.client, "Task", str(hour["ProjectTaskId"]))
        if task is None or task["Project"] != hour["ProjectId"]:
            raise Fault(f"Task {hour['ProjectTaskId']} does not exist on project {hour['ProjectId']}.")
    allowed = project.get("_work_types") or []
    if allowed and hour["TypeOfWorkId"] not in allowed:
        raise Fault(f"Type of work {hour['TypeOfWorkId']} can not be used on project {hour['ProjectId']}.")


def _delete(caller: Caller, store: Store, params: Object) -> bool:
    external_id = (params.get("Hour") or {}).get("Id")
    before = store.get(caller.client, "Hour", str(external_id))
    if before is None:
        return False
    _ensure_open(before, external_id)
    return store.delete(caller.client, "Hour", str(external_id))


HANDLERS: dict[str, Any] = {
    "GetWorkTypeList": _work_types,
    "GetHours": _hours,
    "SaveHour": _save,
    "DeleteHour": _delete,
}
