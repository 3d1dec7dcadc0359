from django.db import migrations

from credits.migrations import _append_only


class Migration(migrations.Migration):
    """From here on the database refuses to change or delete the ledger's rows."""

    dependencies = [("credits", "0001_initial")]

    operations = [_append_only.RunSchemaEditor(_append_only.put_up, _append_only.take_down)]
