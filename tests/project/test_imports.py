"""The rules of the house hold in every module, and each would notice when it is broken."""

import pytest

from tests.support import house_rules
from tests.support.house_rules import Module, broken, product

RULES = [
    house_rules.imports_run_one_way,
    house_rules.only_the_vector_store_knows_milvus,
    house_rules.user_database_is_named_by_its_setting,
    house_rules.transactions_name_their_database,
    house_rules.only_the_ledger_writes_money,
    house_rules.only_what_is_declared_is_charged,
    house_rules.secrets_are_compared_in_constant_time,
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
]

HARMLESS = """
from datasets.models import Dataset
from credits.services import Charge
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


def test_every_room_is_looked_at():
    assert {module.room for module in product()} == set(house_rules.ROOMS)
