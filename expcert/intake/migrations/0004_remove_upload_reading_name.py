from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0003_settle_what_is_there'),
    ]

    operations = [
        migrations.RemoveField(model_name='upload', name='reading_name'),
    ]
