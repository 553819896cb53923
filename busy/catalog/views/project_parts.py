"""A project's work types and members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.catalog import services
from busy.catalog.errors import CatalogRefusal
from busy.catalog.models import Project, ProjectMember, ProjectWorkType, WorkType
from busy.catalog.rates import RateBook
from busy.catalog.selectors.order import by_name
from busy.catalog.views.answers import done, refused
from busy.catalog.views.projects import address, frame, get_project
from busy.lib.periods import local_today
from busy.workspaces.doors import MemberRequest, manager_view
from busy.workspaces.models import Membership


@manager_view
def work_types(request: MemberRequest, project_id: int) -> HttpResponse:
    """The work types on the project; a POST adds the chosen ones, those of a category (P10), or all."""
    project = get_project(project_id)
    if request.method != "POST":
        return _work_types_page(request, project, "catalog/project_work_types.html")
    active = WorkType.objects.filter(archived_at=None)
    chosen = active.filter(pk__in=chosen_ids(request, "work_type"))
    if "all" in request.POST:
        chosen = active
    elif category := request.POST.get("category", "").replace("\x00", ""):
        chosen = active.filter(category=category)
    return _do(
        request,
        lambda: services.add_work_types(project, chosen),
        lambda: _work_types_page(request, get_project(project_id), "catalog/_project_work_types.html"),
        to=address(request, project, "project-work-types"),
    )


@manager_view
@require_POST
def work_type(request: MemberRequest, project_id: int, work_type_id: int, do: str) -> HttpResponse:
    """Add or remove one work type."""
    project, subject = get_project(project_id), get_object_or_404(WorkType, pk=work_type_id)
    writes: dict[str, tuple[Callable[[], None], str]] = {
        "add": (lambda: services.add_work_types(project, [subject]), ""),
        "remove": (
            lambda: services.remove_work_type(project, subject),
            _("%(work_type)s cannot be logged on this project any more. Its hours stay."),
        ),
    }
    if do not in writes:
        raise Http404
    write, text = writes[do]
    return _do(
        request,
        write,
        lambda: _work_types_page(request, get_project(project_id), "catalog/_project_work_types.html"),
        to=address(request, project, "project-work-types"),
        text=text % {"work_type": subject.name},
        undo_url=_undo("project-work-type", request, project, work_type_id, "add"),
    )


@manager_view
def members(request: MemberRequest, project_id: int) -> HttpResponse:
    """Who is on the project; a POST adds the chosen people."""
    project = get_project(project_id)
    if request.method != "POST":
        return _members_page(request, project, "catalog/project_members.html")
    chosen = Membership.objects.select_related("user").filter(is_active=True, pk__in=chosen_ids(request, "member"))
    return _do(
        request,
        lambda: services.add_members(project, chosen),
        lambda: _members_page(request, get_project(project_id), "catalog/_project_members.html"),
        to=address(request, project, "project-members"),
    )


@manager_view
@require_POST
def member(request: MemberRequest, project_id: int, member_id: int, do: str) -> HttpResponse:
    """Add or remove one person, or let them lead the project or not."""
    project = get_project(project_id)
    person = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    was_leader = ProjectMember.objects.filter(project=project, member=person, is_leader=True).exists()
    writes: dict[str, tuple[Callable[[], None], str]] = {
        "add": (lambda: services.add_members(project, [person]), ""),
        "lead": (lambda: services.set_leader(project, person, True), _("%(person)s leads the project.")),
        "follow": (
            lambda: services.set_leader(project, person, False),
            _("%(person)s does not lead the project any more."),
        ),
        "remove": (
            lambda: services.remove_member(project, person),
            _("%(person)s is not on the project any more. The hours stay."),
        ),
    }
    opposite = {"add": "remove", "lead": "follow", "follow": "lead", "remove": "lead" if was_leader else "add"}
    if do not in writes:
        raise Http404
    write, text = writes[do]
    return _do(
        request,
        write,
        lambda: _members_page(request, get_project(project_id), "catalog/_project_members.html"),
        to=address(request, project, "project-members"),
        text=text % {"person": person.user},
        undo_url=_undo("project-member", request, project, member_id, opposite[do]),
    )


def _do(
    request: MemberRequest,
    write: Callable[[], None],
    part: Callable[[], HttpResponse],
    *,
    to: str,
    text: str = "",
    undo_url: str = "",
) -> HttpResponse:
    try:
        write()
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)
    return done(request, part, to=to, text=text, undo_url=undo_url)


def chosen_ids(request: MemberRequest, name: str) -> list[int]:
    """What was chosen in the field, as far as it can be ids."""
    return [int(text) for text in request.POST.getlist(name) if text.isascii() and text.isdigit() and len(text) < 19]


def _undo(page: str, request: MemberRequest, project: Project, subject_id: int, do: str) -> str:
    return reverse(f"catalog:{page}", args=[request.workspace.slug, project.pk, subject_id, do]) + "?undo"


def _work_types_page(request: MemberRequest, project: Project, template: str) -> HttpResponse:
    on_it = ProjectWorkType.objects.filter(project=project).values_list("work_type_id", flat=True)
    today = local_today(request.workspace.zone)
    book = RateBook.load([project], currency=request.workspace.currency)
    rows = [
        {"work_type": kind, "rate": book.resolve(project, kind.pk, None, today)}
        for kind in WorkType.objects.filter(pk__in=on_it).select_related("product").order_by(by_name(), "pk")
    ]
    others = list(WorkType.objects.filter(archived_at=None).exclude(pk__in=on_it).order_by(by_name(), "pk"))
    # A category of one is that work type, which stands in the list already.
    count = Counter(kind.category for kind in others if kind.category)
    several = sorted(((name, n) for name, n in count.items() if n > 1), key=lambda one: one[0].casefold())
    context = {"rows": rows, "others": others, "categories": several}
    return render(request, template, frame(request, project, "work-types") | context)


def _members_page(request: MemberRequest, project: Project, template: str) -> HttpResponse:
    found = ProjectMember.objects.filter(project=project).select_related("member__user")
    rows = list(found.order_by("-is_leader", by_name("member__user__name"), "pk"))
    on_it = [row.member_id for row in rows]
    others = Membership.objects.filter(is_active=True).exclude(pk__in=on_it).select_related("user")
    context = {"rows": rows, "others": others.order_by(by_name("user__name"), "pk")}
    return render(request, template, frame(request, project, "members") | context)
