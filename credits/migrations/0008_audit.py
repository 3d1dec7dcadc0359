from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Now

from authbridge.shared.ids import new_id
from authbridge.shared.model_fields import UtcDateTimeField, UuidTextField
from credits.migrations._append_only import RunSchemaEditor
from credits.migrations._audit import CreateOrKeepModel, put_up, take_down


class Migration(migrations.Migration):
    """A table of what people and operators did by hand, which the database itself keeps."""

    dependencies = [("credits", "0007_ledger_indexes")]

    operations = [
        CreateOrKeepModel(
            name="AuditEntry",
            fields=[
                ("id", UuidTextField(default=new_id, editable=False, max_length=36, primary_key=True, serialize=False)),
                ("created_at", UtcDateTimeField(db_default=Now())),
                ("action", models.TextField()),
                ("actor_type", models.TextField()),
                ("actor", models.TextField(blank=True)),
                ("place", models.TextField(blank=True)),
                ("subject_type", models.TextField(blank=True)),
                ("subject_id", models.TextField(blank=True, null=True)),
                ("user_id", models.TextField(blank=True, null=True)),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField(blank=True, null=True)),
                ("details", models.JSONField(blank=True, null=True)),
            ],
            options={
                "db_table": "fltr_audit",
                "verbose_name_plural": "audit entries",
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(F("created_at").desc(), F("id").desc(), name="audit_by_time"),
                    models.Index("action", F("created_at").desc(), F("id").desc(), name="audit_by_action"),
                    models.Index("actor_type", F("created_at").desc(), F("id").desc(), name="audit_by_actor_type"),
                    models.Index("actor", F("created_at").desc(), name="audit_by_actor"),
                    models.Index("place", F("created_at").desc(), name="audit_by_place"),
                    models.Index("subject_id", F("created_at").desc(), name="audit_by_subject"),
                    models.Index("user_id", F("created_at").desc(), name="audit_by_user"),
                ],
            },
        ),
        RunSchemaEditor(put_up, take_down),
    ]
