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
    store.put(NORDLYS, "DebtorGroupClient", {"Id": "NO", "Group": "NO", "Name": "Norske kunder", "IsDefault": True})
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
                "Blocked": blocked, "RowId": store.next("row", 1),
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


def _customer(store: Store, account: str, name: str, number: str, email: str, blocked: bool) -> Object:
    return {
        "Id": account, "Account": account, "Name": name, "CompanyRegNo": number, "ContactEmail": email or None,
        "Group": "NO", "Payment": "Net14", "Country": 160, "VatZone": "Domestic", "CurBalance": 0, "Blocked": blocked,
        "Created": "2024-01-02T08:00:00", "UpdatedAt": "2026-01-02T08:00:00", "RowId": store.next("row", 1),
        "Address1": "Storgata 1", "LastInvoice": "0001-01-01T00:00:00",
    }  # fmt: skip
