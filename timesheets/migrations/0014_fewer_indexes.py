import busy.workspaces.tenancy
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_work_type_kind"),
        ("timesheets", "0013_timer"),
        ("workspaces", "0005_groups"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entrychange",
            name="member",
            field=busy.workspaces.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="workspaces.membership",
            ),
        ),
        migrations.AlterField(
            model_name="entrychange",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="workspaces.workspace",
                verbose_name="workspace",
            ),
        ),
        migrations.AlterField(
            model_name="timeentry",
            name="member",
            field=busy.workspaces.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="workspaces.membership",
            ),
        ),
        migrations.AlterField(
            model_name="timeentry",
            name="project",
            field=busy.workspaces.tenancy.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="catalog.project",
            ),
        ),
        migrations.AlterField(
            model_name="timeentry",
            name="project_approval",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="project_entries",
                to="timesheets.approval",
            ),
        ),
        migrations.AlterField(
            model_name="timeentry",
            name="task",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="catalog.task",
            ),
        ),
        migrations.AlterField(
            model_name="timeentry",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="workspaces.workspace",
                verbose_name="workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(models.F("task"), condition=models.Q(("task__isnull", False)), name="entry_of_task"),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                models.F("project_approval"),
                condition=models.Q(("project_approval__isnull", False)),
                name="entry_of_project_approval",
            ),
        ),
    ]
