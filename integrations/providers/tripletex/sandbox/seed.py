"""The demo company: a design studio with Nordic customers, and what else is needed to be strict."""

from __future__ import annotations

from datetime import date, timedelta

from integrations.providers.tripletex.sandbox.store import Object, Store

NORDLYS = 4_210_001
FJORD = 4_210_002
OFFICE = 4_210_003  # an accounting office
COMPANIES = (NORDLYS, FJORD, OFFICE)

KEY = "sandbox-employee-token-nordlys"
KEY_OTHER_COMPANY = "sandbox-employee-token-fjord"
KEY_ACCOUNTANT = "sandbox-employee-token-accountant"
KEY_LIMITED = "sandbox-employee-token-limited"  # may not read products, nor read or create orders
KEY_REVOKED = "sandbox-employee-token-revoked"
CONSUMER = "sandbox-consumer-token-busy"

_COMPANY_NAMES = {
    NORDLYS: ("Nordlys Studio AS", "923456789"),
    FJORD: ("Fjordlys Rådgivning AS", "912345678"),
    OFFICE: ("Tall & Orden Regnskap AS", "934567890"),
}
_CUSTOMERS = (
    # id, number, name, organisation number, e-mail, inactive
    (108_615_701, 10001, "Havgap Sjømat AS", "915112233", "faktura@havgap.example", False),
    (108_615_702, 10002, "Fjellvidda Energi ASA", "916223344", "regnskap@fjellvidda.example", False),
    (108_615_703, 10003, "Bryggen Bokhandel AS", "917334455", "post@bryggenbok.example", False),
    (108_615_704, 10004, "Skärgård Design AB", "556677-8899", "ekonomi@skargarddesign.example", False),
    (108_615_705, 10005, "Ørsted & Lund ApS", "DK28991122", "bogholderi@orstedlund.example", False),
    (108_615_706, 10006, "Kaleva Lab Oy", "FI2233445-6", "talous@kalevalab.example", False),
    (108_615_707, 10007, "Oslo Vest Tannklinikk", "918445566", "post@oslovesttann.example", False),
    (108_615_708, 10008, "Tindfjell Kommune", "964550011", "faktura@tindfjell.example", False),
    (108_615_709, 10009, "Gamle Verftet Eiendom AS", "919556677", "post@gamleverftet.example", True),
)
_PROJECTS = (
    # id, number, name, customer, start, end, closed, internal
    (87_310_101, "1001", "Nettbutikk for ferske råvarer", 108_615_701, "2026-01-12", None, False, False),
    (87_310_102, "1002", "Profil og emballasje", 108_615_701, "2026-08-03", "2027-01-31", False, False),
    (87_310_103, "1003", "Årsrapport 2026", 108_615_702, "2026-09-01", "2027-03-15", False, False),
    (87_310_104, "1004", "Intranett, fase 2", 108_615_702, "2026-02-02", None, False, False),
    (87_310_105, "1005", "Kampanje: Bok i gave", 108_615_703, "2026-10-01", "2026-12-31", False, False),
    (87_310_106, "1006", "Ny webbplats", 108_615_704, "2026-05-04", None, False, False),
    (87_310_107, "1007", "Brugerrejser og prototype", 108_615_705, "2026-06-15", None, False, False),
    (87_310_108, "1008", "Design system for laboratories", 108_615_706, "2026-03-09", None, False, False),
    (87_310_109, "1009", "Timebestilling på nett", 108_615_707, "2026-04-20", None, False, False),
    (87_310_110, "1010", "Innbyggerportal, forprosjekt", 108_615_708, "2025-11-03", "2026-05-29", True, False),
    (87_310_111, "1011", "Nettside for verftet", 108_615_709, "2024-02-05", "2025-01-31", True, False),
    (87_310_112, "1012", "Intern tid", None, "2020-01-01", None, False, True),
)
_PRODUCTS = (
    # id, number, name, price, unit, inactive
    (53_120_201, "100", "Rådgivning", 1450, 1, False),
    (53_120_202, "110", "Design", 1250, 1, False),
    (53_120_203, "120", "Utvikling", 1350, 1, False),
    (53_120_204, "130", "Prosjektledelse", 1300, 1, False),
    (53_120_205, "140", "Fotografering, halv dag", 7800, 2, False),
    (53_120_206, "200", "Reise og diett", 1, 2, False),
    (53_120_207, "210", "Trykksaker, viderefakturert", 1, 2, False),
    (53_120_208, "199", "Konsulenttime (gammel sats)", 990, 1, True),
)
_ACTIVITIES = (
    # id, number, name, type, chargeable, disabled
    (31_400_301, "10", "Design", "PROJECT_GENERAL_ACTIVITY", True, False),
    (31_400_302, "20", "Utvikling", "PROJECT_GENERAL_ACTIVITY", True, False),
    (31_400_303, "30", "Rådgivning", "PROJECT_GENERAL_ACTIVITY", True, False),
    (31_400_304, "40", "Prosjektledelse", "PROJECT_GENERAL_ACTIVITY", True, False),
    (31_400_305, "50", "Internmøte på prosjekt", "PROJECT_GENERAL_ACTIVITY", False, False),
    (31_400_306, "60", "Reisetid", "PROJECT_GENERAL_ACTIVITY", True, True),
    (31_400_307, "900", "Ferie", "GENERAL_ACTIVITY", False, False),
    (31_400_308, "910", "Sykdom", "GENERAL_ACTIVITY", False, False),
    (31_400_309, "15", "Illustrasjon til årsrapport", "PROJECT_SPECIFIC_ACTIVITY", True, False),
)
_EMPLOYEES = (
    # id, number, first and last name, e-mail, contact, may register
    (18_500_401, "1", "Bo", "Lindqvist", "bo@nordlys.example", False, True),
    (18_500_402, "2", "Anna", "Nygård", "anna@nordlys.example", False, True),
    (18_500_403, "3", "Maja", "Östberg", "maja@nordlys.example", False, True),
    (18_500_404, "4", "Mikkel", "Sørensen", "mikkel@nordlys.example", False, True),
    (18_500_405, "5", "Dina", "Holm", "dina@nordlys.example", False, True),
    (18_500_406, "6", "Jonas", "Eide", "jonas@nordlys.example", False, False),
    (18_500_407, "", "Busy", "Integrasjon", "integrasjon@nordlys.example", False, True),
    (18_500_408, "", "Kari", "Kontakt", "kari@havgap.example", True, False),
)


