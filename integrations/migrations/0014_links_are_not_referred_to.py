"""Nothing refers to a link, so nothing needs the key that references name. A first import makes a hundred thousand."""

from django.db import migrations

_TABLES = [f"integrations_{of}link" for of in ("customer", "member", "product", "project", "task", "worktype")]


def _keys(statement):
    return [f"ALTER TABLE {table} {statement.format(name=f'{table}_workspace_id_id')}" for table in _TABLES]


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0013_what_only_busy_has'),
    ]

    operations = [
        migrations.RunSQL(_keys("DROP CONSTRAINT {name}"), _keys("ADD CONSTRAINT {name} UNIQUE (workspace_id, id)")),
    ]
