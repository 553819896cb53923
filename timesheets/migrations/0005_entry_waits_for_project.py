from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timesheets", "0004_time_settings")]

    operations = [
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                models.F("workspace"),
                models.F("day"),
                models.F("project"),
                condition=models.Q(("project_approval", None)),
                name="entry_waits_for_project",
            ),
        ),
    ]
