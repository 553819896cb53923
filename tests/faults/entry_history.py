"""Holds every act against the history that the database writes of it, and against what a lock promises."""

from __future__ import annotations

from typing import Any

from django.db import connection

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from timesheets.models import EntryChange

# What of an entry is not its hours: how far it is on its way. A lock holds everything else.
WAY = {"submitted_at", "rejection_id", "person_approval_id", "project_approval_id", "ordered_at", "order_label"}
# What a change carries along, and the history leaves out.
ASIDE = "{id,workspace_id,client_id,revision,created_at,changed_at}"
ENTRIES = f"SELECT client_id::text, to_jsonb(e) - '{ASIDE}'::text[] FROM timesheets_timeentry e"

Row = dict[str, Any]


class Watch:
    """The entries of the workspace as they were after the last act."""

    def __init__(self, member: Membership) -> None:
        self._member = member
        self._rows: dict[str, Row] = {}
        # How often the entries have changed.
        self.version = 0
        with scope(member.workspace_id):
            self._seen = EntryChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def look(self, by: Membership | None, *, nothing_changed: bool = False) -> None:
        """What the history says of the act is all that became of the entries, once, and under who did it."""
        before, now = self._rows, self._read()
        with scope(self._member.workspace_id):
            changes = list(EntryChange.objects.filter(pk__gt=self._seen).order_by("pk"))
        told = dict(before)
        for change in changes:
            id_ = str(change.client_id)
            assert change.changed_by_id == (by.pk if by else None)
            told[id_] = self._applied(told.get(id_), change)
            if change.after is None:
                del told[id_]
        assert told == now, "the history tells of other entries than there are"
        assert len(changes) == sum(before.get(id_) != now.get(id_) for id_ in before | now), "a change is told twice"
        assert not (nothing_changed and changes)
        self._ensure_locks_held(before, now)
        self.version += before != now
        self._rows, self._seen = now, changes[-1].pk if changes else self._seen

    def _applied(self, row: Row | None, change: EntryChange) -> Row:
        if change.before is None:
            assert row is None
            assert change.after is not None
            return dict(change.after)
        assert row is not None
        assert {name: row[name] for name in change.before} == change.before
        return {**row, **(change.after or {})}

    def _ensure_locks_held(self, before: dict[str, Row], now: dict[str, Row]) -> None:
        for id_, row in before.items():
            held, ordered = is_approved(row) or is_ordered(row), is_ordered(row)
            if not held:
                continue
            assert id_ in now, "a locked entry is gone"
            changed = {name for name in row if row[name] != now[id_][name]}
            assert changed <= WAY - {"submitted_at", "rejection_id"}, f"a locked entry changed: {changed}"
            # R112: an order holds the approvals too; the second one may still be given.
            assert not ordered or all(row[name] is None for name in changed - {"ordered_at", "order_label"})
        for id_, row in now.items():
            was = before.get(id_)
            assert was is not None or not (is_approved(row) or is_ordered(row) or row["order_label"])
            assert not (was and is_ordered(row) and not is_ordered(was)) or is_approved(was)
            # A rejection is never taken back, only followed by another, and what is rejected is not sent.
            assert not (was and was["rejection_id"] and not row["rejection_id"])
            assert not (was and was["rejection_id"] != row["rejection_id"]) or row["submitted_at"] is None

    def _read(self) -> dict[str, Row]:
        import json

        with scope(self._member.workspace_id), connection.cursor() as cursor:
            cursor.execute(ENTRIES)
            return {id_: json.loads(row) if isinstance(row, str) else row for id_, row in cursor.fetchall()}


def is_approved(row: Row) -> bool:
    return row["person_approval_id"] is not None or row["project_approval_id"] is not None


def is_ordered(row: Row) -> bool:
    return row["ordered_at"] is not None
