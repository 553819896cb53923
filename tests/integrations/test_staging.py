"""A page of records on its way into the tables, where no provider of the tests would take it."""

from __future__ import annotations

from integrations import staging
from integrations.kernel.records import CustomerRecord


def test_ids_that_cannot_be_handed_over_in_one_text_are_left_out_and_the_later_of_two_counts() -> None:
    ids = ("1", "1\x1f2", "1" * 101, "1")
    page = staging._by_id(CustomerRecord(external_id=id_, name=str(n)) for n, id_ in enumerate(ids))
    assert {key: record.name for key, record in page.items()} == {"1": "3"}
