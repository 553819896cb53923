"""Which days are closed for hours at the provider, read so that people are warned when they write one.

Read as often as the employees are, and learnt from an hour that was refused for it. Nothing is refused here for it:
what is known may be older than an hour, and whether a day is closed is the provider's to say.
"""

from __future__ import annotations

import logging
from calendar import monthrange
from datetime import date, timedelta

from django.db import transaction

from busy.lib.periods import local_today
from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import health, hours, people
from integrations.closed_models import ClosedPeriod
from integrations.conversations import connector_of, conversation
from integrations.kernel.errors import ProviderError
from integrations.kernel.payloads import ClosedDays, HoursPayload
from integrations.models import RUNNING_STATES, Connection, MemberLink, ProviderEmployee

logger = logging.getLogger(__name__)

_BACK = 62  # days: hours are seldom written later, and older months are closed anyhow


def read(workspace_id: int, connection_id: int) -> bool:
    """Ask the provider, and keep what it says in the place of what it said before. True when it was asked.

    Nothing is lost when it does not answer: the same is asked at the next look.
    """
    with scope(workspace_id):
        connection = Connection.objects.select_related("workspace").get(pk=connection_id)
        put = connector_of(connection).put(HoursPayload)
        if put is None or put.closed is None or not hours.is_on(connection) or connection.state not in RUNNING_STATES:
            return False
        today = local_today(connection.workspace.zone)
        known = employees(connection)
    if not known:
        return False
    first = (today - timedelta(days=_BACK)).replace(day=1)
    try:
        with conversation(connection) as api:
            found = list(put.closed(api, known, first, _end_of_month(today)))
    except ProviderError as error:
        logger.info("closed days are not told", extra={"connection": connection_id, "code": error.problem.code})
        return True
    with scope(workspace_id), transaction.atomic():
        _keep(health.lock(connection_id), found)
    return True


def employees(connection: Connection) -> list[str]:
    """The provider's ids of the people who record hours here: by number (R89), or by their link and the connection's
    own user (R70, R71)."""
    if people.are_linked(connection):
        links = MemberLink.objects.filter(connection=connection, local__is_active=True)
        own = people.own_user(connection)
        return sorted({*links.values_list("external_id", flat=True), *([own.external_id] if own else [])})
    numbers = Membership.objects.filter(is_active=True).exclude(employee_number="").values("employee_number")
    known = ProviderEmployee.objects.filter(connection=connection, archived_at=None, number__in=numbers)
    return list(known.order_by("pk").values_list("external_id", flat=True))


def _keep(connection: Connection, found: list[ClosedDays]) -> None:
    """Only what differs is written."""
    there = {
        (row.employee, row.first_day, row.last_day): row.pk
        for row in ClosedPeriod.objects.filter(connection=connection)
    }
    wanted = {(days.employee_id, days.first, days.last) for days in found}
    ClosedPeriod.objects.filter(pk__in=[pk for key, pk in there.items() if key not in wanted]).delete()
    ClosedPeriod.objects.bulk_create(
        [
            ClosedPeriod(
                workspace_id=connection.workspace_id,
                connection=connection,
                employee=employee[:100],
                first_day=first,
                last_day=last,
            )
            for employee, first, last in sorted(wanted - there.keys())
        ],
        ignore_conflicts=True,
    )


def learn(connection: Connection, employee: str, day: date) -> None:
    """An hour of the day was refused because its month is closed. Call in a scope."""
    month = day.replace(day=1)
    ClosedPeriod.objects.update_or_create(
        connection=connection, employee=employee, first_day=month, defaults={"last_day": _end_of_month(month)}
    )


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
