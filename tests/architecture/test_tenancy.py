"""The three locks hold on every table, as PostgreSQL itself tells them: whoever adds a table adds its locks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from busy.catalog.models import Customer, Project
from busy.workspaces.invitations import invite
from busy.workspaces.models import Membership, Role, Workspace
from busy.workspaces.scope import NoWorkspaceInScope, acting_as, scope
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from tests.people import Person

# Tables with a workspace_id and without its locks, and why that is right.
WITHOUT_LOCKS = {
    "timesheets_reminderclock": "the tick asks across workspaces whose reminders are due; no business data in it",
    "timesheets_calendarclock": "the tick asks across workspaces which calendars are due; no business data in it",
    "integrations_wakeup": "the scheduler asks across workspaces what is due; no business data in it",
}
# Tables without a workspace_id. A table that is not named here must belong to a workspace.
OF_NO_WORKSPACE = {
    "account_emailaddress": "addresses belong to people, who may work in several workspaces",
    "account_emailconfirmation": "allauth's, unused with codes",
    "auth_group": "Django's, unused",
    "auth_group_permissions": "Django's, unused",
    "auth_permission": "Django's, unused",
    "django_cache": "counts of tries, by address and hashed key",
    "django_content_type": "Django's list of models",
    "django_migrations": "Django's list of migrations",
    "django_session": "sessions belong to people",
    "workspaces_user": "people may work in several workspaces",
    "workspaces_workspace": "locked by its own id: test_a_workspace_is_seen_by_its_members_only",
}
# Policies that let more be read than the workspace in scope. Writing is never among it.
WIDER_POLICIES = {
    "timesheets_timer": "a person has one running timer, which another workspace may have",
    "workspaces_membership": "a person finds the own memberships before any workspace is in scope",
}
_SCOPE = "SELECT (NULLIF(current_setting('busy.workspace_id'::text, true), ''::text))::bigint"
OWN_ROWS = f'(workspace_id = ( {_SCOPE} AS "nullif"))'
# Who may ask for rows of all workspaces; PostgreSQL still answers with those of the scope, or of the person acting.
ACROSS_WORKSPACES = {
    "busy/workspaces/accounts.py": "whether an account was ever used anywhere",
    "busy/workspaces/facts.py": "finds the membership that opens the door, and the person's others",
    "busy/workspaces/people.py": "whether a name is seen by one workspace alone",
    "busy/workspaces/selectors.py": "a person's own workspaces",
    "busy/workspaces/tenancy.py": "defines it",
    "busy/workspaces/views/home.py": "switching to an own workspace",
    "busy/workspaces/views/join.py": "coming back through a used link",
    "timesheets/door_facts.py": "what the person at the door leads and has asked for",
    "timesheets/timer_selectors.py": "a person's own timer, wherever it runs",
}

LINKS = {f"integrations_{of}link" for of in ("customer", "member", "product", "project", "task", "worktype")}
# Made a hundred thousand at a time, and nothing refers to them.
ALONE = {*LINKS, "integrations_plannedrecord", "integrations_keptrecord"}
_ACROSS = ("across_workspaces", "_base_manager")


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@pytest.fixture
def tables(db: None) -> set[str]:
    return {
        name
        for (name,) in rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
    }


@pytest.fixture
def tenant_tables(db: None) -> set[str]:
    """Every table with a column workspace_id that should have the locks."""
    found = {
        name
        for (name,) in rows(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p')"
            " AND c.relnamespace = 'public'::regnamespace AND a.attname = 'workspace_id' AND NOT a.attisdropped"
        )
    }
    assert found >= {"workspaces_membership", "catalog_project", "timesheets_timeentry", "orders_order"}
    return found - set(WITHOUT_LOCKS)


def test_every_table_belongs_to_a_workspace_or_says_why_not(tables: set[str], tenant_tables: set[str]) -> None:
    assert tables - tenant_tables - set(WITHOUT_LOCKS) == set(OF_NO_WORKSPACE)


def test_row_level_security_is_enabled_and_forced(tenant_tables: set[str]) -> None:
    secured = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relrowsecurity AND relforcerowsecurity"
    )
    assert tenant_tables - {name for (name,) in secured} == set()


def test_each_table_has_one_policy_for_all_commands_and_everybody(tenant_tables: set[str]) -> None:
    """The policy shows and takes rows of the workspace in scope, and none when there is no scope."""
    policies: dict[str, list[tuple[Any, ...]]] = {}
    for table, *policy in rows(
        "SELECT c.relname, p.polcmd::text, p.polpermissive, p.polroles::text, pg_get_expr(p.polqual, p.polrelid),"
        " pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    ):
        policies.setdefault(table, []).append(tuple(policy))
    own = OWN_ROWS
    for table in tenant_tables:
        assert len(policies.get(table, [])) == 1, f"{table} needs exactly one policy; a second one could only widen it"
        command, permissive, roles, using, check = policies[table][0]
        assert (command, permissive, roles) == ("*", True, "{0}"), table
        assert check == own, f"{table} takes rows that are not of the workspace in scope: {check}"
        assert using == own or table in WIDER_POLICIES, f"{table} shows rows of other workspaces: {using}"
    assert policies["workspaces_workspace"][0][4] == own.replace("workspace_id = ", "id = ", 1)


def test_references_can_name_workspace_and_row_and_queries_start_with_the_workspace(tenant_tables: set[str]) -> None:
    unique = {
        table
        for (table,) in rows(
            "SELECT conrelid::regclass::text FROM pg_constraint c WHERE contype = 'u'"
            " AND (SELECT array_agg(attname::text ORDER BY ord) FROM unnest(conkey) WITH ORDINALITY AS k(num, ord)"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) = ARRAY['workspace_id', 'id']"
        )
    }
    led = {
        table
        for (table,) in rows(
            "SELECT i.indrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            " AND a.attnum = i.indkey[0] WHERE a.attname = 'workspace_id' AND i.indisvalid AND i.indpred IS NULL"
        )
    }
    referred = {target for *_, target, _ in foreign_keys()}
    assert (tenant_tables & referred) - unique == set()
    assert tenant_tables - unique == ALONE
    assert tenant_tables - led == set()


def foreign_keys() -> Iterator[tuple[str, tuple[str, ...], str, tuple[str, ...]]]:
    """Table, columns, referred table, referred columns of every foreign key."""
    for table, columns, target, target_columns in rows(
        "SELECT conrelid::regclass::text,"
        " (SELECT array_agg(attname::text ORDER BY ord) FROM unnest(conkey) WITH ORDINALITY AS k(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),"
        " confrelid::regclass::text,"
        " (SELECT array_agg(attname::text ORDER BY ord) FROM unnest(confkey) WITH ORDINALITY AS k(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num)"
        " FROM pg_constraint c WHERE contype = 'f'"
    ):
        yield table, tuple(columns), target, tuple(target_columns)


def test_a_reference_between_tenant_tables_names_the_workspace(tenant_tables: set[str]) -> None:
    """A plain foreign key is checked as the tables' owner: it would let a row point into another workspace."""
    for table, columns, target, target_columns in foreign_keys():
        if table in tenant_tables and target in tenant_tables:
            assert (columns[0], target_columns) == ("workspace_id", ("workspace_id", "id")), (table, columns, target)


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def test_every_reference_of_a_model_has_its_composite_key(tenant_tables: set[str]) -> None:
    keys = {(table, columns, target) for table, columns, target, _ in foreign_keys()}
    by_table = {model._meta.db_table: model for model in tenant_models()}
    assert set(by_table) == tenant_tables
    for table, model in by_table.items():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in by_table.values():
                target: Any = field.related_model
                assert isinstance(field, TenantForeignKey), f"{table}.{field.name} must be a TenantForeignKey"
                assert (table, ("workspace_id", field.column), target._meta.db_table) in keys, (table, field.name)


