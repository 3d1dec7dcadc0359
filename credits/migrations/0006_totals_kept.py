from django.db import migrations

from credits.migrations import _totals


class Migration(migrations.Migration):
    """From here on the database adds up the ledger's rows. Those there are counted while charges go on."""

    atomic = False

    dependencies = [("credits", "0005_totals")]

    operations = [migrations.RunPython(_totals.put_up, _totals.take_down)]
