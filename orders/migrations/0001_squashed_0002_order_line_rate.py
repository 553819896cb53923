"""Orders, their lines and the hours on them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.lib.migrations import CreateModels
from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_order_line_rate"),
    ]

    dependencies = [
        ('catalog', '0001_squashed_0006_fewer_indexes'),
        ('timesheets', '0001_squashed_0016_calendar_clock_rests'),
        ('workspaces', '0001_squashed_0005_groups'),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name='Order',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('finished', 'Finished')], default='draft', max_length=10)),
                        ('revision', models.PositiveIntegerField(default=1)),
                        ('currency', models.CharField(max_length=3)),
                        ('order_date', models.DateField(verbose_name='order date')),
                        ('text', models.TextField(blank=True, verbose_name='invoice text')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('created_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('customer', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='catalog.customer')),
                        ('finished_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('our_reference', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership', verbose_name='our reference')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='catalog.project')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='OrderLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('position', models.PositiveIntegerField()),
                        ('description', models.CharField(max_length=255, verbose_name='description')),
                        ('quantity', models.DecimalField(decimal_places=2, max_digits=12)),
                        ('unit_price', models.DecimalField(decimal_places=2, max_digits=12)),
                        ('rate', models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                        ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                        ('is_description_own', models.BooleanField(default=False)),
                        ('is_price_own', models.BooleanField(default=False)),
                        ('order', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.order')),
                        ('product', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'ordering': ['position', 'pk'],
                    },
                ),
                migrations.CreateModel(
                    name='OrderEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('entry', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='timesheets.timeentry')),
                        ('order', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='orders.order')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('line', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='entries', to='orders.orderline')),
                    ],
                ),
                migrations.CreateModel(
                    name='OrderSettings',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('next_number', models.PositiveIntegerField(default=1001)),
                        ('start_date', models.DateField(blank=True, null=True, verbose_name='start date')),
                        ('default_text', models.TextField(blank=True, verbose_name='default invoice text')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.AddIndex(
                    model_name='order',
                    index=models.Index(fields=['workspace', '-number'], name='order_list'),
                ),
                migrations.AddIndex(
                    model_name='order',
                    index=models.Index(models.F('workspace'), models.F('project'), name='order_project'),
                ),
                migrations.AddConstraint(
                    model_name='order',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('number'), name='order_number_once'),
                ),
                migrations.AddConstraint(
                    model_name='order',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state', 'draft')), models.Q(('finished_at__isnull', False), ('state', 'finished')), _connector='OR'), name='order_finished_has_time'),
                ),
                migrations.AddConstraint(
                    model_name='orderline',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('order'), models.F('position'), name='order_line_position'),
                ),
                migrations.AddIndex(
                    model_name='orderentry',
                    index=models.Index(models.F('workspace'), models.F('order'), name='order_entry_order'),
                ),
                migrations.AddConstraint(
                    model_name='orderentry',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('entry'), name='order_entry_once'),
                ),
                migrations.AddConstraint(
                    model_name='ordersettings',
                    constraint=models.UniqueConstraint(models.F('workspace'), name='order_settings_once'),
                ),
            ]
        ),
        LockTenantTable("Order"),
        LockTenantTable("OrderLine"),
        LockTenantTable("OrderEntry"),
        LockTenantTable("OrderSettings"),
    ]
