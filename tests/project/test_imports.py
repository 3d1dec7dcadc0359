"""The rules of the house hold in every module, and each would notice when it is broken."""

import subprocess
import sys

import pytest

from tests.support import house_rules
from tests.support.house_rules import Module, broken, product

RULES = [
    house_rules.imports_run_one_way,
    house_rules.rooms_are_entered_by_their_doors,
    house_rules.only_the_vector_store_knows_milvus,
    house_rules.migrations_are_frozen,
    house_rules.migrations_are_nobody_s_library,
    house_rules.user_database_is_named_by_its_setting,
    house_rules.transactions_name_their_database,
    house_rules.only_the_ledger_writes_money,
    house_rules.only_what_is_declared_is_charged,
    house_rules.secrets_are_compared_in_constant_time,
    house_rules.nothing_is_left_with_a_session,
]

BREACHES = [
    (house_rules.imports_run_one_way, "credits/views.py", "from datasets.services import search"),
    (house_rules.imports_run_one_way, "authbridge/tokens.py", "import credits.ledger"),
    (house_rules.imports_run_one_way, "datasets/views.py", "def f():\n    from fltr_project import errors"),
    (house_rules.imports_run_one_way, "credits/management/commands/x.py", "from ....datasets import models"),
    (
        house_rules.only_the_vector_store_knows_milvus,
        "datasets/services/search.py",
        "from pymilvus import MilvusClient",
    ),
    (house_rules.only_the_vector_store_knows_milvus, "fltr_project/http/health.py", "import milvus_lite.server"),
    (house_rules.rooms_are_entered_by_their_doors, "credits/services/teams.py", "from authbridge.models import User"),
    (house_rules.rooms_are_entered_by_their_doors, "datasets/people.py", "from authbridge import models"),
    (house_rules.rooms_are_entered_by_their_doors, "credits/user_admin.py", "from authbridge.admin import UserAdmin"),
    (house_rules.rooms_are_entered_by_their_doors, "fltr_project/pages/sign_in.py", "from authbridge import tokens"),
    (house_rules.rooms_are_entered_by_their_doors, "datasets/services/x.py", "import credits.ledger"),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/services/x.py",
        "def f():\n    from credits.prices import price_of",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/views/x.py",
        "from credits.serializers import TeamSerializer",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "fltr_project/http/health.py",
        "from datasets.indexing.vector_store import get_vector_store",
    ),
    (house_rules.rooms_are_entered_by_their_doors, "fltr_project/reset/doing.py", "from datasets import storage"),
    (house_rules.rooms_are_entered_by_their_doors, "fltr_project/urls.py", "import datasets"),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/management/commands/x.py",
        "from authbridge.databases.setup import has_users",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/views/x.py",
        "from authbridge.authentication import bearer_credential",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "fltr_project/http/health.py",
        "from credits.doctor import examine_ledger",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/services/x.py",
        "from credits.permissions import HasScope",
    ),
    (house_rules.rooms_are_entered_by_their_doors, "authbridge/shared/x.py", "from authbridge.models import User"),
    (house_rules.rooms_are_entered_by_their_doors, "authbridge/shared/x.py", "from ..errors import UserNotFound"),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/services/x.py",
        "from authbridge.databases import naming",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/admin.py",
        "from authbridge.databases.setup import make_tables",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/databases/setup.py",
        "from authbridge.services.development import ensure_user",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/databases/doctor/x.py",
        "import authbridge.authentication",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/databases/setup.py",
        "from authbridge.databases.doctor.columns import examine_columns",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "authbridge/databases/setup.py",
        "from authbridge.databases import checks",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/queue/leases.py",
        "from datasets.services import processing",
    ),
    (house_rules.rooms_are_entered_by_their_doors, "datasets/queue/leases.py", "from datasets.models import Document"),
    (house_rules.rooms_are_entered_by_their_doors, "datasets/queue/leases.py", "from datasets import models"),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/queue/leases.py",
        "from datasets.models.document import Document",
    ),
    (
        house_rules.rooms_are_entered_by_their_doors,
        "datasets/queue/threads.py",
        "from credits.services import give_back",
    ),
    (house_rules.migrations_are_frozen, "credits/migrations/0001_initial.py", "from credits.adoption import complete"),
    (house_rules.migrations_are_frozen, "credits/migrations/0001_initial.py", "import credits.models"),
    (house_rules.migrations_are_frozen, "credits/migrations/_old.py", "def f():\n    from credits import ledger"),
    (house_rules.migrations_are_frozen, "credits/migrations/0003_x.py", "from ..statements import INSERT_ROW"),
    (house_rules.migrations_are_frozen, "credits/migrations/0003_x.py", "from datasets.migrations import _old"),
    (house_rules.migrations_are_frozen, "datasets/migrations/0002_x.py", "from authbridge.selectors import find_user"),
    (house_rules.migrations_are_frozen, "datasets/migrations/0002_x.py", "import psycopg"),
    (
        house_rules.migrations_are_nobody_s_library,
        "credits/x.py",
        "from credits.migrations._append_only import TRIGGERS",
    ),
    (house_rules.migrations_are_nobody_s_library, "credits/services/x.py", "from credits.migrations import _old"),
    (house_rules.migrations_are_nobody_s_library, "datasets/x.py", "import credits.migrations._append_only"),
    (house_rules.migrations_are_nobody_s_library, "credits/x.py", "def f():\n    from .migrations import _old"),
    (house_rules.user_database_is_named_by_its_setting, "credits/ledger.py", 'connections["auth"]'),
    (house_rules.user_database_is_named_by_its_setting, "fltr_project/router.py", 'homes = {"credits": "auth"}'),
    (house_rules.user_database_is_named_by_its_setting, "credits/x.py", 'call_command("migrate", database="auth")'),
    (house_rules.user_database_is_named_by_its_setting, "credits/x.py", 'if using == "auth": f()'),
    (house_rules.user_database_is_named_by_its_setting, "credits/views.py", 'User.objects.using("auth")'),
    (house_rules.transactions_name_their_database, "credits/x.py", "with transaction.atomic():\n    f()"),
    (house_rules.transactions_name_their_database, "credits/x.py", "@transaction.atomic\ndef f(): ..."),
    (house_rules.transactions_name_their_database, "credits/x.py", "transaction.on_commit(f)"),
    (house_rules.transactions_name_their_database, "credits/x.py", "transaction.atomic(durable=True)"),
    (
        house_rules.transactions_name_their_database,
        "credits/x.py",
        "from django.db.transaction import on_commit\non_commit(f)",
    ),
    (house_rules.only_the_ledger_writes_money, "credits/services.py", "from credits import statements"),
    (house_rules.only_the_ledger_writes_money, "credits/statements.py", "user.credits = 3"),
    (house_rules.only_the_ledger_writes_money, "credits/services.py", "CreditTransaction.objects.create(amount=1)"),
    (house_rules.only_the_ledger_writes_money, "credits/admin.py", "CreditTransaction.objects.filter(id=1).delete()"),
    (house_rules.only_the_ledger_writes_money, "credits/services.py", "CreditTransaction(amount=1).save()"),
    (house_rules.only_the_ledger_writes_money, "credits/services.py", "users.update(credits=F('credits') - 1)"),
    (house_rules.only_the_ledger_writes_money, "credits/services.py", "team.credits -= 3"),
    (house_rules.only_the_ledger_writes_money, "datasets/models.py", "user.credits = 3"),
    (house_rules.only_the_ledger_writes_money, "datasets/x.py", 'q = "UPDATE users SET credits = credits - 1"'),
    (house_rules.only_the_ledger_writes_money, "datasets/x.py", 'q = f"UPDATE {t} SET team_id = 1, credits = 2"'),
    (house_rules.only_the_ledger_writes_money, "datasets/x.py", 'q = "insert into credit_transactions (id)"'),
    (house_rules.only_what_is_declared_is_charged, "datasets/views/search.py", "from credits.services import payer_of"),
    (house_rules.only_what_is_declared_is_charged, "datasets/views/x.py", "services.pay(payer=p, charge=c)"),
    (
        house_rules.only_what_is_declared_is_charged,
        "datasets/services/search.py",
        "from credits.services import pay_all",
    ),
    (house_rules.only_what_is_declared_is_charged, "datasets/views/x.py", "with metering.paid_answer(payer=p): f()"),
    (house_rules.only_what_is_declared_is_charged, "credits/services/keys.py", "ledger.charge(account=a)"),
    (house_rules.only_what_is_declared_is_charged, "datasets/services/x.py", "from credits.ledger import charge as c"),
    (house_rules.secrets_are_compared_in_constant_time, "authbridge/x.py", "if given == settings.WEBHOOK_SECRET: f()"),
    (house_rules.secrets_are_compared_in_constant_time, "authbridge/x.py", "return token != session.token"),
    (house_rules.secrets_are_compared_in_constant_time, "authbridge/x.py", "return digest.hexdigest() == expected"),
    (
        house_rules.secrets_are_compared_in_constant_time,
        "authbridge/x.py",
        'ok = request.headers["X-Signature"] == mine',
    ),
    (house_rules.secrets_are_compared_in_constant_time, "authbridge/x.py", "return given_secret in known"),
    (house_rules.secrets_are_compared_in_constant_time, "authbridge/x.py", "same = signature.encode() == b'x'"),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", "q = \"SET lock_timeout = '5s'\""),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", "q = f\" SET lock_timeout = '{patience}'\""),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", "q = \"SELECT set_config('TimeZone', %s, false)\""),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", 'q = "SELECT pg_advisory_lock(1)"'),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", 'q = "SELECT pg_try_advisory_lock(%s)"'),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", 'q = "LISTEN jobs"'),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", 'q = "DECLARE c CURSOR WITH HOLD FOR SELECT 1"'),
    (house_rules.nothing_is_left_with_a_session, "credits/x.py", 'q = "CREATE TEMPORARY TABLE counted (id int)"'),
]

