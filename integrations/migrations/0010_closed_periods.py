import busy.workspaces.tenancy
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable

# Workspaces whose hours leave already.
_LEAVE = """
    UPDATE timesheets_timesettings SET transfers_hours = true WHERE workspace_id IN (
        SELECT workspace_id FROM integrations_connection
        WHERE state <> 'disconnected' AND coalesce(settings -> 'hours' ->> 'trigger', 'off') <> 'off'
    )
"""


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0009_fewer_indexes"),
        ("timesheets", "0017_hours_leave"),
        ("workspaces", "0005_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name='projectlink',
            name='activities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), null=True, size=None),
        ),
        migrations.AddField(
            model_name='projectlink',
            name='participants',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), null=True, size=None),
        ),
        migrations.CreateModel(
            name='ClosedPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('employee', models.CharField(max_length=100)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('employee'), models.F('first_day'), name='closed_period_once')],
            },
        ),
        LockTenantTable("ClosedPeriod"),
        migrations.RunSQL(_LEAVE, migrations.RunSQL.noop),
    ]
