"""The preview between the key and the connection, and before project sync is turned on (R2-R13, R39, R40, R78)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from busy.catalog.customer_models import CustomerTag
from busy.catalog.models import Customer
from busy.workspaces.doors import MemberRequest, admin_view, entered, waiting_admin_view
from integrations import (
    alone,
    exchange_forms,
    pages,
    planning,
    plans,
    problems,
    remapping,
    selectors,
    services,
    set_up,
    sign_ins,
)
from integrations.alone import Fate
from integrations.kernel import registry
from integrations.kernel.errors import LoginNeeded
from integrations.kernel.records import Kind
from integrations.mapping import Row
from integrations.mapping_models import Purpose
from integrations.models import Connection, Plan
from integrations.planning import Part
from integrations.plans import MatchTaken, PlanRefused
from integrations.problems import Explained
from integrations.selectors import kind_label
from integrations.views.connecting import take_choices
from integrations.views.matching import chosen_id, kind_named, slug_of, tell, typed

# How far one list is: the look of its sign, and the icon in it.
_SIGNS = {
    "read": ("yes", "tick"),
    "trouble": ("no", "cross"),
    "now": ("moving", "sync"),
    "coming": ("", "clock"),
}


@waiting_admin_view
def preview(request: MemberRequest, provider: str) -> HttpResponse:
    """What would happen; a POST lets it happen or gives it up."""
    with entered(request):
        plan = _plan(request, provider)
        if plan is None:
            return redirect("integrations:connect", request.workspace.slug, provider)
        if request.method != "POST":
            return _page(request, plan)
        if request.POST.get("turn") == "alone":
            return _all_alone(request, plan)
        is_confirmed = request.POST.get("turn") == "confirm"
        if is_confirmed and plan.replaces and not request.POST.get("understood"):
            return _page(request, plan, refused=_("Tick the box first: the links to the other company are given up."))
    return _confirm(request, plan) if is_confirmed else _given_up(request, plan)


def _all_alone(request: MemberRequest, plan: Plan) -> HttpResponse:
    """What becomes of all records that only Busy has."""
    kind, fate = kind_named(request.POST.get("kind", "")), _fate(request.POST.get("fate", ""))
    if kind is None or fate is None or kind not in plans.kinds_of(plan) or not alone.is_asked(plan, kind):
        raise Http404
    alone.choose(plan, kind, fate)
    return redirect(f"{_url(request, plan, kind)}&show=alone")


def _fate(text: str) -> Fate | None:
    return Fate(text) if text in set(Fate) else None


def _confirm(request: MemberRequest, plan: Plan) -> HttpResponse:
    """The key is asked once more, with no transaction open: it may have been revoked while one looked."""
    try:
        verified = None
        if plan.purpose == Purpose.CONNECT:
            given, keyring = plans.credentials_of(plan), plans.PlanKeyring(plan)
            verified = services.verify(plan.provider, given, workspace=request.workspace, keyring=keyring)
        with entered(request):
            done = plans.confirm(plan, verified=verified, by=request.membership)
            take_choices(request, done.connection)
            return _done(request, plan, done)
    except services.CannotConnect as refusal:
        explained = refusal.explained
    except LoginNeeded as error:
        explained = problems.explain(error.problem, connection=_connection(request, plan))
    except (PlanRefused, remapping.CannotGiveUp) as refusal:
        with entered(request):
            return _page(request, plan, refused=refusal.message)
    with entered(request):
        return _page(request, plan, problem=explained)


def _done(request: MemberRequest, plan: Plan, done: plans.Confirmed) -> HttpResponse:
    named = {"system": registry.connector(plan.provider).facts.name, "company": plan.company_name}
    if plan.purpose == Purpose.PROJECT_SYNC:
        messages.success(request, _("Project sync is on."))
    else:
        messages.success(request, _("%(system)s is connected to %(company)s.") % named)
    if done.left_out:
        told = ngettext(
            "%(n)s match no longer fitted and was left out.", "%(n)s matches no longer fitted and were left out.",
            done.left_out,
        )  # fmt: skip
        messages.warning(request, told % {"n": done.left_out})
    connection = Connection.objects.get(pk=done.connection.pk)
    is_next = connection.is_running and set_up.is_waited_for(connection)  # R104
    page = "integrations:set-up" if is_next else "integrations:connection"
    return redirect(page, request.workspace.slug, plan.provider)


def _given_up(request: MemberRequest, plan: Plan) -> HttpResponse:
    """A sign-in that nobody wanted after all is given back, with no transaction open."""
    is_connected = plan.purpose == Purpose.PROJECT_SYNC
    with entered(request):
        given = sign_ins.given_up(plan)
    sign_ins.give_back(registry.connector(plan.provider).facts, given)
    messages.info(request, _("Nothing was changed."))
    if is_connected:
        return redirect("integrations:connection-settings", request.workspace.slug, plan.provider)
    return redirect("integrations:list", request.workspace.slug)


@waiting_admin_view
@require_POST
def read(request: MemberRequest, provider: str) -> HttpResponse:
    """Read the next kind, or one again; the page asks until all are there."""
    with entered(request):
        plan = _plan(request, provider)
        if plan is None:
            return _go(request, reverse("integrations:connect", args=[request.workspace.slug, provider]))
        again = kind_named(request.POST.get("again", ""))
        kind = again if again in plans.kinds_of(plan) else next(iter(plans.unread(plan)), None)
    if kind is not None:
        plans.read(plan, kind)
    with entered(request):
        if again is None and request.htmx and plans.unread(plan):
            return render(request, "integrations/_plan_reading.html", _reading(request, plan))
    return _go(request, reverse("integrations:preview", args=[request.workspace.slug, provider]))


def _go(request: MemberRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@admin_view
def record(request: MemberRequest, provider: str, kind: str, local_id: int) -> HttpResponse:
    """One record of Busy and what it may be there; a POST changes the match in the plan."""
    plan, wanted = _plan_or_404(request, provider, kind)
    row = planning.row_of(plan, wanted, local_id)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _panel(request, plan, wanted, row)
    external_id = chosen_id(request)
    try:
        if (fate := _fate(request.POST.get("act", ""))) is not None and row.fate:
            alone.choose(plan, wanted, fate, local_id=local_id)
            url = f"{_url(request, plan, wanted)}&show=alone"
            return tell(request, url, _("Noted for “%(name)s”.") % {"name": row.name})
        if request.POST.get("act") == "unlink":
            plans.choose(plan, wanted, local_id, None)
            told = _("“%(name)s” is not matched any more.")
        elif external_id:
            plans.choose(plan, wanted, local_id, external_id, moves=bool(request.POST.get("moves")))
            told = _("“%(name)s” is matched.")
        else:
            raise PlanRefused(_("Choose a record first."))
    except PlanRefused as refusal:
        return _panel(request, plan, wanted, row, refusal=refusal)
    return tell(request, _url(request, plan, wanted), told % {"name": row.name})


@admin_view
@require_GET
def choices(request: MemberRequest, provider: str, kind: str) -> JsonResponse:
    plan, wanted = _plan_or_404(request, provider, kind)
    return JsonResponse({"results": planning.choices(plan, wanted, typed(request))})


# --- The page ---------------------------------------------------------------------------------------------------------


def _plan(request: MemberRequest, provider: str) -> Plan | None:
    return plans.plan_of(provider, request.membership)


def _plan_or_404(request: MemberRequest, provider: str, slug: str) -> tuple[Plan, Kind]:
    plan, kind = _plan(request, provider), kind_named(slug)
    if plan is None or kind is None or not plans.is_read(plan, kind):
        raise Http404
    return plan, kind


def _connection(request: MemberRequest, plan: Plan) -> Connection:
    """What problems are explained with: there may be no connection yet."""
    with entered(request):
        found = selectors.connection_of(plan.provider)
    return found or Connection(workspace=request.workspace, provider=plan.provider)


def _url(request: MemberRequest, plan: Plan, kind: Kind | None = None) -> str:
    url = reverse("integrations:preview", args=[request.workspace.slug, plan.provider])
    return f"{url}?kind={slug_of(kind)}" if kind else url


def _reading(request: MemberRequest, plan: Plan) -> dict[str, Any]:
    facts = registry.connector(plan.provider).facts
    left = plans.unread(plan)
    return {
        "facts": facts,
        "reading": kind_label(left[0]) if left else "",
        "to_read": [_to_read(plan, kind, is_now=kind in left[:1]) for kind in plans.kinds_of(plan)],
    }


def _to_read(plan: Plan, kind: Kind, *, is_now: bool) -> dict[str, Any]:
    """One list and how far it is: read with its count, in trouble, being read or coming."""
    told = plan.read.get(str(kind), {})
    if plans.is_read(plan, kind):
        state = "trouble" if told.get("problem") else "read"
    else:
        state = "now" if is_now else "coming"
    sign, icon = _SIGNS[state]
    seen, total = told.get("seen") or 0, told.get("total") or 0
    return {
        "label": kind_label(kind),
        "state": state,
        "sign": sign,
        "icon": icon,
        "count": told.get("count"),
        "seen": seen,
        "total": max(seen, total) if total else 0,  # rows may be added there while one reads
        "percent": min(100, round(100 * seen / total)) if total else 0,
    }


def _page(request: MemberRequest, plan: Plan, *, refused: str = "", problem: Explained | None = None) -> HttpResponse:
    existing = selectors.connection_of(plan.provider)
    stand_in = existing or Connection(workspace=request.workspace, provider=plan.provider)
    connector = registry.connector(plan.provider)
    context: dict[str, Any] = {
        "plan": plan,
        "facts": connector.facts,
        "connection": existing,
        "is_connecting": plan.purpose == Purpose.CONNECT,
        "refused": refused,
        "problem": problem,
        "crumbs": pages.crumbs(request, existing if existing and existing.is_connected else None),
        "is_read": not plans.unread(plan),
    }
    if plan.purpose == Purpose.CONNECT and (other := selectors.order_system()) != connector.facts.name:
        context["other_system"] = other
    context |= _reading(request, plan) if plans.unread(plan) else _lists(request, plan, stand_in)
    status = 422 if refused or problem else 200
    return render(request, "integrations/preview.html", context, status=status)


def _lists(request: MemberRequest, plan: Plan, stand_in: Connection) -> dict[str, Any]:
    shown = planning.kinds(plan, stand_in)
    wanted = kind_named(request.GET.get("kind", ""))
    current = next((one for one in shown if one.kind is wanted), None) or next(
        (one for one in shown if one.kind is Kind.PROJECTS), shown[0]
    )
    part = Part(request.GET.get("show", "")) if request.GET.get("show", "") in set(Part) else Part.MATCHED
    if "show" not in request.GET and not current.matched and current.alone:
        part = Part.ALONE
    text = typed(request)
    page = planning.page(plan, current, part=part, text=text, number=request.GET.get("page"))
    facts = registry.connector(plan.provider).facts
    base = reverse("integrations:preview", args=[request.workspace.slug, plan.provider])
    # A right whose kinds could not be read is told there, with a button to read again.
    unread = {one.kind for one in shown if one.problem}
    told = {right.key for right in facts.permissions if right.kinds and unread.issuperset(right.kinds)}
    kind_facts = facts.of_kind(current.kind)
    return {
        "tagged": _tagged(request, plan) if kind_facts is not None and kind_facts.is_tagged else None,
        "kinds": [
            {
                "label": one.label,
                "url": f"{base}?kind={slug_of(one.kind)}",
                "current": one is current,
                "count": one.alone if one.is_archiving else 0,
            }
            for one in shown
        ],
        "current": current,
        "kind": slug_of(current.kind),
        "is_people": current.kind is Kind.EMPLOYEES,
        "part": part,
        "show": part,
        "text": text,
        "page_obj": page,
        "rows": page.object_list,
        "keep": {"kind": slug_of(current.kind), "show": str(part)},
        "base": f"{base}{slug_of(current.kind)}/",
        "missing": problems.permission_labels(facts, tuple(key for key in plan.missing if key not in told)),
        "troubles": [one for one in shown if one.problem],
        "people_without_number": planning.people_without_number(plan),
        "in_the_way": plans.in_the_way(plan),
    }


def _tagged(request: MemberRequest, plan: Plan) -> dict[str, Any]:
    """By which tag customers will travel, and how many that are (R95)."""
    choices = exchange_forms.chosen(request.session, plan.provider, request.workspace.pk)
    tag = CustomerTag.objects.filter(pk=(choices.tag_id if choices else None) or 0).first()
    active = Customer.objects.filter(archived_at=None)
    return {
        "tag": tag.name if tag else "",
        "count": active.filter(taggings__tag=tag).count() if tag else 0,
        "of": active.count(),
    }


def _panel(
    request: MemberRequest, plan: Plan, kind: Kind, row: Row, *, refusal: PlanRefused | None = None
) -> HttpResponse:
    base = reverse("integrations:preview", args=[request.workspace.slug, plan.provider])
    context: dict[str, Any] = {
        "facts": registry.connector(plan.provider).facts,
        "kind": slug_of(kind),
        "is_plan": True,
        "is_people": False,
        "row": row,
        "base": _url(request, plan, kind),
        "address": f"{base}{slug_of(kind)}/{row.pk}/",
        "search_url": f"{base}{slug_of(kind)}/choices/",
        "choices": [] if request.htmx else planning.choices(plan, kind, ""),
        "taken": refusal.message if isinstance(refusal, MatchTaken) else "",
        "refusal": refusal.message if refusal and not isinstance(refusal, MatchTaken) else "",
        "chosen": chosen_id(request),
        "crumbs": pages.crumbs(request),
    }
    template = "_mapping_panel.html" if request.htmx else "mapping_record.html"
    return render(request, f"integrations/{template}", context, status=422 if refusal else 200)
