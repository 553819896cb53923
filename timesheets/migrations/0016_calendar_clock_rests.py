from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timesheets", "0015_calendars")]

    operations = [
        migrations.AlterField(model_name="calendarclock", name="next_at", field=models.DateTimeField(null=True)),
    ]
