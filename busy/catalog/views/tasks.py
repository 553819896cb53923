"""A project's tasks: whether it is driven by them, the list, one task and its members (P19, R67-R69)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from busy.catalog import mastership, selectors, services
from busy.catalog.errors import CatalogRefusal
from busy.catalog.mastership import Kind, name_of
from busy.catalog.models import Project, ProjectMember, Task, TaskMember
from busy.catalog.selectors import TaskQuery, TaskState
from busy.catalog.selectors.order import by_name
from busy.catalog.services.records import may_change
from busy.catalog.task_forms import NewTaskForm, TaskForm, TaskRulesForm
from busy.catalog.views.answers import Context, done, form_refused, refused
from busy.catalog.views.project_parts import chosen_ids
from busy.catalog.views.projects import address, frame, get_project
from busy.workspaces.doors import MemberRequest, manager_view
from busy.workspaces.models import Membership

LIST, TASK = "catalog/project_tasks.html", "catalog/project_task.html"


@manager_view
def index(request: MemberRequest, project_id: int) -> HttpResponse:
    """The project's tasks; a POST makes a new one."""
    project = _project(request, project_id)
    if request.method != "POST":
        return render(request, LIST, _list(request, project))
    form = NewTaskForm(request.POST, project=project)
    task = form.apply(lambda: services.create_task(project, **form.cleaned_data)) if form.is_valid() else None
    if task is None:
        return form_refused(request, "catalog/_project_tasks.html", "#tab", LIST, _list(request, project, form))

    def part() -> HttpResponse:
        context = _list(request, get_project(project_id), NewTaskForm(project=project, goes_on=True))
        return render(request, "catalog/_project_tasks.html", context | {"added": task})

    return done(request, part, to=address(request, project, "project-tasks"))


@manager_view
@require_POST
def rules(request: MemberRequest, project_id: int) -> HttpResponse:
    """Whether the project is task-driven, and what decides the work type."""
    project = _project(request, project_id)
    form = TaskRulesForm(request.POST, record=project)
    to = address(request, project, "project-tasks")
    form.full_clean()  # a switch is on or off, never wrong
    try:
        services.change_project(project, **form.changes())
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)

    def part() -> HttpResponse:
        return render(request, "catalog/_project_tasks.html", _list(request, get_project(project_id)))

    return done(request, part, to=to)


@manager_view
def task(request: MemberRequest, project_id: int, task_id: int) -> HttpResponse:
    project, shown = _project(request, project_id), _task(project_id, task_id)
    form = TaskForm(request.POST or None, record=shown, project=project)
    if request.method != "POST":
        return render(request, TASK, _one(request, project, shown, form))
    if not form.saves(lambda: services.change_task(shown, **form.changes())):
        context = _one(request, project, shown, form)
        return form_refused(request, "catalog/_task_fields.html", "#task-fields", TASK, context)
    if not request.htmx:
        messages.success(request, _("Saved."))
        return redirect(_address(request, shown))
    shown = _task(project_id, task_id)
    context = _one(request, project, shown, form) | {"fresh": TaskForm(record=shown, project=project)}
    return render(request, "catalog/_task_saved.html", context)


@manager_view
@require_POST
def act(request: MemberRequest, project_id: int, task_id: int, do: str) -> HttpResponse:
    """Finish, reopen, archive or restore a task, from its own page or, with ``?list``, from the list."""
    acts: dict[str, tuple[Callable[[Task], Task], str, str]] = {
        "finish": (services.finish_task, _("%(task)s is done. It takes no more hours."), "reopen"),
        "reopen": (services.reopen_task, _("%(task)s is open again."), "finish"),
        "archive": (services.archive_task, _("%(task)s is archived. Nothing of it is deleted."), "restore"),
        "restore": (services.restore_task, _("%(task)s is active again."), "archive"),
    }
    if do not in acts:
        raise Http404
    project, subject = _project(request, project_id), _task(project_id, task_id)
    write, text, opposite = acts[do]
    from_list = "list" in request.GET
    to = address(request, project, "project-tasks") if from_list else _address(request, subject)
    try:
        write(subject)
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)

    def page() -> HttpResponse:
        fresh = get_project(project_id)
        if from_list:
            return render(request, "catalog/_project_tasks.html", _list(request, fresh))
        shown = _task(project_id, task_id)
        return render(request, TASK, _one(request, fresh, shown, TaskForm(record=shown, project=fresh)))

    undo_url = _address(request, subject, "project-task-act", opposite) + "?undo"
    return done(request, page, to=to, text=text % {"task": subject.name}, undo_url=undo_url)


