from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_user_heads_desk'),
    ]

    operations = [
        migrations.AddField(
            model_name='shopmember',
            name='ended_at',
            field=models.DateTimeField(blank=True, help_text='Since when this person no longer acts for the shop.', null=True, verbose_name='ended'),
        ),
    ]
