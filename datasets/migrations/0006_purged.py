from datetime import timedelta
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

# Until then workers of the release before may still purge, and leave no word.
OTHERS_ARE_GONE_AFTER = timedelta(hours=1)


def begin_to_remember(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Note that what was purged before is not known."""
    alias = schema_editor.connection.alias
    is_in_use = apps.get_model("datasets", "Dataset").objects.using(alias).exists()
    since = timezone.now() + (OTHERS_ARE_GONE_AFTER if is_in_use else timedelta(0))
    apps.get_model("datasets", "PurgeHorizon").objects.using(alias).create(id=1, since=since)


class Migration(migrations.Migration):
    dependencies = [("datasets", "0005_waiting")]

    operations = [
        migrations.CreateModel(
            name="PurgedResource",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("purged_at", models.DateTimeField(db_index=True, default=timezone.now)),
            ],
            options={"db_table": "purged_resources"},
        ),
        migrations.CreateModel(
            name="PurgeHorizon",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
            options={"db_table": "purge_horizon"},
        ),
        # Nullable and without a default, so that SQLite adds them to the tables as they stand.
        migrations.AddField("dataset", "stuck_because", models.TextField(blank=True, editable=False, null=True)),
        migrations.AddField("pendinganswer", "stuck_because", models.TextField(blank=True, editable=False, null=True)),
        migrations.AddField("processingjob", "stuck_because", models.TextField(blank=True, editable=False, null=True)),
        migrations.RunPython(begin_to_remember, migrations.RunPython.noop),
    ]
