from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0003_uses_tasks'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='wants_reminders',
            field=models.BooleanField(default=True, verbose_name='reminders of missing hours'),
        ),
    ]
