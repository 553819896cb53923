"""Who the key belongs to and what it may read: asked before anything is stored (R11)."""

from __future__ import annotations

from integrations.kernel.connector import Company
from integrations.kernel.errors import MappingError
from integrations.kernel.parse import identifier, optional_part, optional_text, part, rows
from integrations.providers.tripletex import refusals
from integrations.providers.tripletex.api import Params, TripletexApi

# One cheap reading per right; `count` 1 and one field keep it light.
_ONE: Params = {"count": 1, "fields": "id"}
_PROBES: tuple[tuple[str, str, Params], ...] = (
    ("customers", "/customer", _ONE),
    ("projects", "/project", _ONE),
    ("products", "/product", _ONE),
    ("activities", "/activity", _ONE),
    ("employees", "/employee", _ONE),
    ("orders", "/order", {**_ONE, "orderDateFrom": "2000-01-01", "orderDateTo": "2000-01-02"}),
)


def company(api: TripletexApi) -> Company:
    """Raises LoginNeeded when the key is wrong or is an accounting office's."""
    fields = "companyId,company(id,name,organizationNumber),employee(firstName,lastName)"
    me = api.get_one("/token/session/%3EwhoAmI", fields, right="session")
    if me is None:
        raise MappingError("/token/session/>whoAmI", "an answer")
    missing = tuple(right for right, path, params in _PROBES if not api.may_read(path, params))
    if len(missing) == len(_PROBES) and is_accountant(api):
        raise refusals.accountant_key()
    who, employee = part(me, "company"), optional_part(me, "employee") or {}
    return Company(
        id=identifier(me, "companyId"),
        name=optional_text(who, "name"),
        organization_number=optional_text(who, "organizationNumber"),
        user=f"{optional_text(employee, 'firstName')} {optional_text(employee, 'lastName')}".strip(),
        missing=missing,
    )


def is_accountant(api: TripletexApi) -> bool:
    """A key of an accounting office may, in its own company, call only the list of its clients and `whoAmI`

    [spec, developer.tripletex.no/docs faq/general]. So: everything is refused, and there are clients.
    """
    params: Params = {"count": 1, "fields": "id"}
    path = "/company/%3EwithLoginAccess"
    if not api.may_read(path, params):
        return False
    return bool(rows(api.get_list(path, params, right="session"), "values"))
