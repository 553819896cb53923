"""What comes with a task besides its name: who is assigned to it, its work type, whether it is done (R67-R69); and
which projects are driven by theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from busy.catalog.models import Project, Task, TaskMember
from integrations import people
from integrations.kernel.records import Record, TaskRecord
from integrations.models import Connection, WorkTypeLink


def drive(project_ids: Collection[int]) -> None:
    """Projects whose hours are taken on their tasks alone are task-driven here too (P19). One that takes other hours as
    well stays as somebody here wants it."""
    if project_ids:
        Project.objects.filter(pk__in=project_ids, is_task_driven=False).update(is_task_driven=True)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who here the people are that a page of tasks names."""

    connection: Connection
    _members: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, records: Sequence[Record]) -> Assigned:
        named = {one for record in records if isinstance(record, TaskRecord) for one in record.member_ids}
        return cls(connection, people.members_of(connection, named))

    def members(self, record: TaskRecord) -> tuple[int, ...]:
        """Ids of memberships; of whom nobody here is, nothing is said."""
        return tuple(self._members[one] for one in record.member_ids if one in self._members)

    def archived_alone(self, task_ids: Collection[int]) -> set[int]:
        """Those of the tasks that are archived when nobody there is assigned to them: they had members, or are archived
        already."""
        had = Q(Exists(TaskMember.objects.filter(task=OuterRef("pk")))) | Q(archived_at__isnull=False)
        return set(Task.objects.filter(had, pk__in=task_ids).values_list("pk", flat=True))

    def put(self, tasks: Mapping[int, Record], *, new: Collection[int] = ()) -> None:
        """Give the tasks, by their local ids, their members and their state. A ``new`` one gets its work type too;
        after that the work type is Busy's own."""
        records = {pk: record for pk, record in tasks.items() if isinstance(record, TaskRecord)}
        self._put_members({pk: set(self.members(record)) for pk, record in records.items()})
        done = [pk for pk, record in records.items() if record.done]
        Task.objects.filter(pk__in=done, done_at=None).update(done_at=timezone.now())
        Task.objects.filter(pk__in=set(records) - set(done)).exclude(done_at=None).update(done_at=None)
        self._put_work_types({pk: records[pk].work_type_id for pk in new if pk in records})

    def _put_members(self, wanted: Mapping[int, set[int]]) -> None:
        there = TaskMember.objects.filter(task__in=list(wanted)).values_list("pk", "task_id", "member_id")
        gone, known = [], set()
        for pk, task_id, member_id in there:
            known.add((task_id, member_id))
            if member_id not in wanted[task_id]:
                gone.append(pk)
        TaskMember.objects.filter(pk__in=gone).delete()
        TaskMember.objects.bulk_create(
            (
                TaskMember(workspace_id=self.connection.workspace_id, task_id=task_id, member_id=member_id)
                for task_id, members in wanted.items()
                for member_id in sorted(members)
                if (task_id, member_id) not in known
            ),
            ignore_conflicts=True,
        )

    def _put_work_types(self, wanted: Mapping[int, str | None]) -> None:
        named = {external_id for external_id in wanted.values() if external_id}
        if not named:
            return
        links = WorkTypeLink.objects.filter(connection=self.connection, external_id__in=named)
        known = dict(links.values_list("external_id", "local_id"))
        for pk, external_id in wanted.items():
            if external_id in known:
                Task.objects.filter(pk=pk).update(work_type=known[external_id])
