"""Acts on a whole week: last week's hours, favourites; and taking such an act back."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from busy.lib.periods import Week
from busy.workspaces.doors import MemberRequest, employee_view
from timesheets import favourites, week_fill
from timesheets.errors import HoursRefusal, NoSuchCell
from timesheets.selectors import row_key
from timesheets.views.week_cells import row_of
from timesheets.week_fill import Filled, Key, Unfilled


@employee_view
@require_POST
def take(request: MemberRequest, week: Week) -> HttpResponse:
    """Scripts get JSON, htmx a toast, and a plain form comes back to the week."""
    member = request.membership
    try:
        if "undo" in request.GET:
            return _undo(request, week)
        if "copy" in request.POST:
            rows = week_fill.last_week(member, week, with_hours=request.POST["copy"] == "hours")
            filled = week_fill.fill_week(member, week, rows, act_of(request), by=member)
            return answer(request, week, filled, nothing=_("There was nothing in the week before to bring along."))
        if "favourites" in request.POST:
            filled = favourites.add_favourites(member, week, act_of(request), by=member)
            return answer(request, week, filled, nothing=_("There are no favourites to add that are not here already."))
        if "star" in request.POST:
            favourites.star(member, *row_of(request.POST["star"]))
        elif "unstar" in request.POST:
            favourites.unstar(member, *row_of(request.POST["unstar"]))
        else:
            return HttpResponseBadRequest()
    except HoursRefusal as refusal:
        return _tell(request, week, refusal.message, kind="error", status=422)
    except NoSuchCell as error:
        raise Http404 from error
    return _tell(request, week, "")


def act_of(request: MemberRequest) -> uuid.UUID:
    """The id that a script made for the act before it sent it; a plain form's act is new each time."""
    try:
        return uuid.UUID(request.POST.get("act", ""))
    except ValueError:
        return uuid.uuid4()


def answer(request: MemberRequest, week: Week, filled: Filled, *, nothing: str, close: str = "") -> HttpResponse:
    """What the act did, with the way to take it back. ``close`` is a dialog that is done with then."""
    told = week_fill.sentence_of(filled)
    did = filled.rows or filled.cells
    undo = ""
    if did:
        rows = " ".join(row_key(*key) for key in filled.rows)
        undo = f"{_address(request, week)}?{urlencode({'undo': str(filled.act), 'rows': rows})}"
    kind = "warning" if filled.left_out else "success" if did else "info"
    return _tell(request, week, told or nothing, kind=kind, undo=undo, close=close)


def _undo(request: MemberRequest, week: Week) -> HttpResponse:
    try:
        act = uuid.UUID(request.GET["undo"])
    except ValueError:
        return HttpResponseBadRequest()
    rows: list[Key] = [row_of(text) for text in request.GET.get("rows", "").split()]
    undone = week_fill.undo_fill(request.membership, week, act, rows, by=request.membership)
    return _tell(request, week, _undone(undone), kind="info" if undone.kept else "success")


def _undone(undone: Unfilled) -> str:
    told = _("It is taken back.")
    if undone.kept:
        kept = ngettext(
            "%(count)s cell was changed or locked since and stays.",
            "%(count)s cells were changed or locked since and stay.",
            undone.kept,
        )
        told = f"{told} {kept % {'count': undone.kept}}"
    return told


def _tell(
    request: MemberRequest,
    week: Week,
    told: str,
    *,
    kind: str = "success",
    undo: str = "",
    close: str = "",
    status: int = 200,
) -> HttpResponse:
    if request.htmx:
        return _toasted(told, kind=kind, undo=undo, close=close)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"message": told, "kind": kind, "undo": undo}, status=status)
    if told:
        messages.add_message(request, getattr(messages, kind.upper()), told)
    home = reverse("timesheets:week-of", kwargs={"workspace": request.workspace.slug, "week": week})
    return HttpResponseRedirect(home)


def _toasted(told: str, *, kind: str, undo: str, close: str) -> HttpResponse:
    """The sentence for a toast; the week's page fetches itself anew."""
    events: dict[str, Any] = {"week:changed": True}
    if told:
        events["toast"] = {"text": told, "kind": kind, "undo_url": undo, "keep": kind == "warning"}
    if close:
        events["dialog:close"] = close
    # Headers are ASCII; names are not.
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events, ensure_ascii=True)})


def _address(request: MemberRequest, week: Week) -> str:
    return reverse("timesheets:week-acts", kwargs={"workspace": request.workspace.slug, "week": week})
