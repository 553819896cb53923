"""What nobody outside of Uniconta has written down. Each doubt is one small function, to be corrected in one place with
a real account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from integrations.kernel.parse import Row

_DELIMITER = " / "
_NEVER = "0001-01-01"  # an empty date [client]


def login_name(company_id: str, username: str) -> str:
    """The company stands before the user's name: two noughts and its number [client]. Who typed it, knows better."""
    return username if "/" in username else f"00{company_id}/{username}"


def query_body(key: str, value: str, skip: int, take: int, also: Mapping[str, str]) -> list[dict[str, Any]]:
    """Paging and order are read from the first entry, which must be there [client]; ordered by what it names. Several
    entries all hold [client]."""
    first = {"PropertyName": key, "FilterValue": value, "Skip": skip, "Take": take, "OrderBy": True}
    return [first, *({"PropertyName": name, "FilterValue": wanted} for name, wanted in also.items())]


def day_range(first: date, last: date) -> str:
    """A filter of days, both ends included, as the application's own text filter writes it [spec: official client]."""
    return f"{first.isoformat()}..{last.isoformat()}"


# Where the lines of a project journal are once it was posted [spec: SDK]; that their reference goes along is not
# written down [inferred]. Without it a change of posted hours would be told as a conflict, and not sent twice.
POSTED_LINES = "ProjectTransClient"


def in_journal(journal: str) -> dict[str, str]:
    """How a new line says which journal it belongs to [inferred from GLDailyJournalLineClient]."""
    return {"Journal": journal}


def is_frozen(row: Row) -> bool:
    """An approved line of a journal waits to be posted as somebody saw it [inferred]; who withdraws that lets us."""
    return row.get("Approved") is True


def our_ref(reference: str, person: str) -> str:
    """Our reference, and after it who the customer's document shall name (R34): one field carries both."""
    return f"{reference}{_DELIMITER}{person}" if person else reference


def carries(row: Row, reference: str) -> bool:
    """Whether an order or invoice is ours of exactly this reference."""
    said = row.get("OurRef")
    return isinstance(said, str) and (said == reference or said.startswith(reference + _DELIMITER))


def reference_in(said: str) -> str:
    return said.partition(_DELIMITER)[0].strip()


# A new order takes nothing over from the customer when it is made over HTTP [client], so we copy it.
INHERITED = (
    "Payment",
    "EndDiscountPct",
    "LayoutGroup",
    "PriceList",
    "Employee",
    *(f"Dimension{number}" for number in range(1, 6)),
)

# Never written: keys, balances, and what the server keeps [spec, inferred].
READ_ONLY = frozenset(
    {"Account", "RowId", "PrimaryKeyId", "CurBalance", "Overdue", "LastInvoice", "Created", "UpdatedAt"}
)


def is_in_use(row: Row) -> bool:
    """Whether a row may be used: not blocked, and an employee not one who has left, whatever the day [ours]."""
    return row.get("Blocked") is not True and str(row.get("Terminated") or _NEVER).startswith(_NEVER[:4])


def vat_zones(customers: Iterable[Row]) -> list[str]:
    """The words for VAT zones that are in use; there is no table of them [inferred]."""
    return sorted({str(row["VatZone"]).strip() for row in customers if str(row.get("VatZone") or "").strip()})


OWN_WORDS = (
    "w"  # after the number of a line that Busy sent without a product, so that its item is known as the set-up's
)

_TRUE = {"true", "ja", "yes", "sand", "1"}
_FALSE = {"false", "nej", "nei", "no", "falsk", "0"}


def said_yes(text: str) -> bool | None:
    """A label for yes or no, in a language of the user; None when it is neither."""
    word = text.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def is_error_name(body: bytes) -> str:
    """The single word that an answer consists of, without quotes: "ArgumentMissing" [client]; "" when it is none."""
    text = body.strip()
    return text.decode() if re.fullmatch(rb"[A-Za-z]{3,60}", text) else ""


def stored_key(row: Mapping[str, Any]) -> str:
    """The number of an order, which one client sees as text and another as a number."""
    return str(row.get("OrderNumber") or "").strip()
