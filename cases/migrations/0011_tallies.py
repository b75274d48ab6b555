"""Exact counts of the desk: a row for every change of a case's standing, and what came in late marked.

A case is never deleted (its docket cannot be), so deletions are not counted. SQLite drops triggers with a
table that a later migration rebuilds; tests/cases/test_tallies.py notices.
"""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

SILENT = "({0}.defaulted_at IS NOT NULL AND {0}.answered_at IS NULL)"
COLUMNS = "cases_tally (state, is_silent, change)"
OLD, NEW = SILENT.format("OLD"), SILENT.format("NEW")

SQLITE = [
    f"""CREATE TRIGGER case_is_tallied_when_filed AFTER INSERT ON cases_case
        BEGIN INSERT INTO {COLUMNS} VALUES (NEW.state, {NEW}, 1); END""",
    f"""CREATE TRIGGER case_is_tallied_when_moved
        AFTER UPDATE OF state, defaulted_at, answered_at ON cases_case
        WHEN OLD.state <> NEW.state OR {OLD} <> {NEW}
        BEGIN INSERT INTO {COLUMNS} VALUES (OLD.state, {OLD}, -1), (NEW.state, {NEW}, 1); END""",
]
# Once per statement: a sweep moves thousands. Tables of what changed allow no list of columns.
POSTGRESQL = [
    f"""CREATE FUNCTION tally_filed_cases() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {COLUMNS}
            SELECT state, {SILENT.format("n")}, count(*) FROM now_there n GROUP BY 1, 2;
            RETURN NULL;
        END $$""",
    f"""CREATE FUNCTION tally_moved_cases() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {COLUMNS}
            SELECT state, silent, sum(change) FROM (
                SELECT n.state, {SILENT.format("n")} AS silent, 1 AS change FROM now_there n
                 UNION ALL SELECT o.state, {SILENT.format("o")}, -1 FROM once_there o
            ) changes GROUP BY 1, 2 HAVING sum(change) <> 0;
            RETURN NULL;
        END $$""",
    """CREATE TRIGGER case_is_tallied_when_filed AFTER INSERT ON cases_case
        REFERENCING NEW TABLE AS now_there
        FOR EACH STATEMENT EXECUTE FUNCTION tally_filed_cases()""",
    """CREATE TRIGGER case_is_tallied_when_moved AFTER UPDATE ON cases_case
        REFERENCING OLD TABLE AS once_there NEW TABLE AS now_there
        FOR EACH STATEMENT EXECUTE FUNCTION tally_moved_cases()""",
]
SQLITE_BACK = [
    "DROP TRIGGER case_is_tallied_when_filed",
    "DROP TRIGGER case_is_tallied_when_moved",
]
POSTGRESQL_BACK = [
    *(f"{statement} ON cases_case" for statement in SQLITE_BACK),
    "DROP FUNCTION tally_filed_cases",
    "DROP FUNCTION tally_moved_cases",
]
# What stands already.
FIRST = [
    f"""INSERT INTO {COLUMNS}
        SELECT state, {SILENT.format("cases_case")}, count(*) FROM cases_case GROUP BY 1, 2"""
]


def run(sqlite, postgresql):
    def execute(apps, schema_editor):
        for statement in {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return execute


def mark_later_evidence(apps, schema_editor):
    cases, lines = apps.get_model("cases", "Case").objects, apps.get_model("cases", "Event").objects
    reached = Coalesce(OuterRef("defaulted_at"), OuterRef("answered_at"))
    later = lines.filter(case=OuterRef("pk"), name="exhibit", at__gt=reached).order_by("-number")
    cases.filter(ended_at=None).update(later_evidence_at=Subquery(later.values("at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_proceedings")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=20)),
                ("is_silent", models.BooleanField()),
                ("change", models.IntegerField()),
            ],
        ),
        migrations.AddField("case", "later_evidence_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["later_evidence_at"],
                condition=models.Q(("later_evidence_at__isnull", False), ("state", "queued")),
                name="case_waiting_with_more",
            ),
        ),
        migrations.RemoveIndex("event", "docket_let_go"),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["actor", "at"],
                condition=models.Q(("name__in", ("issue", "reject", "release", "skip"))),
                name="docket_of_the_desk",
            ),
        ),
        migrations.RunPython(mark_later_evidence, migrations.RunPython.noop),
        migrations.RunPython(run(FIRST, FIRST), migrations.RunPython.noop),
        migrations.RunPython(run(SQLITE, POSTGRESQL), run(SQLITE_BACK, POSTGRESQL_BACK)),
    ]
