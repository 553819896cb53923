import busy.workspaces.tenancy
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_work_type_category"),
        ("workspaces", "0005_groups"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
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
            model_name="product",
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
            model_name="project",
            name="customer",
            field=busy.workspaces.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="projects",
                to="catalog.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="project",
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
            model_name="task",
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
            model_name="worktype",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="workspaces.workspace",
                verbose_name="workspace",
            ),
        ),
    ]
