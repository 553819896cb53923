"""The set-up step (R104): what orders and new customers arrive with, chosen among Uniconta's own rows.

Read whole: such tables are small. A table that the user may not read leaves its question out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from integrations.kernel.connector import Choice
from integrations.kernel.errors import Code, LoginNeeded
from integrations.kernel.parse import Row, flag, optional_text
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.reconstructed import is_in_use, vat_zones

_EMPLOYEES = ("EmployeeClient", "Number")
_TERMS = ("PaymentTermClient", "Payment")
_VAT = ("GLVatClient", "Vat")
_CATEGORIES = ("PrCategoryClient", "Number")
_ITEMS = ("InvItemClient", "Item")
_JOURNALS = ("ProjectJournalClient", "Journal")
_GROUPS = ("DebtorGroupClient", "Group")
# The table and key that each answer names a row of.
TABLES: Mapping[str, tuple[str, str]] = {
    "order_employee": _EMPLOYEES,
    "order_payment": _TERMS,
    "order_vat": _VAT,
    "order_category": _CATEGORIES,
    "order_item": _ITEMS,
    "customer_group": _GROUPS,
    "customer_payment": _TERMS,
    "hour_journal": _JOURNALS,
}
_SAMPLE = 500  # customers, of whose VAT zones the words are learnt


def choices(api: UnicontaApi) -> Mapping[str, tuple[Choice, ...]]:
    """By question. Raises LoginNeeded, Temporary, MappingError."""
    read: dict[tuple[str, str], tuple[Choice, ...]] = {}
    for table in TABLES.values():
        if table not in read:
            read[table] = _of_table(api, *table)
    found = {question: read[table] for question, table in TABLES.items()}
    return {**found, "customer_vat_zone": _allowed(lambda: _zones(api))}


def _of_table(api: UnicontaApi, entity: str, key: str) -> tuple[Choice, ...]:
    def rows() -> Iterable[Choice]:
        for row in api.query(entity, key, right="set_up"):
            value = optional_text(row, key)
            if value and is_usable(row):
                yield Choice(value=value, label=_label(value, row), is_usual=flag(row, "IsDefault", default=False))

    return _allowed(rows)


def _label(value: str, row: Row) -> str:
    name = optional_text(row, "Name")
    return f"{value} {name}" if name and name != value else value


def is_usable(row: Row) -> bool:
    return is_in_use(row) and not flag(row, "HideInSales", default=False)


def _zones(api: UnicontaApi) -> Iterable[Choice]:
    """Words of the user's language, which only customers that have one tell."""
    rows = api.query("DebtorClient", "Account", right="set_up", take=_SAMPLE)
    return [Choice(value=zone, label=zone) for zone in vat_zones(rows)]


def _allowed(read: Callable[[], Iterable[Choice]]) -> tuple[Choice, ...]:
    try:
        return tuple(read())
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        return ()
