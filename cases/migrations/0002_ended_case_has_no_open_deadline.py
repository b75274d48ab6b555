"""The one rule that spans two tables, so a trigger keeps it: an ended case has no open deadline."""

from django.db import migrations

ENDED = "('closed', 'withdrawn', 'rejected')"
MESSAGE = "an ended case has no open deadline"

SQLITE = [
    f"""CREATE TRIGGER case_ends_without_deadline BEFORE UPDATE OF state ON cases_case
        WHEN NEW.state IN {ENDED}
         AND EXISTS (SELECT 1 FROM cases_deadline WHERE case_id = NEW.id AND closed_at IS NULL)
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"""CREATE TRIGGER deadline_opens_before_the_end BEFORE INSERT ON cases_deadline
        WHEN NEW.closed_at IS NULL
         AND EXISTS (SELECT 1 FROM cases_case WHERE id = NEW.case_id AND state IN {ENDED})
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"""CREATE TRIGGER deadline_stays_closed_after_the_end BEFORE UPDATE OF closed_at ON cases_deadline
        WHEN NEW.closed_at IS NULL
         AND EXISTS (SELECT 1 FROM cases_case WHERE id = NEW.case_id AND state IN {ENDED})
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
]
POSTGRESQL = [
    f"""CREATE FUNCTION case_ends_without_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM cases_deadline WHERE case_id = NEW.id AND closed_at IS NULL) THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    f"""CREATE TRIGGER case_ends_without_deadline BEFORE UPDATE OF state ON cases_case
        FOR EACH ROW WHEN (NEW.state IN {ENDED}) EXECUTE FUNCTION case_ends_without_deadline()""",
    f"""CREATE FUNCTION deadline_opens_before_the_end() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM cases_case WHERE id = NEW.case_id AND state IN {ENDED}) THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER deadline_opens_before_the_end BEFORE INSERT OR UPDATE OF closed_at ON cases_deadline
        FOR EACH ROW WHEN (NEW.closed_at IS NULL) EXECUTE FUNCTION deadline_opens_before_the_end()""",
]
SQLITE_BACK = [
    "DROP TRIGGER case_ends_without_deadline",
    "DROP TRIGGER deadline_opens_before_the_end",
    "DROP TRIGGER deadline_stays_closed_after_the_end",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER case_ends_without_deadline ON cases_case",
    "DROP FUNCTION case_ends_without_deadline",
    "DROP TRIGGER deadline_opens_before_the_end ON cases_deadline",
    "DROP FUNCTION deadline_opens_before_the_end",
]


def run(sqlite, postgresql):
    def execute(apps, schema_editor):
        for statement in {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return execute


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunPython(run(SQLITE, POSTGRESQL), run(SQLITE_BACK, POSTGRESQL_BACK)),
    ]
