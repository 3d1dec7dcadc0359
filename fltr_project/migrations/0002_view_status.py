from django.db import migrations


class Migration(migrations.Migration):
    """A permission to see the status page; no table changes."""

    dependencies = [("fltr_project", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="idempotentrequest",
            options={"permissions": [("view_status", "Can view the status of the instance")]},
        )
    ]
