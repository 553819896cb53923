"""Connections, what they bring and send, and the ledger of attempts."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.lib.migrations import CreateModels
from busy.workspaces.locks import LockTenantTable

# The ledger is append-only (R114): its rows leave only together with their workspace.
FORBID = """
CREATE FUNCTION integrations_attempt_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of attempts is append-only';
END $$;
CREATE TRIGGER attempt_is_kept BEFORE UPDATE ON integrations_attempt
    FOR EACH ROW EXECUTE FUNCTION integrations_attempt_is_kept();
"""
ALLOW = """
DROP TRIGGER attempt_is_kept ON integrations_attempt;
DROP FUNCTION integrations_attempt_is_kept();
"""

_TABLES = (
    "integrations_customerlink",
    "integrations_projectlink",
    "integrations_productlink",
    "integrations_worktypelink",
    "integrations_memberlink",
    "integrations_provideremployee",
)


def _statistics(target: int) -> list[str]:
    """Without statistics of these columns the planner takes a workspace for a two-hundredth of the table. With them it
    takes one that is being filled for empty, for as long as nobody has analysed the table again; then any index that
    begins with the workspace looks as good as the one of the whole key, and each look-up reads the whole workspace."""
    return [
        f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}"
        for table in _TABLES
        for column in ("workspace_id", "connection_id")
    ]


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("integrations", "0001_initial"),
        ("integrations", "0002_listings_and_leases"),
        ("integrations", "0003_link_lookups"),
        ("integrations", "0004_hours_cells"),
        ("integrations", "0005_mapping_and_plans"),
        ("integrations", "0006_lookups_and_lanes"),
        ("integrations", "0007_sign_ins"),
        ("integrations", "0008_comparisons"),
        ("integrations", "0009_fewer_indexes"),
    ]

    dependencies = [
        ('catalog', '0001_squashed_0006_fewer_indexes'),
        ('workspaces', '0001_squashed_0005_groups'),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name='Connection',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('provider', models.CharField(max_length=40)),
                        ('state', models.CharField(choices=[('active', 'In step'), ('degraded', 'Trying again'), ('needs_sign_in', 'Needs a new key'), ('needs_configuration', 'Needs attention'), ('paused', 'Paused'), ('disconnected', 'Disconnected')], default='active', max_length=24)),
                        ('company_id', models.CharField(blank=True, max_length=100)),
                        ('company_name', models.CharField(blank=True, max_length=255)),
                        ('company_number', models.CharField(blank=True, max_length=40)),
                        ('credentials', models.TextField(blank=True)),
                        ('credentials_set_at', models.DateTimeField(null=True)),
                        ('session', models.TextField(blank=True)),
                        ('session_expires_at', models.DateTimeField(null=True)),
                        ('project_sync', models.BooleanField(default=False, verbose_name='project sync')),
                        ('settings', models.JSONField(default=dict)),
                        ('problem', models.JSONField(null=True)),
                        ('problem_since', models.DateTimeField(null=True)),
                        ('problem_told_at', models.DateTimeField(null=True)),
                        ('failures', models.PositiveIntegerField(default=0)),
                        ('hold_until', models.DateTimeField(null=True)),
                        ('lease_token', models.UUIDField(null=True)),
                        ('lease_until', models.DateTimeField(null=True)),
                        ('renewal_token', models.UUIDField(null=True)),
                        ('renewal_until', models.DateTimeField(null=True)),
                        ('connected_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('disconnected_at', models.DateTimeField(null=True)),
                        ('connected_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
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
                        ('started_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                    ],
                ),
                migrations.CreateModel(
                    name='CustomerLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='catalog.customer')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('key', models.CharField(max_length=120)),
                        ('reference', models.CharField(max_length=120)),
                        ('reference_id', models.UUIDField(default=uuid.uuid4)),
                        ('order_id', models.BigIntegerField(null=True)),
                        ('payload', models.JSONField(null=True)),
                        ('wanted', models.PositiveIntegerField(default=1)),
                        ('done', models.PositiveIntegerField(default=0)),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('transferring', 'Transferring'), ('transferred', 'Transferred'), ('attention', 'Needs attention'), ('cancelled', 'Cancelled')], default='waiting', max_length=14)),
                        ('is_unclear', models.BooleanField(default=False)),
                        ('unclear_since', models.DateTimeField(null=True)),
                        ('sends', models.PositiveIntegerField(default=0)),
                        ('write_began_at', models.DateTimeField(null=True)),
                        ('attempts', models.PositiveIntegerField(default=0)),
                        ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                        ('lease_until', models.DateTimeField(null=True)),
                        ('lease_token', models.UUIDField(null=True)),
                        ('problem', models.JSONField(null=True)),
                        ('checks', models.JSONField(null=True)),
                        ('external_id', models.CharField(blank=True, max_length=100)),
                        ('external_number', models.CharField(blank=True, max_length=100)),
                        ('external_url', models.CharField(blank=True, max_length=500)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('transferred_at', models.DateTimeField(null=True)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='integrations.connection')),
                        ('pressed_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Attempt',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('event', models.CharField(max_length=20)),
                        ('sent', models.JSONField(null=True)),
                        ('answer', models.JSONField(null=True)),
                        ('problem', models.JSONField(null=True)),
                        ('started_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('delivery', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='integrations.delivery')),
                    ],
                ),
                migrations.CreateModel(
                    name='HoursCell',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField()),
                        ('minutes_wanted', models.PositiveIntegerField(default=0)),
                        ('minutes', models.PositiveIntegerField(null=True)),
                        ('comment', models.CharField(blank=True, default='', max_length=500)),
                        ('version', models.CharField(blank=True, default='', max_length=100)),
                        ('in_doubt', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), blank=True, default=list, size=None)),
                        ('overwrite', models.BooleanField(default=False)),
                        ('at_employee', models.CharField(blank=True, default='', max_length=100)),
                        ('at_project', models.CharField(blank=True, default='', max_length=100)),
                        ('at_work_type', models.CharField(blank=True, default='', max_length=100)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('delivery', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='integrations.delivery')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.project')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.worktype')),
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
                        ('compared', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='integrations.comparedmonth')),
                        ('delivery', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.delivery')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('cell', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.hourscell')),
                    ],
                ),
                migrations.CreateModel(
                    name='KeptRecord',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('local_id', models.BigIntegerField()),
                        ('before', models.JSONField(default=dict)),
                        ('is_imported', models.BooleanField(default=False)),
                        ('was_archived', models.BooleanField(default=False)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='LinkChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('client_id', models.UUIDField(default=uuid.uuid4)),
                        ('kind', models.CharField(max_length=20)),
                        ('before', models.JSONField()),
                        ('after', models.JSONField()),
                        ('followers', models.JSONField(default=list)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('undone_at', models.DateTimeField(null=True)),
                        ('by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='MemberLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Plan',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('provider', models.CharField(max_length=40)),
                        ('purpose', models.CharField(choices=[('connect', 'connect'), ('project_sync', 'project sync')], default='connect', max_length=20)),
                        ('credentials', models.TextField(blank=True)),
                        ('company_id', models.CharField(blank=True, max_length=100)),
                        ('company_name', models.CharField(blank=True, max_length=255)),
                        ('company_number', models.CharField(blank=True, max_length=40)),
                        ('missing', models.JSONField(default=list)),
                        ('project_sync', models.BooleanField(default=False)),
                        ('replaces', models.BooleanField(default=False)),
                        ('read', models.JSONField(default=dict)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='PlannedRecord',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('external_id', models.CharField(max_length=100)),
                        ('number', models.CharField(blank=True, max_length=100)),
                        ('name', models.CharField(max_length=255)),
                        ('email', models.CharField(blank=True, max_length=254)),
                        ('archived', models.BooleanField(default=False)),
                        ('local_id', models.BigIntegerField(null=True)),
                        ('basis', models.CharField(blank=True, choices=[('linked', 'linked'), ('number', 'number'), ('email', 'e-mail'), ('name', 'name'), ('folded', 'spelling'), ('hand', 'by hand')], max_length=10)),
                        ('is_matched', models.BooleanField(default=False)),
                        ('plan', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='records', to='integrations.plan')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='ProductLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='catalog.product')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ProjectLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('customer_external_id', models.CharField(blank=True, max_length=100)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='catalog.project')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ProviderEmployee',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('number', models.CharField(blank=True, max_length=100)),
                        ('name', models.CharField(blank=True, max_length=255)),
                        ('email', models.CharField(blank=True, db_default='', max_length=254)),
                        ('archived_at', models.DateTimeField(null=True)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='employees', to='integrations.connection')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='PulledPage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('generation', models.BigIntegerField()),
                        ('locals_seen', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='PullRun',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('outcome', models.CharField(choices=[('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('parked', 'Waits for an administrator'), ('dismissed', 'Dismissed')], default='running', max_length=10)),
                        ('is_complete', models.BooleanField(default=False)),
                        ('pages', models.PositiveIntegerField(default=0)),
                        ('total', models.PositiveIntegerField(null=True)),
                        ('seen', models.PositiveIntegerField(default=0)),
                        ('created', models.PositiveIntegerField(default=0)),
                        ('updated', models.PositiveIntegerField(default=0)),
                        ('archived', models.PositiveIntegerField(default=0)),
                        ('restored', models.PositiveIntegerField(default=0)),
                        ('problem', models.JSONField(null=True)),
                        ('parked', models.JSONField(null=True)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='integrations.connection')),
                        ('started_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='PullState',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('cursor', models.JSONField(null=True)),
                        ('checkpoint', models.JSONField(null=True)),
                        ('generation', models.BigIntegerField(default=0)),
                        ('wants_everything', models.BooleanField(default=False)),
                        ('failures', models.PositiveIntegerField(default=0)),
                        ('problem', models.JSONField(null=True)),
                        ('in_busy', models.PositiveIntegerField(default=0)),
                        ('last_success_at', models.DateTimeField(null=True)),
                        ('last_complete_at', models.DateTimeField(null=True)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='pull_states', to='integrations.connection')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='SignIn',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('provider', models.CharField(max_length=40)),
                        ('state_digest', models.CharField(max_length=64)),
                        ('browser_digest', models.CharField(max_length=64)),
                        ('verifier', models.TextField()),
                        ('project_sync', models.BooleanField(default=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('expires_at', models.DateTimeField()),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Wakeup',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace_id', models.BigIntegerField()),
                        ('connection_id', models.BigIntegerField()),
                        ('provider', models.CharField(default='', max_length=40)),
                        ('kind', models.CharField(max_length=20)),
                        ('lane', models.GeneratedField(db_persist=True, expression=models.Case(models.When(kind__in=['push', 'notice', 'compare'], then=models.F('kind')), default=models.Value('pull')), output_field=models.CharField(max_length=20))),
                        ('due_at', models.DateTimeField()),
                        ('claimed_until', models.DateTimeField(null=True)),
                        ('claim_token', models.UUIDField(null=True)),
                        ('is_running', models.BooleanField(default=False)),
                        ('started_by_id', models.BigIntegerField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(models.F('due_at'), name='wakeup_due'), models.Index(models.F('provider'), models.F('lane'), models.F('due_at'), name='wakeup_queue'), models.Index(models.F('claimed_until'), condition=models.Q(('claimed_until__isnull', False)), name='wakeup_claimed')],
                        'constraints': [models.UniqueConstraint(models.F('connection_id'), models.F('kind'), name='wakeup_once')],
                    },
                ),
                migrations.CreateModel(
                    name='WorkTypeLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=100)),
                        ('fingerprint', models.BinaryField(max_length=16, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('connection', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.connection')),
                        ('local', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.AddConstraint(
                    model_name='connection',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('provider'), name='connection_once_per_provider'),
                ),
                migrations.AddConstraint(
                    model_name='comparedmonth',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('subject'), models.F('month'), name='compared_month_once'),
                ),
                migrations.AddConstraint(
                    model_name='customerlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='customerlink_external_once'),
                ),
                migrations.AddConstraint(
                    model_name='customerlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='customerlink_local_once'),
                ),
                migrations.AddIndex(
                    model_name='delivery',
                    index=models.Index(models.F('connection'), models.F('not_before'), condition=models.Q(('state__in', ['waiting', 'transferring'])), name='delivery_due'),
                ),
                migrations.AddIndex(
                    model_name='delivery',
                    index=models.Index(models.F('connection'), models.F('id'), condition=models.Q(('state__in', ['waiting', 'transferring']), models.Q(('kind', 'hours'), _negated=True)), name='delivery_due_orders'),
                ),
                migrations.AddIndex(
                    model_name='delivery',
                    index=models.Index(models.F('connection'), models.F('lease_until'), condition=models.Q(('state', 'transferring')), name='delivery_leased'),
                ),
                migrations.AddIndex(
                    model_name='delivery',
                    index=models.Index(models.F('workspace'), models.F('connection'), models.F('kind'), models.F('state'), name='delivery_counts'),
                ),
                migrations.AddIndex(
                    model_name='delivery',
                    index=models.Index(models.F('workspace'), models.F('order_id'), name='delivery_order'),
                ),
                migrations.AddConstraint(
                    model_name='delivery',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('key'), name='delivery_key_once'),
                ),
                migrations.AddConstraint(
                    model_name='delivery',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('reference'), name='delivery_reference_once'),
                ),
                migrations.AddConstraint(
                    model_name='delivery',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'transferred'), _negated=True), models.Q(('external_id', ''), _negated=True), models.Q(('kind', 'hours'), ('payload__minutes', 0)), _connector='OR'), name='delivery_transferred_has_id'),
                ),
                migrations.AddConstraint(
                    model_name='delivery',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'transferring'), _negated=True), ('lease_token__isnull', False), _connector='OR'), name='delivery_transferring_has_lease'),
                ),
                migrations.AddIndex(
                    model_name='attempt',
                    index=models.Index(models.F('workspace'), models.F('delivery'), models.F('id'), name='attempt_ledger'),
                ),
                migrations.AddIndex(
                    model_name='hourscell',
                    index=models.Index(fields=['workspace', 'connection', '-day', '-id'], name='hours_cell_newest'),
                ),
                migrations.AddConstraint(
                    model_name='hourscell',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('member'), models.F('day'), models.F('project'), models.F('work_type'), name='hours_cell_once'),
                ),
                migrations.AddConstraint(
                    model_name='hourscell',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('delivery'), name='hours_cell_delivery_once'),
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
                migrations.AddConstraint(
                    model_name='keptrecord',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('kind'), models.F('local_id'), name='kept_record_once'),
                ),
                migrations.AddIndex(
                    model_name='linkchange',
                    index=models.Index(models.F('workspace'), models.F('connection'), models.F('id'), name='link_change_history'),
                ),
                migrations.AddConstraint(
                    model_name='linkchange',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='link_change_once'),
                ),
                migrations.AddConstraint(
                    model_name='memberlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='memberlink_external_once'),
                ),
                migrations.AddConstraint(
                    model_name='memberlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='memberlink_local_once'),
                ),
                migrations.AddConstraint(
                    model_name='plan',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('provider'), models.F('by'), name='plan_once'),
                ),
                migrations.AddConstraint(
                    model_name='plannedrecord',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('plan'), models.F('kind'), models.F('external_id'), name='planned_record_once'),
                ),
                migrations.AddConstraint(
                    model_name='plannedrecord',
                    constraint=models.UniqueConstraint(condition=models.Q(('local_id__isnull', False)), fields=('workspace', 'plan', 'kind', 'local_id'), name='planned_record_local_once'),
                ),
                migrations.AddConstraint(
                    model_name='productlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='productlink_external_once'),
                ),
                migrations.AddConstraint(
                    model_name='productlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='productlink_local_once'),
                ),
                migrations.AddConstraint(
                    model_name='projectlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='projectlink_external_once'),
                ),
                migrations.AddConstraint(
                    model_name='projectlink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='projectlink_local_once'),
                ),
                migrations.AddIndex(
                    model_name='provideremployee',
                    index=models.Index(models.F('workspace'), models.F('connection'), models.F('number'), name='provider_employee_number'),
                ),
                migrations.AddConstraint(
                    model_name='provideremployee',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='provider_employee_once'),
                ),
                migrations.AddIndex(
                    model_name='pulledpage',
                    index=models.Index(models.F('workspace'), models.F('connection'), models.F('kind'), name='pulled_page_kind'),
                ),
                migrations.AddIndex(
                    model_name='pullrun',
                    index=models.Index(fields=['workspace', 'connection', '-started_at'], name='pull_run_history'),
                ),
                migrations.AddIndex(
                    model_name='pullrun',
                    index=models.Index(models.F('connection'), models.F('kind'), condition=models.Q(('outcome', 'running')), name='pull_run_unfinished'),
                ),
                migrations.AddConstraint(
                    model_name='pullstate',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('kind'), name='pull_state_once'),
                ),
                migrations.AddConstraint(
                    model_name='signin',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('state_digest'), name='sign_in_once_per_state'),
                ),
                migrations.AddConstraint(
                    model_name='worktypelink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('connection'), models.F('external_id'), name='worktypelink_external_once'),
                ),
                migrations.AddConstraint(
                    model_name='worktypelink',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('local'), models.F('connection'), name='worktypelink_local_once'),
                ),
            ]
        ),
        LockTenantTable("Connection"),
        LockTenantTable("CustomerLink"),
        LockTenantTable("Delivery"),
        LockTenantTable("Attempt"),
        LockTenantTable("MemberLink"),
        LockTenantTable("ProductLink"),
        LockTenantTable("ProjectLink"),
        LockTenantTable("PullRun"),
        LockTenantTable("PullState"),
        LockTenantTable("WorkTypeLink"),
        LockTenantTable("ProviderEmployee"),
        LockTenantTable("PulledPage"),
        LockTenantTable("HoursCell"),
        LockTenantTable("Plan"),
        LockTenantTable("PlannedRecord"),
        LockTenantTable("KeptRecord"),
        LockTenantTable("LinkChange"),
        LockTenantTable("SignIn"),
        LockTenantTable("ComparedMonth"),
        LockTenantTable("Difference"),
        migrations.RunSQL(FORBID, ALLOW),
        migrations.RunSQL(_statistics(0), _statistics(-1)),
    ]
