import busy.workspaces.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0009_favourites_and_templates'),
        ('workspaces', '0004_wants_reminders'),
    ]

    operations = [
        migrations.AddField(
            model_name='timesettings',
            name='missing_counts',
            field=models.CharField(choices=[('short', 'Every day with fewer hours than expected'), ('empty', 'Only days without any hours')], default='short', max_length=5, verbose_name='what is missing'),
        ),
        migrations.AddField(
            model_name='timesettings',
            name='remind_hour',
            field=models.PositiveSmallIntegerField(choices=[(0, '00:00'), (1, '01:00'), (2, '02:00'), (3, '03:00'), (4, '04:00'), (5, '05:00'), (6, '06:00'), (7, '07:00'), (8, '08:00'), (9, '09:00'), (10, '10:00'), (11, '11:00'), (12, '12:00'), (13, '13:00'), (14, '14:00'), (15, '15:00'), (16, '16:00'), (17, '17:00'), (18, '18:00'), (19, '19:00'), (20, '20:00'), (21, '21:00'), (22, '22:00'), (23, '23:00')], default=9, verbose_name='hour'),
        ),
        migrations.AddField(
            model_name='timesettings',
            name='remind_weekday',
            field=models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=0, verbose_name='weekday'),
        ),
        migrations.AddField(
            model_name='timesettings',
            name='reminds',
            field=models.BooleanField(default=False, verbose_name='send reminders'),
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
            options={
                'indexes': [models.Index(models.F('workspace'), models.F('id'), condition=models.Q(('state', 'waiting')), name='reminder_waits_to_be_sent')],
                'constraints': [models.UniqueConstraint(models.F('workspace'), models.F('member'), models.F('day'), name='reminder_once_a_day')],
            },
        ),
        LockTenantTable("Reminder"),
    ]
