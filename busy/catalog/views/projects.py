"""The list of projects, a new project, and a project's own fields."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.catalog import mastership, selectors, services
from busy.catalog.errors import CatalogRefusal, CreatedElsewhere
from busy.catalog.fields import NewRecord
from busy.catalog.forms import NewProjectForm, ProjectForm
from busy.catalog.mastership import Kind, name_of, owner_of
from busy.catalog.models import Customer, Project, ProjectMember, ProjectWorkType, Task
from busy.catalog.selectors import ListQuery
from busy.catalog.services.projects import frozen_by, next_color
from busy.catalog.services.records import may_change
from busy.catalog.views.answers import Context, done, form_refused, refused, toast
from busy.catalog.views.lists import list_context
from busy.workspaces.doors import MemberRequest, manager_view


@manager_view
def index(request: MemberRequest) -> HttpResponse:
    query = ListQuery.read(request.GET)
    page = selectors.projects_page(query)
    customer = Customer.objects.filter(pk=query.customer_id).first() if query.customer_id else None
    context = list_context(request, query, page, Kind.PROJECT) | {"customer": customer}
    if context["shared"]:
        context["pending"] = mastership.pending_of(Kind.PROJECT, [row.project.pk for row in page.object_list])
    return render(request, "catalog/projects.html", context)


@manager_view
def new(request: MemberRequest) -> HttpResponse:
    if system := owner_of(Kind.PROJECT):
        messages.info(request, CreatedElsewhere(system, Kind.PROJECT).message)
        return redirect("catalog:projects", workspace=request.workspace.slug)
    form = NewProjectForm(request.POST or None, workspace=request.workspace, initial=_first_values(request))
    if request.method == "POST" and form.is_valid():
        project = form.apply(lambda: _create(request, form.cleaned_data))
        if project:
            messages.success(request, _created(project))
            return redirect(address(request, project))
    context = {"form": form, "crumbs": _crumbs(request), "shared": mastership.sharing_of(Kind.PROJECT)}
    return render(request, "catalog/project_new.html", context, status=422 if form.errors else 200)


@manager_view
def project(request: MemberRequest, project_id: int) -> HttpResponse:
    shown = get_project(project_id)
    form = ProjectForm(request.POST or None, record=shown, workspace=request.workspace)
    if request.method == "POST":
        if not form.saves(lambda: _change(shown, form.changes())):
            context = _overview(request, shown) | {"form": form}
            return form_refused(
                request, "catalog/_project_fields.html", "#project-fields", "catalog/project_overview.html", context
            )
        return _saved(request, get_project(project_id), form)
    return render(request, "catalog/project_overview.html", _overview(request, shown) | {"form": form})


@manager_view
@require_POST
def archive(request: MemberRequest, project_id: int) -> HttpResponse:
    return _archived(request, project_id, True)


@manager_view
@require_POST
def restore(request: MemberRequest, project_id: int) -> HttpResponse:
    return _archived(request, project_id, False)


def get_project(project_id: int) -> Project:
    """With its customer, and how many active people, work types and open tasks are on it."""
    counted = Project.objects.select_related("customer").annotate(
        members_count=_counted(ProjectMember.objects.filter(member__is_active=True)),
        work_types_count=_counted(ProjectWorkType.objects.filter(work_type__archived_at=None)),
        tasks_count=_counted(Task.objects.filter(archived_at=None, done_at=None)),
    )
    return get_object_or_404(counted, pk=project_id)


def _counted(rows: QuerySet[Any]) -> Coalesce:
    per_project = rows.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(per_project), 0)


def address(request: MemberRequest, project: Project, page: str = "project") -> str:
    return reverse(f"catalog:{page}", args=[request.workspace.slug, project.pk])


def frame(request: MemberRequest, project: Project, tab: str) -> Context:
    """What every page of a project shows around its own subject. ``project`` comes from ``get_project``."""
    counted: Any = project
    members, work_types = counted.members_count, counted.work_types_count
    tabs = [
        {"key": "overview", "label": _("Overview"), "url": address(request, project)},
        {
            "key": "work-types",
            "label": _("Work types"),
            "url": address(request, project, "project-work-types"),
            "count": work_types,
        },
        {
            "key": "members",
            "label": _("Members"),
            "url": address(request, project, "project-members"),
            "count": members,
        },
        {"key": "rates", "label": _("Rates"), "url": address(request, project, "project-rates")},
    ]
    if request.workspace.uses_tasks:
        url = address(request, project, "project-tasks")
        tabs.insert(1, {"key": "tasks", "label": _("Tasks"), "url": url, "count": counted.tasks_count})
    return {
        "project": project,
        "crumbs": _crumbs(request),
        "tabs": [tab_ | {"current": tab_["key"] == tab} for tab_ in tabs],
        "system": name_of(project.mastered_by),
        "shared": mastership.sharing_of(Kind.PROJECT),
        "may_archive": may_change(project, "archived"),
        "frozen": frozen_by(project),
        "lacks_work_types": work_types == 0 and not project.is_archived,
    }


def _overview(request: MemberRequest, project: Project) -> Context:
    return frame(request, project, "overview") | {"travel": mastership.panel(request, Kind.PROJECT, project.pk)}


def _first_values(request: MemberRequest) -> dict[str, Any]:
    """The work types of the project made last are what the next one is likely to need."""
    latest = ProjectWorkType.objects.filter(project__archived_at=None).order_by("-project_id").values("project_id")[:1]
    likely = ProjectWorkType.objects.filter(project__in=latest).values_list("work_type_id", flat=True)
    customer = request.GET.get("customer", "")
    chosen = Customer.objects.filter(pk=int(customer)).first() if customer.isascii() and customer.isdigit() else None
    return {
        "color": next_color(),
        "is_billable": True,
        "is_open": True,
        "work_types": list(likely),
        "customer": chosen,
    }


def _create(request: MemberRequest, data: dict[str, Any]) -> Project:
    return services.create_project(
        by=request.membership,
        name=data["name"],
        number=data.get("number", ""),
        customer=_customer(data["customer"]),
        color=data["color"],
        is_billable=data["is_billable"],
        is_open=data["is_open"],
        start_date=data["start_date"],
        end_date=data["end_date"],
        work_types=data["work_types"],
        client_id=data["client_id"],
    )


def _change(project: Project, changes: dict[str, Any]) -> Project:
    if "customer" in changes:
        changes |= {"customer": _customer(changes["customer"])}
    return services.change_project(project, **changes)


def _customer(chosen: Customer | NewRecord | None) -> Customer | None:
    return services.customer_called(chosen.name) if isinstance(chosen, NewRecord) else chosen


def _created(project: Project) -> str:
    repeated = _repeats(project)
    if repeated:
        return _("%(project)s is created. %(warning)s") % {"project": project.name, "warning": repeated}
    return _("%(project)s is created, and you lead it.") % {"project": project.name}


def _repeats(project: Project) -> str:
    """A number that a system's project has as well is allowed, and worth a word."""
    if not project.number or project.is_archived:
        return ""
    twin = services.projects_numbered(project.number).exclude(pk=project.pk).first()
    if twin is None:
        return ""
    return _("%(other)s has number %(number)s as well.") % {"other": twin.name, "number": project.number}


