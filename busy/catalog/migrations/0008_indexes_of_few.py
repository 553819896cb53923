"""Imported records have no client_id, and need no place in the index that keeps it unique. Projects without a customer
need none in the index of customers, where they were one entry: so small an index of the workspace looked better than
the one of the whole key for as long as the table had no statistics, and each reference that was checked by it read the
whole workspace.

The trigram indexes go: under row-level security a comparison that could leak what it sees, as LIKE may, is made after
the policy's, so the serving role never searched by them, and an import spent a third of its time on them."""

from django.db import migrations, models

_ONCE = {
    'customer': 'customer_client_id_once',
    'product': 'product_client_id_once',
    'project': 'project_client_id_once',
    'task': 'task_client_id_once',
    'worktype': 'work_type_client_id_once',
}


def _once(name):
    return models.UniqueConstraint(
        models.F('workspace'), models.F('client_id'), condition=models.Q(('client_id__isnull', False)), name=name
    )


_TRIGRAMS = {
    'customer': 'customer_search',
    'product': 'product_search',
    'project': 'project_search',
    'task': 'task_search',
    'customerfieldvalue': 'customer_field_value_search',
}


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0007_customer_extras'),
    ]

    operations = [
        operation
        for model, name in _ONCE.items()
        for operation in (
            migrations.RemoveConstraint(model_name=model, name=name),
            migrations.AddConstraint(model_name=model, constraint=_once(name)),
        )
    ] + [
        migrations.RemoveIndex(model_name=model, name=name) for model, name in _TRIGRAMS.items()
    ] + [
        migrations.RemoveIndex(model_name='project', name='project_customer'),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(
                models.F('workspace'), models.F('customer'), condition=models.Q(('customer__isnull', False)),
                name='project_customer',
            ),
        ),
    ]
