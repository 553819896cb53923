"""R28: orders are read back as people there left them, for the comparison of a month."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from integrations.kernel.payloads import OrderPayload
from integrations.providers.visma_eaccounting.api import EaccountingApi
from integrations.providers.visma_eaccounting.kit import KIT
from integrations.providers.visma_eaccounting.pushes import send_order
from integrations.providers.visma_eaccounting.sandbox import EaccountingSandbox
from integrations.providers.visma_eaccounting.sandbox import lists as sandbox_lists
from integrations.providers.visma_eaccounting.sandbox.seed import guid
from integrations.providers.visma_eaccounting.standing import between, one

assert KIT.order is not None
ORDER: OrderPayload = KIT.order


@pytest.mark.parametrize("is_filtered", [True, False])
def test_a_months_orders_are_read_with_the_filter_and_without(
    api: EaccountingApi, sandbox: EaccountingSandbox, monkeypatch: pytest.MonkeyPatch, is_filtered: bool
) -> None:
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
    sent = [send_order(api, replace(ORDER, reference=f"Busy {day}", order_date=day)).external_id for day in days]
    if not is_filtered:
        monkeypatch.setattr(sandbox_lists, "_TERM", re.compile("never"))
    found = list(between(api, date(2026, 11, 1), date(2026, 11, 30)))
    assert {order.external_id for order in found} == set(sent[1:3])


def test_what_people_there_made_of_it_is_read_and_gone_is_gone(
    api: EaccountingApi, sandbox: EaccountingSandbox
) -> None:
    sent = send_order(api, ORDER).external_id
    (stored,) = sandbox.orders()
    marker, *rest = [dict(row) for row in stored["Rows"]]
    rest[-1]["ProjectId"] = guid(2, 2)
    sandbox.change("orders", sent, Status=4, Rows=rest)
    there = one(api, sent)
    assert there is not None
    assert (there.reference, there.project_id, len(there.lines)) == ("Uke 46–47: «design» & søm", None, 2)
    assert marker["Text"] == ORDER.reference
    sandbox.delete("orders", sent)
    assert one(api, sent) is None
