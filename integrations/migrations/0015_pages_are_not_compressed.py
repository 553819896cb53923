"""The ids of a page stay until its listing ends, and compressing them took longer than comparing its records."""

from django.db import migrations

_STORAGE = "ALTER TABLE integrations_pulledpage ALTER COLUMN locals_seen SET STORAGE {}"


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0014_links_are_not_referred_to'),
    ]

    operations = [
        migrations.RunSQL(_STORAGE.format("EXTERNAL"), _STORAGE.format("EXTENDED")),
    ]
