"""Migration operations that put locks 2 and 3 on a table: composite keys and forced row-level security.

A migration that creates a tenant table ends with ``LockTenantTable("Project")``; one that adds a reference to a table
that exists ends with ``LockReference("Project", "customer")``.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from busy.workspaces.tenancy import TenantForeignKey

# The sub-select makes PostgreSQL evaluate the setting once a statement, not once a row. Unset means: no rows.
CURRENT = "(SELECT nullif(current_setting('busy.workspace_id', true), '')::bigint)"
CURRENT_USER = "(SELECT nullif(current_setting('busy.user_id', true), '')::bigint)"


def _short(name: str) -> str:
    return name[:63]


def lock_sql(table: str, using: str, check: str) -> list[str]:
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY workspace ON "{table}" USING ({using}) WITH CHECK ({check})',
    ]


def reference_sql(table: str, column: str, target: str) -> str:
    name = _short(f"{table}_{column}_same_workspace")
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (workspace_id, "{column}")'
        f' REFERENCES "{target}" (workspace_id, id) DEFERRABLE INITIALLY DEFERRED'
    )


class LockTenantTable(Operation):
    """Unique (workspace_id, id), composite foreign keys for every TenantForeignKey, forced row-level security."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, *, using: str = "", check: str = "") -> None:
        self.name = name
        self.using = using
        self.check = check

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [self.name], {"using": self.using, "check": self.check}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The locks live in the database only; Django's model state knows nothing of them."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model: type[models.Model] = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        own = f"workspace_id = {CURRENT}"
        statements = [
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{_short(table + "_workspace_id_id")}" UNIQUE (workspace_id, id)'
        ]
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                statements.append(reference_sql(table, field.column, field.related_model._meta.db_table))
        statements += lock_sql(table, self.using or own, self.check or own)
        # After the indexes of a new table, which come at the migration's end. Of a table without statistics the
        # planner takes each index of the workspace for equally good and goes by the youngest: for the references,
        # which are checked with plans that are kept, that has to be the one of the whole key.
        schema_editor.deferred_sql.extend(statements)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model: type[models.Model] = from_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        schema_editor.execute(f'DROP POLICY workspace ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                name = _short(f"{table}_{field.column}_same_workspace")
                schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{_short(table + "_workspace_id_id")}" CASCADE')

    def describe(self) -> str:
        return f"Put the workspace locks on {self.name}"


class LockReference(Operation):
    """The composite foreign key of one TenantForeignKey that was added to a locked table."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [self.model, self.field], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The constraint lives in the database only."""

    def _parts(self, app_label: str, state: Any) -> tuple[str, str, str]:
        model: type[models.Model] = state.apps.get_model(app_label, self.model)
        field: Any = model._meta.get_field(self.field)
        return model._meta.db_table, field.column, field.related_model._meta.db_table

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(reference_sql(*self._parts(app_label, to_state)))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table, column, _ = self._parts(app_label, from_state)
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{_short(f"{table}_{column}_same_workspace")}"')

    def describe(self) -> str:
        return f"Bind {self.model}.{self.field} to rows of the same workspace"
