"""Who may approve whose hours (R110). Everything that approves, rejects or answers a person asks here."""

from __future__ import annotations

from busy.workspaces.models import Membership


def may_approve_person(by: Membership, member: Membership) -> bool:
    """Whether ``by`` may approve this member's hours; the rule of four eyes is another matter.

    Managers and administrators may approve everybody of their workspace.
    """
    return by.is_active and by.is_manager and by.workspace_id == member.workspace_id
