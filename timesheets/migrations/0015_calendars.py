import busy.workspaces.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0014_fewer_indexes'),
        ('workspaces', '0005_groups'),
    ]

    operations = [
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
                ('next_at', models.DateTimeField()),
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
        migrations.AddConstraint(
            model_name='eventchoice',
            constraint=models.UniqueConstraint(models.F('workspace'), models.F('member'), models.F('key'), name='event_choice_once'),
        ),
        LockTenantTable("CalendarAccount"),
        LockTenantTable("Calendar"),
        LockTenantTable("CalendarEvent"),
        LockTenantTable("EventChoice"),
    ]
