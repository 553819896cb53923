"""A plan says what becomes of records that only Busy has."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("integrations", "0012_hours_on_tasks")]

    operations = [
        migrations.AddField(model_name="plan", name="alone", field=models.JSONField(default=dict)),
    ]
