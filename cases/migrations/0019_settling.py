from django.db import migrations, models

SIDES = [('buyer', 'Buyer'), ('merchant', 'Merchant'), ('platform', 'Platform')]


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_hearing_of_appeals'),
    ]

    operations = [
        # Null, so that no database rewrites the cases for it.
        migrations.AddField(
            model_name='case',
            name='offered_by',
            field=models.CharField(blank=True, choices=SIDES, max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='offer',
            name='ended_by',
            field=models.CharField(blank=True, choices=SIDES, default='', max_length=10),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='offer',
            name='outcome',
            field=models.CharField(blank=True, choices=[('accepted', 'Accepted'), ('declined', 'Declined'), ('countered', 'Countered'), ('lapsed', 'Lapsed'), ('overtaken', 'Overtaken')], max_length=10),
        ),
    ]
