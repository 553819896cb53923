from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timesheets", "0011_submission")]

    operations = [
        migrations.AddField(
            model_name="timesettings",
            name="lunch",
            field=models.CharField(
                choices=[
                    ("recorded", "Employees record it themselves"),
                    ("shown", "Part of the working week, shown as a grey area on the timeline"),
                    ("deducted", "Deducted from the first entry of the day"),
                ],
                default="recorded",
                max_length=8,
                verbose_name="unpaid lunch",
            ),
        ),
        migrations.AddField(
            model_name="timesettings",
            name="lunch_minutes",
            field=models.PositiveSmallIntegerField(
                default=30,
                validators=[MinValueValidator(5), MaxValueValidator(120)],
                verbose_name="length of the lunch, in minutes",
            ),
        ),
        migrations.AddField(
            model_name="timesettings",
            name="lunch_starts_at",
            field=models.TimeField(default=time(11, 30), verbose_name="lunch starts at"),
        ),
        migrations.AddField(
            model_name="timeentry",
            name="lunch_minutes",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="timeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("lunch_minutes", 0), ("start_time__isnull", False), _connector="OR"),
                name="entry_lunch_on_the_clock",
            ),
        ),
    ]
