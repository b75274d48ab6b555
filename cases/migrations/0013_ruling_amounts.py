import django.core.validators
from decimal import Decimal
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0012_offered_and_in_hand'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ruling',
            name='ruling_amount_is_within_cap',
        ),
        migrations.AddField(
            model_name='ruling',
            name='amounts',
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='ruling',
            name='compensation',
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))]),
        ),
        migrations.AddField(
            model_name='ruling',
            name='freight_reason',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='ruling',
            name='unseen',
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=Q(('amount__gte', 0), ('amount__lte', F('cap') + F('compensation'))), name='ruling_amount_is_within_cap'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=Q(('compensation__gte', 0), ('compensation__lte', F('amount'))), name='ruling_compensation_is_part_of_the_amount'),
        ),
    ]
