"""What the hours' app puts into the frame of every page: the timer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from busy.workspaces.models import Membership
from busy.workspaces.scope import is_in_scope
from timesheets.views.timer_state import shell_of


def timer(request: HttpRequest) -> dict[str, Any]:
    """Nothing outside of a workspace, and nothing on an error page: it is drawn after the workspace was left."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None or not is_in_scope():
        return {}
    # The door has asked whether there is one. An act of this request may have started one since.
    is_idle = request.method in ("GET", "HEAD") and not membership.has_open_timer  # type: ignore[attr-defined]
    return {"timer": SimpleLazyObject(lambda: shell_of(membership, is_idle=is_idle))}
