import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.workspaces.locks import CURRENT, CURRENT_USER, LockTenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_tasks"),
        ("timesheets", "0012_lunch"),
        ("workspaces", "0003_uses_tasks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.UUIDField(default=uuid.uuid4)),
                ("note", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("is_saved", models.BooleanField(default=False)),
                ("refusal", models.TextField(blank=True)),
                ("was_cut", models.BooleanField(default=False)),
                ("round", models.PositiveSmallIntegerField(default=0)),
                (
                    "member",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timers",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "project",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.project",
                    ),
                ),
                (
                    "task",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.task",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "work_type",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.worktype",
                    ),
                ),
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
                "indexes": [
                    models.Index(
                        models.F("user"), condition=models.Q(("closed_at", None)), name="timer_open_of_user"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workspace"), models.F("client_id"), name="timer_client_id_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("stopped_at", None)), fields=("user",), name="timer_runs_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stopped_at", None), ("stopped_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="timer_stops_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closed_at", None), ("stopped_at__isnull", False), _connector="OR"),
                        name="timer_closed_is_stopped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("project", None), ("work_type", None)),
                            models.Q(("project__isnull", False), ("work_type__isnull", False)),
                            _connector="OR",
                        ),
                        name="timer_project_with_work_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("task", None), ("project__isnull", False), _connector="OR"),
                        name="timer_task_of_project",
                    ),
                ],
            },
        ),
        # A timer that runs in another workspace of the person must be seen, to be stopped when one starts here.
        LockTenantTable("Timer", using=f"workspace_id = {CURRENT} OR user_id = {CURRENT_USER}"),
    ]
