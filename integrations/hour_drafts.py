"""Hours in the provider's words: a cell becomes a payload of the provider's ids, or the reason why it cannot (R89).

Everything is asked of our own tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from busy.catalog.models import Project, Task, WorkType
from busy.workspaces.models import Membership
from integrations import people
from integrations.hour_models import HoursCell
from integrations.kernel.errors import Code, Cure, CurePage, NotReady, Param, Problem, RecordRef, Turn
from integrations.kernel.records import Kind
from integrations.models import Connection, MemberLink, ProjectLink, ProviderEmployee, WorkTypeLink
from integrations.policy import State
from integrations.shared_models import SharedRecord, TaskLink

TASK_ON_ITS_WAY = "task_on_its_way"
MISSING_HERE = frozenset(
    {
        Code.NOT_LINKED,
        Code.EMPLOYEE_NUMBER_MISSING,
        Code.EMPLOYEE_NOT_FOUND,
        "nobody_linked",
        "linked_person_gone",
        TASK_ON_ITS_WAY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a cell belongs at the provider, by its ids."""

    employee_id: str
    project_id: str
    work_type_id: str
    task_id: str = ""

    @classmethod
    def known_of(cls, cell: HoursCell) -> Place | None:
        """Where it stands, or may stand, from earlier; None when nothing was sent."""
        if not cell.at_employee:
            return None
        return cls(
            employee_id=cell.at_employee,
            project_id=cell.at_project,
            work_type_id=cell.at_work_type,
            task_id=cell.at_task,
        )


@dataclass(slots=True)
class Places:
    """Finds the places of one connection's cells, each person, project and work type once. Call in a scope; ask a new
    one after something may have changed."""

    connection: Connection
    _people: dict[int, str | Problem] = field(default_factory=dict)
    _projects: dict[int, str | Problem] = field(default_factory=dict)
    _work_types: dict[int, str | Problem] = field(default_factory=dict)
    _tasks: dict[int, str | Problem] = field(default_factory=dict)

    def of(self, cell: HoursCell) -> Place:
        """Raises NotReady with the first thing in the way."""
        return Place(
            employee_id=self._found(self._people, cell.member_id, self._employee),
            project_id=self._found(self._projects, cell.project_id, self._project),
            work_type_id=self._found(self._work_types, cell.work_type_id, self._work_type),
            task_id=self._found(self._tasks, cell.task_id, self._task) if cell.task_id else "",
        )

    def problem_of(self, cell: HoursCell) -> Problem | None:
        try:
            self.of(cell)
        except NotReady as error:
            return error.problem
        return None

    def _found(self, known: dict[int, str | Problem], pk: int, find: Callable[[int], str | Problem]) -> str:
        if pk not in known:
            known[pk] = find(pk)
        answer = known[pk]
        if isinstance(answer, Problem):
            raise NotReady(answer)
        return answer

    def _employee(self, member_id: int) -> str | Problem:
        """Known at the provider by the employee number that both sides hold, and that one person there has (R89)."""
        if people.are_linked(self.connection):
            return _linked_person(self.connection, member_id)
        member = Membership.objects.select_related("user").get(pk=member_id)
        number = member.employee_number.strip()
        rows = ProviderEmployee.objects.filter(connection=self.connection, number=number) if number else None
        found = list(rows.order_by("archived_at", "pk")[:3]) if rows is not None else []
        return employee_of(member, found)

    def _project(self, project_id: int) -> str | Problem:
        link = ProjectLink.objects.filter(connection=self.connection, local=project_id).first()
        if link is not None:
            return link.external_id
        name = str(Project.objects.get(pk=project_id))
        return _not_linked("project", name, {"project_id": project_id}, CurePage.PROJECT)

    def _work_type(self, work_type_id: int) -> str | Problem:
        link = WorkTypeLink.objects.filter(connection=self.connection, local=work_type_id).first()
        if link is not None:
            return link.external_id
        name = str(WorkType.objects.get(pk=work_type_id))
        return _not_linked("work_type", name, {"work_type_id": work_type_id}, CurePage.WORK_TYPE)

    def _task(self, task_id: int) -> str | Problem:
        """A task that only Busy has says nothing there: its hours stand on the project. One that is being made there is
        waited for."""
        link = TaskLink.objects.filter(connection=self.connection, local=task_id).first()
        if link is not None:
            return link.external_id
        making = SharedRecord.objects.filter(
            connection=self.connection, kind=Kind.TASKS, local_id=task_id, makes=True
        ).exclude(delivery__state=State.CANCELLED)
        if not making.exists():
            return ""
        task = Task.objects.select_related("project").get(pk=task_id)
        params: dict[str, Param] = {"name": task.name, "project_id": task.project_id}
        return Problem(
            code=TASK_ON_ITS_WAY, params=params, turn=Turn.TIME, automatic=True, cure=Cure(page=CurePage.PROJECT)
        )