def seed(store: Store, *, projects: int = 0, customers: int = 0) -> None:
    """The demo company, with generated projects and customers up to the numbers asked for."""
    store.set_key(f"consumer:{CONSUMER}", consumer=True)
    user = _EMPLOYEES[6][0]
    store.set_key(KEY, company=NORDLYS, employee=user)
    store.set_key(KEY_LIMITED, company=NORDLYS, employee=user, missing=["products", "orders"])
    store.set_key(KEY_REVOKED, company=NORDLYS, employee=user, revoked=True)
    store.set_key(KEY_OTHER_COMPANY, company=FJORD, employee=1)
    store.set_key(KEY_ACCOUNTANT, company=OFFICE, employee=1, accountant=True)
    for company, (name, number) in _COMPANY_NAMES.items():
        store.put(company, "Company", _company(company, name, number))
        _common(store, company)
    store.put(OFFICE, "Company", *[_company(key, *_COMPANY_NAMES[key]) for key in (NORDLYS, FJORD)])
    store.put(FJORD, "Employee", _employee(1, "1", "Liv", "Fjord", "liv@fjordlys.example", False, True))
    store.put(FJORD, "Customer", _customer(77_001, 10001, "Vestkyst Bilpleie AS", "920667788", "", False))
    project = (77_101, "1", "Rådgivning 2026", 77_001, "2026-01-01", None, False, False)
    store.put(FJORD, "Project", _project(*project))
    _nordlys(store, projects=projects, customers=customers)


def _common(store: Store, company: int) -> None:
    currencies = (
        (1, "NOK", "Norske kroner"),
        (2, "SEK", "Svenske kroner"),
        (4, "DKK", "Danske kroner"),
        (5, "EUR", "Euro"),
    )
    store.put(company, "Currency", *[{"id": i, "code": code, "description": text} for i, code, text in currencies])
    units = ((1, "Time", "t"), (2, "Stykk", "stk"))
    store.put(company, "ProductUnit", *[{"id": i, "name": name, "nameShort": short} for i, name, short in units])
    rates = ((3, "3", 25), (31, "31", 15), (32, "33", 12), (5, "5", 0), (6, "6", 0))
    store.put(company, "VatType", *[{"id": i, "number": number, "percentage": rate} for i, number, rate in rates])


