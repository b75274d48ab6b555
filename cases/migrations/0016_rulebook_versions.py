"""Versions of the rulebook as rows: what is published stays as it is, and its history is only appended to.

SQLite drops these triggers with a table when a later migration rebuilds it; tests/cases/test_versions.py
notices.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

VERSION, LINE = "cases_rulebookversion", "cases_rulebookline"
PUBLISHED = "a published version of the rulebook is never changed"
WRITTEN = "the history of the rulebook is only appended to"
KEPT = (
    *("number", "follows", "text", "revision", "note", "drafted_by_id", "drafted_at"),
    *("published_by_id", "published_at", "in_force_from"),
)
# Name, event and table, when it strikes (SQLite's `IS NOT`, PostgreSQL's `IS DISTINCT FROM`), message.
TRIGGERS = [
    (
        "version_published_is_never_updated",
        f"UPDATE ON {VERSION}",
        "OLD.state <> 'draft' AND (NOT (OLD.state = 'published' AND NEW.state = 'withdrawn') OR "
        + " OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in KEPT)
        + ")",
        PUBLISHED,
    ),
    ("version_is_never_deleted", f"DELETE ON {VERSION}", "1 = 1", PUBLISHED),
    ("rulebook_line_is_never_updated", f"UPDATE ON {LINE}", "1 = 1", WRITTEN),
    ("rulebook_line_is_never_deleted", f"DELETE ON {LINE}", "1 = 1", WRITTEN),
]


def keep(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for name, event, when, message in TRIGGERS:
        when = when.format(differs="IS NOT" if is_sqlite else "IS DISTINCT FROM")
        if is_sqlite:
            body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} {body}")
            continue
        schema_editor.execute(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"""
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
        )


def let_go(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for name, event, _when, _message in TRIGGERS:
        on = "" if is_sqlite else f" ON {event.split()[-1]}"
        schema_editor.execute(f"DROP TRIGGER {name}{on}")
        if not is_sqlite:
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0015_ledger'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RulebookVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(unique=True)),
                ('follows', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('withdrawn', 'Withdrawn'), ('discarded', 'Discarded')], default='draft', max_length=10)),
                ('note', models.TextField()),
                ('drafted_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('in_force_from', models.DateTimeField(blank=True, null=True)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='RulebookLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('name', models.CharField(max_length=20)),
                ('facts', models.JSONField(default=dict)),
                ('previous_hash', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='cases.rulebookversion')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RuleGap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=10)),
                ('text', models.TextField()),
                ('flagged_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.TextField(blank=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rule_gaps', to='cases.case')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('draft', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gaps', to='cases.rulebookversion')),
                ('flagged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-flagged_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RemedyOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('remedy', models.CharField(max_length=20)),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('is_granted', models.BooleanField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='cases.case')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['asked_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('decided_at', None)), fields=['asked_at'], name='override_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('decided_at', None), ('is_granted', True), _connector='OR'), fields=('case', 'remedy'), name='override_is_once_per_case_and_remedy'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('decided_at', None), ('decided_by', None), ('is_granted', None)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('is_granted__isnull', False), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='override_is_decided_with_a_reason'), models.CheckConstraint(condition=models.Q(('decided_by', models.F('asked_by')), _negated=True), name='override_is_decided_by_another')],
            },
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.CheckConstraint(condition=models.Q(('follows__gte', 1), ('number__gt', models.F('follows'))), name='version_follows_an_earlier_one'),
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('follows',), name='version_has_one_successor'),
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('in_force_from',), name='version_begins_alone'),
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('in_force_from', None), ('published_at', None), ('published_by', None), ('state__in', ('draft', 'discarded'))), models.Q(('in_force_from__isnull', False), ('published_at__isnull', False), ('published_by__isnull', False), ('state__in', ('published', 'withdrawn'))), _connector='OR'), name='version_published_says_by_whom_and_from_when'),
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.CheckConstraint(condition=models.Q(('published_by', models.F('drafted_by')), _negated=True), name='version_is_published_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='rulebookversion',
            constraint=models.CheckConstraint(condition=models.Q(('in_force_from', None), ('in_force_from__gte', models.F('published_at')), _connector='OR'), name='version_is_not_in_force_before_it_is_published'),
        ),
        migrations.AddConstraint(
            model_name='rulebookline',
            constraint=models.UniqueConstraint(fields=('version', 'number'), name='rulebook_line_is_once_per_version'),
        ),
        migrations.AddIndex(
            model_name='rulegap',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['flagged_at'], name='gap_open'),
        ),
        migrations.AddConstraint(
            model_name='rulegap',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('closed_at', None), ('closed_by', None), ('draft', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(models.Q(('answer', ''), _negated=True), ('draft__isnull', False), _connector='OR')), _connector='OR'), name='gap_is_closed_by_an_answer_or_a_draft'),
        ),
        migrations.RunPython(keep, let_go),
    ]
