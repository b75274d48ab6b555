from importlib import import_module

import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

ended = import_module("cases.migrations.0002_ended_case_has_no_open_deadline")
# SQLite alters a table by copying it, which triggers that name it do not survive.
LIFT = migrations.RunPython(ended.run(ended.SQLITE_BACK, []), ended.run(ended.SQLITE, []))
PUT_BACK = migrations.RunPython(ended.run(ended.SQLITE, []), ended.run(ended.SQLITE_BACK, []))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_user_heads_desk'),
        ('cases', '0006_outbox'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LIFT,
        migrations.CreateModel(
            name='Breaker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tripped_at', models.DateTimeField()),
                ('cause', models.CharField(choices=[('flood', 'Far more deadlines fell due at once than is plausible.'), ('jump', "The machine's clock jumped.")], max_length=8)),
                ('due', models.PositiveIntegerField(default=0)),
                ('running', models.PositiveIntegerField(default=0)),
                ('gap', models.DurationField(null=True)),
                ('resumed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-tripped_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('merchant', 'Merchant'), ('platform', 'Platform')], max_length=10)),
                ('length', models.DurationField()),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('granted_at', models.DateTimeField(blank=True, null=True)),
                ('due_before', models.DateTimeField()),
                ('due_after', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['asked_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Recovery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))])),
                ('booked_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'recovery',
                'verbose_name_plural': 'recoveries',
                'ordering': ['-booked_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='default_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='received_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='return_address',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='case',
            name='return_carrier',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='case',
            name='return_tracking',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='case',
            name='returned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='taken_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='deadline',
            name='rung',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='deadline',
            name='rung_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruling',
            name='audit_agrees',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruling',
            name='audit_note',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='ruling',
            name='audited_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruling',
            name='audited_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruling',
            name='is_drawn',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='deadline',
            name='kind',
            field=models.CharField(choices=[('negotiation', 'Negotiation'), ('merchant_response', "Merchant's answer"), ('evidence_supplement', 'Further evidence'), ('default_decision', 'Decision by default'), ('offer_answer', 'Answer to the offer'), ('ruling_target', 'Ruling due'), ('approval', 'Approval'), ('appeal_window', 'Time to appeal'), ('appeal_decision', 'Decision on the appeal'), ('buyer_return', 'Return of the goods'), ('merchant_receipt', 'Receipt of the return'), ('execution', 'Carrying out'), ('penalty_approval', 'Approval of the penalty')], max_length=24),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('closed_at', None), ('is_paused', False), ('rung_at__isnull', False)), fields=['rung_at'], name='deadline_running_rung'),
        ),
        migrations.AddIndex(
            model_name='ruling',
            index=models.Index(condition=models.Q(('audited_at', None), ('is_drawn', True)), fields=['issued_at'], name='ruling_to_audit'),
        ),
        migrations.AddField(
            model_name='breaker',
            name='resumed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extension',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extension',
            name='deadline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='cases.deadline'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='recovery', to='cases.case'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='shop',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recoveries', to='accounts.shop'),
        ),
        migrations.AddConstraint(
            model_name='breaker',
            constraint=models.UniqueConstraint(models.Value(1), condition=models.Q(('resumed_at', None)), name='breaker_is_tripped_once'),
        ),
        migrations.AddConstraint(
            model_name='recovery',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='recovery_is_of_something'),
        ),
        PUT_BACK,
    ]
