"""People, their workspaces, invitations and groups."""

from typing import Any

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.lib.migrations import CreateModels
from busy.workspaces.locks import CURRENT, CURRENT_USER, LockTenantTable, lock_sql


def create_cache_table(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("workspaces", "0001_initial"),
        ("workspaces", "0002_invitation_link"),
        ("workspaces", "0003_uses_tasks"),
        ("workspaces", "0004_wants_reminders"),
        ("workspaces", "0005_groups"),
    ]

    dependencies = [
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name='Workspace',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('slug', models.SlugField(max_length=60, unique=True)),
                        ('zone', models.CharField(choices=[('Europe/Oslo', 'Oslo'), ('Europe/Stockholm', 'Stockholm'), ('Europe/Copenhagen', 'København'), ('Europe/Helsinki', 'Helsinki'), ('Atlantic/Reykjavik', 'Reykjavík'), ('Atlantic/Faroe', 'Tórshavn'), ('America/Nuuk', 'Nuuk')], default='Europe/Oslo', max_length=40, verbose_name='time zone')),
                        ('currency', models.CharField(choices=[('NOK', 'NOK'), ('SEK', 'SEK'), ('DKK', 'DKK'), ('EUR', 'EUR'), ('ISK', 'ISK'), ('USD', 'USD'), ('GBP', 'GBP')], default='NOK', max_length=3, verbose_name='currency')),
                        ('language', models.CharField(choices=[('nb', 'Norsk bokmål'), ('sv', 'Svenska'), ('da', 'Dansk'), ('en', 'English')], default='nb', max_length=5, verbose_name='language')),
                        ('day_minutes', models.PositiveSmallIntegerField(default=450, verbose_name='normal working day')),
                        ('uses_tasks', models.BooleanField(db_default=False, default=False, verbose_name='tasks')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('language', models.CharField(choices=[('nb', 'Norsk bokmål'), ('sv', 'Svenska'), ('da', 'Dansk'), ('en', 'English')], default='nb', max_length=5, verbose_name='language')),
                        ('wants_reminders', models.BooleanField(default=True, verbose_name='reminders of missing hours')),
                        ('is_active', models.BooleanField(default=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='Group',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('parent', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='workspaces.group')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('role', models.CharField(choices=[('administrator', 'Administrator'), ('manager', 'Manager'), ('employee', 'Employee')], default='employee', max_length=20, verbose_name='role')),
                        ('employee_number', models.CharField(blank=True, max_length=40, verbose_name='employee number')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('onboarded_at', models.DateTimeField(blank=True, null=True)),
                        ('last_used_at', models.DateTimeField(blank=True, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Invitation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                        ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                        ('role', models.CharField(choices=[('administrator', 'Administrator'), ('manager', 'Manager'), ('employee', 'Employee')], default='employee', max_length=20, verbose_name='role')),
                        ('secret_hash', models.CharField(max_length=64)),
                        ('sealed_secret', models.CharField(default='', max_length=200)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('accepted_at', models.DateTimeField(blank=True, null=True)),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                        ('invited_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='GroupMember',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('is_leader', models.BooleanField(default=False, verbose_name='group leader')),
                        ('group', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='workspaces.group')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.AddConstraint(
                    model_name='membership',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('user'), name='membership_once'),
                ),
                migrations.AddConstraint(
                    model_name='membership',
                    constraint=models.UniqueConstraint(condition=models.Q(('employee_number', ''), _negated=True), fields=('workspace', 'employee_number'), name='membership_employee_number_once'),
                ),
                migrations.AddConstraint(
                    model_name='invitation',
                    constraint=models.UniqueConstraint(models.F('workspace'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at', None), ('revoked_at', None)), name='invitation_open_once'),
                ),
                migrations.AddIndex(
                    model_name='groupmember',
                    index=models.Index(models.F('workspace'), models.F('member'), name='group_member_member'),
                ),
                migrations.AddConstraint(
                    model_name='groupmember',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('group'), models.F('member'), name='group_member_once'),
                ),
                migrations.AddConstraint(
                    model_name='group',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('parent'), django.db.models.functions.text.Lower('name'), name='group_name_once_below_its_group', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='group',
                    constraint=models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='group_not_below_itself'),
                ),
            ]
        ),
        # A person sees own memberships, and through them the names of own workspaces, before any workspace is in scope.
        LockTenantTable("Membership", using=f"workspace_id = {CURRENT} OR user_id = {CURRENT_USER}"),
        LockTenantTable("Invitation"),
        LockTenantTable("Group"),
        LockTenantTable("GroupMember"),
        migrations.RunSQL(
            lock_sql(
                "workspaces_workspace",
                using=f"id = {CURRENT} OR id IN"
                f" (SELECT workspace_id FROM workspaces_membership WHERE user_id = {CURRENT_USER})",
                check=f"id = {CURRENT}",
            ),
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