def _saved(request: MemberRequest, project: Project, form: ProjectForm) -> HttpResponse:
    warning = _repeats(project) if "number" in form.changed_data else ""
    if not request.htmx:
        messages.success(request, _("Saved."))
        if warning:
            messages.warning(request, warning)
        return redirect(address(request, project))
    fresh = ProjectForm(record=project, workspace=request.workspace)
    response = render(request, "catalog/_project_saved.html", _overview(request, project) | {"fresh": fresh})
    return toast(response, warning, kind="warning") if warning else response


def _archived(request: MemberRequest, project_id: int, archived: bool) -> HttpResponse:
    shown = get_project(project_id)
    to = address(request, shown)
    try:
        services.archive_project(shown) if archived else services.restore_project(shown)
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)
    sentence = _("%(name)s is archived. Nothing of it is deleted.") if archived else _("%(name)s is active again.")
    opposite = "project-restore" if archived else "project-archive"

    def page() -> HttpResponse:
        fresh = get_project(project_id)
        form = ProjectForm(record=fresh, workspace=request.workspace)
        return render(request, "catalog/project_overview.html", _overview(request, fresh) | {"form": form})

    undo_url = f"{address(request, shown, opposite)}?undo"
    return done(request, page, to=to, text=sentence % {"name": shown.name}, undo_url=undo_url)


def _crumbs(request: MemberRequest) -> list[dict[str, str]]:
    return [{"url": reverse("catalog:projects", args=[request.workspace.slug]), "label": _("Projects")}]
