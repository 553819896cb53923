"""Projects, work types and tasks as Busy writes them to Fjord. A PUT replaces the whole record there, so all that
stands is sent back with what is wanted; no field takes a reference of ours, so what was made is known by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from integrations.kernel.errors import MappingError, Refused, Temporary, Unclear
from integrations.kernel.parse import Row, rows, text
from integrations.kernel.records import ProjectRecord, TaskRecord, WorkTypeRecord
from integrations.kernel.saving import Save, Stands, differing

from . import lists
from .api import FjordApi

R = TypeVar("R", ProjectRecord, WorkTypeRecord, TaskRecord)
KEYS = {
    "name": "name",
    "customer_id": "customer",
    "start_date": "from",
    "end_date": "to",
    "archived": "off",
    "internal": "own",
    "billable": "billed",
    "project_id": "project",
    "member_ids": "people",
    "done": "done",
}
_NUMBERS = ("customer", "project")


def _sent(wanted: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name in fields:
        key, value = KEYS[name], getattr(wanted, name)
        if key in _NUMBERS and value is not None:
            value = int(value)
        body[key] = [int(one) for one in value] if key == "people" else value
    return body


def _saves(record: type[R], path: str, mapper: Callable[[Row], R], sent: tuple[str, ...], what: str) -> Save[Any, R]:
    def stands(api: FjordApi, row: Row) -> Stands[R]:
        changed = datetime.fromisoformat(text(row, "changed")).astimezone(UTC)
        one = mapper(row)
        return Stands(record=one, whole=row, changed_at=changed, url=api.link(one.external_id, what))

    def read(api: FjordApi, external_id: str) -> Stands[R] | None:
        row = api.get(f"{path}/{external_id}")
        return stands(api, row) if row is not None else None

    def written(api: FjordApi, row: Row) -> Stands[R]:
        try:
            return stands(api, row)
        except MappingError as error:
            raise Unclear(reason="unknown_answer", detail=error.path) from None

    def update(api: FjordApi, there: Stands[R], wanted: R) -> Stands[R]:
        body = {**there.whole, **_sent(wanted, differing(there.record, wanted))}
        try:
            row = api.put(f"{path}/{there.external_id}", body)
        except Refused as refused:
            if refused.problem.params.get("status") == "409":
                raise Temporary("not_settled", reason="changed_there") from None
            raise
        return written(api, row)

    def create(api: FjordApi, wanted: R, _: str) -> Stands[R]:
        return written(api, api.post(path, _sent(wanted, sent)))

    def found(api: FjordApi, wanted: R, _: str, since: datetime) -> list[Stands[R]]:
        body = api.get(path, {"since": since.isoformat()})
        there = [stands(api, row) for row in rows(body, "rows")]
        return [one for one in there if cast("Any", one.record).name == wanted.name]

    return Save(record=record, read=read, update=update, create=create, found=found)


_PROJECT = ("name", "customer_id", "start_date", "end_date", "internal")
SAVES: tuple[Save[FjordApi, Any], ...] = (
    _saves(
        ProjectRecord,
        "/projects",
        lists.project,
        ("name", "customer_id", "start_date", "end_date", "internal"),
        "project",
    ),
    _saves(WorkTypeRecord, "/worktypes", lists.work_type, ("name", "billable"), "work_type"),
    _saves(TaskRecord, "/tasks", lists.task, ("name", "project_id", "member_ids", "done"), "task"),
)
