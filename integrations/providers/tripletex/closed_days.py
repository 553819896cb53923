"""Which days of which employees Tripletex has closed: months that are completed or approved, whole or up to a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial

from integrations.kernel.parse import Row, each, identifier, part, rows, within
from integrations.kernel.payloads import ClosedDays
from integrations.providers.tripletex.api import Params, TripletexApi
from integrations.providers.tripletex.facts import PAGE_SIZE
from integrations.providers.tripletex.hour_reasons import RIGHT
from integrations.providers.tripletex.hour_rows import closed_until, end_of_month

_AT_ONCE = 100  # employees a request names: one call a month covers many [spec], and an address has an end


def closed_days(api: TripletexApi, employees: Sequence[str], first: date, last: date) -> Iterator[ClosedDays]:
    """One request a month for each hundred employees. An hour on such a day would be refused (month closed)."""
    month = first.replace(day=1)
    while month <= last:
        for start in range(0, len(employees), _AT_ONCE):
            params: Params = {
                "employeeIds": ",".join(employees[start : start + _AT_ONCE]),
                "monthYear": f"{month:%Y-%m}",
                "count": PAGE_SIZE,
                "fields": "id,employee(id),completed,approved,approvedUntilDate",
            }
            found = rows(api.get_list("/timesheet/month/byMonthNumber", params, right=RIGHT), "values")
            closed = each(found, partial(_closed, month=month), "values")
            yield from (days for days in closed if days is not None)
        month = end_of_month(month) + timedelta(days=1)


def _closed(row: Row, *, month: date) -> ClosedDays | None:
    until = closed_until(row, month)
    if until is None:
        return None
    employee = within("employee", lambda: identifier(part(row, "employee"), "id"))
    return ClosedDays(employee_id=employee, first=month, last=until)
