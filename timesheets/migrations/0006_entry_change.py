import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import busy.workspaces.tenancy
from busy.workspaces.locks import LockTenantTable

# One function for three triggers, one statement of its own for each statement that it follows. It compares whole rows,
# so that a new column is part of the history without a word here; only what a change always carries along is left out.
# Its plan is made once a session, perhaps for one row: without hashing, an approval of thousands of entries would
# compare each row with every other.
KEEP = """
CREATE FUNCTION timesheets_keep_history() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    aside CONSTANT text[] := '{id,workspace_id,client_id,revision,created_at,changed_at}';
    page CONSTANT text := coalesce(left(current_setting('busy.page', true), 100), '');
    actor bigint;
BEGIN
    SELECT m.id INTO actor FROM workspaces_membership m
    WHERE m.workspace_id = nullif(current_setting('busy.workspace_id', true), '')::bigint
      AND m.user_id = nullif(current_setting('busy.user_id', true), '')::bigint;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT n.workspace_id, n.client_id, n.member_id, n.project_id, n.work_type_id, n.day,
               NULL, to_jsonb(n) - aside, page, actor, clock_timestamp()
        FROM new_rows n ORDER BY n.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT o.workspace_id, o.client_id, o.member_id, o.project_id, o.work_type_id, o.day,
               to_jsonb(o) - aside, NULL, page, actor, clock_timestamp()
        FROM old_rows o ORDER BY o.id;
    ELSE
        INSERT INTO timesheets_entrychange
            (workspace_id, client_id, member_id, project_id, work_type_id, day, before, after, page, changed_by_id,
             changed_at)
        SELECT c.workspace_id, c.client_id, c.member_id, c.project_id, c.work_type_id, c.day,
               (SELECT jsonb_object_agg(key, value) FROM jsonb_each(c.was) WHERE value IS DISTINCT FROM c.becomes -> key),
               (SELECT jsonb_object_agg(key, value) FROM jsonb_each(c.becomes) WHERE value IS DISTINCT FROM c.was -> key),
               page, actor, clock_timestamp()
        FROM (
            SELECT n.*, to_jsonb(o) - aside AS was, to_jsonb(n) - aside AS becomes
            FROM new_rows n JOIN old_rows o ON o.id = n.id
            OFFSET 0
        ) c
        WHERE c.was <> c.becomes ORDER BY c.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER history_of_new AFTER INSERT ON timesheets_timeentry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();
CREATE TRIGGER history_of_changed AFTER UPDATE ON timesheets_timeentry
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();
CREATE TRIGGER history_of_deleted AFTER DELETE ON timesheets_timeentry
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION timesheets_keep_history();

CREATE FUNCTION timesheets_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of hours is append-only';
END $$;
CREATE TRIGGER history_is_kept BEFORE UPDATE ON timesheets_entrychange
    FOR EACH ROW EXECUTE FUNCTION timesheets_history_is_kept();
"""
FORGET = """
DROP TRIGGER history_is_kept ON timesheets_entrychange;
DROP FUNCTION timesheets_history_is_kept();
DROP TRIGGER history_of_new ON timesheets_timeentry;
DROP TRIGGER history_of_changed ON timesheets_timeentry;
DROP TRIGGER history_of_deleted ON timesheets_timeentry;
DROP FUNCTION timesheets_keep_history();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("timesheets", "0005_entry_waits_for_project"),
        ("workspaces", "0002_invitation_link"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.UUIDField()),
                ("project_id", models.BigIntegerField()),
                ("work_type_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("page", models.CharField(blank=True, max_length=100)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "member",
                    busy.workspaces.tenancy.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                        verbose_name="workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("workspace"), models.F("client_id"), models.F("id"), name="entry_change_of_entry"
                    ),
                    models.Index(models.F("workspace"), models.F("member"), models.F("day"), name="entry_change_of_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("before__isnull", False), ("after__isnull", False), _connector="OR"),
                        name="entry_change_says_what",
                    )
                ],
            },
        ),
        LockTenantTable("EntryChange"),
        migrations.RunSQL(KEEP, FORGET),
    ]
