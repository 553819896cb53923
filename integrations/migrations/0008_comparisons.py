"""Comparisons of months and their differences are remembered; comparing is a lane of its own."""

import busy.workspaces.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable

# Connections that run look within a day what is to be compared.
_COMPARE_ALL = """
    INSERT INTO integrations_wakeup (workspace_id, connection_id, provider, kind, due_at, is_running)
    SELECT DISTINCT workspace_id, connection_id, provider, 'compare',
        now() + make_interval(mins => (connection_id * 37 % 1440)::int), false
    FROM integrations_wakeup WHERE kind = 'push'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0007_sign_ins'),
        ('workspaces', '0005_groups'),
    ]

    operations = [
        # A generated column cannot be altered before PostgreSQL 17.
        migrations.RemoveIndex(model_name="wakeup", name="wakeup_queue"),
        migrations.RemoveField(model_name="wakeup", name="lane"),
        migrations.AddField(
            model_name="wakeup",
            name="lane",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(kind__in=["push", "notice", "compare"], then=models.F("kind")),
                    default=models.Value("pull"),
                ),
                output_field=models.CharField(max_length=20),
            ),
        ),
        migrations.AddIndex(
            model_name="wakeup",
            index=models.Index(models.F("provider"), models.F("lane"), models.F("due_at"), name="wakeup_queue"),
        ),
        migrations.CreateModel(
            name='ComparedMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(choices=[('orders', 'Orders'), ('hours', 'Hours')], max_length=10)),
                ('month', models.DateField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('nightly_at', models.DateTimeField(null=True)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('problem', models.JSONField(null=True)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('equal', models.PositiveIntegerField(default=0)),
                ('equal_minutes', models.PositiveIntegerField(default=0)),
                ('under_way', models.PositiveIntegerField(default=0)),
                ('others', models.PositiveIntegerField(default=0)),
                ('other_minutes', models.PositiveIntegerField(default=0)),
                ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                ('started_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120)),
                ('what', models.CharField(choices=[('different', 'Different'), ('missing', 'Missing'), ('unknown', 'Unknown'), ('twice', 'Twice')], max_length=10)),
                ('external_id', models.CharField(blank=True, max_length=100)),
                ('number', models.CharField(blank=True, max_length=100)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('details', models.JSONField(default=list)),
                ('mark', models.CharField(max_length=32)),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('told_at', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('accepted_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                ('cell', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.hourscell')),
                ('compared', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='integrations.comparedmonth')),
                ('delivery', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.delivery')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
        ),
        migrations.AddConstraint(
            model_name='comparedmonth',
            constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('subject'), models.F('month'), name='compared_month_once'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(models.F('workspace'), models.F('delivery'), name='difference_delivery'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(models.F('workspace'), models.F('cell'), name='difference_cell'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.UniqueConstraint(models.F('workspace'), models.F('compared'), models.F('key'), name='difference_once'),
        ),
        LockTenantTable("ComparedMonth"),
        LockTenantTable("Difference"),
        migrations.RunSQL(_COMPARE_ALL, "DELETE FROM integrations_wakeup WHERE kind = 'compare'"),
    ]
