"""Many links at once are made by a worker: what was asked for, and a lane of its own for it."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.workspaces.locks import LockTenantTable

_LANE = models.GeneratedField(
    db_persist=True,
    expression=models.Case(
        models.When(kind__in=["push", "notice", "compare", "link"], then=models.F("kind")),
        default=models.Value("pull"),
    ),
    output_field=models.CharField(max_length=20),
)
_QUEUE = models.Index(models.F("provider"), models.F("lane"), models.F("due_at"), name="wakeup_queue")

_STATES = [
    ("waiting", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("stopped", "Stopped"),
    ("failed", "Failed"),
]
_REASONS = [
    ("interrupted", "Interrupted"),
    ("broken", "Broken"),
    ("changed", "Changed"),
    ("not_synchronised", "Not Synchronised"),
    ("disconnected", "Disconnected"),
]


def _tenant(to, on_delete):
    return busy.workspaces.tenancy.TenantForeignKey(
        db_constraint=False, db_index=False, on_delete=on_delete, related_name="+", to=to
    )


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0016_lighter_previews"),
        ("workspaces", "0001_squashed_0005_groups"),
    ]

    operations = [
        # What a column is computed of cannot be changed; the table has a few rows a connection.
        migrations.RemoveIndex(model_name="wakeup", name="wakeup_queue"),
        migrations.RemoveField(model_name="wakeup", name="lane"),
        migrations.AddField(model_name="wakeup", name="lane", field=_LANE),
        migrations.AddIndex(model_name="wakeup", index=_QUEUE),
        migrations.CreateModel(
            name="LinkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("batch", models.UUIDField()),
                ("is_undoing", models.BooleanField(default=False)),
                ("is_stopping", models.BooleanField(default=False)),
                ("state", models.CharField(choices=_STATES, default="waiting", max_length=10)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(null=True)),
                ("position", models.BigIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(blank=True, choices=_REASONS, max_length=20)),
                ("by", _tenant("workspaces.membership", django.db.models.deletion.PROTECT)),
                ("connection", _tenant("integrations.connection", django.db.models.deletion.CASCADE)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                        verbose_name="workspace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workspace"), models.F("connection"), models.F("batch"), name="link_run_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        fields=("workspace", "connection", "kind"),
                        name="link_run_moving_once",
                    ),
                ],
            },
        ),
        LockTenantTable("LinkRun"),
    ]
