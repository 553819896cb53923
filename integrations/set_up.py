"""The set-up step that follows connecting (R104): whether it is done, and what was answered.

The answers stand in the connection's settings. Until they are given finished orders wait, with that as their reason;
customers travel meanwhile. A connection from before there was such a step works with what it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from busy.workspaces.models import Membership
from integrations import health
from integrations.kernel.errors import CurePage
from integrations.kernel.facts import ProviderFacts
from integrations.models import Connection, Delivery
from integrations.policy import Event, State

UNFINISHED = "set_up_unfinished"  # the problem of what waits for it
_KEY = "set_up"  # of the connection's settings
_BOOKKEEPING = "bookkeeping"  # of customer_exchange, which asks for the step here


def _noted(connection: Connection) -> dict[str, Any]:
    return connection.settings.get(_KEY) or {}


def is_waited_for(connection: Connection) -> bool:
    """Whether orders wait for it."""
    noted = _noted(connection)
    is_for_orders = bool(connection.settings.get(_BOOKKEEPING, True))
    return is_for_orders and bool(noted.get("wanted")) and not is_done(connection)


def is_done(connection: Connection) -> bool:
    return bool(_noted(connection).get("done_at"))


def answers(connection: Connection, facts: ProviderFacts) -> dict[str, str]:
    """By key; "" for what was left to the provider."""
    given: Mapping[str, str] = _noted(connection).get("answers") or {}
    return {question.key: given.get(question.key, "") for question in facts.set_up}


def labels(connection: Connection) -> dict[str, str]:
    """What the answers were called there when they were given, by key."""
    return dict(_noted(connection).get("labels") or {})


def want(connection: Connection) -> None:
    """It is to be done before orders go. The caller holds the row and saves."""
    if not is_done(connection):
        connection.settings = {**connection.settings, _KEY: {**_noted(connection), "wanted": True}}


def forget(connection: Connection) -> None:
    """The answers were of another company. The caller holds the row and saves."""
    if _noted(connection):
        connection.settings = {**connection.settings, _KEY: {"wanted": True}}


@transaction.atomic
def finish(connection: Connection, given: Mapping[str, str], named: Mapping[str, str], *, by: Membership) -> Connection:
    """What goes out from now on goes by these; what waited for them goes on. Questions that were not asked keep their
    answers."""
    from integrations import deliveries, hour_reviving, reviving, wakeups  # which ask here what orders wait for

    connection = health.lock(connection.pk)
    noted = _noted(connection)
    connection.settings = {
        **connection.settings,
        _KEY: {
            "wanted": True,
            "answers": {**(noted.get("answers") or {}), **given},
            "labels": {**(noted.get("labels") or {}), **named},
            "done_at": timezone.now().isoformat(),
            "done_by": by.pk,
        },
    }
    connection.save(update_fields=["settings"])
    reviving.look_again(connection)
    hour_reviving.revive_where(connection, Q(problem__cure__page=CurePage.SET_UP), Event.CAUSE_CHANGED)
    for delivery in _sent_here(connection):
        deliveries.revive(delivery, Event.CAUSE_CHANGED)
        wakeups.nudge(connection, wakeups.PUSH)
    return connection


def _sent_here(connection: Connection) -> Iterable[Delivery]:
    """What the provider refused because of an answer. Its payload holds none of them, so it goes as it is."""
    stuck = Delivery.objects.filter(connection=connection, kind="order", state=State.ATTENTION, is_unclear=False)
    refused = stuck.filter(problem__cure__page=CurePage.SET_UP).exclude(problem__code=UNFINISHED)
    return refused.select_for_update(no_key=True).order_by("pk")
