"""Customers, projects, tasks, work types, products and rates."""

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.lib.migrations import CreateModels
from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_ended_rates_and_form_ids"),
        ("catalog", "0003_tasks"),
        ("catalog", "0004_work_type_kind"),
        ("catalog", "0005_work_type_category"),
        ("catalog", "0006_fewer_indexes"),
    ]

    dependencies = [
        ('workspaces', '0001_squashed_0005_groups'),
    ]

    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name='Customer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=255, verbose_name='name')),
                        ('number', models.CharField(blank=True, max_length=100, verbose_name='number')),
                        ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                        ('mastered_by', models.CharField(blank=True, editable=False, max_length=40)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('client_id', models.UUIDField(blank=True, editable=False, null=True)),
                        ('organization_number', models.CharField(blank=True, max_length=40, verbose_name='organisation number')),
                        ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Product',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=255, verbose_name='name')),
                        ('number', models.CharField(blank=True, max_length=100, verbose_name='number')),
                        ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                        ('mastered_by', models.CharField(blank=True, editable=False, max_length=40)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('client_id', models.UUIDField(blank=True, editable=False, null=True)),
                        ('unit', models.CharField(blank=True, max_length=40, verbose_name='unit')),
                        ('price', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name='price')),
                        ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Project',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=255, verbose_name='name')),
                        ('number', models.CharField(blank=True, max_length=100, verbose_name='number')),
                        ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                        ('mastered_by', models.CharField(blank=True, editable=False, max_length=40)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('client_id', models.UUIDField(blank=True, editable=False, null=True)),
                        ('color', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)], verbose_name='colour')),
                        ('is_billable', models.BooleanField(default=True, verbose_name='billable')),
                        ('is_open', models.BooleanField(default=True, verbose_name='open to everybody')),
                        ('rate_mode', models.CharField(choices=[('inherited', "The work types' and the workspace's rates"), ('project', 'One rate for the project'), ('work_type', 'One rate per work type'), ('member', 'One rate per user')], default='inherited', max_length=20, verbose_name='rates')),
                        ('start_date', models.DateField(blank=True, null=True, verbose_name='start date')),
                        ('end_date', models.DateField(blank=True, null=True, verbose_name='end date')),
                        ('is_task_driven', models.BooleanField(db_default=False, default=False, verbose_name='task-driven')),
                        ('task_decides_work_type', models.BooleanField(db_default=False, default=False, verbose_name='the work type follows from the task')),
                        ('customer', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='projects', to='catalog.customer', verbose_name='customer')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='ProjectMember',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('is_leader', models.BooleanField(default=False, verbose_name='project manager')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='projects', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='catalog.project')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='RateModeChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('mode', models.CharField(choices=[('inherited', "The work types' and the workspace's rates"), ('project', 'One rate for the project'), ('work_type', 'One rate per work type'), ('member', 'One rate per user')], max_length=20, verbose_name='rates')),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rate_mode_changes', to='catalog.project')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Task',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=255, verbose_name='name')),
                        ('number', models.CharField(blank=True, max_length=100, verbose_name='number')),
                        ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                        ('mastered_by', models.CharField(blank=True, editable=False, max_length=40)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('client_id', models.UUIDField(blank=True, editable=False, null=True)),
                        ('budget_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='budget')),
                        ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='catalog.project', verbose_name='project')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='TaskMember',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='workspaces.membership')),
                        ('task', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='catalog.task')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='WorkType',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=255, verbose_name='name')),
                        ('number', models.CharField(blank=True, max_length=100, verbose_name='number')),
                        ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                        ('mastered_by', models.CharField(blank=True, editable=False, max_length=40)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('client_id', models.UUIDField(blank=True, editable=False, null=True)),
                        ('is_billable', models.BooleanField(default=True, verbose_name='billable')),
                        ('kind', models.CharField(choices=[('work', 'Work'), ('vacation', 'Vacation'), ('sick_leave', 'Sick leave'), ('time_off', 'Time off in lieu'), ('absence', 'Other absence')], db_default='work', default='work', max_length=10, verbose_name='kind')),
                        ('category', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='category')),
                        ('product', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='work_types', to='catalog.product', verbose_name='product')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.AddField(
                    model_name='task',
                    name='work_type',
                    field=busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tasks', to='catalog.worktype', verbose_name='work type'),
                ),
                migrations.CreateModel(
                    name='Rate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='hourly rate')),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='catalog.project')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='catalog.worktype')),
                    ],
                ),
                migrations.CreateModel(
                    name='ProjectWorkType',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='project_work_types', to='catalog.project')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='project_work_types', to='catalog.worktype')),
                    ],
                ),
                migrations.AddIndex(
                    model_name='customer',
                    index=models.Index(models.F('workspace'), models.F('archived_at'), models.F('name'), models.F('id'), name='customer_list'),
                ),
                migrations.AddIndex(
                    model_name='customer',
                    index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='customer_search'),
                ),
                migrations.AddConstraint(
                    model_name='customer',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='customer_client_id_once'),
                ),
                migrations.AddIndex(
                    model_name='product',
                    index=models.Index(models.F('workspace'), models.F('archived_at'), models.F('name'), models.F('id'), name='product_list'),
                ),
                migrations.AddIndex(
                    model_name='product',
                    index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='product_search'),
                ),
                migrations.AddConstraint(
                    model_name='product',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='product_client_id_once'),
                ),
                migrations.AddIndex(
                    model_name='project',
                    index=models.Index(models.F('workspace'), models.F('archived_at'), models.F('name'), models.F('id'), name='project_list'),
                ),
                migrations.AddIndex(
                    model_name='project',
                    index=models.Index(models.F('workspace'), models.F('customer'), name='project_customer'),
                ),
                migrations.AddIndex(
                    model_name='project',
                    index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='project_search'),
                ),
                migrations.AddConstraint(
                    model_name='project',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='project_client_id_once'),
                ),
                migrations.AddConstraint(
                    model_name='project',
                    constraint=models.CheckConstraint(condition=models.Q(('color__gte', 1), ('color__lte', 12)), name='project_color_exists'),
                ),
                migrations.AddIndex(
                    model_name='projectmember',
                    index=models.Index(models.F('workspace'), models.F('member'), name='project_member_member'),
                ),
                migrations.AddConstraint(
                    model_name='projectmember',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('project'), models.F('member'), name='project_member_once'),
                ),
                migrations.AddConstraint(
                    model_name='ratemodechange',
                    constraint=models.UniqueConstraint(fields=('workspace', 'project', 'valid_from'), name='rate_mode_change_once', nulls_distinct=False),
                ),
                migrations.AddIndex(
                    model_name='taskmember',
                    index=models.Index(models.F('workspace'), models.F('member'), name='task_member_member'),
                ),
                migrations.AddConstraint(
                    model_name='taskmember',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('task'), models.F('member'), name='task_member_once'),
                ),
                migrations.AddIndex(
                    model_name='worktype',
                    index=models.Index(models.F('workspace'), models.F('archived_at'), models.F('name'), models.F('id'), name='work_type_list'),
                ),
                migrations.AddConstraint(
                    model_name='worktype',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='work_type_client_id_once'),
                ),
                migrations.AddConstraint(
                    model_name='worktype',
                    constraint=models.CheckConstraint(condition=models.Q(('kind', 'work'), ('is_billable', False), _connector='OR'), name='work_type_absence_not_billable'),
                ),
                migrations.AddIndex(
                    model_name='task',
                    index=models.Index(models.F('workspace'), models.F('project'), models.F('archived_at'), models.F('name'), models.F('id'), name='task_list'),
                ),
                migrations.AddIndex(
                    model_name='task',
                    index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='task_search'),
                ),
                migrations.AddConstraint(
                    model_name='task',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='task_client_id_once'),
                ),
                migrations.AddConstraint(
                    model_name='rate',
                    constraint=models.UniqueConstraint(fields=('workspace', 'project', 'work_type', 'member', 'valid_from'), name='rate_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='rate',
                    constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='rate_not_negative'),
                ),
                migrations.AddConstraint(
                    model_name='rate',
                    constraint=models.CheckConstraint(condition=models.Q(('member', None), models.Q(('project__isnull', False), ('work_type', None)), _connector='OR'), name='rate_member_on_project'),
                ),
                migrations.AddIndex(
                    model_name='projectworktype',
                    index=models.Index(models.F('workspace'), models.F('work_type'), name='project_work_type_type'),
                ),
                migrations.AddConstraint(
                    model_name='projectworktype',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('project'), models.F('work_type'), name='project_work_type_once'),
                ),
            ]
        ),
        LockTenantTable("Customer"),
        LockTenantTable("Product"),
        LockTenantTable("Project"),
        LockTenantTable("ProjectMember"),
        LockTenantTable("WorkType"),
        LockTenantTable("Rate"),
        LockTenantTable("ProjectWorkType"),
        LockTenantTable("RateModeChange"),
        LockTenantTable("Task"),
        LockTenantTable("TaskMember"),
    ]
