from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_drafts")]

    operations = [
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(fields=["content_hash"], name="ruling_by_hash"),
        ),
    ]
