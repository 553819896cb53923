"""Hours, their history, submission and approval; timer, calendars, working weeks and reminders."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import busy.workspaces.tenancy
import timesheets.models.favourites
from busy.lib.migrations import CreateModels
from busy.workspaces.locks import CURRENT, CURRENT_USER, LockTenantTable

# One function for three triggers, one statement of its own for each statement that it follows. It compares whole rows,
# so that a new column is part of the history without a word here; only what a change always carries along is left out.
# Its plan is made once a session, perhaps for one row: without hashing, an approval of thousands of entries would
# compare each row with every other.
KEEP = """
CREATE FUNCTION timesheets_keep_history() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    aside CONSTANT text[] := '{id,workspace_id,client_id,revision,created_at,changed_at}';
    page CONSTANT text := coalesce(left(current_setting('busy.page', true), 100), '');
    actor bigint;
BEGIN
    SELECT m.id INTO actor FROM workspaces_membership m
    WHERE m.workspace_id = nullif(current_setting('busy.workspace_id', true), '')::bigint
      AND m.user_id = nullif(current_setting('busy.user_id', true), '')::bigint;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT n.workspace_id, n.client_id, n.member_id, n.project_id, n.work_type_id, n.day,
               NULL, to_jsonb(n) - aside, page, actor, clock_timestamp()
        FROM new_rows n ORDER BY n.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT o.workspace_id, o.client_id, o.member_id, o.project_id, o.work_type_id, o.day,
               to_jsonb(o) - aside, NULL, page, actor, clock_timestamp()
        FROM old_rows o ORDER BY o.id;
    ELSE
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT c.workspace_id, c.client_id, c.member_id, c.project_id, c.work_type_id, c.day,
               (SELECT jsonb_object_agg(key, value) FROM jsonb_each(c.was) WHERE value IS DISTINCT FROM c.becomes -> key),
               (SELECT jsonb_object_agg(key, value) FROM jsonb_each(c.becomes) WHERE value IS DISTINCT FROM c.was -> key),
               page, actor, clock_timestamp()
        FROM (
            SELECT n.*, to_jsonb(o) - aside AS was, to_jsonb(n) - aside AS becomes
            FROM new_rows n JOIN old_rows o ON o.id = n.id
            OFFSET 0
        ) c
        WHERE c.was <> c.becomes ORDER BY c.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER history_of_new AFTER INSERT ON timesheets_timeentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();
CREATE TRIGGER history_of_changed AFTER UPDATE ON timesheets_timeentry
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();
CREATE TRIGGER history_of_deleted AFTER DELETE ON timesheets_timeentry
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();

CREATE FUNCTION timesheets_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of hours is append-only';
END $$;
CREATE TRIGGER history_is_kept BEFORE UPDATE ON timesheets_entrychange
    FOR EACH ROW EXECUTE FUNCTION timesheets_history_is_kept();
