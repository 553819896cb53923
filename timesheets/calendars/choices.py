"""What a person makes of events: an entry, or nothing. And what that tells of the next event like it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from busy.workspaces.models import Membership
from timesheets.calendars.records import title_digest
from timesheets.models import CalendarEvent, EventChoice

KEY = re.compile(r"^[0-9a-f]{64}\.[0-9]{1,4}$")


@transaction.atomic
def made_from_events(member: Membership, made: Mapping[str, uuid.UUID]) -> None:
    """The entries, by their ids, were made from these pieces of events; call it in the transaction that makes them.

    Again with the same is no change. A piece of an event that is gone meanwhile is remembered too.
    """
    if not made:
        return
    known = _events_of(member, made)
    for piece, client_id in made.items():
        event = known.get(piece.partition(".")[0])
        told: dict[str, Any] = {"client_id": client_id, "made_at": timezone.now()}
        if event is not None:
            told |= {"series": event.series, "title": title_digest(event.title)}
        EventChoice.objects.update_or_create(member=member, key=piece, defaults=told)


@transaction.atomic
def hide(member: Membership, piece: str) -> None:
    """Do not offer this piece any more. One that is an entry stays one."""
    EventChoice.objects.get_or_create(member=member, key=piece)
    EventChoice.objects.filter(member=member, key=piece).update(client_id=None, made_at=timezone.now())


@transaction.atomic
def bring_back(member: Membership, piece: str) -> None:
    EventChoice.objects.filter(member=member, key=piece, client_id=None).delete()


def _events_of(member: Membership, made: Mapping[str, uuid.UUID]) -> dict[str, CalendarEvent]:
    keys = {piece.partition(".")[0] for piece in made}
    return {event.key: event for event in CalendarEvent.objects.filter(calendar__account__member=member, key__in=keys)}
