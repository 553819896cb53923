"""The demo company: a design studio with Nordic customers, and what else is needed to be strict."""

from __future__ import annotations

from typing import Any

from integrations.kernel.sandbox.store import Object, Store

NORDLYS, FJORD = "800123", "800124"
APPLICATION = "5f3c1f0e-7a1c-4e3e-9b57-2d1f0c6b2a10"
PASSWORD = "sandbox-nordlys & fjell"
USER = "integrasjon@nordlys.example"  # of two companies, and of one that is closed to it
USER_SINGLE = "integrasjon@fjordlys.example"  # of one company
USER_LIMITED = "begrenset@nordlys.example"  # may not read products, nor read or create orders
IDENTITY, IDENTITY_FJORD, IDENTITY_CLOSED, IDENTITY_SINGLE, IDENTITY_LIMITED = (
    f"00000002-0000-4000-8000-{n:012}" for n in range(1, 6)
)
INTEGRATION = "9007"  # the contact of the integration user

_SEEDED = "2026-01-02T08:00:00.000000Z"
_COMPANIES = {NORDLYS: ("Nordlys Studio AS", "923456789"), FJORD: ("Fjordlys Rådgivning AS", "912345678")}
_CUSTOMERS = (
    # id, name, first name, type, organisation number, e-mail, active
    (10001, "Havgap Sjømat AS", "", "Business", "915112233", "faktura@havgap.example", True),
    (10002, "Fjellvidda Energi ASA", "", "Business", "916223344", "regnskap@fjellvidda.example", True),
    (10003, "Bryggen Bokhandel AS", "", "Business", "917334455", "post@bryggenbok.example", True),
    (10004, "Skärgård Design AB", "", "Business", "556677-8899", "ekonomi@skargarddesign.example", True),
    (10005, "Ørsted & Lund ApS", "", "Business", "DK28991122", "bogholderi@orstedlund.example", True),
    (10006, "Kaleva Lab Oy", "", "Business", "FI2233445-6", "talous@kalevalab.example", True),
    (10007, "Vest", "Signe", "Consumer", "", "signe.vest@example.no", True),
    (10008, "Tindfjell Kommune", "", "Business", "964550011", "faktura@tindfjell.example", True),
    (10009, "Gamle Verftet Eiendom AS", "", "Business", "919556677", "post@gamleverftet.example", False),
    (10010, "Papirhuset AS", "", "Supplier", "921556677", "ordre@papirhuset.example", True),
    (10011, "Kanskje Kunde AS", "", "Lead", "", "", True),
)
_PROJECTS = (
    # id, name, customer, start, end, open
    (1001, "Nettbutikk for ferske råvarer", 10001, "2026-01-12", None, True),
    (1002, "Profil og emballasje", 10001, "2026-08-03", "2027-01-31", True),
    (1003, "Årsrapport 2026", 10002, "2026-09-01", "2027-03-15", True),
    (1004, "Intranett, fase 2", 10002, "2026-02-02", None, True),
    (1005, "Kampanje: Bok i gave", 10003, "2026-10-01", "2026-12-31", True),
    (1006, "Ny webbplats", 10004, "2026-05-04", None, True),
    (1007, "Brugerrejser og prototype", 10005, "2026-06-15", None, True),
    (1008, "Design system for laboratories", 10006, "2026-03-09", None, True),
    (1009, "Timebestilling på nett", 10007, "2026-04-20", None, True),
    (1010, "Innbyggerportal, forprosjekt", 10008, "2025-11-03", "2026-05-29", False),
    (1011, "Nettside for verftet", None, "2024-02-05", "2025-01-31", False),
    (1012, "Intern tid", None, "2020-01-01", None, True),
)
_PRODUCTS = (
    # id, number, name, price, status
    (201, "100", "Rådgivning", "1450", 1),
    (202, "110", "Design", "1250", 1),
    (203, "120", "Utvikling", "1350", 1),
    (204, "130", "Prosjektledelse", "1300", 1),
    (205, "140", "Fotografering, halv dag", "7800", 1),
    (206, "", "Reise og diett", "1", 1),
    (207, "199", "Konsulenttime (gammel sats)", "990", 0),
)
_WORK_TYPES = (
    # id, name, invoiceable, product, active
    (301, "Design", True, 202, True),
    (302, "Utvikling", True, 203, True),
    (303, "Rådgivning", True, 201, True),
    (304, "Prosjektledelse", True, 204, True),
    (305, "Internmøte på prosjekt", False, None, True),
    (306, "Reisetid", True, None, False),
)
_PEOPLE = (
    # contact, employee id, number, first and last name, e-mail
    (9001, 41, 1, "Bo", "Lindqvist", "bo@nordlys.example"),
    (9002, 42, 2, "Anna", "Nygård", "anna@nordlys.example"),
    (9003, 43, 3, "Maja", "Östberg", "maja@nordlys.example"),
    (9004, 44, 4, "Mikkel", "Sørensen", "mikkel@nordlys.example"),
    (9005, 45, 5, "Dina", "Holm", "dina@nordlys.example"),
    (9006, 46, 6, "Jonas", "Eide", "jonas@nordlys.example"),
    (int(INTEGRATION), None, 0, "Busy", "Integrasjon", "integrasjon@nordlys.example"),
)
_TASKS: tuple[tuple[int, int, str, list[int], int | None], ...] = (
    # id, project, name, participants, work type
    (7101, 1003, "Tekst og korrektur", [9002, 9003], 301),
    (7102, 1003, "Trykk og levering", [], None),
    (7103, 1004, "Innlogging", [9001, 9004], 302),
)


