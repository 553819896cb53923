"""Setting, following and explaining rates: the workspace's, the work types', a project's (P26, P27)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.catalog import selectors, services
from busy.catalog.errors import CatalogRefusal
from busy.catalog.forms import RateForm, RateModeForm, WhyForm
from busy.catalog.models import Project, Rate, RateMode, WorkType
from busy.catalog.rates import RateBook, RateKey
from busy.catalog.selectors import RateSubject
from busy.catalog.selectors.lists import PAGE_SIZE
from busy.catalog.selectors.order import by_name
from busy.catalog.views.answers import Context, done, form_refused, refused
from busy.catalog.views.projects import address, frame, get_project
from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, manager_view
from busy.workspaces.models import Membership

Bound = tuple[str, RateForm] | None


@manager_view
def rates(request: MemberRequest) -> HttpResponse:
    """The workspace's default rate, the work types', the projects with rates of their own; a POST sets a default."""
    if request.method == "POST":
        return _set(
            request,
            {"work_type": _work_type_of(request)},
            lambda bound: _rates_context(request, bound),
            part="catalog/_rates.html",
            page="catalog/rates.html",
            to=reverse("catalog:rates", args=[request.workspace.slug]),
        )
    return render(request, "catalog/rates.html", _rates_context(request, None))


@manager_view
@require_POST
def work_type_rate(request: MemberRequest, work_type_id: int) -> HttpResponse:
    """Set the default rate of a work type."""
    subject = get_object_or_404(WorkType.objects.select_related("product"), pk=work_type_id)
    to = reverse("catalog:work-type", args=[request.workspace.slug, subject.pk])

    def context(bound: Bound) -> Context:
        return {"record": subject} | work_type_rate_context(request, subject, bound)

    part = "catalog/_work_type_rate.html"
    return _set(request, {"work_type": subject}, context, part=part, page="catalog/rate_refused.html", to=to)


@manager_view
def project_rates(request: MemberRequest, project_id: int) -> HttpResponse:
    """What the project costs; a POST sets one of its rates."""
    project = get_project(project_id)
    if request.method == "POST":
        return _set(
            request,
            {"project": project} | _subject(request),
            lambda bound: _project_context(request, project, bound),
            part="catalog/_project_rates.html",
            page="catalog/project_rates.html",
            to=address(request, project, "project-rates"),
        )
    return render(request, "catalog/project_rates.html", _project_context(request, project, None))


@manager_view
@require_POST
def project_rate_mode(request: MemberRequest, project_id: int) -> HttpResponse:
    """Set the project up for other rates, from a day on."""
    project = get_project(project_id)
    form = RateModeForm(request.POST)
    mode = RateMode.INHERITED
    if form.is_valid():
        mode = RateMode(form.cleaned_data["mode"])
        changed = form.apply(
            lambda: services.change_rate_mode(project, mode, valid_from=form.cleaned_data["valid_from"])
        )
        if changed:
            return done(
                request,
                lambda: _part(
                    request, "catalog/_project_rates.html", _project_context(request, get_project(project_id), None)
                ),
                to=address(request, project, "project-rates"),
            )
    context = _project_context(request, project, None) | {"mode_form": form}
    return form_refused(request, "catalog/_project_rates.html", "#tab", "catalog/project_rates.html", context)


@manager_view
@require_POST
def withdraw(request: MemberRequest, rate_id: int) -> HttpResponse:
    """Take back a rate that is still to come."""
    rate = get_object_or_404(Rate.objects.select_related("project", "work_type"), pk=rate_id)
    slug = request.workspace.slug
    if rate.project:
        project = get_project(rate.project.pk)
        to, part = address(request, project, "project-rates"), "catalog/_project_rates.html"

        def context() -> Context:
            return _project_context(request, project, None)

    else:
        to, part = reverse("catalog:rates", args=[slug]), "catalog/_rates.html"
        work_type = rate.work_type
        if work_type and request.htmx and request.htmx.target == "work-type-rate":
            part = "catalog/_work_type_rate.html"

        def context() -> Context:
            if work_type and part == "catalog/_work_type_rate.html":
                return {"record": work_type} | work_type_rate_context(request, work_type)
            return _rates_context(request, None)

    try:
        services.withdraw_rate(rate)
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)
    return done(request, lambda: _part(request, part, context()), to=to, text=_("The rate to come is taken back."))


@manager_view
def why(request: MemberRequest) -> HttpResponse:
    """What an hour of somebody costs on a project on a day, and by which rule."""
    today = local_today(request.workspace.zone)
    form = WhyForm(request.GET or None, workspace=request.workspace, initial={"day": today})
    context: Context = {"form": form, "crumbs": _crumbs(request)}
    if request.GET and form.is_valid():
        project, work_type, member = (form.cleaned_data[name] for name in ("project", "work_type", "member"))
        answer = RateBook.load([project], currency=request.workspace.currency).resolve(
            project, work_type.pk, member.pk if member else None, form.cleaned_data["day"]
        )
        context |= {"answer": answer, "about": project, "day": form.cleaned_data["day"]}
    return render(request, "catalog/rate_why.html", context)


def work_type_rate_context(request: MemberRequest, work_type: WorkType, bound: Bound = None) -> Context:
    """A work type's default rate, for its own page."""
    today = local_today(request.workspace.zone)
    key = RateKey(None, work_type.pk)
    book = RateBook.load([], currency=request.workspace.currency)
    resolved = book.resolve(0, work_type.pk, None, today)
    subject = RateSubject(key, work_type.name, "", resolved, selectors.rate_lines(book, key, today))
    return {
        "subject": with_form(subject, today, bound),
        "rate_url": reverse("catalog:work-type-rate", args=[request.workspace.slug, work_type.pk]),
        "currency": request.workspace.currency,
        "today": today,
    }


