"""Better Auth's tables in SQL, as its own Drizzle generator writes them, for databases that Next.js has not made yet.

Used where no site is there to migrate them: the embedded default, tests, and WITH_AUTH_TABLES=1.
"""

from django.conf import settings
from django.db import connections

TABLES = {
    "users": """
        id {id} PRIMARY KEY {new_id}, name text NOT NULL, email text NOT NULL UNIQUE,
        email_verified boolean NOT NULL DEFAULT false, image text,
        created_at {time} NOT NULL DEFAULT {now}, updated_at {time} NOT NULL DEFAULT {now},
        credits integer NOT NULL DEFAULT 0, total_credits_purchased integer NOT NULL DEFAULT 0,
        team_id text, stripe_customer_id text""",
    "sessions": """
        id {id} PRIMARY KEY {new_id}, expires_at {time} NOT NULL, token text NOT NULL UNIQUE,
        created_at {time} NOT NULL DEFAULT {now}, updated_at {time} NOT NULL, ip_address text, user_agent text,
        user_id {id} NOT NULL REFERENCES users(id) ON DELETE CASCADE""",
    "accounts": """
        id {id} PRIMARY KEY {new_id}, account_id text NOT NULL, provider_id text NOT NULL,
        user_id {id} NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        access_token text, refresh_token text, id_token text,
        access_token_expires_at {time}, refresh_token_expires_at {time}, scope text, password text,
        created_at {time} NOT NULL DEFAULT {now}, updated_at {time} NOT NULL""",
    "verifications": """
        id {id} PRIMARY KEY {new_id}, identifier text NOT NULL, value text NOT NULL, expires_at {time} NOT NULL,
        created_at {time} NOT NULL DEFAULT {now}, updated_at {time} NOT NULL DEFAULT {now}""",
    "subscriptions": """
        id {id} PRIMARY KEY {new_id}, plan text NOT NULL, reference_id text NOT NULL, stripe_customer_id text,
        stripe_subscription_id text, status text NOT NULL DEFAULT 'incomplete', period_start {time}, period_end {time},
        trial_start {time}, trial_end {time}, cancel_at_period_end boolean DEFAULT false, cancel_at {time},
        canceled_at {time}, ended_at {time}, seats integer, billing_interval text, stripe_schedule_id text""",
}
INDEXES = {
    "sessions_userId_idx": "sessions (user_id)",
    "accounts_userId_idx": "accounts (user_id)",
    "verifications_identifier_idx": "verifications (identifier)",
}
POSTGRESQL_TYPES = {"id": "uuid", "new_id": "DEFAULT gen_random_uuid()", "time": "timestamp", "now": "now()"}
SQLITE_TYPES = {"id": "text", "new_id": "", "time": "datetime", "now": "CURRENT_TIMESTAMP"}


def create_auth_tables(**types: str) -> list[str]:
    """Create those of Better Auth's tables that are absent, and return their names.

    `types` overrides the column types, e.g. `id="text", new_id="", time="timestamptz"`.
    """
    connection = connections[settings.AUTH_DB]
    defaults = POSTGRESQL_TYPES if connection.vendor == "postgresql" else SQLITE_TYPES
    absent = [name for name in TABLES if name not in connection.introspection.table_names()]
    with connection.cursor() as cursor:
        for name in absent:
            cursor.execute(f"CREATE TABLE {name} ({TABLES[name].format(**{**defaults, **types})})")
        for name, target in INDEXES.items():
            if target.split()[0] in absent:
                cursor.execute(f'CREATE INDEX "{name}" ON {target}')
    return absent
