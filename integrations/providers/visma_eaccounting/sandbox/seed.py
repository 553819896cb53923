"""The demo company: a design studio with Nordic customers; other companies of the same user, to be told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integrations.kernel.sandbox.store import Object, Store

NORDLYS = "4210001"
FJORD = "4210002"
SOLO = "4210003"  # an edition without orders
CLIENT, SECRET = "sandbox-client-busy", "sandbox-client-secret-busy"
ROTATING, ROTATING_SECRET = "sandbox-client-rotating", "sandbox-client-secret-rotating"
REFRESH = "sandbox-refresh-token-nordlys"
REFRESH_ROTATING = "sandbox-refresh-token-rotating"
REFRESH_OTHER_COMPANY = "sandbox-refresh-token-fjord"
REFRESH_SOLO = "sandbox-refresh-token-solo"
USER = "bo@nordlys.example"
REDIRECTS = ("http://localhost/integrations/signed-in/", "https://busy.example.com/integrations/signed-in/")
GRANTED = ("ea:api", "offline_access", "ea:sales")

_COMPANIES = ((NORDLYS, "Nordlys Studio AS", "923456789", 5), (FJORD, "Fjordlys Rådgivning AS", "912345678", 1),
              (SOLO, "Solveig Enkeltmann", "911222333", 4))  # fmt: skip
_CUSTOMERS = (
    # number, name, organisation number, e-mail, postal code, city, country, active
    ("10001", "Havgap Sjømat AS", "915112233", "faktura@havgap.example", "9008", "Tromsø", "NO", True),
    ("10002", "Fjellvidda Energi ASA", "916223344", "regnskap@fjellvidda.example", "3580", "Geilo", "NO", True),
    ("10003", "Bryggen Bokhandel AS", "917334455", "post@bryggenbok.example", "5003", "Bergen", "NO", True),
    ("10004", "Skärgård Design AB", "556677-8899", "ekonomi@skargarddesign.example", "11130", "Stockholm", "SE", True),
    ("10005", "Ørsted & Lund ApS", "28991122", "bogholderi@orstedlund.example", "2100", "København", "DK", True),
    ("10006", "Kaleva Lab Oy", "2233445-6", "talous@kalevalab.example", "00100", "Helsinki", "FI", True),
    ("10007", "Oslo Vest Tannklinikk", "918445566", "post@oslovesttann.example", "0266", "Oslo", "NO", True),
    ("10008", "Tindfjell Kommune", "964550011", "faktura@tindfjell.example", "3840", "Seljord", "NO", True),
    ("10009", "Gamle Verftet Eiendom AS", "919556677", "post@gamleverftet.example", "4006", "Stavanger", "NO", False),
)
_PROJECTS = (
    # number, name, customer (place in the list above), start, end, status
    ("1001", "Nettbutikk for ferske råvarer", 1, "2026-01-12", None, 1),
    ("1002", "Ny visuell profil", 2, "2026-02-02", None, 1),
    ("1003", "Kampanje høst 2026", 3, "2026-08-17", None, 1),
    ("1004", "Skyltprogram", 4, "2026-03-02", "2026-12-18", 1),
    ("1005", "Årsrapport 2026", 2, "2026-10-05", None, 1),
    ("1006", "Innbyggerportal", 8, "2026-01-05", None, 1),
    ("1010", "Innbyggerportal, forprosjekt", 8, "2025-11-03", "2026-05-29", 2),
    ("1011", "Nettside for verftet", 9, "2024-02-05", "2025-01-31", 2),
    ("0012", "Intern tid", None, "2020-01-01", None, 1),
)
_ARTICLES = (
    # number, name, price, unit (1 hour, 2 piece), active
    ("100", "Rådgivning", 1450, 1, True),
    ("110", "Design", 1250, 1, True),
    ("120", "Utvikling", 1350, 1, True),
    ("130", "Prosjektledelse", 1300, 1, True),
    ("140", "Fotografering, halv dag", 7800, 2, True),
    ("200", "Reise og diett", 1, 2, True),
    ("199", "Konsulenttime (gammel sats)", 990, 1, False),
)
_UNITS = ((1, "Time", "t", "HUR"), (2, "Stykk", "stk", "C62"))


def guid(kind: int, number: int) -> str:
    """Ids that a person can read in a test: kind 1 customers, 2 projects, 3 articles, 4 units, 5 terms, 6 others."""
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


def seed(store: Store, *, projects: int = 0, customers: int = 0) -> None:
    """The companies and their sign-ins, with generated projects and customers of the first up to the numbers asked
    for."""
    _identity(store)
    for company, name, number, variant in _COMPANIES:
        store.put("", "companies", {"Id": company, "Name": name})
        store.put("", "settings", _settings(company, name, number, variant))
        _common(store, company)
    store.put(FJORD, "customers", _customer(1, ("20001", "Vestkyst Bilpleie AS", "920667788", "", "4001", "Stavanger",
                                               "NO", True)))  # fmt: skip
    many_customers = [_customer(n, row) for n, row in enumerate(_CUSTOMERS, 1)]
    many_customers += [
        _customer(n, (str(20_000 + n), f"Kunde {n:05} AS", f"8{n:08}", f"kunde{n}@example.no", "0150", "Oslo", "NO",
                      n % 25 != 0))
        for n in range(len(_CUSTOMERS) + 1, customers + 1)
    ]  # fmt: skip
    store.put(NORDLYS, "customers", *many_customers)
    many = [_project(n, *row) for n, row in enumerate(_PROJECTS, 1)]
    many += [
        _project(n, str(20_000 + n), f"Prosjekt {n:06}", n % len(many_customers) + 1, "2025-01-01", None,
                 2 if n % 10 == 0 else 1)
        for n in range(len(_PROJECTS) + 1, projects + 1)
    ]  # fmt: skip
    store.put(NORDLYS, "projects", *many)
    store.put(NORDLYS, "articles", *[_article(n, *row) for n, row in enumerate(_ARTICLES, 1)])


def _identity(store: Store) -> None:
    client = {"redirects": list(REDIRECTS), "scopes": list(GRANTED)}
    store.put("", "clients", {"Id": CLIENT, "secret": SECRET, "rotates": False, **client})
    store.put("", "clients", {"Id": ROTATING, "secret": ROTATING_SECRET, "rotates": True, **client})
    store.put("", "users", {"Id": USER, "password": 1, "companies": [row[0] for row in _COMPANIES]})
    for token, name, company in (
        (REFRESH, CLIENT, NORDLYS),
        (REFRESH_ROTATING, ROTATING, NORDLYS),
        (REFRESH_OTHER_COMPANY, CLIENT, FJORD),
        (REFRESH_SOLO, CLIENT, SOLO),
    ):
        grant = {"client": name, "user": USER, "company": company, "scopes": list(GRANTED), "password": 1}
        store.put("", "grants", {"Id": f"grant of {token}", "ended": False, **grant})
        store.put("", "refreshes", {"Id": token, "grant": f"grant of {token}", "used": False})


def _common(store: Store, company: str) -> None:
    store.put(company, "currencies", *[{"Id": code, "Code": code} for code in ("NOK", "SEK", "DKK", "EUR")])
    store.put(company, "units", *[
        {"Id": guid(4, n), "Name": name, "Code": code, "Abbreviation": short, "AbbreviationEnglish": short}
        for n, name, short, code in _UNITS
    ])  # fmt: skip
    terms = ((1, "14 dager", "14 days", 14, True), (2, "30 dager", "30 days", 30, False))
    store.put(company, "termsofpayments", *[
        {"Id": guid(5, n), "Name": name, "NameEnglish": english, "NumberOfDays": days, "TermsOfPaymentTypeId": 0,
         "TermsOfPaymentTypeText": "Normal", "AvailableForSales": sold, "AvailableForPurchase": True}
        for n, name, english, days, sold in terms
    ])  # fmt: skip
    years = [
        {"Id": guid(6, year), "StartDate": f"{year}-01-01T00:00:00Z", "EndDate": f"{year}-12-31T00:00:00Z",
         "IsLockedForAccounting": year < 2025, "BookkeepingMethod": 0}
        for year in range(2024, 2028)
    ]  # fmt: skip
    store.put(company, "fiscalyears", *years)
    people = (("Bo", "Lindqvist", USER, True), ("Anna", "Nygård", "anna@nordlys.example", False))
    store.put(company, "users", *[
        {"Id": guid(6, n), "Email": email, "FirstName": first, "LastName": last, "IsActive": True,
         "IsCurrentUser": current, "IsConsultant": False}
        for n, (first, last, email, current) in enumerate(people, 1)
    ])  # fmt: skip


def _settings(company: str, name: str, number: str, variant: int) -> Object:
    modules = ["api_standard", "accounting_standard"] + ([] if variant == 4 else ["sales_standard"])
    return {
        "Id": company, "Name": name, "CorporateIdentityNumber": number, "CompanyIdentifier": company,
        "Address1": "Storgata 1", "PostalCode": "0155", "City": "Oslo", "CountryCode": "NO", "CurrencyCode": "NOK",
        "CompanyStatus": 1, "ProductVariant": variant, "ActivatedModules": modules, "UsesProject": True,
        "UsesCostCenter": False, "ShowPricesExclVatPC": True, "NextOrderNumber": 5001,
        "TermsOfPaymentId": guid(5, 1),
    }  # fmt: skip


def _customer(n: int, row: tuple[str, str, str, str, str, str, str, bool]) -> Object:
    number, name, organization, email, postal, city, country, active = row
    return {
        "Id": guid(1, n), "CustomerNumber": number, "Name": name, "CorporateIdentityNumber": organization or None,
        "EmailAddress": email or None, "InvoiceAddress1": "Bryggen 4", "InvoicePostalCode": postal,
        "InvoiceCity": city, "InvoiceCountryCode": country, "ContactPersonName": "Kari Kontakt",
        "CurrencyCode": "NOK", "TermsOfPaymentId": guid(5, 1), "IsPrivatePerson": False, "IsActive": active,
        "ReverseChargeOnConstructionServices": False, "ChangedUtc": _long_ago(n),
    }  # fmt: skip


def _project(n: int, number: str, name: str, customer: int | None, start: str, end: str | None, status: int) -> Object:
    return {
        "Id": guid(2, n), "Number": number, "Name": name, "CustomerId": guid(1, customer) if customer else None,
        "CustomerName": None, "StartDate": f"{start}T00:00:00Z", "EndDate": f"{end}T00:00:00Z" if end else None,
        "Notes": None, "Status": status, "ModifiedUtc": _long_ago(n),
    }  # fmt: skip


def _article(n: int, number: str, name: str, price: int, unit: int, active: bool) -> Object:
    _, unit_name, short, _ = _UNITS[unit - 1]
    return {
        "Id": guid(3, n), "Number": number, "Name": name, "NameEnglish": None, "IsActive": active,
        "NetPrice": price, "GrossPrice": price * 1.25, "CodingId": guid(6, 1), "CodingName": "Tjenester 25 %",
        "UnitId": guid(4, unit), "UnitName": unit_name, "UnitAbbreviation": short, "IsServiceArticle": unit == 1,
        "CreatedUtc": _long_ago(n), "ChangedUtc": _long_ago(n),
    }  # fmt: skip


def _long_ago(n: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S.1083743Z")
