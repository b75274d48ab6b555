import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def told_at_once(apps, schema_editor):
    apps.get_model("cases", "Ruling").objects.update(told_at=F("issued_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0016_rulebook_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("case", "told_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "ruling",
            "approved_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("ruling", "recalled_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("ruling", "told_at", models.DateTimeField(null=True)),
        migrations.RunPython(told_at_once, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("ruling", "told_at", models.DateTimeField()),
        migrations.RemoveConstraint("ruling", "ruling_version_is_once_per_case"),
        migrations.AddConstraint(
            "ruling",
            models.UniqueConstraint(
                fields=["case", "version"],
                condition=Q(recalled_at=None),
                name="ruling_version_is_once_per_case",
            ),
        ),
        migrations.AddConstraint(
            "ruling",
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")),
                name="ruling_is_approved_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            "ruling",
            models.CheckConstraint(
                condition=Q(told_at__gte=F("issued_at")), name="ruling_is_told_once_issued"
            ),
        ),
        migrations.AddConstraint(
            "ruling",
            models.CheckConstraint(
                condition=Q(recalled_at=None) | Q(recalled_at__lt=F("told_at")),
                name="ruling_is_recalled_before_it_is_told",
            ),
        ),
    ]
