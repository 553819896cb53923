from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_tasks'),
        ('workspaces', '0002_invitation_link'),
    ]

    operations = [
        migrations.AddField(
            model_name='worktype',
            name='kind',
            field=models.CharField(choices=[('work', 'Work'), ('vacation', 'Vacation'), ('sick_leave', 'Sick leave'), ('time_off', 'Time off in lieu'), ('absence', 'Other absence')], db_default='work', default='work', max_length=10, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='worktype',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'work'), ('is_billable', False), _connector='OR'), name='work_type_absence_not_billable'),
        ),
    ]
