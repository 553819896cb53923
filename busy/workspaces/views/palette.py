"""What the palette asks for while one types."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from busy.lib.palette import MOST, Found, search
from busy.workspaces.doors import MemberRequest, employee_view
from busy.workspaces.selectors import people


@employee_view
@require_GET
def find(request: MemberRequest) -> JsonResponse:
    return JsonResponse({"results": search(request, request.GET.get("q", ""), request.membership.role)})


def find_people(request: HttpRequest, text: str) -> Iterable[Found]:
    workspace = request.workspace  # type: ignore[attr-defined]
    for member in people(search=text)[:MOST]:
        url = reverse("workspaces:person", kwargs={"workspace": workspace.slug, "member_id": member.pk})
        yield Found(label=str(member), url=url, detail=member.user.email, icon="person")
