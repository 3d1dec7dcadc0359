from django.db import migrations

from credits.migrations import _totals
from credits.migrations._append_only import RunSchemaEditor


class Migration(migrations.Migration):
    """From here on the database adds up the ledger's rows. On PostgreSQL charges wait while those there are counted."""

    dependencies = [("credits", "0005_totals")]

    operations = [RunSchemaEditor(_totals.put_up, _totals.take_down)]