def test_the_serving_role_owns_nothing_and_bypasses_nothing(db: None) -> None:
    role = rows("SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
    assert role == [(settings.APP_ROLE, False, False, False)]
    assert rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user") == []
    owners = rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert len(owners) == 1
    assert rows("SELECT pg_has_role(current_user, %s, 'MEMBER')", owners[0][0]) == [(False,)]


def test_attempts_are_written_once(db: None) -> None:
    """R114: the ledger is append-only for the role that serves."""
    for privilege, allowed in (("SELECT", True), ("INSERT", True), ("UPDATE", False), ("DELETE", False)):
        assert rows("SELECT has_table_privilege('integrations_attempt', %s)", privilege) == [(allowed,)]


# --- The locks at work -----------------------------------------------------------------------------------------------


@pytest.fixture
def fjells_customer(dina: Person, bo: Person) -> Customer:
    with scope(dina.workspace.pk):
        invite(email="eli@busy.example", name="Eli", role=Role.EMPLOYEE, by=dina.membership)
        customer = Customer.objects.create(name="Solvik kommune")
        Project.objects.create(name="Solvik skole", customer=customer)
    return customer


def test_without_a_scope_no_table_has_a_row(tenant_tables: set[str], fjells_customer: Customer) -> None:
    for table in [*sorted(tenant_tables), "workspaces_workspace"]:
        assert rows(f'SELECT count(*) FROM "{table}"') == [(0,)], table
    with scope(fjells_customer.workspace_id):
        filled = {table for table in tenant_tables if rows(f'SELECT count(*) FROM "{table}"') != [(0,)]}
    assert filled >= {"workspaces_membership", "workspaces_invitation", "catalog_customer", "catalog_project"}


def test_cilla_sees_nothing_of_fjell(tenant_tables: set[str], fjells_customer: Customer, cilla: Person) -> None:
    with scope(cilla.workspace.pk):
        for table in sorted(tenant_tables):
            foreign = rows(f'SELECT count(*) FROM "{table}" WHERE workspace_id <> %s', cilla.workspace.pk)
            assert foreign == [(0,)], table
        assert not Customer.across_workspaces.exists()


def test_a_workspace_is_seen_by_its_members_only(dina: Person, bo: Person, cilla: Person) -> None:
    with acting_as(bo.user.pk):
        assert list(Workspace.objects.all()) == [dina.workspace]
        assert list(Membership.across_workspaces.values_list("user__name", flat=True)) == ["Bo Berg"]
    with acting_as(cilla.user.pk):
        assert list(Workspace.objects.all()) == [cilla.workspace]


def test_a_row_cannot_refer_to_another_workspaces_row(fjells_customer: Customer, cilla: Person) -> None:
    def borrow() -> None:
        with scope(cilla.workspace.pk):
            Project.objects.create(name="Borrowed", customer_id=fjells_customer.pk)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="catalog_project_customer_id_same_workspace"):
        borrow()


