import busy.workspaces.tenancy
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0006_entry_change'),
        ('workspaces', '0002_invitation_link'),
    ]

    operations = [
        migrations.AddField(
            model_name='timesettings',
            name='country',
            field=models.CharField(blank=True, choices=[('NO', 'Norway'), ('SE', 'Sweden'), ('DK', 'Denmark'), ('FI', 'Finland'), ('IS', 'Iceland'), ('FO', 'Faroe Islands'), ('GL', 'Greenland')], max_length=2, verbose_name='country'),
        ),
        migrations.AddField(
            model_name='timesettings',
            name='eves',
            field=models.CharField(blank=True, choices=[('off', 'Days off'), ('half', 'Half days'), ('work', 'Ordinary working days')], max_length=4, verbose_name='eves of the great holidays'),
        ),
        migrations.CreateModel(
            name='WorkingWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('minutes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, null=True, size=7)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('member', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='working_weeks', to='workspaces.membership')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'member', 'valid_from'), name='working_week_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', False), ('minutes__isnull', True)), ('minutes__len', 7), _connector='OR'), name='working_week_of_seven_days')],
            },
        ),
        migrations.CreateModel(
            name='WorkPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(blank=True, null=True, verbose_name='first working day')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='last working day')),
                ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='work_periods', to='workspaces.membership')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('workspace'), models.F('member'), name='work_period_once'), models.CheckConstraint(condition=models.Q(('first_day', None), ('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='work_period_in_order')],
            },
        ),
        LockTenantTable("WorkingWeek"),
        LockTenantTable("WorkPeriod"),
    ]
