"""Records that travel both ways: what of them is on its way, and which task is which."""

import busy.workspaces.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0007_customer_extras'),
        ('integrations', '0010_closed_periods'),
        ('workspaces', '0005_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='SharedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('local_id', models.BigIntegerField()),
                ('makes', models.BooleanField(default=False)),
                ('before', models.JSONField(default=dict)),
                ('in_doubt', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('written_at', models.DateTimeField(null=True)),
                ('conflict', models.JSONField(null=True)),
                ('conflict_at', models.DateTimeField(null=True)),
                ('insists', models.BooleanField(default=False)),
                ('gives_in', models.BooleanField(default=False)),
                ('changed_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                ('delivery', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='shared', to='integrations.delivery')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('kind'), models.F('local_id'), name='shared_record_once'), models.UniqueConstraint(models.F('workspace'), models.F('delivery'), name='shared_record_delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='TaskLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=100)),
                ('fingerprint', models.BinaryField(max_length=16, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='catalog.task')),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='tasklink_external_once'), models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='tasklink_local_once')],
            },
        ),
        LockTenantTable("SharedRecord"),
        LockTenantTable("TaskLink"),
    ]
