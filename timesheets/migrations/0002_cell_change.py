import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("timesheets", "0001_initial"),
        ("workspaces", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CellChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_id", models.UUIDField()),
                ("day", models.DateField()),
                ("minutes_before", models.PositiveSmallIntegerField()),
                ("minutes_after", models.PositiveSmallIntegerField()),
                ("note_changed", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "member",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "project",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.project",
                    ),
                ),
                (
                    "work_type",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
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
                        models.F("workspace"), models.F("member"), models.F("day"), name="cell_change_member_day"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workspace"), models.F("request_id"), name="cell_change_once"
                    )
                ],
            },
        ),
        LockTenantTable("CellChange"),
    ]
