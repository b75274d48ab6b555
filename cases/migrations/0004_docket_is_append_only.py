"""A docket line is written once. TRUNCATE is left alone: a whole database may be emptied on purpose.

SQLite drops these triggers with the table when a later migration rebuilds it; tests/cases/test_docket.py
notices.
"""

from django.db import migrations

MESSAGE = "a docket line is never changed"

SQLITE = [
    f"""CREATE TRIGGER docket_line_is_never_{what}d BEFORE {what.upper()} ON cases_event
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for what in ("update", "delete")
]
POSTGRESQL = [
    f"""CREATE FUNCTION docket_line_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$""",
    *(
        f"""CREATE TRIGGER docket_line_is_never_{what}d BEFORE {what.upper()} ON cases_event
        FOR EACH ROW EXECUTE FUNCTION docket_line_is_never_changed()"""
        for what in ("update", "delete")
    ),
]
SQLITE_BACK = [
    "DROP TRIGGER docket_line_is_never_updated",
    "DROP TRIGGER docket_line_is_never_deleted",
]
POSTGRESQL_BACK = [
    *(f"{statement} ON cases_event" for statement in SQLITE_BACK),
    "DROP FUNCTION docket_line_is_never_changed",
]


def run(sqlite, postgresql):
    def execute(apps, schema_editor):
        for statement in {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_docket_let_go")]
    operations = [
        migrations.RunPython(run(SQLITE, POSTGRESQL), run(SQLITE_BACK, POSTGRESQL_BACK)),
    ]
