"""What is offered to put hours on: the favourites first, then what the search finds."""

from __future__ import annotations

from django.utils.translation import gettext as _

from busy.catalog.selectors import Choice, search_loggable
from busy.workspaces.models import Membership
from timesheets.favourites import favourites, matching


def offers(
    member: Membership, text: str, limit: int, *, project_id: int | None = None, work_type_id: int | None = None
) -> list[tuple[Choice, str]]:
    """At most ``limit`` choices, each with the title of its group; without favourites there are no groups.

    The ids ask for choices of one project or work type alone, as ``search_loggable`` does.
    """
    first = [
        choice
        for choice in matching(favourites(member), text)
        if project_id in (None, choice.project.pk) and work_type_id in (None, choice.work_type.pk)
    ]
    starred = {choice.place for choice in first}
    found = search_loggable(member, text, limit, project_id=project_id, work_type_id=work_type_id)
    others = [choice for choice in found if choice.place not in starred]
    if not first:
        return [(choice, "") for choice in others]
    grouped = [(choice, _("Favourites")) for choice in first] + [(choice, _("Others")) for choice in others]
    return grouped[:limit]
