from django.db import migrations, models

ENDED = frozenset(["closed", "rejected", "withdrawn"])


def refuse_doubles(apps, schema_editor):
    """Which of two open cases of one order goes on is for people to say."""
    cases = apps.get_model("cases", "Case").objects.exclude(state__in=ENDED).order_by()
    orders = cases.values_list("shop", "order_number").annotate(many=models.Count("pk"))
    doubles = list(orders.filter(many__gt=1)[:50])
    if doubles:
        raise RuntimeError(f"End all but one open case of these (shop, order, cases): {doubles}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_parcel_scans")]

    operations = [
        migrations.RunPython(refuse_doubles, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["shop", "order_number"], name="case_of_order"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=~models.Q(state__in=ENDED),
                fields=("shop", "order_number"),
                name="order_has_one_open_case",
            ),
        ),
    ]
