from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0002_invitation_link")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="uses_tasks",
            field=models.BooleanField(db_default=False, default=False, verbose_name="tasks"),
        ),
    ]
