"""The records of a whole catalogue let pass what people wait for."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0017_links_by_a_worker"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery", name="is_patient", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveIndex(model_name="delivery", name="delivery_due_orders"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                models.F("connection"),
                models.F("is_patient"),
                models.F("id"),
                condition=models.Q(
                    ("state__in", ["waiting", "transferring"]), models.Q(("kind", "hours"), _negated=True)
                ),
                name="delivery_due_orders",
            ),
        ),
    ]
