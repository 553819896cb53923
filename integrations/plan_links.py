"""The links that a confirmed preview makes: of records, of people, and the employee numbers that stand for them."""

from __future__ import annotations

from typing import Any

from django.db import connection as database
from django.db.models import Q

from busy.workspaces.models import Membership, Role
from busy.workspaces.people import PersonRefused, change_person
from integrations.appliers import TARGETS, of_whole_tables
from integrations.kernel.records import Kind
from integrations.mapping_models import Basis
from integrations.models import Connection, MemberLink, Plan, PlannedRecord


def link(plan: Plan, connection: Connection, kind: Kind) -> int:
    """Link what is matched in the plan, as far as it still fits; how many."""
    target = TARGETS[kind]
    assert target.link is not None
    with of_whole_tables(), database.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {target.link._meta.db_table}
                (workspace_id, connection_id, local_id, external_id, fingerprint, created_at
                 {", customer_external_id" if target.reference else ""})
            SELECT %(workspace)s, %(connection)s, r.local_id, r.external_id, NULL, now()
                {", ''" if target.reference else ""}
            FROM {PlannedRecord._meta.db_table} r
            JOIN {target.model._meta.db_table} t ON t.workspace_id = r.workspace_id AND t.id = r.local_id
            WHERE r.workspace_id = %(workspace)s AND r.plan_id = %(plan)s AND r.kind = %(kind)s AND r.is_matched
                AND r.basis <> %(linked)s AND t.archived_at IS NULL
            ON CONFLICT DO NOTHING
            """,  # noqa: S608 - only names of our own tables are put in
            {
                "workspace": plan.workspace_id,
                "connection": connection.pk,
                "plan": plan.pk,
                "kind": str(kind),
                "linked": Basis.LINKED.value,
            },
        )
        return int(cursor.rowcount)


def give_links(connection: Connection, matched: Any) -> int:
    """Users become the people they were matched with (R70); how many no longer could."""
    left_out = 0
    for row in matched.order_by("pk"):
        links = MemberLink.objects.filter(connection=connection)
        is_taken = links.filter(Q(external_id=row.external_id) | Q(local=row.local_id)).exists()
        if is_taken or not Membership.objects.filter(pk=row.local_id, is_active=True).exists():
            left_out += 1
            continue
        MemberLink.objects.create(connection=connection, external_id=row.external_id, local_id=row.local_id)
    return left_out


def give_numbers(matched: Any) -> int:
    """People get the employee numbers they were matched by; how many no longer could."""
    left_out = 0
    for row in matched.order_by("pk"):
        member = Membership.objects.filter(pk=row.local_id, is_active=True, employee_number="").first()
        try:
            if member is None:
                left_out += 1
            else:
                change_person(member.pk, role=Role(member.role), employee_number=row.number)
        except PersonRefused:
            left_out += 1
    return left_out