"""
FORGET = """
DROP TRIGGER history_is_kept ON timesheets_entrychange;
DROP FUNCTION timesheets_history_is_kept();
DROP TRIGGER history_of_new ON timesheets_timeentry;
DROP TRIGGER history_of_changed ON timesheets_timeentry;
DROP TRIGGER history_of_deleted ON timesheets_timeentry;
DROP FUNCTION timesheets_keep_history();
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("timesheets", "0001_initial"),
        ("timesheets", "0002_cell_change"),
        ("timesheets", "0003_entry_waits_for_approval"),
        ("timesheets", "0004_time_settings"),
        ("timesheets", "0005_entry_waits_for_project"),
        ("timesheets", "0006_entry_change"),
        ("timesheets", "0007_working_weeks"),
        ("timesheets", "0008_task_of_entry"),
        ("timesheets", "0009_favourites_and_templates"),
        ("timesheets", "0010_reminders"),
        ("timesheets", "0011_submission"),
        ("timesheets", "0012_lunch"),
        ("timesheets", "0013_timer"),
        ("timesheets", "0014_fewer_indexes"),
        ("timesheets", "0015_calendars"),
        ("timesheets", "0016_calendar_clock_rests"),
    ]

    dependencies = [
        ('catalog', '0001_squashed_0006_fewer_indexes'),
        ('workspaces', '0001_squashed_0005_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name='Approval',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('person', 'User approval'), ('project', 'Project approval')], max_length=10)),
                        ('first_day', models.DateField()),
                        ('last_day', models.DateField()),
                        ('approved_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('undone_at', models.DateTimeField(null=True)),
                        ('approved_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='catalog.project')),
                        ('undone_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='CalendarAccount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('vendor', models.CharField(choices=[('google', 'Google'), ('microsoft', 'Microsoft')], max_length=20)),
                        ('address', models.CharField(max_length=254)),
                        ('tokens', models.TextField()),
                        ('trouble', models.CharField(blank=True, choices=[('sign_in', 'Sign In'), ('setup', 'Setup'), ('refused', 'Refused'), ('temporary', 'Temporary'), ('unreadable', 'Unreadable')], max_length=20)),
                        ('connected_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('used_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('asked_at', models.DateTimeField(null=True)),
                        ('asked_monday', models.DateField(null=True)),
                        ('tried_at', models.DateTimeField(null=True)),
                        ('listed_at', models.DateTimeField(null=True)),
                        ('fetched_at', models.DateTimeField(null=True)),
                        ('extra_monday', models.DateField(null=True)),
                        ('extra_fetched_at', models.DateTimeField(null=True)),
                        ('lease_token', models.UUIDField(null=True)),
                        ('lease_until', models.DateTimeField(null=True)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_accounts', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Calendar',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('vendor_id', models.TextField()),
                        ('key', models.CharField(max_length=64)),
                        ('name', models.CharField(max_length=300)),
                        ('is_primary', models.BooleanField(default=False)),
                        ('is_shown', models.BooleanField(default=False)),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                        ('account', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='calendars', to='timesheets.calendaraccount')),
                    ],
                ),
                migrations.CreateModel(
                    name='CalendarClock',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace_id', models.BigIntegerField()),
                        ('account_id', models.BigIntegerField(unique=True)),
                        ('next_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(models.F('next_at'), name='calendar_clock_next')],
                    },
                ),
                migrations.CreateModel(
                    name='CalendarEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=64)),
                        ('series', models.CharField(blank=True, max_length=64)),
                        ('title', models.CharField(blank=True, max_length=300)),
                        ('is_private', models.BooleanField(default=False)),
                        ('starts_at', models.DateTimeField(null=True)),
                        ('ends_at', models.DateTimeField(null=True)),
                        ('first_day', models.DateField(null=True)),
                        ('last_day', models.DateField(null=True)),
                        ('calendar', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='timesheets.calendar')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='CellChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('request_id', models.UUIDField()),
                        ('day', models.DateField()),
                        ('minutes_before', models.PositiveSmallIntegerField()),
                        ('minutes_after', models.PositiveSmallIntegerField()),
                        ('note_changed', models.BooleanField(default=False)),
                        ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('changed_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.project')),
                        ('task', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.task')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='EntryChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('client_id', models.UUIDField()),
                        ('project_id', models.BigIntegerField()),
                        ('work_type_id', models.BigIntegerField()),
                        ('day', models.DateField()),
                        ('before', models.JSONField(null=True)),
                        ('after', models.JSONField(null=True)),
                        ('page', models.CharField(blank=True, max_length=100)),
                        ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('changed_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='EventChoice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=80)),
                        ('client_id', models.UUIDField(null=True)),
                        ('series', models.CharField(blank=True, max_length=64)),
                        ('title', models.CharField(blank=True, max_length=64)),
                        ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='event_choices', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
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
                ),
                migrations.CreateModel(
                    name='Rejection',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('first_day', models.DateField()),
                        ('last_day', models.DateField()),
                        ('minutes', models.PositiveIntegerField()),
                        ('comment', models.TextField()),
                        ('rejected_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='rejections', to='workspaces.membership')),
                        ('rejected_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Reminder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField()),
                        ('request_id', models.UUIDField()),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed'), ('not_needed', 'Not Needed')], default='waiting', max_length=10)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('asked_by', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='workspaces.membership')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='ReminderClock',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace_id', models.BigIntegerField(unique=True)),
                        ('next_at', models.DateTimeField()),
                        ('round_made_on', models.DateField(blank=True, null=True)),
                    ],
                    options={
                        'indexes': [models.Index(models.F('next_at'), name='reminder_clock_next')],
                    },
                ),
                migrations.CreateModel(
                    name='ReopenRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField(null=True)),
                        ('sentence', models.TextField(blank=True)),
                        ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('outcome', models.CharField(blank=True, choices=[('', 'Open'), ('reopened', 'Reopened'), ('declined', 'Declined')], default='', max_length=10)),
                        ('answer', models.TextField(blank=True)),
                        ('answered_at', models.DateTimeField(null=True)),
                        ('answered_by', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspaces.membership')),
                        ('approval', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='reopen_requests', to='timesheets.approval')),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='reopen_requests', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='TimeEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField(verbose_name='day')),
                        ('minutes', models.PositiveSmallIntegerField(verbose_name='minutes')),
                        ('start_time', models.TimeField(blank=True, null=True)),
                        ('end_time', models.TimeField(blank=True, null=True)),
                        ('lunch_minutes', models.PositiveSmallIntegerField(default=0)),
                        ('note', models.TextField(blank=True, verbose_name='note')),
                        ('is_billable', models.BooleanField(default=True, verbose_name='billable')),
                        ('billable_minutes', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('client_id', models.UUIDField(default=uuid.uuid4)),
                        ('revision', models.PositiveIntegerField(default=1)),
                        ('submitted_at', models.DateTimeField(blank=True, null=True)),
                        ('order_label', models.CharField(blank=True, max_length=60)),
                        ('ordered_at', models.DateTimeField(blank=True, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='workspaces.membership')),
                        ('person_approval', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='person_entries', to='timesheets.approval')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='catalog.project')),
                        ('project_approval', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='project_entries', to='timesheets.approval')),
                        ('rejection', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='timesheets.rejection')),
                        ('task', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='catalog.task')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='Timer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('client_id', models.UUIDField(default=uuid.uuid4)),
                        ('note', models.TextField(blank=True)),
                        ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('stopped_at', models.DateTimeField(null=True)),
                        ('closed_at', models.DateTimeField(null=True)),
                        ('is_saved', models.BooleanField(default=False)),
                        ('refusal', models.TextField(blank=True)),
                        ('was_cut', models.BooleanField(default=False)),
                        ('round', models.PositiveSmallIntegerField(default=0)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='timers', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.project')),
                        ('task', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.task')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='TimeSettings',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('approval_starts_on', models.DateField(blank=True, help_text='Hours before this day are never asked for. Leave it empty to ask for all of them.', null=True, verbose_name='approve hours from')),
                        ('submits_time', models.BooleanField(default=False, help_text='Everybody sends the own hours when they are complete, and approvers see who has sent and who has not.', verbose_name='submit time for approval')),
                        ('country', models.CharField(blank=True, choices=[('NO', 'Norway'), ('SE', 'Sweden'), ('DK', 'Denmark'), ('FI', 'Finland'), ('IS', 'Iceland'), ('FO', 'Faroe Islands'), ('GL', 'Greenland')], max_length=2, verbose_name='country')),
                        ('eves', models.CharField(blank=True, choices=[('off', 'Days off'), ('half', 'Half days'), ('work', 'Ordinary working days')], max_length=4, verbose_name='eves of the great holidays')),
                        ('lunch', models.CharField(choices=[('recorded', 'Employees record it themselves'), ('shown', 'Part of the working week, shown as a grey area on the timeline'), ('deducted', 'Deducted from the first entry of the day')], default='recorded', max_length=8, verbose_name='unpaid lunch')),
                        ('lunch_minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(120)], verbose_name='length of the lunch, in minutes')),
                        ('lunch_starts_at', models.TimeField(default=datetime.time(11, 30), verbose_name='lunch starts at')),
                        ('missing_counts', models.CharField(choices=[('short', 'Every day with fewer hours than expected'), ('empty', 'Only days without any hours')], default='short', max_length=5, verbose_name='what is missing')),
                        ('reminds', models.BooleanField(default=False, verbose_name='send reminders')),
                        ('remind_weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=0, verbose_name='weekday')),
                        ('remind_hour', models.PositiveSmallIntegerField(choices=[(0, '00:00'), (1, '01:00'), (2, '02:00'), (3, '03:00'), (4, '04:00'), (5, '05:00'), (6, '06:00'), (7, '07:00'), (8, '08:00'), (9, '09:00'), (10, '10:00'), (11, '11:00'), (12, '12:00'), (13, '13:00'), (14, '14:00'), (15, '15:00'), (16, '16:00'), (17, '17:00'), (18, '18:00'), (19, '19:00'), (20, '20:00'), (21, '21:00'), (22, '22:00'), (23, '23:00')], default=9, verbose_name='hour')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
                migrations.CreateModel(
                    name='WeekRow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('monday', models.DateField()),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='week_rows', to='workspaces.membership')),
                        ('project', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.project')),
                        ('task', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.task')),
                        ('work_type', busy.workspaces.tenancy.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.worktype')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
                ),
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
                    name='WorkingWeek',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                        ('minutes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, null=True, size=7)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('member', busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='working_weeks', to='workspaces.membership')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
                    ],
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
                ),
                migrations.AddIndex(
                    model_name='approval',
                    index=models.Index(models.F('workspace'), models.F('member'), models.F('first_day'), name='approval_member_period'),
                ),
                migrations.AddConstraint(
                    model_name='approval',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), ('member__isnull', False), ('project', None)), models.Q(('kind', 'project'), ('member', None), ('project__isnull', False)), _connector='OR'), name='approval_of_person_or_project'),
                ),
                migrations.AddConstraint(
                    model_name='approval',
                    constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='approval_period'),
                ),
                migrations.AddConstraint(
                    model_name='calendaraccount',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), models.F('vendor'), models.F('address'), name='calendar_account_once'),
                ),
                migrations.AddConstraint(
                    model_name='calendar',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('account'), models.F('key'), name='calendar_once'),
                ),
                migrations.AddConstraint(
                    model_name='calendarevent',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('calendar'), models.F('key'), name='calendar_event_once'),
                ),
                migrations.AddConstraint(
                    model_name='calendarevent',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_at__gt', models.F('starts_at')), ('first_day', None), ('last_day', None), ('starts_at__isnull', False)), models.Q(('ends_at', None), ('first_day__isnull', False), ('last_day__gte', models.F('first_day')), ('starts_at', None)), _connector='OR'), name='calendar_event_has_a_time'),
                ),
                migrations.AddIndex(
                    model_name='cellchange',
                    index=models.Index(models.F('workspace'), models.F('member'), models.F('day'), name='cell_change_member_day'),
                ),
                migrations.AddConstraint(
                    model_name='cellchange',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('request_id'), name='cell_change_once'),
                ),
                migrations.AddIndex(
                    model_name='entrychange',
                    index=models.Index(models.F('workspace'), models.F('client_id'), models.F('id'), name='entry_change_of_entry'),
                ),
                migrations.AddIndex(
                    model_name='entrychange',
                    index=models.Index(models.F('workspace'), models.F('member'), models.F('day'), name='entry_change_of_day'),
                ),
                migrations.AddConstraint(
                    model_name='entrychange',
                    constraint=models.CheckConstraint(condition=models.Q(('before__isnull', False), ('after__isnull', False), _connector='OR'), name='entry_change_says_what'),
                ),
                migrations.AddConstraint(
                    model_name='eventchoice',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), models.F('key'), name='event_choice_once'),
                ),
                migrations.AddConstraint(
                    model_name='favourite',
                    constraint=models.UniqueConstraint(fields=('workspace', 'member', 'project', 'work_type', 'task'), name='favourite_once', nulls_distinct=False),
                ),
                migrations.AddIndex(
                    model_name='rejection',
                    index=models.Index(models.F('workspace'), models.F('member'), models.F('first_day'), name='rejection_member_period'),
                ),
                migrations.AddConstraint(
                    model_name='rejection',
                    constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='rejection_period'),
                ),
                migrations.AddConstraint(
                    model_name='rejection',
                    constraint=models.CheckConstraint(condition=models.Q(('comment', ''), _negated=True), name='rejection_says_why'),
                ),
                migrations.AddIndex(
                    model_name='reminder',
                    index=models.Index(models.F('workspace'), models.F('id'), condition=models.Q(('state', 'waiting')), name='reminder_waits_to_be_sent'),
                ),
                migrations.AddConstraint(
                    model_name='reminder',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), models.F('day'), name='reminder_once_a_day'),
                ),
                migrations.AddIndex(
                    model_name='reopenrequest',
                    index=models.Index(models.F('workspace'), condition=models.Q(('outcome', '')), name='reopen_request_open'),
                ),
                migrations.AddConstraint(
                    model_name='reopenrequest',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('approval'), models.F('member'), condition=models.Q(('outcome', '')), name='reopen_request_open_once'),
                ),
                migrations.AddConstraint(
                    model_name='reopenrequest',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None), ('outcome', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='reopen_request_answered_by'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('workspace'), models.F('member'), models.F('day'), name='entry_member_day'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('workspace'), models.F('project'), models.F('day'), name='entry_project_day'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('task'), condition=models.Q(('task__isnull', False)), name='entry_of_task'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('project_approval'), condition=models.Q(('project_approval__isnull', False)), name='entry_of_project_approval'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('workspace'), models.F('project'), condition=models.Q(('is_billable', True), ('ordered_at', None)), name='entry_not_ordered'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('workspace'), models.F('day'), models.F('member'), condition=models.Q(('person_approval', None)), name='entry_waits_for_approval'),
                ),
                migrations.AddIndex(
                    model_name='timeentry',
                    index=models.Index(models.F('workspace'), models.F('day'), models.F('project'), condition=models.Q(('project_approval', None)), name='entry_waits_for_project'),
                ),
                migrations.AddConstraint(
                    model_name='timeentry',
                    constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 1), ('minutes__lte', 1440)), name='entry_minutes_of_a_day'),
                ),
                migrations.AddConstraint(
                    model_name='timeentry',
                    constraint=models.CheckConstraint(condition=models.Q(('billable_minutes', None), ('billable_minutes__lte', models.F('minutes')), _connector='OR'), name='entry_billable_within_minutes'),
                ),
                migrations.AddConstraint(
                    model_name='timeentry',
                    constraint=models.CheckConstraint(condition=models.Q(('lunch_minutes', 0), ('start_time__isnull', False), _connector='OR'), name='entry_lunch_on_the_clock'),
                ),
                migrations.AddConstraint(
                    model_name='timeentry',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='entry_client_id_once'),
                ),
                migrations.AddIndex(
                    model_name='timer',
                    index=models.Index(models.F('user'), condition=models.Q(('closed_at', None)), name='timer_open_of_user'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('client_id'), name='timer_client_id_once'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.UniqueConstraint(condition=models.Q(('stopped_at', None)), fields=('user',), name='timer_runs_once'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.CheckConstraint(condition=models.Q(('stopped_at', None), ('stopped_at__gte', models.F('started_at')), _connector='OR'), name='timer_stops_after_start'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), ('stopped_at__isnull', False), _connector='OR'), name='timer_closed_is_stopped'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('project', None), ('work_type', None)), models.Q(('project__isnull', False), ('work_type__isnull', False)), _connector='OR'), name='timer_project_with_work_type'),
                ),
                migrations.AddConstraint(
                    model_name='timer',
                    constraint=models.CheckConstraint(condition=models.Q(('task', None), ('project__isnull', False), _connector='OR'), name='timer_task_of_project'),
                ),
                migrations.AddConstraint(
                    model_name='timesettings',
                    constraint=models.UniqueConstraint(models.F('workspace'), name='time_settings_once'),
                ),
                migrations.AddConstraint(
                    model_name='weekrow',
                    constraint=models.UniqueConstraint(fields=('workspace', 'member', 'monday', 'project', 'work_type', 'task'), name='week_row_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='weektemplate',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), django.db.models.functions.text.Lower('name'), name='week_template_name_once'),
                ),
                migrations.AddConstraint(
                    model_name='templaterow',
                    constraint=models.UniqueConstraint(fields=('workspace', 'template', 'project', 'work_type', 'task'), name='template_row_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='workingweek',
                    constraint=models.UniqueConstraint(fields=('workspace', 'member', 'valid_from'), name='working_week_once', nulls_distinct=False),
                ),
                migrations.AddConstraint(
                    model_name='workingweek',
                    constraint=models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', False), ('minutes__isnull', True)), ('minutes__len', 7), _connector='OR'), name='working_week_of_seven_days'),
                ),
                migrations.AddConstraint(
                    model_name='workperiod',
                    constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), name='work_period_once'),
                ),
                migrations.AddConstraint(
                    model_name='workperiod',
                    constraint=models.CheckConstraint(condition=models.Q(('first_day', None), ('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='work_period_in_order'),
                ),
            ]
        ),
        LockTenantTable("Approval"),
        LockTenantTable("Rejection"),
        LockTenantTable("TimeEntry"),
        LockTenantTable("WeekRow"),
        LockTenantTable("CellChange"),
        LockTenantTable("TimeSettings"),
        LockTenantTable("EntryChange"),
        LockTenantTable("WorkingWeek"),
        LockTenantTable("WorkPeriod"),
        LockTenantTable("WeekTemplate"),
        LockTenantTable("TemplateRow"),
        LockTenantTable("Favourite"),
        LockTenantTable("Reminder"),
        LockTenantTable("ReopenRequest"),
        LockTenantTable("Timer", using=f"workspace_id = {CURRENT} OR user_id = {CURRENT_USER}"),
        LockTenantTable("CalendarAccount"),
        LockTenantTable("Calendar"),
        LockTenantTable("CalendarEvent"),
        LockTenantTable("EventChoice"),
        migrations.RunSQL(KEEP, FORGET),
    ]
