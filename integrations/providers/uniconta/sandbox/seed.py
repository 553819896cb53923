"""The demo company: a design studio with Nordic customers, its items, and fields of its own on customers."""

from __future__ import annotations

from integrations.kernel.sandbox.store import Object, Store

NORDLYS = "123456"
USER = "busy"
PASSWORD = "sandbox-password-nordlys"
API_KEY = "11112222-3333-4444-5555-666677778888"
# Fields that the company made under Tools > Custom fields, and their types.
CUSTOM_FIELDS = {"Branche": "string", "xKanal": "string", "Rabat": "double", "Nyhedsbrev": "bool"}

_CUSTOMERS = (
    # number, name, organisation number, e-mail, blocked
    ("10001", "Havgap Sjømat AS", "915112233", "faktura@havgap.example", False),
    ("10002", "Fjellvidda Energi ASA", "916223344", "regnskap@fjellvidda.example", False),
    ("10003", "Bryggen Bokhandel AS", "917334455", "post@bryggenbok.example", False),
    ("10004", "Skärgård Design AB", "556677-8899", "ekonomi@skargarddesign.example", False),
    ("10005", "Ørsted & Lund ApS", "28991122", "bogholderi@orstedlund.example", False),
    ("10006", "Kaleva Lab Oy", "2233445-6", "talous@kalevalab.example", False),
    ("10008", "Tindfjell Kommune", "964550011", "faktura@tindfjell.example", False),
    ("10009", "Gamle Verftet Eiendom AS", "919556677", "post@gamleverftet.example", True),
)
_ITEMS = (
    # number, name, price, unit as the server's language says it, blocked
    ("100", "Rådgivning", 1450, "Hours", False),
    ("110", "Design", 1250, "Hours", False),
    ("120", "Utvikling", 1350, "Hours", False),
    ("130", "Prosjektledelse", 1300, "Hours", False),
    ("140", "Fotografering, halv dag", 7800, "Pcs", False),
    ("199", "Konsulenttime (gammel sats)", 990, "Hours", True),
)
_GROUPS = (("NO", "Norske kunder"), ("UTL", "Utenlandske kunder"))
_TERMS = (("Net14", "14 dager netto"), ("Net30", "30 dager netto"), ("Kontant", "Kontant"))
_VAT = (("S3", "Utgående mva, 25 %"), ("S0", "Fritatt"))
_CATEGORIES = (("10", "Timer"), ("20", "Utlegg og varer"))
_EMPLOYEES = (
    # number, name, e-mail, terminated
    ("1", "Bo Lindqvist", "bo@demo.busy.example", ""),
    ("2", "Anna Nygård", "anna@demo.busy.example", ""),
    ("3", "Maja Östberg", "maja@demo.busy.example", ""),
    ("4", "Mikkel Sørensen", "mikkel@demo.busy.example", ""),
    ("5", "Dina Holm", "dina@demo.busy.example", ""),
    ("6", "Jonas Eide", "jonas@demo.busy.example", ""),
    ("9", "Tor Gammel", "", "2024-06-30T00:00:00"),
)
_PAYROLL = (
    # number, name, project category, item, invoiceable, blocked
    ("10", "Design", "10", "110", True, False),
    ("20", "Utvikling", "10", "120", True, False),
    ("30", "Prosjektledelse", "10", "130", True, False),
    ("40", "Intern tid", "10", "", False, False),
    ("90", "Gammel lønnsart", "10", "", True, True),
)
_JOURNALS = (("Timer", "Timer fra Busy"),)
_PROJECTS = (("1001", "Nettbutikk for ferske råvarer", "10001", False), ("1011", "Nettside for verftet", "10009", True))


def seed(store: Store, *, customers: int = 0) -> None:
    store.put("", "users", {"Id": USER, "Password": PASSWORD, "apiKey": API_KEY})
    store.put(
        "",
        "companies",
        {
            "Id": NORDLYS, "PrimaryKeyId": int(NORDLYS), "CompanyName": "Nordlys Studio AS",
            "Name": "Nordlys Studio AS",
            "Country": 160, "Currency": "NOK",
        },
        {"Id": "654321", "PrimaryKeyId": 654321, "CompanyName": "Fjordlys ApS", "Country": 57, "Currency": "DKK"},
    )  # fmt: skip
    store.put(NORDLYS, "DebtorGroupClient", *_named("Group", _GROUPS))
    store.put(NORDLYS, "PaymentTermClient", *_named("Payment", _TERMS))
    store.put(NORDLYS, "GLVatClient", *_named("Vat", _VAT))
    store.put(NORDLYS, "PrCategoryClient", *_named("Number", _CATEGORIES))
    store.put(NORDLYS, "ProjectJournalClient", *_named("Journal", _JOURNALS))
    store.put(
        NORDLYS,
        "EmpPayrollCategoryClient",
        *(
            {
                "Id": number, "Number": number, "Name": name, "PrCategory": category, "Item": item or None,
                "Unit": "Hours", "Invoiceable": is_invoiceable, "Blocked": blocked, "RowId": store.next("row", 1),
            }
            for number, name, category, item, is_invoiceable, blocked in _PAYROLL
        ),
    )  # fmt: skip
    store.put(NORDLYS, "EmployeeClient", *(_employee(store, *row) for row in _EMPLOYEES))
    rows = [_customer(store, *row) for row in _CUSTOMERS]
    for number in range(len(rows) + 1, customers + 1):
        rows.append(_customer(store, f"2{number:06}", f"Kunde {number}", f"8{number:08}", "", False))
    rows[0] |= {"Branche": "Fiskeri", "xKanal": "Web", "Rabat": 7.5, "Nyhedsbrev": True}
    store.put(NORDLYS, "DebtorClient", *rows)
    store.put(
        NORDLYS,
        "InvItemClient",
        *(
            {
                "Id": item, "Item": item, "Name": name, "SalesPrice1": price, "Unit": unit, "Currency1": "NOK",
                "Blocked": blocked, "RowId": store.next("row", 1), "PrCategory": "10" if unit == "Hours" else "20",
            }
            for item, name, price, unit, blocked in _ITEMS
        ),
    )  # fmt: skip
    store.put(
        NORDLYS,
        "ProjectClient",
        *(
            {"Id": number, "Number": number, "Name": name, "Account": account, "Blocked": blocked}
            for number, name, account, blocked in _PROJECTS
        ),
    )


def _named(key: str, rows: tuple[tuple[str, str], ...]) -> list[Object]:
    """Rows of a small table; the first is the default."""
    return [{"Id": one, key: one, "Name": name, "IsDefault": number == 0} for number, (one, name) in enumerate(rows)]


def _employee(store: Store, number: str, name: str, email: str, left: str) -> Object:
    return {
        "Id": number, "Number": number, "Name": name, "Email": email, "RowId": store.next("row", 1),
        "Hired": "2020-01-01T00:00:00", "Terminated": left or "0001-01-01T00:00:00", "Blocked": False,
    }  # fmt: skip


def _customer(store: Store, account: str, name: str, number: str, email: str, blocked: bool) -> Object:
    return {
        "Id": account, "Account": account, "Name": name, "CompanyRegNo": number, "ContactEmail": email or None,
        "Group": "NO", "Payment": "Net14", "Country": 160, "VatZone": "Domestic", "CurBalance": 0, "Blocked": blocked,
        "Created": "2024-01-02T08:00:00", "UpdatedAt": "2026-01-02T08:00:00", "RowId": store.next("row", 1),
        "Address1": "Storgata 1", "LastInvoice": "0001-01-01T00:00:00",
    }  # fmt: skip