def seed(store: Store, *, projects: int = 0, customers: int = 0) -> None:
    """The demo company, with generated projects and customers up to the numbers asked for."""
    for client, (name, number) in _COMPANIES.items():
        store.put("", "clients", {"Id": client, "Name": name, "number": number})
    store.put("", "clients", {"Id": "800125", "Name": "Nedlagt AS", "number": ""})
    here = _identity(IDENTITY, NORDLYS, int(INTEGRATION), default=True)
    there = _identity(IDENTITY_FJORD, FJORD, 77)
    closed = _identity(IDENTITY_CLOSED, "800125", 1, disabled=True)
    store.put(
        "",
        "accounts",
        {"Id": USER, "password": PASSWORD, "identities": [here, there, closed]},
        {"Id": USER_SINGLE, "password": PASSWORD, "identities": [_identity(IDENTITY_SINGLE, FJORD, 77, default=True)]},
        {
            "Id": USER_LIMITED, "password": PASSWORD, "missing": ["products", "orders"],
            "identities": [_identity(IDENTITY_LIMITED, NORDLYS, int(INTEGRATION), default=True)],
        },
    )  # fmt: skip
    store.put(FJORD, "Company", _customer(20001, "Vestkyst Bilpleie AS", "", "Business", "920667788", "", True))
    store.put(FJORD, "Person", _person(77, 7, 1, "Liv", "Fjord", "liv@fjordlys.example"))
    store.put(FJORD, "Project", _project(1001, "Rådgivning 2026", 20001, "2026-01-01", None, True))
    more = [
        (20_000 + n, f"Kunde {n:05} AS", "", "Business", f"8{n:08}", f"kunde{n}@example.no", n % 25 != 0)
        for n in range(customers - len(_CUSTOMERS))
    ]
    all_customers = [*_CUSTOMERS, *more]
    store.put(NORDLYS, "Company", *[_customer(*row) for row in all_customers])
    many = [
        (30_000 + n, f"Prosjekt {n:06}", all_customers[n % 8][0], "2026-01-05", None, n % 10 != 0)
        for n in range(projects - len(_PROJECTS))
    ]
    store.put(NORDLYS, "Project", *[_project(*row) for row in (*_PROJECTS, *many)])
    store.put(NORDLYS, "Product", *[_product(*row) for row in _PRODUCTS])
    store.put(NORDLYS, "WorkType", *[_work_type(*row) for row in _WORK_TYPES])
    store.put(NORDLYS, "Person", *[_person(*row) for row in _PEOPLE])
    store.put(NORDLYS, "Task", *[_task(*row) for row in _TASKS])


def _identity(identity_id: str, client: str, contact: int, **more: Any) -> Object:
    return {"id": identity_id, "client": client, "contact": contact, "employee": 40, "name": "Busy Integrasjon", **more}


def _customer(customer_id: int, name: str, first: str, kind: str, number: str, email: str, is_active: bool) -> Object:
    return {
        "Id": str(customer_id), "Name": name, "FirstName": first, "Type": kind, "OrganizationNumber": number,
        "EmailAddresses": {"Invoice": {"Value": email}} if email else None, "DateCreated": _SEEDED,
        "DateChanged": _SEEDED, "BlockInvoice": False, "Note": "Ringer helst før lunsj", "_active": is_active,
    }  # fmt: skip


def _project(project_id: int, name: str, customer: int | None, start: str, end: str | None, is_open: bool) -> Object:
    return {
        "Id": str(project_id), "Name": name, "NameDisplay": "Plain", "DateChanged": _SEEDED, "DateRegistered": _SEEDED,
        "DateStart": f"{start}T12:00:00Z", "DateStop": f"{end}T12:00:00Z" if end else "0001-01-01T00:00:00",
        "CustomerId": customer, "TimeReg": "WorkType", "Version": 1, "Owner": 9001, "DepartmentId": 12,
        "Description": "Avtalt på telefon", "BudgetHour": "120", "Participants": [9001, 9002], "_open": is_open,
    }  # fmt: skip


def _product(product_id: int, number: str, name: str, price: str, status: int) -> Object:
    return {
        "Id": str(product_id), "No": number, "Name": name, "Price": price, "StatusId": status, "DateChanged": _SEEDED,
        "InPrice": "0",
    }  # fmt: skip


def _work_type(work_type_id: int, name: str, is_invoiceable: bool, product: int | None, is_active: bool) -> Object:
    return {
        "Id": str(work_type_id), "Name": name, "Description": "", "Invoiceable": is_invoiceable, "ProductId": product,
        "_active": is_active,
    }  # fmt: skip


def _person(contact: int, employee: int | None, number: int, first: str, last: str, email: str) -> Object:
    return {
        "Id": str(contact), "FirstName": first, "LastName": last, "EmployeeNumber": number, "DateChanged": _SEEDED,
        "EmailAddresses": [{"Description": "", "Type": "Primary", "Value": email}], "_employee": employee,
    }  # fmt: skip


def _task(task_id: int, project: int, name: str, participants: list[int], work_type: int | None) -> Object:
    return {
        "Id": str(task_id), "Project": project, "Name": name, "Participants": participants, "WorkTypeId": work_type,
        "DateStart": "2026-09-01T12:00:00Z", "DateStop": "2027-03-15T12:00:00Z", "Priority": 2, "Status": 1,
        "Description": "Se møtereferat", "Registered": "3.5",
    }  # fmt: skip