@manager_view
@require_POST
def members(request: MemberRequest, project_id: int, task_id: int) -> HttpResponse:
    """Keep the task for the chosen people, and who it was kept for already (R68)."""
    project, subject = _project(request, project_id), _task(project_id, task_id)
    ids = chosen_ids(request, "member")
    chosen = list(Membership.objects.select_related("user").filter(is_active=True, pk__in=ids))
    return _members_changed(request, project, subject, lambda: services.add_task_members(subject, chosen))


@manager_view
@require_POST
def member(request: MemberRequest, project_id: int, task_id: int, member_id: int, do: str) -> HttpResponse:
    """Add or remove one person."""
    project, subject = _project(request, project_id), _task(project_id, task_id)
    person = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    writes: dict[str, tuple[Callable[[], None], str, str]] = {
        "add": (lambda: services.add_task_members(subject, [person]), "", "remove"),
        "remove": (
            lambda: services.remove_task_member(subject, person),
            _("%(person)s cannot log time on the task any more. The hours stay."),
            "add",
        ),
    }
    if do not in writes:
        raise Http404
    write, text, opposite = writes[do]
    undo_url = _address(request, subject, "project-task-member", person.pk, opposite) + "?undo"
    told = text % {"person": person.user}
    if do == "remove" and not TaskMember.objects.filter(task=subject).exclude(member=person).exists():
        told = _("The task is for everybody on the project again.")
    return _members_changed(request, project, subject, write, text=told, undo_url=undo_url)


def _members_changed(
    request: MemberRequest, project: Project, subject: Task, write: Callable[[], None], **told: str
) -> HttpResponse:
    to = _address(request, subject)
    try:
        write()
    except CatalogRefusal as refusal:
        return refused(request, refusal, to=to)

    def part() -> HttpResponse:
        context = _one(request, project, subject, TaskForm(record=subject, project=project))
        return render(request, "catalog/_task_members.html", context | {"swapped": True})

    return done(request, part, to=to, **told)


def _project(request: MemberRequest, project_id: int) -> Project:
    """Raises Http404 where the workspace uses no tasks (P19)."""
    if not request.workspace.uses_tasks:
        raise Http404
    return get_project(project_id)


def _task(project_id: int, task_id: int) -> Task:
    return get_object_or_404(Task.objects.select_related("project", "work_type"), project=project_id, pk=task_id)


def _address(request: MemberRequest, task: Task, page: str = "project-task", *more: Any) -> str:
    return reverse(f"catalog:{page}", args=[request.workspace.slug, task.project_id, task.pk, *more])


def _list(request: MemberRequest, project: Project, form: NewTaskForm | None = None) -> Context:
    query = TaskQuery.read(request.GET)
    page = selectors.tasks_page(project, query)
    is_open = Task.objects.filter(project=project, archived_at=None, done_at=None)
    return frame(request, project, "tasks") | {
        "query": query,
        "page_obj": page,
        "states": [(state, _state_word(state)) for state in TaskState],
        "keep": {"state": query.state} if query.state != TaskState.OPEN else {},
        "is_untouched": page.paginator.count == 0 and not Task.objects.filter(project=project).exists(),
        "lacks_tasks": project.is_task_driven and not is_open.exists(),
        "rules": TaskRulesForm(record=project),
        "form": form or NewTaskForm(project=project),
        "list_address": address(request, project, "project-tasks"),
    }


def _state_word(state: TaskState) -> str:
    words = {
        TaskState.OPEN: _("Open"),
        TaskState.DONE: _("Done"),
        TaskState.ARCHIVED: _("Archived"),
        TaskState.ALL: _("All"),
    }
    return words[state]


def _one(request: MemberRequest, project: Project, shown: Task, form: TaskForm) -> Context:
    rows = list(TaskMember.objects.filter(task=shown).select_related("member__user"))
    others = Membership.objects.filter(is_active=True).exclude(pk__in=[row.member_id for row in rows])
    if not project.is_open:
        others = others.filter(pk__in=ProjectMember.objects.filter(project=project).values("member"))
    return frame(request, project, "tasks") | {
        "task": shown,
        "form": form,
        "task_system": name_of(shown.mastered_by),
        "shared_task": mastership.sharing_of(Kind.TASK),
        "travel": mastership.panel(request, Kind.TASK, shown.pk),
        "may_finish": may_change(shown, "done"),
        "may_put_away": may_change(shown, "archived"),
        "may_assign": may_change(shown, "members"),
        "lacks_work_type": project.task_decides_work_type and shown.work_type_id is None,
        "rows": sorted((row.member for row in rows), key=lambda member: (str(member).casefold(), member.pk)),
        "others": others.select_related("user").order_by(by_name("user__name"), "pk"),
    }
