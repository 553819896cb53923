import busy.workspaces.tenancy
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import timesheets.models.favourites
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_tasks'),
        ('timesheets', '0008_task_of_entry'),
        ('workspaces', '0003_uses_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='WeekTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='week_templates', to='workspaces.membership')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
        ),
        migrations.CreateModel(
            name='TemplateRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('minutes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=timesheets.models.favourites.no_hours, size=7)),
                ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.project')),
                ('task', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.task')),
                ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.worktype')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                ('template', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='timesheets.weektemplate')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Favourite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='workspaces.membership')),
                ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.project')),
                ('task', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.task')),
                ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.worktype')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'member', 'project', 'work_type', 'task'), name='favourite_once', nulls_distinct=False)],
            },
        ),
        migrations.AddConstraint(
            model_name='weektemplate',
            constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), django.db.models.functions.text.Lower('name'), name='week_template_name_once'),
        ),
        migrations.AddConstraint(
            model_name='templaterow',
            constraint=models.UniqueConstraint(fields=('workspace', 'template', 'project', 'work_type', 'task'), name='template_row_once', nulls_distinct=False),
        ),
        LockTenantTable("WeekTemplate"),
        LockTenantTable("TemplateRow"),
        LockTenantTable("Favourite"),
    ]
