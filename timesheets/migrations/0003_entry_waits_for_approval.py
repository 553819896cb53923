from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timesheets", "0002_cell_change")]

    operations = [
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                models.F("workspace"),
                models.F("day"),
                models.F("member"),
                condition=models.Q(("person_approval", None)),
                name="entry_waits_for_approval",
            ),
        ),
    ]
