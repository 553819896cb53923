from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_work_type_kind'),
    ]

    operations = [
        migrations.AddField(
            model_name='worktype',
            name='category',
            field=models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='category'),
        ),
    ]