def test_a_row_cannot_be_written_into_another_workspace(fjells_customer: Customer, cilla: Person) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), scope(cilla.workspace.pk):
        Customer(workspace_id=fjells_customer.workspace_id, name="Planted").save()
    with pytest.raises(ProgrammingError, match="row-level security"), scope(fjells_customer.workspace_id):
        Customer.objects.filter(pk=fjells_customer.pk).update(workspace=cilla.workspace)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Customer(workspace_id=fjells_customer.workspace_id, name="From nowhere").save()


def test_acting_as_a_person_writes_nothing(dina: Person) -> None:
    """A person may find the own membership without a scope, and not raise the own role through that."""
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(dina.user.pk):
        Membership.across_workspaces.filter(user=dina.user).update(role=Role.ADMINISTRATOR)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_objects_asks_whose(model: type[TenantModel]) -> None:
    with pytest.raises(NoWorkspaceInScope):
        model.objects.all()
    assert isinstance(model._default_manager, type(model.objects))


def test_the_scope_ends_with_its_block(dina: Person, cilla: Person) -> None:
    with scope(dina.workspace.pk):
        with scope(cilla.workspace.pk):
            assert Membership.objects.get().user == cilla.user
        assert Membership.objects.get().user == dina.user
        with pytest.raises(LookupError), scope(cilla.workspace.pk):
            raise LookupError
        assert Membership.objects.get().user == dina.user
    assert not Membership.across_workspaces.exists()


# --- Who may look across ---------------------------------------------------------------------------------------------


def test_only_named_modules_look_across_workspaces() -> None:
    root = Path(settings.ROOT)
    users = set()
    for package in ("busy", "timesheets", "orders", "integrations"):
        for path in (root / package).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            if any(word in text for word in _ACROSS) and _looks_across(ast.parse(text)):
                users.add(str(path.relative_to(root)))
    assert users == set(ACROSS_WORKSPACES)


def _looks_across(tree: ast.AST) -> bool:
    """``across_workspaces.none()`` looks at nothing: forms start with it before a workspace is known."""
    nothing = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "none"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _ACROSS and id(node) not in nothing)
        or (isinstance(node, ast.Name) and node.id in _ACROSS)
        for node in ast.walk(tree)
    )
