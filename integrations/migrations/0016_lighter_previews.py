"""A preview, and what is kept of a catalogue before it is connected, are a hundred thousand rows at a time: without
indexes that others begin with, without a key that nothing refers to, and without a check of the workspace that the one
of the plan, or of the connection, makes anyway. Links that are made piece by piece are taken back together."""

import django.db.models.deletion
from django.db import migrations, models

import busy.workspaces.tenancy

_TABLES = ["integrations_plannedrecord", "integrations_keptrecord"]


def _keys(statement):
    return [f"ALTER TABLE {table} {statement.format(name=f'{table}_workspace_id_id')}" for table in _TABLES]


def _workspace():
    return models.ForeignKey(
        "workspaces.workspace",
        django.db.models.deletion.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name="workspace",
    )


def _tenant(to, related_name):
    return busy.workspaces.tenancy.TenantForeignKey(
        to, django.db.models.deletion.CASCADE, db_index=False, db_constraint=False, related_name=related_name
    )


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0015_pages_are_not_compressed"),
    ]

    operations = [
        migrations.AlterField(model_name="plannedrecord", name="workspace", field=_workspace()),
        migrations.AlterField(model_name="plannedrecord", name="plan", field=_tenant("integrations.plan", "records")),
        migrations.AlterField(model_name="keptrecord", name="workspace", field=_workspace()),
        migrations.AlterField(model_name="keptrecord", name="connection", field=_tenant("integrations.connection", "+")),
        migrations.AddField(model_name="linkchange", name="batch", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="linkchange",
            index=models.Index(
                models.F("workspace"),
                models.F("batch"),
                condition=models.Q(("batch__isnull", False)),
                name="link_change_batch",
            ),
        ),
        migrations.RunSQL(_keys("DROP CONSTRAINT {name}"), _keys("ADD CONSTRAINT {name} UNIQUE (workspace_id, id)")),
    ]
