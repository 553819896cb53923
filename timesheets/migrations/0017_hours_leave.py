from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('timesheets', '0016_calendar_clock_rests'),
    ]

    operations = [
        migrations.AddField(
            model_name='timesettings',
            name='transfers_hours',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
