"""Customers as Busy makes and changes them in Uniconta: read, change what differs, send the whole record back.

`Account` is the identity in all references there, so it is chosen once: the customer's number in Busy when it is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.kernel.errors import Cure, CurePage, MappingError, Problem, ProviderError, Refused, Turn
from integrations.kernel.parse import Row, flag, optional_text
from integrations.kernel.records import CustomerWithFields
from integrations.kernel.saving import Save, Stands, differing
from integrations.providers.uniconta import mapping, refusals
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.pulls import CUSTOMERS
from integrations.providers.uniconta.reconstructed import READ_ONLY

_RIGHT = "customers"
_FIRST_NUMBER = 10_001
_NEW = ("name", "organization_number", "email", "data")


def read(api: UnicontaApi, external_id: str) -> Stands[CustomerWithFields] | None:
    row = api.one(CUSTOMERS, "Account", external_id, right=_RIGHT)
    return None if row is None else _stands(api, row)


def update(
    api: UnicontaApi, stands: Stands[CustomerWithFields], wanted: CustomerWithFields
) -> Stands[CustomerWithFields]:
    """The whole record as it was read, with what differs put in. Nulls were left out there and stay so."""
    changes = mapping.customer_body(wanted, differing(stands.record, wanted), api.fields)
    whole = {**(stands.whole or {}), **changes}
    try:
        api.update(CUSTOMERS, whole)
    except Refused as refusal:
        raise _at_customer(refusal, wanted) from None
    return _read_back(api, wanted)


def create(api: UnicontaApi, wanted: CustomerWithFields, _reference: str) -> Stands[CustomerWithFields]:
    """With the customer's number when it has one and it is free; Uniconta says whether it is (KeyExists).

    A customer of the same organisation number is not made twice: a person says whether the two are one.
    """
    _ensure_new(api, wanted)
    account = wanted.number or _next_account(api)
    body = {"Account": account, **mapping.customer_body(wanted, _NEW, api.fields), **_usual(api)}
    try:
        api.insert(CUSTOMERS, {name: value for name, value in body.items() if value not in (None, "")})
    except Refused as refusal:
        raise _at_customer(refusal, wanted, account) from None
    return _read_back(api, _with_id(wanted, account))


def _ensure_new(api: UnicontaApi, wanted: CustomerWithFields) -> None:
    """Raises Refused."""
    number = wanted.organization_number
    if not number:
        return
    rows = api.query(CUSTOMERS, "CompanyRegNo", right=_RIGHT, value=number)
    same = [row for row in rows if optional_text(row, "CompanyRegNo") == number]
    if same:
        there = f"{optional_text(same[0], 'Account')} {optional_text(same[0], 'Name')}"
        params = {"there": there, "name": wanted.name, "number": optional_text(same[0], "Account")}
        cure = Cure(page=CurePage.CUSTOMER)
        raise Refused(Problem(code="already_there", params=params, turn=Turn.ADMINISTRATOR, cure=cure))


def found(
    api: UnicontaApi, wanted: CustomerWithFields, _reference: str, since: datetime
) -> Sequence[Stands[CustomerWithFields]]:
    """Customers of this name made since; the number is among what was sent when the customer has one."""
    rows = api.query(CUSTOMERS, "Name", right=_RIGHT, value=wanted.name)
    return [_stands(api, row) for row in rows if _may_be(row, wanted, since)]


def _may_be(row: Row, wanted: CustomerWithFields, since: datetime) -> bool:
    if optional_text(row, "Name") != wanted.name:
        return False
    if wanted.number and optional_text(row, "Account") != wanted.number:
        return False
    made = _instant(optional_text(row, "Created"))
    return made is None or made >= since


def _instant(said: str) -> datetime | None:
    """Uniconta writes its times without a zone; taken for UTC [inferred]. None: not told, or the year 1."""
    try:
        told = datetime.fromisoformat(said)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return told if told.year > 1 else None


def _stands(api: UnicontaApi, row: Row) -> Stands[CustomerWithFields]:
    return Stands(
        record=mapping.customer_record(row, api.fields),
        whole=dict(row),
        changed_at=_instant(optional_text(row, "UpdatedAt")),
        url=api.link("customer"),
    )


def _read_back(api: UnicontaApi, wanted: CustomerWithFields) -> Stands[CustomerWithFields]:
    """As it stands now; what cannot be read after an accepted write is no error, the next look will tell."""
    try:
        stands = read(api, wanted.external_id)
    except ProviderError:
        stands = None
    return stands or Stands(record=wanted, url=api.link("customer"))


def _with_id(wanted: CustomerWithFields, account: str) -> CustomerWithFields:
    values = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return CustomerWithFields(**{**values, "external_id": account, "number": account})


def _next_account(api: UnicontaApi) -> str:
    """One above the highest number in use. Somebody may take it meanwhile: then Uniconta refuses it (KeyExists)."""
    accounts = [optional_text(row, "Account") for row in api.query(CUSTOMERS, "Account", right=_RIGHT)]
    numbers = [int(account) for account in accounts if account.isascii() and account.isdigit() and len(account) < 10]
    return str(max([_FIRST_NUMBER - 1, *numbers]) + 1)


def _usual(api: UnicontaApi) -> dict[str, Any]:
    """What a new customer gets by the set-up (R104)."""
    group = api.answer("customer_group")
    return {
        **({"Group": group} if group else _group(api)),
        "Payment": api.answer("customer_payment"),
        "VatZone": api.answer("customer_vat_zone"),
    }


def _group(api: UnicontaApi) -> dict[str, Any]:
    """The group decides terms, VAT and accounts, and a customer without one cannot be invoiced: the usual one, else the
    first [inferred]."""
    groups = api.query("DebtorGroupClient", "Group", right=_RIGHT)
    usual = next((row for row in groups if flag(row, "IsDefault", default=False)), groups[0] if groups else None)
    if usual is None:
        raise MappingError("DebtorGroupClient", "a customer group")
    return {"Group": optional_text(usual, "Group")}


def _at_customer(refusal: Refused, wanted: CustomerWithFields, account: str = "") -> Refused:
    """A refusal that sends people to the customer's page."""
    problem = refusal.problem
    is_taken = problem.params.get("code") in refusals.KEY_EXISTS
    code = "number_taken" if is_taken else problem.code
    params = {**problem.params, "number": account or wanted.number, "name": wanted.name}
    return Refused(Problem(code=code, params=params, turn=Turn.AUTHOR, cure=Cure(page=CurePage.CUSTOMER)))


def field_names(api: UnicontaApi) -> tuple[str, ...]:
    """The properties of customers that can be written. A property without a value is left out of a row, so all rows are
    read; one that no customer has a value in is not found."""
    names = {name for row in api.query(CUSTOMERS, "Account", right=_RIGHT) for name in row}
    taken = {*READ_ONLY, *mapping.CUSTOMER_KEYS.values()}
    return tuple(sorted(name for name in names - taken if not name.startswith("_")))


SAVES: tuple[Save[UnicontaApi, Any], ...] = (
    Save(record=CustomerWithFields, read=read, update=update, create=create, found=found),
)
