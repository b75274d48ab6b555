from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_parcel_scans")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["shop", "order_number"], name="case_of_order"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=~models.Q(state__in=frozenset(["closed", "rejected", "withdrawn"])),
                fields=("shop", "order_number"),
                name="order_has_one_open_case",
            ),
        ),
    ]
