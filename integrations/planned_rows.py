"""The records of a plan in their table: those that were read, and what each of them is matched with. Both go by COPY,
which takes a tenth of the time for a hundred thousand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection as database

from integrations.kernel.records import Kind, Record
from integrations.mapping_models import Basis
from integrations.models import Plan, PlannedRecord

_MATCHED = {"local_id": "bigint", "basis": "text", "is_matched": "boolean"}
_COLUMNS = {
    "external_id": "text",
    "number": "text",
    "name": "text",
    "email": "text",
    "archived": "boolean",
    **_MATCHED,
}
_TABLE = PlannedRecord._meta.db_table


class Planned(NamedTuple):
    """A record of the provider, as it is stored."""

    external_id: str
    number: str
    name: str
    email: str
    archived: bool

    @classmethod
    def of(cls, record: Record) -> Planned:
        return cls(
            record.external_id,
            _text(getattr(record, "number", ""), 100),
            _text(record.name, 255),
            _text(getattr(record, "email", ""), 254),
            record.archived,
        )


def _text(text: str, length: int) -> str:
    return text.replace("\x00", "").strip()[:length]


class Match(NamedTuple):
    """The record of Busy that one of the provider's is, or, unless ``is_sure``, may be."""

    local_id: int
    basis: Basis
    is_sure: bool


def forget(plan: Plan, kind: Kind) -> None:
    PlannedRecord.objects.filter(plan=plan, kind=kind).delete()


def add(plan: Plan, kind: Kind, rows: Iterable[Planned], found: Mapping[str, Match]) -> None:
    """Records that were read, with what they are by the provider's id, as far as that is known. Of one that came before
    the later counts."""
    names = ", ".join(_COLUMNS)
    given = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "external_id")
    with database.cursor() as cursor:
        _stage("staged_plan", _COLUMNS, ((*row, *_matched(found.get(row.external_id))) for row in rows))
        cursor.execute(
            f"""
            INSERT INTO {_TABLE} (workspace_id, plan_id, kind, {names})
            SELECT %(workspace)s, %(plan)s, %(kind)s, {names} FROM staged_plan
            ON CONFLICT (workspace_id, plan_id, kind, external_id) DO UPDATE SET {given}
            """,  # noqa: S608 - only names of our own are put in
            _names(plan, kind),
        )


def _matched(match: Match | None) -> tuple[object, ...]:
    return (match.local_id, match.basis.value, match.is_sure) if match is not None else (None, "", False)


def match(plan: Plan, kind: Kind, found: Mapping[str, Match]) -> None:
    """Note what records that were added before are, by the provider's id."""
    if not found:
        return
    with database.cursor() as cursor:
        _stage("staged_match", {"external_id": "text", **_MATCHED}, ((pk, *_matched(one)) for pk, one in found.items()))
        cursor.execute(
            f"""
            UPDATE {_TABLE} r SET local_id = m.local_id, basis = m.basis, is_matched = m.is_matched FROM staged_match m
            WHERE r.workspace_id = %(workspace)s AND r.plan_id = %(plan)s AND r.kind = %(kind)s
                AND r.external_id = m.external_id
            """,  # noqa: S608
            _names(plan, kind),
        )


def _names(plan: Plan, kind: Kind) -> dict[str, int | str]:
    return {"workspace": plan.workspace_id, "plan": plan.pk, "kind": str(kind)}


def _stage(table: str, types: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """Tables under row-level security take no COPY, so it goes through one of the session."""
    columns = ", ".join(f"{name} {sql}" for name, sql in types.items())
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - several kinds may share a transaction
        with cursor.copy(f"COPY {table} ({', '.join(types)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
