from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="rate",
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
    ]
