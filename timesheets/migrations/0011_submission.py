import busy.workspaces.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from busy.workspaces.locks import LockReference, LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0010_reminders'),
        ('workspaces', '0003_uses_tasks'),
    ]

    operations = [
        migrations.AddField(
            model_name='timesettings',
            name='submits_time',
            field=models.BooleanField(default=False, help_text='Everybody sends the own hours when they are complete, and approvers see who has sent and who has not.', verbose_name='submit time for approval'),
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
        migrations.AddField(
            model_name='timeentry',
            name='rejection',
            field=busy.workspaces.tenancy.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='timesheets.rejection'),
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
        LockTenantTable("Rejection"),
        LockTenantTable("ReopenRequest"),
        LockReference("TimeEntry", "rejection"),
    ]
