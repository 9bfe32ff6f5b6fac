# By itself: PostgreSQL does not change the columns of a table whose rows the same transaction has changed.

from django.db import migrations


def settle_what_is_there(apps, schema_editor):
    """Before this release every upload was applied as soon as it was read; the number of its files was in its reading."""
    uploads = apps.get_model("intake", "Upload")._base_manager
    for upload in uploads.filter(state="done", reading__isnull=False).select_related("reading").iterator(chunk_size=20):
        uploads.filter(pk=upload.pk).update(
            became="applied",
            settled_at=upload.reading.read_at,
            files_read=len(upload.reading.files.get("files", ())),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_reviews'),
    ]

    operations = [
        migrations.RunPython(settle_what_is_there, migrations.RunPython.noop),
    ]
