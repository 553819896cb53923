"""Favourites of a member: starring, and putting them all on a week."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from busy.catalog.selectors import Choice, loggable_places
from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets.loggable import ensure_loggable
from timesheets.models import Favourite
from timesheets.week_fill import Filled, PlannedRow, fill_week


@transaction.atomic
def star(member: Membership, project_id: int, work_type_id: int, task_id: int | None = None) -> None:
    """Starring again changes nothing. Raises NotLoggable with the reason, NoSuchCell."""
    ensure_loggable(member, project_id, work_type_id, task_id)
    place: dict[str, Any] = {"project_id": project_id, "work_type_id": work_type_id, "task_id": task_id}
    Favourite.objects.get_or_create(member=member, **place)


def unstar(member: Membership, project_id: int, work_type_id: int, task_id: int | None = None) -> None:
    Favourite.objects.filter(member=member, project=project_id, work_type=work_type_id, task=task_id).delete()


def favourites(member: Membership) -> list[Choice]:
    """What the member may log on of the starred, in the order in which it was starred. Three queries at most."""
    rows = Favourite.objects.filter(member=member).select_related("project__customer", "work_type", "task")
    choices = [Choice(row.project, row.work_type, row.task) for row in rows.order_by("pk")]
    loggable = loggable_places(member, [choice.place for choice in choices])
    return [choice for choice in choices if choice.place in loggable]


def add_favourites(member: Membership, week: Week, act: uuid.UUID, *, by: Membership) -> Filled:
    """Put all of them on the week, without hours."""
    rows = [PlannedRow(key=choice.place) for choice in favourites(member)]
    return fill_week(member, week, rows, act, by=by)


def matching(choices: list[Choice], text: str) -> list[Choice]:
    """Those in which every word of the text occurs, as the search of the catalogue finds them."""
    words = text.casefold().split()
    return [choice for choice in choices if all(word in _about(choice) for word in words)]


def _about(choice: Choice) -> str:
    return f"{choice.project.name} {choice.project.number} {choice.detail}".casefold()
