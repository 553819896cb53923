"""What pages of hours ask about whoever comes in: asked at the door, with the membership, and of no rows beside it.

The database knows the workspace by then and Python does not yet, so these look across and find the workspace's rows.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from busy.catalog.models import ProjectMember
from busy.workspaces.facts import register_fact
from busy.workspaces.models import GroupMember
from timesheets.models import ReopenRequest
from timesheets.timer_selectors import has_open_timer


def register_facts() -> None:
    """``leads``: a group or a project. ``has_asked``: ever, to have approved hours opened again (R112)."""
    register_fact("has_open_timer", has_open_timer)
    register_fact("leads_group", lambda: _leads(GroupMember))
    register_fact("leads_project", lambda: _leads(ProjectMember))
    register_fact("has_asked", lambda: Exists(ReopenRequest.across_workspaces.filter(member=OuterRef("pk"))))


def _leads(table: type[GroupMember | ProjectMember]) -> Exists:
    return Exists(table.across_workspaces.filter(member=OuterRef("pk"), is_leader=True))