# What stands close to a breach and is none.
PASSAGES = [
    ("fltr_project/doctor.py", "from authbridge.databases.doctor import reach"),
    ("fltr_project/doctor.py", "from datasets.doctor import examine_storage"),
    ("fltr_project/reset/doing.py", "from credits.services.resetting import after_dropping"),
    ("credits/authentication.py", "from authbridge import authentication"),
    ("authbridge/management/commands/x.py", "from authbridge.databases.setup import init_databases"),
    ("authbridge/databases/checks.py", "from authbridge.databases.doctor.reach import examine_identity"),
    ("authbridge/databases/setup.py", "from authbridge.selectors import has_users"),
    ("datasets/queue/leases.py", "from authbridge.shared.process_names import own_name"),
]

HARMLESS = """
from datasets.models import Dataset
from credits.services import Charge
from authbridge.shared.ids import parse_uuid
from authbridge.staff import OwnedAdmin
from credits.selectors import balance_of
from authbridge.selectors import find_user

def charge_for(dataset):
    with transaction.atomic(using=settings.AUTH_DB):
        transaction.on_commit(notify, using="default")
    if user.credits >= 3 and CreditTransaction.objects.filter(user_id=user.id).exists():
        Dataset.objects.filter(id=1).update(status="ready")
    router.register("auth", views, basename="auth")
    if secret is None or not hmac.compare_digest(secret, token) or error.code == WRONG_PASSWORD:
        return secrets.token_hex(3) == kind
    cursor.execute(f"SET LOCAL lock_timeout = '{patience}'; UPDATE {table} SET name = 'SET '")
    cursor.execute("SELECT pg_try_advisory_xact_lock(1), set_config('work_mem', '1MB', true)")
    return "SELECT credits FROM users", Account(credits=3)
"""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule):
    assert broken(rule, product()) == []


