import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep(apps, schema_editor):
    Case, Draft = apps.get_model("cases", "Case"), apps.get_model("cases", "Draft")
    for case in Case.objects.exclude(draft={}).exclude(holder=None).exclude(draft_saved_at=None):
        Draft.objects.create(
            case=case, author_id=case.holder_id, fields=case.draft, revision=1, saved_at=case.draft_saved_at
        )


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0022_held_against'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fields', models.JSONField(default=dict)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('window', models.CharField(blank=True, max_length=16)),
                ('saved_at', models.DateTimeField()),
                ('other', models.JSONField(blank=True, null=True)),
                ('other_saved_at', models.DateTimeField(blank=True, null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='cases.case')),
            ],
            options={
                'ordering': ['-saved_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('case', 'author'), name='draft_is_once_per_person'),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='case',
            name='draft',
        ),
    ]
