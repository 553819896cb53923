import busy.workspaces.tenancy
import django.db.models.deletion
from django.db import migrations, models

from busy.workspaces.locks import LockReference


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_tasks"),
        ("timesheets", "0007_working_weeks"),
        ("workspaces", "0003_uses_tasks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="weekrow",
            name="week_row_once",
        ),
        migrations.AddField(
            model_name="cellchange",
            name="task",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.task",
            ),
        ),
        migrations.AddField(
            model_name="timeentry",
            name="task",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="catalog.task",
            ),
        ),
        migrations.AddField(
            model_name="weekrow",
            name="task",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="weekrow",
            constraint=models.UniqueConstraint(
                fields=("workspace", "member", "monday", "project", "work_type", "task"),
                name="week_row_once",
                nulls_distinct=False,
            ),
        ),
        LockReference("CellChange", "task"),
        LockReference("TimeEntry", "task"),
        LockReference("WeekRow", "task"),
    ]
