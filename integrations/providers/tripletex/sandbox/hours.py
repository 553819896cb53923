"""The timesheet as Tripletex keeps it: one entry per employee, project, activity and date, and who may write it when.

Where the error's shape is not documented (locked rows, closed months, closed projects) the stand-in answers with one of
those it might be; nobody may read a meaning into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from integrations.providers.tripletex.sandbox.contract import Fault
from integrations.providers.tripletex.sandbox.errors import Stop, failure, stop_on
from integrations.providers.tripletex.sandbox.store import Object, Store

_WITH_HOURS = ("TIME_TRACKING", "SMART_TIME_TRACKING", "SMART", "KOMPLETT", "PRO")
_NOT_USABLE = "Aktiviteten kan ikke benyttes."

# (store, company, id in the path, body, query) -> what stands there now; None when nothing does any more
Write: TypeAlias = Callable[[Store, int, int, Object, Mapping[str, str]], Object | None]


def is_active(store: Store, company: int) -> bool:
    return any(module["name"] in _WITH_HOURS for module in store.all(company, "SalesModule"))


def register(store: Store, company: int, _id: int, body: Object, _query: Mapping[str, str]) -> Object:
    """POST /timesheet/entry."""
    missing = [name for name in ("employee", "activity", "date") if body.get(name) is None]
    stop_on([Fault(18000, name, "Kan ikke være null.") for name in missing])
    entry = {"project": None, "comment": "", "hours": 0, **body, "locked": False, "invoice": None}
    _ensure_allowed(store, company, entry)
    _ensure_alone(store, company, entry)
    return _stored(store, company, {**entry, "id": store.next("timesheet entry id", 175_400_001)})


def change(store: Store, company: int, entry_id: int, body: Object, _query: Mapping[str, str]) -> Object:
    """PUT /timesheet/entry/{id}: what is left out is kept, and an older version is refused."""
    held = _held(store, company, entry_id, body.get("version"))
    if body.get("id", entry_id) != entry_id:
        stop_on([Fault(18000, "id", "ID stemmer ikke med adressen.")])
    _ensure_open(store, company, held)
    entry = {**held, **body, "id": entry_id}
    _ensure_allowed(store, company, entry)
    _ensure_alone(store, company, entry)
    return _stored(store, company, entry)


def remove(store: Store, company: int, entry_id: int, _body: Object, query: Mapping[str, str]) -> None:
    """DELETE /timesheet/entry/{id}."""
    version = query.get("version")
    held = _held(store, company, entry_id, int(version) if version is not None else None)
    _ensure_open(store, company, held)
    store.delete(company, "TimesheetEntry", entry_id)


def add_participant(store: Store, company: int, _id: int, body: Object, _query: Mapping[str, str]) -> Object:
    """POST /project/participant."""
    project, employee = _linked(store, company, body, "project"), _linked(store, company, body, "employee")
    people = project.get("participants") or []
    if any(person["employee"]["id"] == employee["id"] for person in people):
        stop_on([Fault(18000, "employeeId", "Den ansatte er allerede deltaker på prosjektet.")])
    if not employee.get("allowInformationRegistration"):
        stop_on([Fault(18000, "employeeId", "Den ansatte kan ikke velges.")])
    person = {"id": store.next("participant id", 9_100_001), "version": 0, "adminAccess": False, **body}
    store.put(company, "Project", {**project, "participants": [*people, person]})
    return person


def link_activity(store: Store, company: int, _id: int, body: Object, _query: Mapping[str, str]) -> Object:
    """POST /project/projectActivity, for an activity that exists."""
    project, activity = _linked(store, company, body, "project"), _linked(store, company, body, "activity")
    links = project.get("projectActivities") or []
    if any(link["activity"]["id"] == activity["id"] for link in links):
        raise Stop(failure(409, "Duplicate entry", code=14000))
    if activity.get("isDisabled") or activity["activityType"] != "PROJECT_GENERAL_ACTIVITY":
        stop_on([Fault(18000, "activity.id", _NOT_USABLE)])
    link = {"id": store.next("project activity id", 9_500_001), "version": 0, "isClosed": False, **body}
    store.put(company, "Project", {**project, "projectActivities": [*links, link]})
    return link


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/timesheet/entry"): register,
    ("PUT", "/timesheet/entry/{id}"): change,
    ("DELETE", "/timesheet/entry/{id}"): remove,
    ("POST", "/project/participant"): add_participant,
    ("POST", "/project/projectActivity"): link_activity,
}


def month_of(store: Store, company: int, employee: int, month: str) -> Object:
    """The employee's month, "2026-11"; open when nobody closed it."""
    for found in store.all(company, "MonthlyStatus"):
        if (found["employee"]["id"], found["monthYear"]) == (employee, month):
            return found
    return {"id": 0, "employee": {"id": employee}, "monthYear": month, "approved": False, "completed": False}


def settings_of(store: Store, company: int) -> Object:
    return store.get(company, "TimesheetSettings", 1) or {"id": 1}


