"""Hours on tasks: a task may be part of a cell. What is there already holds the hours of all tasks together, and goes on
to, for as long as anything of it stands at the provider."""

import django.db.models.deletion
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.workspaces.locks import LockReference


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0007_customer_extras"),
        ("integrations", "0011_records_both_ways"),
    ]

    operations = [
        migrations.AddField(
            model_name="hourscell",
            name="task",
            field=busy.workspaces.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.task",
            ),
        ),
        migrations.AddField(
            model_name="hourscell",
            name="is_whole",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="hourscell",
            name="at_task",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.RemoveConstraint(model_name="hourscell", name="hours_cell_once"),
        migrations.AddConstraint(
            model_name="hourscell",
            constraint=models.UniqueConstraint(
                fields=("workspace", "connection", "member", "day", "project", "work_type", "task"),
                name="hours_cell_once",
                nulls_distinct=False,
            ),
        ),
        LockReference("HoursCell", "task"),
    ]
