from django.db import migrations, models

from authbridge.shared.model_fields import UtcDateTimeField
from credits.migrations._append_only import RunSchemaEditor
from credits.migrations._audit import CreateOrKeepModel
from credits.migrations._erasing import let_erase, refuse_all


class Migration(migrations.Migration):
    """The free text of a row can be erased, and nothing else; and a table of who left, and since when."""

    dependencies = [("credits", "0008_audit")]

    operations = [
        RunSchemaEditor(let_erase, refuse_all),
        CreateOrKeepModel(
            name="Departure",
            fields=[
                ("user_id", models.TextField(primary_key=True, serialize=False)),
                ("missed_at", UtcDateTimeField()),
                ("erased_at", UtcDateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "fltr_departures"},
        ),
    ]
