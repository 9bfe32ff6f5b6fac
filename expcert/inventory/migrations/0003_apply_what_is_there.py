# By itself: PostgreSQL does not change the columns of a table whose rows the same transaction has changed.

from django.db import migrations, models


def apply_what_is_there(apps, schema_editor):
    """Before this release every reading was part of the estate as soon as it was stored."""
    apps.get_model("inventory", "Reading")._base_manager.update(applied_at=models.F("read_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0002_waiting_readings_and_decisions'),
    ]

    operations = [
        migrations.RunPython(apply_what_is_there, migrations.RunPython.noop),
    ]
