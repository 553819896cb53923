"""Customers and their own fields: types, labels, what is never written; the change URL's variants (R99, R101)."""

from __future__ import annotations

from decimal import Decimal

import msgspec.structs
import pytest

from integrations.kernel.errors import Refused
from integrations.kernel.records import CustomerWithFields, Kind
from integrations.kernel.sandbox import Fault, FaultKind
from integrations.providers.uniconta import mapping, saves
from integrations.providers.uniconta.listing import walk
from integrations.providers.uniconta.sandbox import UnicontaSandbox
from integrations.providers.uniconta.tests.conftest import Open
from integrations.providers.uniconta.watch import hints

EVERYTHING = (Kind.CUSTOMERS, Kind.PRODUCTS, Kind.PROJECTS, Kind.EMPLOYEES, Kind.WORK_TYPES)
FIELDS = {"Branche": "text", "Rabat": "number", "Nyhedsbrev": "yes_no", "Account": "text", "branche": "text"}


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("yes_no", "Ja", "yes"),
        ("yes_no", "No", "no"),
        ("yes_no", True, "yes"),
        ("yes_no", "kanskje", ""),
        ("number", Decimal("12.50"), "12.5"),
        ("number", "1.250,50", "1250.5"),
        ("number", "mange", ""),
        ("day", "0001-01-01T00:00:00", ""),
        ("day", "2026-11-22T00:00:00", "2026-11-22"),
        ("text", None, ""),
    ],
)
def test_r99_what_uniconta_says_becomes_what_busy_keeps(kind: str, said: object, kept: str) -> None:
    assert mapping.own_value({"X": said}, "X", kind) == kept


def test_r99_fields_are_written_in_their_types_and_keys_never(connect: Open, sandbox: UnicontaSandbox) -> None:
    api = connect(fields=FIELDS)
    stands = saves.read(api, "10001")
    assert stands is not None
    assert dict(stands.record.data) == {"Branche": "Fiskeri", "Rabat": "7.5", "Nyhedsbrev": "yes", "branche": ""}
    wanted = msgspec.structs.replace(
        stands.record, data=(("Account", "666"), ("Branche", ""), ("Nyhedsbrev", "no"), ("Rabat", "12.25"))
    )
    saves.update(api, stands, wanted)
    there = next(row for row in sandbox.all("DebtorClient") if row["Account"] == "10001")
    assert (there["Branche"], there["Nyhedsbrev"], there["Rabat"]) == ("", False, 12.25)
    assert {"Branche", "Rabat", "Nyhedsbrev", "xKanal"} <= set(saves.field_names(api))
    assert not {"Account", "Name", "CurBalance"} & set(saves.field_names(api))


def test_a_number_in_use_is_refused_with_what_to_do(connect: Open) -> None:
    taken = CustomerWithFields(external_id="", number="10003", name="En annen AS")
    with pytest.raises(Refused, match="number_taken"):
        saves.create(connect(), taken, "Busy")


def test_a_table_that_moves_while_it_is_read_is_read_anew(connect: Open, sandbox: UnicontaSandbox) -> None:
    api = connect()
    api.query("DebtorClient", "Account", right="customers", take=1)  # signed in
    sandbox.arm(Fault(kind=FaultKind.MOVING, path="/Query/Get/DebtorClient"))
    seen = {row["Account"] for page in walk(api, "DebtorClient", "Account", right="customers") for row in page}
    assert seen >= {row["Account"] for row in sandbox.all("DebtorClient")}


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        (b"CompanyId=123?Table=Debtor?RowId=45?Operation=Update\n", (Kind.CUSTOMERS,)),
        (b"companyid=1&table=INVITEM&action=Delete\n{}", (Kind.PRODUCTS,)),
        (b'\n{"Account": "10001", "Name": "X"}', (Kind.CUSTOMERS,)),
        (b"Table=GLAccount\n", ()),
        (b"Table=Project\n", (Kind.PROJECTS,)),
        (b"", EVERYTHING),
        (b"\xff\xfe\n\xff", EVERYTHING),
    ],
)
def test_r101_every_documented_variant_is_a_hint(said: bytes, kinds: tuple[Kind, ...]) -> None:
    assert hints(said) == kinds
