import django.db.models.deletion
from django.db import migrations, models

from busy.workspaces.locks import LockTenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0003_entry_waits_for_approval'),
        ('workspaces', '0002_invitation_link'),
    ]

    operations = [
        migrations.CreateModel(
            name='TimeSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approval_starts_on', models.DateField(blank=True, help_text='Hours before this day are never asked for. Leave it empty to ask for all of them.', null=True, verbose_name='approve hours from')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace', verbose_name='workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('workspace'), name='time_settings_once')],
            },
        ),
        LockTenantTable("TimeSettings"),
    ]