def with_form(subject: RateSubject, today: date, bound: Bound) -> dict[str, Any]:
    """A subject and its form: the refused one again, or an empty one from today, or from the beginning when new."""
    is_bound = bound is not None and bound[0] == subject.code
    fresh = RateForm(
        initial={"valid_from": today if subject.lines else None}, prefix=None, auto_id=f"id_{subject.code}_%s"
    )
    form = bound[1] if bound and is_bound else fresh
    return {"of": subject, "form": form, "is_open": is_bound}


def _set(
    request: MemberRequest,
    what: dict[str, Any],
    context: Callable[[Bound], Context],
    *,
    part: str,
    page: str,
    to: str,
) -> HttpResponse:
    code = request.POST.get("subject", "")
    form = RateForm(request.POST, auto_id=f"id_{code}_%s")
    if form.is_valid():
        data = form.cleaned_data
        if form.apply(lambda: services.set_rate(data["amount"], valid_from=data["valid_from"], **what)):
            return done(request, lambda: _part(request, part, context(None)), to=to, text=_("The rate is set."))
    target = "#work-type-rate" if part == "catalog/_work_type_rate.html" else "#tab"
    return form_refused(request, part, target, page, context((code, form)))


def _part(request: MemberRequest, template: str, context: Context) -> HttpResponse:
    return render(request, template, context)


def _subject(request: MemberRequest) -> dict[str, Any]:
    """The work type or person that a project's rate is for. A foreign one and a missing one give the same 404."""
    kind, _dash, number = request.POST.get("subject", "").partition("-")
    subject_id = int(number) if number.isascii() and number.isdigit() else 0
    if kind == "work_type":
        return {"work_type": get_object_or_404(WorkType, pk=subject_id)}
    if kind == "member":
        return {"member": get_object_or_404(Membership, pk=subject_id)}
    return {}


def _work_type_of(request: MemberRequest) -> WorkType | None:
    return _subject(request).get("work_type")


def _project_context(request: MemberRequest, project: Project, bound: Bound) -> Context:
    today = local_today(request.workspace.zone)
    found = selectors.project_rates(project, today, request.workspace.currency)
    return frame(request, project, "rates") | {
        "rates": found,
        "subjects": [with_form(subject, today, bound) for subject in found.subjects],
        "mode_form": RateModeForm(initial={"mode": found.mode, "valid_from": today}),
        "mode_word": found.mode.label,
        "today_word": found.today.label,
        "rate_url": address(request, project, "project-rates"),
        "currency": request.workspace.currency,
        "today": today,
    }


def _rates_context(request: MemberRequest, bound: Bound) -> Context:
    today = local_today(request.workspace.zone)
    book = RateBook.load([], currency=request.workspace.currency)
    general = RateSubject(
        RateKey(),
        _("The workspace's default rate"),
        "",
        book.resolve(0, None, None, today),
        selectors.rate_lines(book, RateKey(), today),
    )
    found = Paginator(WorkType.objects.filter(archived_at=None).order_by(by_name(), "pk"), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    kinds = [
        RateSubject(
            RateKey(None, kind.pk),
            kind.name,
            kind.number,
            book.resolve(0, kind.pk, None, today),
            selectors.rate_lines(book, RateKey(None, kind.pk), today),
        )
        for kind in page.object_list
    ]
    own = Project.objects.filter(archived_at=None).exclude(rate_mode=RateMode.INHERITED).select_related("customer")
    return {
        "general": with_form(general, today, bound),
        "subjects": [with_form(subject, today, bound) for subject in kinds],
        "page_obj": page,
        "projects": own.order_by(by_name(), "pk")[:PAGE_SIZE],
        "projects_count": own.count(),
        "rate_url": reverse("catalog:rates", args=[request.workspace.slug]),
        "currency": request.workspace.currency,
        "today": today,
        "crumbs": [],
    }


def _crumbs(request: MemberRequest) -> list[dict[str, str]]:
    return [{"url": reverse("catalog:rates", args=[request.workspace.slug]), "label": _("Rates")}]
