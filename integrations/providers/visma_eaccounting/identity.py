"""Which company the sign-in is for, and whether it can take orders: asked before anything is stored (R11)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Iterator

import msgspec

from integrations.kernel.connector import Company
from integrations.kernel.errors import Cure, CurePage, LoginNeeded, MappingError, Problem, Turn
from integrations.kernel.parse import Row, flag, optional_text, rows, text
from integrations.providers.visma_eaccounting.api import EaccountingApi

_ACTIVE = 1  # of CompanyStatus: 0 inactive, 1 active, 2 can only be read [spec]
_WITHOUT_ORDERS = (3, 4)  # of ProductVariant: Bookkeeping and Solo [spec]
ORDER_MODULE = "sales_standard"


def company(api: EaccountingApi) -> Company:
    """Raises LoginNeeded when the sign-in does not hold, or the company cannot be worked with."""
    settings = api.get_one("/companysettings", right="company")
    if settings is None:
        raise MappingError("/companysettings", "an answer")
    status = settings.get("CompanyStatus")
    if status is not None and status != _ACTIVE:
        cure = Cure(page=CurePage.CONNECTION)
        problem = Problem(code="company_not_active", params={"message": ""}, turn=Turn.ADMINISTRATOR, cure=cure)
        raise LoginNeeded(problem)
    number = optional_text(settings, "CorporateIdentityNumber")
    known_as = company_of(api.token()) or optional_text(settings, "CompanyIdentifier") or number
    if not known_as:
        raise MappingError("CompanyIdentifier", "what tells companies apart")
    return Company(
        id=known_as,
        name=text(settings, "Name"),
        organization_number=number,
        user=_current_user(api),
        missing=tuple(_missing(settings)),
    )


def company_of(token: str) -> str:
    """The claim `customer_id` of an access token: the company that was chosen [spec: the vendor's sample].

    "" when it is not there. Read without a check of the signature: it decides nothing that Visma does not decide by
    the same token.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return ""
    found = claims.get("customer_id") if isinstance(claims, dict) else None
    return str(found) if isinstance(found, str | int) else ""


def may_have_orders(settings: Row) -> bool:
    """Orders need the variant and the module [inferred from the document]; without a list of modules, the variant."""
    modules = settings.get("ActivatedModules")
    named = [str(module).lower() for module in modules] if isinstance(modules, list) else []
    return settings.get("ProductVariant") not in _WITHOUT_ORDERS and (not named or ORDER_MODULE in named)


def _missing(settings: Row) -> Iterator[str]:
    if not flag(settings, "UsesProject", default=True):
        yield "projects"
    if not may_have_orders(settings):
        yield "orders"


def _current_user(api: EaccountingApi) -> str:
    """Whose sign-in it is: the person whose change of password would end it (R57)."""
    for row in rows(api.get_page("/users", {"$page": 1}, right="users"), "Data"):
        if row.get("IsCurrentUser") is True:
            name = f"{optional_text(row, 'FirstName')} {optional_text(row, 'LastName')}".strip()
            return name or optional_text(row, "Email")
    return ""