@pytest.mark.parametrize(("rule", "path", "source"), BREACHES)
def test_a_breach_is_noticed(rule, path, source):
    assert broken(rule, [Module(path, source)])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_noticed(rule):
    assert broken(rule, [Module("datasets/services/example.py", HARMLESS)]) == []


@pytest.mark.parametrize(("path", "source"), PASSAGES)
def test_a_door_that_is_open_is_not_noticed(path, source):
    assert broken(house_rules.rooms_are_entered_by_their_doors, [Module(path, source)]) == []


@pytest.mark.parametrize("door", house_rules.FURTHER_DOORS, ids=lambda door: f"{door[0]} for {door[1] or 'all'}")
def test_no_door_is_open_that_nobody_uses(door):
    opened, whom, _ = door
    outside = [module for module in product() if module.room != opened.split(".")[0] and module.path.startswith(whom)]

    assert [module.path for module in outside for _, name in module.imports() if house_rules.is_within(name, opened)]


def test_asking_for_health_and_serving_load_neither_numpy_nor_milvus_client():
    source = "; ".join(
        [
            "import django, sys",
            "django.setup()",
            "import fltr_project.http.health, fltr_project.run.instance",
            "print(sorted({'numpy', 'pymilvus', 'grpc'} & set(sys.modules)))",
        ]
    )
    ran = subprocess.run([sys.executable, "-c", source], cwd=house_rules.PROJECT, capture_output=True, text=True)

    assert ran.stdout == "[]\n", ran.stderr


def test_every_room_is_looked_at():
    assert {module.room for module in product()} == set(house_rules.ROOMS)
