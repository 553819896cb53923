"""Short lists that other records point into: units, and terms of payment. Always read whole: neither says when it
changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from integrations.kernel.parse import Row, flag, identifier, optional_identifier, optional_text
from integrations.providers.visma_eaccounting.api import EaccountingApi
from integrations.providers.visma_eaccounting.listing import walk


@dataclass(frozen=True)
class Units:
    """Asked for when the first article does not say its unit itself."""

    api: EaccountingApi

    def name(self, unit_id: str) -> str:
        """ "" for a unit that is not there."""
        return self._names.get(unit_id, "")

    @cached_property
    def _names(self) -> Mapping[str, str]:
        found = (row for page in walk(self.api, "/units", right="products") for row in page.rows)
        return {
            identifier(row, "Id"): optional_text(row, "Abbreviation") or optional_text(row, "Name") for row in found
        }


def _called(row: Row) -> str:
    return optional_text(row, "Abbreviation") or optional_text(row, "Name")


def terms_of(api: EaccountingApi, customer: Row | None) -> str:
    """The customer's own terms; the company's where the customer has none that may stand on sales documents, and ""
    where the company has none either: they are then left to Visma.

    An invoice without terms gets the customer's [spec]; that an order does is not said, so they are sent.
    """
    own = optional_identifier(customer or {}, "TermsOfPaymentId")
    sold = {
        identifier(row, "Id")
        for page in walk(api, "/termsofpayments", right="orders")
        for row in page.rows
        if flag(row, "AvailableForSales", default=True)
    }
    if own in sold:
        return own
    settings = api.get_one("/companysettings", right="orders")
    usual = optional_identifier(settings or {}, "TermsOfPaymentId")
    return usual if usual in sold else ""