def _linked_person(connection: Connection, member_id: int) -> str | Problem:
    """Whom the member is linked to, else the connection's own user (R70, R71). A person who is gone there is told of:
    nobody else takes the hours instead."""
    link = MemberLink.objects.filter(connection=connection, local=member_id).first()
    own = people.own_user(connection)
    if link is None and own is not None:
        return own.external_id
    code, external_id = ("nobody_linked", "") if link is None else ("linked_person_gone", link.external_id)
    there = ProviderEmployee.objects.filter(connection=connection, external_id=external_id, archived_at=None)
    if link is not None and there.exists():
        return external_id
    member = Membership.objects.select_related("user").get(pk=member_id)
    params: dict[str, Param] = {"user": str(member.user), "user_id": member.pk}
    return Problem(code=code, params=params, turn=Turn.ADMINISTRATOR, cure=Cure(page=CurePage.CONNECTION))


def employee_of(member: Membership, found: list[ProviderEmployee]) -> str | Problem:
    """The provider's id for the member, of those who have the member's number; or what is wrong with it.

    ``member.user`` must be loaded. A person who has left may still have hours: whether any can be recorded is the
    provider's to say.
    """
    number = member.employee_number.strip()
    params: dict[str, Param] = {"user": str(member.user), "user_id": member.pk}
    cure = Cure(page=CurePage.USER)
    if not number:
        return Problem(code=Code.EMPLOYEE_NUMBER_MISSING, params=params, turn=Turn.ADMINISTRATOR, cure=cure)
    active = [employee for employee in found if employee.archived_at is None]
    known = active or found
    if len(known) != 1:
        params |= {"number": number, "matches": len(known)}
        return Problem(code=Code.EMPLOYEE_NOT_FOUND, params=params, turn=Turn.ADMINISTRATOR, cure=cure)
    return known[0].external_id


def _not_linked(what: str, name: str, params: dict[str, Param], page: CurePage) -> Problem:
    return Problem(
        code=Code.NOT_LINKED,
        params={"name": name, "kind": what, **params},
        turn=Turn.AUTHOR,
        cure=Cure(page=page),
    )


def with_our_records(problem: Problem, cell: HoursCell, place: Place) -> Problem:
    """A provider's problem, with the names and pages of ours that it concerns where the provider did not say.

    ``cell`` has its member's user, project and work type loaded; ``place`` is where it was to go.
    """
    record = _record_of(problem, place) or problem.record
    what = record.what if record else ""
    ours: dict[str, Param] = {
        "employee": str(cell.member.user),
        "user": str(cell.member.user),
        "user_id": cell.member_id,
        "project": str(cell.project),
        "project_id": cell.project_id,
        "activity": str(cell.work_type),
        "work_type": str(cell.work_type),
        "work_type_id": cell.work_type_id,
        "task": str(cell.task) if cell.task else "",
        "day": cell.day.isoformat(),
        "month": cell.day.strftime("%Y-%m"),
        "name": str({"employee": cell.member.user, "activity": cell.work_type}.get(what, cell.project)),
    }
    told = {key: value for key, value in problem.params.items() if value not in ("", None)}
    return replace(problem, params=ours | told, record=record)


_ABOUT: dict[str, str] = {
    Code.PROJECT_CLOSED: "project",
    Code.PROJECT_MISSING: "project",
    Code.OUTSIDE_PROJECT_DATES: "project",
    Code.NOT_PARTICIPANT: "project",
    Code.ACTIVITY_NOT_USABLE: "project",
    Code.ACTIVITY_MISSING: "activity",
    Code.EMPLOYEE_INACTIVE: "employee",
    Code.EMPLOYEE_UNKNOWN: "employee",
    "task_missing": "task",
}


def _record_of(problem: Problem, place: Place) -> RecordRef | None:
    """The record that stands in the way: when a pull brings a change of it, the hours go on (R116)."""
    what = _ABOUT.get(problem.code, "")
    ids = {"project": place.project_id, "activity": place.work_type_id, "employee": place.employee_id}
    ids["task"] = place.task_id
    return RecordRef(what=what, external_id=ids[what]) if ids.get(what) else None
