"""Migration operations for tables that the Next.js site may have made before us: adopt, complete, never drop.

What a migration did stays what it did: nothing here is shared with what runs today.
"""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from authbridge.shared.errors import DatabaseNotReady

# The columns that say whose a row is.
OWNER_COLUMNS = {"credit_transactions": "user_id", "api_key_credits": "user_id", "teams": "owner_id"}
NEW_ID = {
    "postgresql": "gen_random_uuid()",
    "sqlite": (
        "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'"
        " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
    ),
}
CLAIM_OLD_ROWS = (
    "UPDATE credit_transactions SET account_type = 'user', account_id = CAST(user_id AS text)"
    " WHERE account_type IS NULL"
)
OPEN_ACCOUNTS = """
    INSERT INTO credit_transactions
        (id, user_id, amount, type, account_type, account_id, idempotency_key, balance_after, created_at)
    SELECT {new_id}, id, credits - explained, 'opening', 'user', id, 'opening', credits, CURRENT_TIMESTAMP{in_utc}
    FROM (
        SELECT CAST(u.id AS text) AS id, u.credits, (
            SELECT COALESCE(SUM(t.amount), 0) FROM credit_transactions AS t
            WHERE t.account_type = 'user' AND t.account_id = CAST(u.id AS text)
        ) AS explained FROM users AS u
    ) AS holders
    WHERE credits <> explained
    ON CONFLICT (account_type, account_id, idempotency_key) DO NOTHING"""


class CreateOrAdoptModel(migrations.CreateModel):
    """Create a table, or add to the one that is there what it lacks: columns, constraints, indexes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Create or complete."""
        model = to_state.apps.get_model(app_label, self.name)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        if model._meta.db_table in connection.introspection.table_names():
            insist_on_plain_text_owners(schema_editor, model._meta.db_table)
            complete(schema_editor, model)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say it in `migrate`."""
        return f"Create or adopt table of {self.name}"


def complete(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> None:
    """Add the columns, constraints and indexes that a table lacks; names that are there are left as they are."""
    connection, table = schema_editor.connection, model._meta.db_table
    with connection.cursor() as cursor:
        columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
        named = set(connection.introspection.get_constraints(cursor, table))
    for field in model._meta.local_fields:
        if field.column not in columns:
            add_column(schema_editor, model, field)
    for constraint in model._meta.constraints:
        if constraint.name not in named:
            schema_editor.add_constraint(model, constraint)
    for index in model._meta.indexes:
        if index.name not in named:
            schema_editor.add_index(model, index)


def insist_on_plain_text_owners(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Refuse a table whose rows are tied to users, since users may go and the ledger stays.

    With such a tie nobody could delete a user any more. Its columns' types are the site's to change.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    column = OWNER_COLUMNS[table]
    with schema_editor.connection.cursor() as cursor:
        constraints = schema_editor.connection.introspection.get_constraints(cursor, table)
    ties = [name for name, each in constraints.items() if each["columns"] == [column] and each["foreign_key"]]
    type = column_type(schema_editor, table, column)
    if ties or type not in ("text", "character varying"):
        changes = [f'DROP CONSTRAINT "{name}"' for name in ties] + [f"ALTER COLUMN {column} TYPE text"]
        raise DatabaseNotReady(
            f"The site's table {table} cannot be used: its column {column} must be text and refer to no table, so that"
            f" the ledger outlives its users. Change the site's schema so and migrate it, which comes to:"
            f" ALTER TABLE {table} {', '.join(changes)};"
        )


def add_column(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], field: models.Field) -> None:
    """Add one column. A generated id must differ from row to row, which Django's one-time default would not."""
    if field.unique and schema_editor.connection.vendor == "postgresql":
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(
            f"ALTER TABLE {table} ADD COLUMN {field.column} uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()"
        )
    else:
        schema_editor.add_field(model, field)


def let_the_site_insert(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give ids a default in the database: the site inserts rows too, and knows nothing of Python's defaults."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in ("credit_transactions", "api_key_credits", "teams"):
        if column_type(schema_editor, table, "id") in ("uuid", "text"):
            cast = "" if column_type(schema_editor, table, "id") == "uuid" else "::text"
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN id SET DEFAULT gen_random_uuid(){cast}")


def column_type(schema_editor: BaseDatabaseSchemaEditor, table: str, column: str) -> str:
    """Return a column's type as PostgreSQL names it."""
    sql = "SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(sql, [table, column])
        return cursor.fetchone()[0]


def explain_history(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give rows from before an account, and every user whose credits they do not explain one `opening` row.

    Once the ledger is in use only a migration may do this: later, a difference is a fault to be found.
    """
    connection = schema_editor.connection
    if "users" not in connection.introspection.table_names():
        return
    is_postgresql = connection.vendor == "postgresql"
    type = column_type(schema_editor, "credit_transactions", "created_at") if is_postgresql else ""
    # The wall clock of UTC for a column without time zone, whatever zone the connection is in.
    in_utc = " AT TIME ZONE 'UTC'" if type == "timestamp without time zone" else ""
    schema_editor.execute(CLAIM_OLD_ROWS)
    schema_editor.execute(OPEN_ACCOUNTS.format(new_id=NEW_ID[connection.vendor], in_utc=in_utc))