def _timesheet(store: Store) -> None:
    """What hours need besides projects, activities and employees."""
    modules = ("KOMPLETT", "API_V2")
    store.put(NORDLYS, "SalesModule", *[{"id": n, "name": name} for n, name in enumerate(modules, 1)])
    store.put(NORDLYS, "TimesheetSettings", {"id": 1, "requireCommentsOnRegisteredHoursAllProjects": False})
    jobs = [
        {"id": 6_200_000 + n, "employee": {"id": row[0]}, "startDate": "2020-01-01", "endDate": None}
        for n, row in enumerate(_EMPLOYEES)
        if not row[5]
    ]
    store.put(NORDLYS, "Employment", *jobs)


def _nordlys(store: Store, *, projects: int, customers: int) -> None:
    many_customers = [_customer(*row) for row in _CUSTOMERS]
    many_customers += [
        _customer(110_000_000 + n, 20_000 + n, f"Kunde {n:05} AS", f"8{n:08}", f"kunde{n}@example.no", n % 25 == 0)
        for n in range(customers - len(_CUSTOMERS))
    ]
    store.put(NORDLYS, "Customer", *many_customers)
    many = [_project(*row) for row in _PROJECTS]
    first = date(2019, 1, 1)
    for n in range(projects - len(_PROJECTS)):
        start = first + timedelta(days=n * 37 % 2800)
        customer = many_customers[n % len(many_customers)]["id"]
        row = (
            90_000_000 + n,
            str(20_000 + n),
            f"Prosjekt {n:06}",
            customer,
            start.isoformat(),
            None,
            n % 10 == 0,
            False,
        )
        many.append(_project(*row))
    store.put(NORDLYS, "Project", *many)
    store.put(NORDLYS, "Product", *[_product(*row) for row in _PRODUCTS])
    store.put(NORDLYS, "Activity", *[_activity(*row) for row in _ACTIVITIES])
    store.put(NORDLYS, "Employee", *[_employee(*row) for row in _EMPLOYEES])
    _timesheet(store)


def _company(company: int, name: str, number: str) -> Object:
    return {"id": company, "name": name, "organizationNumber": number}


def _customer(customer_id: int, number: int, name: str, organization: str, email: str, inactive: bool) -> Object:
    return {
        "id": customer_id, "customerNumber": number, "name": name, "organizationNumber": organization, "email": email,
        "invoiceEmail": email, "isInactive": inactive, "isCustomer": True, "isSupplier": False, "language": "NO",
        "displayName": f"{name} ({number})", "isPrivateIndividual": False, "currency": {"id": 1},
        "invoicesDueIn": 14, "invoicesDueInType": "DAYS", "invoiceSendMethod": "EMAIL",
    }  # fmt: skip


def _project(
    project_id: int,
    number: str,
    name: str,
    customer: int | None,
    start: str,
    end: str | None,
    closed: bool,
    internal: bool,
) -> Object:
    return {
        "id": project_id, "number": number, "name": name, "displayName": f"{number} {name}", "description": "",
        "customer": {"id": customer} if customer else None, "startDate": start, "endDate": end, "isClosed": closed,
        "isInternal": internal, "isOffer": False, "isFixedPrice": False, "forParticipantsOnly": False,
        "participants": [], "generalProjectActivitiesPerProjectOnly": False, "projectActivities": [],
        "projectManager": {"id": _EMPLOYEES[0][0]},
    }  # fmt: skip


def _product(product_id: int, number: str, name: str, price: int, unit: int, inactive: bool) -> Object:
    return {
        "id": product_id, "number": number, "name": name, "displayName": f"{number} {name}", "isInactive": inactive,
        "priceExcludingVatCurrency": price, "priceIncludingVatCurrency": price * 1.25, "isStockItem": False,
        "isSupplierProduct": False, "productUnit": {"id": unit}, "currency": {"id": 1}, "vatType": {"id": 3},
    }  # fmt: skip


def _activity(activity_id: int, number: str, name: str, kind: str, chargeable: bool, disabled: bool) -> Object:
    return {
        "id": activity_id, "number": number, "name": name, "displayName": f"{number} {name}", "activityType": kind,
        "isProjectActivity": kind.startswith("PROJECT"), "isGeneral": not kind.startswith("PROJECT_SPECIFIC"),
        "isTask": False, "isChargeable": chargeable, "isDisabled": disabled,
    }  # fmt: skip


def _employee(
    employee_id: int, number: str, first: str, last: str, email: str, contact: bool, may_register: bool
) -> Object:
    return {
        "id": employee_id, "employeeNumber": number, "firstName": first, "lastName": last, "email": email,
        "displayName": f"{first} {last}", "isContact": contact, "isProxy": False, "userType": "STANDARD",
        "allowInformationRegistration": may_register,
    }  # fmt: skip
