"""Fjell connected to the toy provider, where projects, work types and tasks travel both ways."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from busy.catalog import services as catalog
from busy.catalog.models import Customer, Project, Task
from integrations import services
from integrations.models import Connection, CustomerLink, MemberLink
from integrations.shared_models import SharedRecord
from tests.contract.toy.fjord.facts import KEY
from tests.integrations.stage import Stage


class ToyStage(Stage):
    """``there`` is what stands at Fjord."""

    sandbox: Any

    def connect(self, **_: Any) -> Connection:
        with self.scope():
            self.connection = services.connect("fjord", {"key": KEY}, project_sync=False, by=self.by)
        return self.connection

    def remembered(self) -> Any:
        return deepcopy(self.sandbox.app.lists)

    def there(self, kind: str, **named: object) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sandbox.app.lists[kind]
        return [row for row in rows if all(row.get(key) == value for key, value in named.items())]

    def edit(self, kind: str, number: object, **values: object) -> None:
        self.sandbox.app.edit(kind, number, values)

    def again(self, *kinds: str) -> None:
        """The next pull, at its time."""
        self.make_due(*kinds)
        self.pull()

    def new_project(self, name: str = "Molo", **fields: Any) -> Project:
        with self.scope():
            return catalog.create_project(by=self.by, name=name, **fields)

    def change(self, project: Project, **changes: Any) -> None:
        with self.scope():
            catalog.change_project(project, **changes)

    def brygge(self) -> Project:
        return self.project("7")

    def customer(self, external_id: str) -> Customer:
        with self.scope():
            found: Customer = CustomerLink.objects.select_related("local").get(external_id=external_id).local
            return found

    def row(self, project: Project) -> SharedRecord:
        with self.scope():
            return SharedRecord.objects.select_related("delivery").get(kind="projects", local_id=project.pk)

    def fresh(self, project: Project) -> Project:
        with self.scope():
            return Project.objects.get(pk=project.pk)

    def link_people(self, people: Mapping[str, Any]) -> None:
        """Memberships by Fjord's ids."""
        with self.scope():
            for external_id, member in people.items():
                MemberLink.objects.create(connection=self.connection, external_id=external_id, local=member)

    def tasks(self) -> dict[str, list[str]]:
        """Active tasks with the names of who is assigned to them."""
        with self.scope():
            return {
                task.name: sorted(str(row.member.user) for row in task.members.select_related("member__user"))
                for task in Task.objects.filter(archived_at=None)
            }