def _held(store: Store, company: int, entry_id: int, version: int | None) -> Object:
    held = store.get(company, "TimesheetEntry", entry_id)
    if held is None:
        raise Stop(failure(404))
    if version is not None and version != held["version"]:
        raise Stop(failure(409, "RevisionException", code=8000))
    return held


def _ensure_open(store: Store, company: int, entry: Object) -> None:
    if entry.get("locked") or entry.get("invoice"):
        raise Stop(failure(409, "Objektet er låst.", code=10000))
    _ensure_month_open(store, company, entry)


def _ensure_month_open(store: Store, company: int, entry: Object) -> None:
    month = month_of(store, company, entry["employee"]["id"], entry["date"][:7])
    if month["approved"] or month["completed"]:
        raise Stop(failure(403, "Måneden er godkjent."))


def _ensure_alone(store: Store, company: int, entry: Object) -> None:
    for other in store.all(company, "TimesheetEntry"):
        if other["id"] != entry.get("id") and cell(other) == cell(entry):
            raise Stop(failure(409, "Det er allerede registrert timer på den ansatte på denne dagen.", code=7000))


def cell(entry: Object) -> tuple[int, int | None, int, str]:
    project = entry.get("project")
    return entry["employee"]["id"], project["id"] if project else None, entry["activity"]["id"], entry["date"]


def _ensure_allowed(store: Store, company: int, entry: Object) -> None:
    employee, activity = _linked(store, company, entry, "employee"), _linked(store, company, entry, "activity")
    project = _linked(store, company, entry, "project") if entry.get("project") else None
    faults = _employee_faults(store, company, employee, entry["date"])
    faults += _activity_faults(activity, project, entry["date"])
    if project is not None:
        faults += _project_faults(project, employee, entry["date"])
    if settings_of(store, company).get("requireCommentsOnRegisteredHoursAllProjects") and not entry.get("comment"):
        faults.append(Fault(18000, "comment", "Kommentar må fylles ut."))
    stop_on(faults)
    _ensure_month_open(store, company, entry)


def _employee_faults(store: Store, company: int, employee: Object, day: str) -> list[Fault]:
    if not employee.get("allowInformationRegistration"):
        return [Fault(18000, "employee.id", "Det kan ikke registreres timer på den ansatte.")]
    jobs = [job for job in store.all(company, "Employment") if job["employee"]["id"] == employee["id"]]
    if jobs and not any(_covers(job, day) for job in jobs):
        return [Fault(18000, "date", "Den ansatte er ikke ansatt på denne datoen.")]
    return []


def _activity_faults(activity: Object, project: Object | None, day: str) -> list[Fault]:
    """ "Aktiviteten kan ikke benyttes." is one message for many causes."""
    links = (project or {}).get("projectActivities") or []
    link = next((link for link in links if link["activity"]["id"] == activity["id"]), None)
    unusable = activity.get("isDisabled") or bool(activity["isProjectActivity"]) is (project is None)
    if project is not None and project.get("generalProjectActivitiesPerProjectOnly") and link is None:
        unusable = True
    if link is not None and (link.get("isClosed") or not _covers(link, day)):
        unusable = True
    return [Fault(18000, "activity.id", _NOT_USABLE)] if unusable else []


def _project_faults(project: Object, employee: Object, day: str) -> list[Fault]:
    if project.get("isClosed"):
        return [Fault(18000, "project.id", "Prosjektet er avsluttet.")]
    if not _covers(project, day):
        return [Fault(18000, "project.id", "Datoen er utenfor prosjektets periode.")]
    people = [person["employee"]["id"] for person in project.get("participants") or []]
    if project.get("forParticipantsOnly") and employee["id"] not in people:
        return [Fault(18000, "project.id", "Den ansatte er ikke deltaker på prosjektet.")]
    return []


def _covers(dated: Object, day: str) -> bool:
    return (dated.get("startDate") or "") <= day <= (dated.get("endDate") or "9999")


def _linked(store: Store, company: int, holder: Object, name: str) -> Object:
    found = store.get(company, name.capitalize(), (holder.get(name) or {}).get("id", 0))
    if found is None:
        stop_on([Fault(18000, f"{name}.id", "Objektet ble ikke funnet.")])
        raise AssertionError("stopped above")
    return found


def _stored(store: Store, company: int, entry: Object) -> Object:
    """Store it, durably. Whether hours count as chargeable follows from the activity, unless the body says it."""
    activity = _linked(store, company, entry, "activity")
    if "projectChargeableHours" not in entry:
        entry["projectChargeableHours"] = entry["hours"] if entry["project"] and activity["isChargeable"] else 0
    billable: Any = entry["projectChargeableHours"]
    kept = {**entry, "chargeableHours": billable, "chargeable": bool(billable), "hourlyRate": 0, "timeClocks": []}
    store.put(company, "TimesheetEntry", kept)
    stored = store.get(company, "TimesheetEntry", entry["id"])
    assert stored is not None
    return stored
