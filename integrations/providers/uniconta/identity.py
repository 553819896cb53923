"""Which company the user is let into, and what it may not do there: asked before anything is stored (R11)."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.kernel.connector import Company
from integrations.kernel.errors import Code, LoginNeeded
from integrations.kernel.parse import Row, optional_text, text
from integrations.providers.uniconta import refusals
from integrations.providers.uniconta.api import UnicontaApi

# The right, and a table that tells whether the user has it.
_PROBES = (
    ("customers", "DebtorClientUser", "Account"),
    ("products", "InvItemClient", "Item"),
    ("orders", "DebtorOrderClient", "OrderNumber"),
)


def company(api: UnicontaApi) -> Company:
    """Raises LoginNeeded when the login is refused, or the company is none that the user sees."""
    found = api.query("CompanyClient", "PrimaryKeyId", right="company")
    row = next((row for row in found if str(row.get("PrimaryKeyId")) == api.company_id), None)
    if row is None:
        error = refusals.ApiError(status=200, name="CompanyDoesNotExist", message="CompanyDoesNotExist")
        closed = refusals.at_the_door(error, api.company_id)
        assert closed is not None
        raise closed
    return Company(
        id=api.company_id,
        name=_name(row),
        organization_number=optional_text(row, "Id"),
        user=api.user,
        missing=tuple(_missing(api)),
    )


def _name(row: Row) -> str:
    return optional_text(row, "CompanyName") or text(row, "Name")


def _missing(api: UnicontaApi) -> Iterator[str]:
    for right, entity, key in _PROBES:
        try:
            api.query(entity, key, right=right, take=1)
        except LoginNeeded as error:
            if error.problem.code != Code.RIGHTS_MISSING:
                raise
            yield right
