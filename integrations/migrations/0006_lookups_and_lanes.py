"""Rows of a workspace are looked up by their keys, whatever the planner last heard of it; wakeups know their lane."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_TABLES = (
    "integrations_customerlink",
    "integrations_projectlink",
    "integrations_productlink",
    "integrations_worktypelink",
    "integrations_memberlink",
    "integrations_provideremployee",
)


def _statistics(target: int) -> list[str]:
    """Without statistics of these columns the planner takes a workspace for a two-hundredth of the table. With them it
    takes one that is being filled for empty, for as long as nobody has analysed the table again; then any index that
    begins with the workspace looks as good as the one of the whole key, and each look-up reads the whole workspace."""
    return [
        f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}"
        for table in _TABLES
        for column in ("workspace_id", "connection_id")
    ]


# What was gathered before is forgotten where the server can (PostgreSQL 18); elsewhere there is nothing yet to forget.
_FORGET = "\n".join(
    [
        "DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000 THEN",
        *(
            f"PERFORM pg_clear_attribute_stats(current_schema()::text, '{table}', '{column}', false);"
            for table in _TABLES
            for column in ("workspace_id", "connection_id")
        ),
        "END IF; END $$",
    ]
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("integrations", "0005_mapping_and_plans")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="pullrun",
            index=models.Index(
                models.F("connection"),
                models.F("kind"),
                condition=models.Q(("outcome", "running")),
                name="pull_run_unfinished",
            ),
        ),
        migrations.AddField(
            model_name="wakeup",
            name="lane",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(kind__in=["push", "notice"], then=models.F("kind")), default=models.Value("pull")
                ),
                output_field=models.CharField(max_length=20),
            ),
        ),
        migrations.AddIndex(
            model_name="wakeup",
            index=models.Index(models.F("provider"), models.F("lane"), models.F("due_at"), name="wakeup_queue"),
        ),
        migrations.AddIndex(
            model_name="wakeup",
            index=models.Index(
                models.F("claimed_until"),
                condition=models.Q(("claimed_until__isnull", False)),
                name="wakeup_claimed",
            ),
        ),
        migrations.RunSQL(_statistics(0), _statistics(-1)),
        migrations.RunSQL(_FORGET, migrations.RunSQL.noop),
    ]
