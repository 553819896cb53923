"""Groups of people, for administrators (P2, P5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from busy.workspaces import group_selectors as selectors
from busy.workspaces import groups
from busy.workspaces.doors import MemberRequest, admin_view
from busy.workspaces.forms import posted
from busy.workspaces.group_forms import GroupForm
from busy.workspaces.models import Group, GroupMember, Membership
from busy.workspaces.people_tabs import people_tabs

_FOUND = 50


@admin_view
def index(request: MemberRequest) -> HttpResponse:
    context = {"tree": selectors.group_tree(), "tabs": people_tabs(request, "groups")}
    return render(request, "workspaces/groups.html", context)


@admin_view
def new(request: MemberRequest) -> HttpResponse:
    form = GroupForm(
        posted(request), places=selectors.places_for(None), initial={"parent": request.GET.get("below", "")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            group = groups.create_group(name=form.cleaned_data["name"], parent_id=form.parent_id)
        except groups.GroupRefused as refusal:
            form.add_error(refusal.field, refusal.message)
        except Group.DoesNotExist as error:
            raise Http404 from error
        else:
            return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group.pk)
    return render(request, "workspaces/group_new.html", {"form": form}, status=422 if form.errors else 200)


@admin_view
def group(request: MemberRequest, group_id: int) -> HttpResponse:
    shown = _group(group_id)
    initial = {"name": shown.name, "parent": shown.parent_id or ""}
    form = GroupForm(posted(request), places=selectors.places_for(shown), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            groups.change_group(group_id, name=form.cleaned_data["name"], parent_id=form.parent_id)
        except groups.GroupRefused as refusal:
            form.add_error(refusal.field, refusal.message)
        except Group.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Saved."))
            return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group_id)
    return render(request, "workspaces/group.html", _context(request, shown, form), status=422 if form.errors else 200)


@admin_view
@require_POST
def delete(request: MemberRequest, group_id: int) -> HttpResponse:
    try:
        gone = groups.delete_group(group_id)
    except groups.GroupRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group_id)
    except Group.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The group %(name)s is deleted.") % {"name": gone.name})
    return redirect("workspaces:groups", workspace=request.workspace.slug)


@admin_view
@require_GET
def choices(request: MemberRequest, group_id: int) -> JsonResponse:
    """People who are not in the group yet, for its combobox."""
    search = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]
    found = selectors.not_in(_group(group_id), search)[:_FOUND]
    results = [{"value": str(one.pk), "label": str(one), "detail": one.user.email} for one in found]
    return JsonResponse({"results": results})


@admin_view
@require_POST
def add(request: MemberRequest, group_id: int) -> HttpResponse:
    typed = request.POST.get("member", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        messages.info(request, _("Choose somebody first."))
        _group(group_id)
        return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group_id)
    try:
        groups.add_to_group(group_id, int(typed))
    except (Group.DoesNotExist, Membership.DoesNotExist) as error:
        raise Http404 from error
    return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group_id)


@admin_view
@require_POST
def member(request: MemberRequest, group_id: int, member_id: int, do: str) -> HttpResponse:
    """``do`` is remove, lead or follow."""
    _group(group_id)
    if do == "remove":
        groups.remove_from_group(group_id, member_id)
    elif do in ("lead", "follow"):
        try:
            row = groups.set_leader(group_id, member_id, is_leader=do == "lead")
        except GroupMember.DoesNotExist as error:
            raise Http404 from error
        told = (
            _("%(name)s leads the group now, and sees and approves its hours.")
            if row.is_leader
            else _("%(name)s leads the group no more.")
        )
        messages.success(request, told % {"name": row.member})
    else:
        raise Http404
    return redirect("workspaces:group", workspace=request.workspace.slug, group_id=group_id)


def _context(request: MemberRequest, shown: Group, form: GroupForm) -> dict[str, Any]:
    in_it = list(selectors.people_in(shown))
    below = list(shown.children.order_by("name", "pk"))
    return {
        "group": shown,
        "form": form,
        "people": in_it,
        "below": below,
        "others": list(selectors.not_in(shown)[:_FOUND]),
        "is_empty": not in_it and not below,
    }


def _group(group_id: int) -> Group:
    return get_object_or_404(Group, pk=group_id)
