"""The demo company: a design studio with Nordic customers, and what else is needed to be strict."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from integrations.providers.xledger.sandbox.store import Object, Store

NORDLYS = 42_365_431
FJORD = 42_365_432
ENTITIES = {NORDLYS: "Nordlys Studio AS", FJORD: "Fjordlys Rådgivning AS"}

TOKEN = "c2FuZGJveC10b2tlbi1ub3JkbHlz"  # base64url of "sandbox-token-nordlys"
TOKEN_OTHER_COMPANY = "c2FuZGJveC10b2tlbi1mam9yZA"
TOKEN_LIMITED = "c2FuZGJveC10b2tlbi1saW1pdGVk"  # may not read products, nor read or write orders
TOKEN_PLAIN = "c2FuZGJveC10b2tlbi1wbGFpbg"  # only what Busy asks for: no entities, no "Våra kontakter"
TOKEN_REVOKED = "c2FuZGJveC10b2tlbi1yZXZva2Vk"

MORE = ["entity", "entity_contact"]  # scopes that Busy does not ask for and uses when they are there

_CUSTOMERS = (
    # id, code, name, e-mail, closed
    (24_934_231, "10001", "Havgap Sjømat AS", "faktura@havgap.example", False),
    (24_934_232, "10002", "Fjellvidda Energi ASA", "regnskap@fjellvidda.example", False),
    (24_934_233, "10003", "Bryggen Bokhandel AS", "post@bryggenbok.example", False),
    (24_934_234, "10004", "Skärgård Design AB", "ekonomi@skargarddesign.example", False),
    (24_934_235, "10005", "Ørsted & Lund ApS", "bogholderi@orstedlund.example", False),
    (24_934_236, "10006", "Kaleva Lab Oy", "talous@kalevalab.example", False),
    (24_934_237, "10009", "Gamle Verftet Eiendom AS", "post@gamleverftet.example", True),
)
_PROJECTS = (
    # id, code, name, customer, from, to, closed, billable
    (28_630_394, "1001", "Nettbutikk for ferske råvarer", 24_934_231, "2026-01-12", None, False, True),
    (28_630_395, "1002", "Profil og emballasje", 24_934_231, "2026-08-03", "2031-01-31", False, True),
    (28_630_396, "1003", "Årsrapport 2026", 24_934_232, "2026-09-01", None, False, True),
    (28_630_397, "1004", "Intranett, fase 2", 24_934_232, "2026-02-02", None, False, True),
    (28_630_398, "1005", "Kampanje: Bok i gave", 24_934_233, "2026-10-01", None, False, True),
    (28_630_399, "1006", "Ny webbplats", 24_934_234, "2026-05-04", None, False, True),
    (28_630_400, "1007", "Brugerrejser og prototype", 24_934_235, "2026-06-15", None, False, True),
    (28_630_401, "1008", "Design system for laboratories", 24_934_236, "2026-03-09", None, False, True),
    (28_630_402, "1010", "Innbyggerportal, forprosjekt", 24_934_232, "2025-11-03", "2026-05-29", True, True),
    (28_630_403, "1012", "Intern tid", None, "2020-01-01", None, False, False),
)
_PRODUCTS = (
    # id, code, name, price, unit, closed
    (1_915_441, "100", "Rådgivning", "1450.00", "t", False),
    (1_915_442, "110", "Design", "1250.00", "t", False),
    (1_915_443, "120", "Utvikling", "1350.00", "t", False),
    (1_915_444, "130", "Prosjektledelse", "1300.00", "t", False),
    (1_915_445, "140", "Fotografering, halv dag", "7800.00", "stk", False),
    (1_915_446, "200", "Reise og diett", None, "stk", False),
    (1_915_447, "199", "Konsulenttime (gammel sats)", "990.00", "t", True),
)
_CONTACTS = (
    # id, code, first and last name, e-mail, last day, one of ours
    (698_701, "1", "Bo", "Lindqvist", "bo@nordlys.example", None, True),
    (698_702, "2", "Anna", "Nygård", "anna@nordlys.example", None, True),
    (698_703, "3", "Maja", "Östberg", "maja@nordlys.example", None, True),
    (698_704, "4", "Mikkel", "Sørensen", "mikkel@nordlys.example", None, True),
    (698_705, "5", "Dina", "Holm", "dina@nordlys.example", None, True),
    (698_706, "6", "Jonas", "Eide", "jonas@nordlys.example", "2026-03-31", True),
    (698_707, "", "Kari", "Kontakt", "kari@havgap.example", None, False),
)
_SALES_OF_PROJECTS, _SALES_OF_CUSTOMERS = 698_703, 698_704
_CURRENCIES = ((1, "NOK"), (2, "SEK"), (3, "DKK"), (4, "EUR"))


def seed(store: Store, *, projects: int = 0, customers: int = 0) -> None:
    """The demo company, with generated projects and customers up to the numbers asked for."""
    store.set_token(TOKEN, owner=NORDLYS, more=MORE)
    store.set_token(TOKEN_PLAIN, owner=NORDLYS, more=[])
    missing = ["product", "order", "order_write", "order_detail", "order_detail_write"]
    store.set_token(TOKEN_LIMITED, owner=NORDLYS, missing=missing, more=MORE)
    store.set_token(TOKEN_REVOKED, owner=NORDLYS, revoked=True)
    store.set_token(TOKEN_OTHER_COMPANY, owner=FJORD, more=MORE)
    for owner, name in ENTITIES.items():
        _put(store, owner, "Entity", {"dbId": owner, "code": str(owner)[-3:], "description": name})
        _put(store, owner, "Currency", *[{"dbId": row_id, "code": code} for row_id, code in _CURRENCIES])
    _put(store, FJORD, "Customer", _customer(77_001, "10001", "Vestkyst Bilpleie AS", "", False, owner=FJORD))
    _nordlys(store, projects=projects, customers=customers)


def _nordlys(store: Store, *, projects: int, customers: int) -> None:
    many = [_customer(*row) for row in _CUSTOMERS]
    many += [
        _customer(25_000_000 + n, str(20_000 + n), f"Kunde {n:05} AS", f"kunde{n}@example.no", n % 25 == 0)
        for n in range(customers - len(_CUSTOMERS))
    ]
    _put(store, NORDLYS, "Customer", *many)
    rows = [_project(*row) for row in _PROJECTS]
    first = date(2019, 1, 1)
    for n in range(projects - len(_PROJECTS)):
        start = (first + timedelta(days=n * 37 % 2800)).isoformat()
        customer = many[n % len(many)]["dbId"]
        rows.append(_project(29_000_000 + n, str(20_000 + n), f"Prosjekt {n:06}", customer, start, None, n % 10 == 0))
    _put(store, NORDLYS, "Project", *rows)
    _put(store, NORDLYS, "Product", *[_product(*row) for row in _PRODUCTS])
    _put(store, NORDLYS, "Contact", *[_contact(*row) for row in _CONTACTS])
    ours = [row for row in _CONTACTS if row[6]]
    _put(
        store, NORDLYS, "EntityContact",
        *[{"dbId": 880_000 + n, "code": row[1], "ownerDbId": NORDLYS, "contact": row[0]} for n, row in enumerate(ours)],
    )  # fmt: skip


def _put(store: Store, owner: int, kind: str, *rows: Object) -> None:
    store.put(owner, kind, *rows, is_seed=True)


def _customer(row_id: int, code: str, name: str, email: str, is_closed: bool, *, owner: int = NORDLYS) -> Object:
    return {
        "dbId": row_id, "code": code, "description": name, "email": email, "ownerDbId": owner, "toDate": None,
        "address": {"streetAddress": "Strandgata 1", "zipCode": "5004", "place": "Bergen"},
        "ourRef": None, "ourSales": _SALES_OF_CUSTOMERS if owner == NORDLYS else None, "_closed": is_closed,
    }  # fmt: skip


def _project(
    row_id: int, code: str, name: str, customer: int | None, first: str, last: str | None, is_closed: bool,
    is_billable: bool = True,
) -> Object:  # fmt: skip
    return {
        "dbId": row_id, "code": code, "description": name, "customer": customer, "fromDate": first, "toDate": last,
        "billable": is_billable, "allowPosting": True, "timesheetEntry": True, "ownerDbId": NORDLYS,
        "ourRef": None, "ourSales": _SALES_OF_PROJECTS, "_closed": is_closed,
    }  # fmt: skip


def _product(row_id: int, code: str, name: str, price: str | None, unit: str, is_closed: bool) -> Object:
    return {
        "dbId": row_id, "code": code, "description": name, "salesPrice": price, "unit": unit, "forSale": not is_closed,
        "allowPosting": True, "ownerDbId": NORDLYS, "_closed": is_closed,
    }  # fmt: skip


def _contact(row_id: int, code: str, first: str, last: str, email: str, end: str | None, _ours: bool) -> dict[str, Any]:
    return {
        "dbId": row_id, "code": code, "firstName": first, "lastName": last, "name": f"{first} {last}", "email": email,
        "toDate": end, "ownerDbId": NORDLYS, "_closed": end is not None,
    }  # fmt: skip
