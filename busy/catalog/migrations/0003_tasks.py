import busy.workspaces.tenancy
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_ended_rates_and_form_ids"),
        ("workspaces", "0003_uses_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="is_task_driven",
            field=models.BooleanField(db_default=False, default=False, verbose_name="task-driven"),
        ),
        migrations.AddField(
            model_name="project",
            name="task_decides_work_type",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="the work type follows from the task"
            ),
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("number", models.CharField(blank=True, max_length=100, verbose_name="number")),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="archived")),
                ("mastered_by", models.CharField(blank=True, editable=False, max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("client_id", models.UUIDField(blank=True, editable=False, null=True)),
                ("budget_minutes", models.PositiveIntegerField(blank=True, null=True, verbose_name="budget")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "project",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="catalog.project",
                        verbose_name="project",
                    ),
                ),
                (
                    "work_type",
                    busy.workspaces.tenancy.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="catalog.worktype",
                        verbose_name="work type",
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
        ),
        migrations.CreateModel(
            name="TaskMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "member",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "task",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="catalog.task",
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
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                models.F("workspace"),
                models.F("project"),
                models.F("archived_at"),
                models.F("name"),
                models.F("id"),
                name="task_list",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                name="task_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                models.F("workspace"), models.F("client_id"), name="task_client_id_once"
            ),
        ),
        migrations.AddIndex(
            model_name="taskmember",
            index=models.Index(models.F("workspace"), models.F("member"), name="task_member_member"),
        ),
        migrations.AddConstraint(
            model_name="taskmember",
            constraint=models.UniqueConstraint(
                models.F("workspace"), models.F("task"), models.F("member"), name="task_member_once"
            ),
        ),
        LockTenantTable("Task"),
        LockTenantTable("TaskMember"),
    ]
