"""Where a person goes first."""

from __future__ import annotations

from django.urls import reverse

from busy.workspaces.models import Membership, User
from busy.workspaces.selectors import last_membership


def landing_url(member: Membership) -> str:
    """This week; the founder of a workspace first sets it up."""
    names = {"workspace": member.workspace.slug}
    if member.is_administrator and member.onboarded_at is None:
        return reverse("onboarding:start", kwargs=names)
    return reverse("timesheets:week", kwargs=names)


def home_url(user: User) -> str:
    """The workspace used last; without one, the page that makes one. Must run inside ``acting_as(user.pk)``."""
    member = last_membership(user)
    return reverse("create-workspace") if member is None else landing_url(member)
