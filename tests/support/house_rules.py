"""The rules of the house that a program can see in the source, each as a function from one module to complaints."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PROJECT = Path(__file__).parents[2]
# Imports run from left to right only.
ROOMS = ("fltr_project", "datasets", "credits", "authbridge")
# What every room opens to those above it. All else of it is its own, except for the further doors.
USUAL_DOORS = ("services", "selectors", "errors")
FURTHER_DOORS = [
    # What is opened, to which modules, and why.
    ("authbridge.shared", "", "stands below all rooms and uses none of them"),
    ("authbridge.staff", "", "pages for staff look alike in every room, and say whose the rows are"),
    ("authbridge.authentication", "credits/", "credits adds keys and the welcome bonus to these classes of DRF"),
    ("authbridge.authentication", "fltr_project/http/known.py", "asks whose a credential is before a body is read"),
    ("authbridge.databases", "fltr_project/", "serve, reset and doctor make, empty and examine both databases"),
    ("credits.doctor", "fltr_project/doctor.py", "the doctor asks every room for its examinations"),
    ("datasets.doctor", "fltr_project/doctor.py", "the doctor asks every room for its examinations"),
]
LEDGER = "credits/ledger.py"
# Puts back rows and balances that the ledger once wrote, which are no movements; a restore alone calls it.
RESTORING = "credits/services/restoring.py"
# SQL as text: the ledger's, which the ledger alone may run, and the triggers', which the database runs.
LEDGER_TEXT = {"credits/statements.py", "credits/triggers/append_only.py"}
MONEY_COLUMNS = {"credits", "total_credits_purchased", "balance_after"}
ROW_WRITERS = {
    "create",
    "acreate",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "update",
    "bulk_update",
    "delete",
}
MONEY_IN_SQL = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+credit_transactions\b"
    r"|\bSET\b.*\b(credits|total_credits_purchased|balance_after)\s*=",
    re.IGNORECASE | re.DOTALL,
)
# What PostgreSQL keeps for a session. Behind a pooler the next transaction has another one, and somebody else has this.
KEPT_FOR_SESSION = re.compile(
    r"\A\s*(SET(?! LOCAL\b| CONSTRAINTS\b| TRANSACTION\b)|RESET|LISTEN|UNLISTEN|PREPARE|DEALLOCATE|DISCARD|LOAD) "
    r"|\bpg_(try_)?advisory_(lock|unlock)|\bset_config\([^)]*\bfalse\b|\bWITH HOLD\b"
    r"|\bCREATE\s+(LOCAL |GLOBAL )?TEMP|\bINTO\s+TEMP"
)
# What charges, or says who pays, and the files that may; all others go through `requires_credits`.
CHARGERS = {
    "payer_of": {"datasets/views/base.py", "credits/views/account.py"},
    "paid_answer": {"datasets/views/base.py"},
    "pay_all": {"datasets/services/metering.py"},
    "pay": {"datasets/services/intents.py", "credits/services/payments.py"},
    "charge": {"credits/services/payments.py", "credits/services/billing.py"},
}
TRANSACTION_CALLS = {"atomic", "on_commit", "set_rollback", "get_connection"}
ALIAS_CALLS = {"using", "db_manager"}
ALIAS_ARGUMENTS = {"using", "database", "databases", "db", "alias"}
# What a comparison that stops at the first difference would give away, letter by letter.
SECRET_WORDS = {"secret", "token", "signature", "digest", "hmac", "mac", "password", "credential"}
MILVUS_PACKAGES = {"pymilvus", "milvus_lite"}
# What a migration may use besides Django and its like: fields are named by it, and what it refuses is told by an error.
FIELDS_OF_MIGRATIONS = {f"authbridge.shared.{name}" for name in ("errors", "ids", "model_fields")}


@dataclass(frozen=True)
class Module:
    """One source file, parsed; `path` is relative to the project."""

    path: str
    source: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of its syntax."""
        return list(ast.walk(ast.parse(self.source)))

    @property
    def room(self) -> str:
        """The room it is in."""
        return self.path.split("/")[0]

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """All imports, at the top and within functions, with the full name each gives."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = ".".join(Path(self.path).parent.parts[: -node.level + 1 or None]) if node.level else ""
                base = ".".join(filter(None, (package, node.module)))
                yield from ((node, f"{base}.{alias.name}") for alias in node.names)


@dataclass(frozen=True)
class Wall:
    """Something of a room that some of its modules may not use; a path or a name stands for all that is below it."""

    inside: tuple[str, ...]
    forbidden: tuple[str, ...]
    why: str
    except_inside: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def stands_around(self, path: str) -> bool:
        """Tell whether it is about a module."""
        return path.startswith(self.inside) and not path.startswith(self.except_inside)


WALLS = [
    Wall(
        inside=("authbridge/shared/",),
        forbidden=("authbridge",),
        allowed=("authbridge.shared",),
        why="what every room uses stands below this one, too",
    ),
    Wall(
        inside=("authbridge/",),
        except_inside=("authbridge/databases/", "authbridge/management/", "authbridge/apps.py"),
        forbidden=("authbridge.databases",),
        why="whoever answers who is calling needs no tools for making and examining databases",
    ),
    Wall(
        inside=("authbridge/databases/",),
        forbidden=("authbridge",),
        allowed=tuple(f"authbridge.{name}" for name in ("databases", "shared", "models", "selectors")),
        why="databases are made and examined before anybody calls",
    ),
    Wall(
        inside=("authbridge/databases/setup.py",),
        forbidden=("authbridge.databases.doctor", "authbridge.databases.checks"),
        why="setting up reads no examinations",
    ),
    Wall(
        inside=("datasets/queue/",),
        forbidden=("credits", "datasets.services", "datasets.models"),
        why="a queue knows neither documents nor money",
    ),
]


Complaints = Iterator[tuple[ast.AST, str]]
Rule = Callable[[Module], Complaints]


@cache
def product() -> list[Module]:
    """Return every module of the product, read and parsed once."""
    paths = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))
    return [Module(path.relative_to(PROJECT).as_posix(), path.read_text()) for path in paths]


def broken(rule: Rule, modules: list[Module]) -> list[str]:
    """Return one line for each place that breaks a rule."""
    return [
        f"{module.path}:{getattr(node, 'lineno', 1)}: {sentence}"
        for module in modules
        for node, sentence in rule(module)
    ]


def imports_run_one_way(module: Module) -> Complaints:
    """A room may use itself and the rooms to its right, never those to its left."""
    left = ROOMS[: ROOMS.index(module.room)]
    for node, name in module.imports():
        if name.split(".")[0] in left:
            yield node, f"{module.room} imports {name}"


def rooms_are_entered_by_their_doors(module: Module) -> Complaints:
    """From another room only its doors; and within some rooms there are walls."""
    walls = [wall for wall in WALLS if wall.stands_around(module.path)]
    for node, name in module.imports():
        room = name.split(".")[0]
        if room in ROOMS and room != module.room and not is_open(name, module.path):
            yield node, f"{name} is no door of {room}"
        for wall in walls:
            if is_within(name, *wall.forbidden) and not is_within(name, *wall.allowed):
                yield node, f"{name}: {wall.why}"


def is_open(name: str, path: str) -> bool:
    """Tell whether a full name is behind a door that another room's module may use."""
    usual = [f"{name.split('.')[0]}.{door}" for door in USUAL_DOORS]
    return is_within(name, *usual, *(door for door, whom, _ in FURTHER_DOORS if path.startswith(whom)))


def only_the_vector_store_knows_milvus(module: Module) -> Complaints:
    """The client is imported behind one small door."""
    if module.path.startswith("datasets/indexing/vector_store/"):
        return
    for node, name in module.imports():
        if name.split(".")[0] in MILVUS_PACKAGES:
            yield node, f"{name} is for datasets/indexing/vector_store/ alone"


def migrations_are_frozen(module: Module) -> Complaints:
    """What a migration did stays what it did: it runs no code that somebody changes for today's sake."""
    package = module.path.partition("migrations/")[0].replace("/", ".") + "migrations"
    if "/migrations/" not in module.path:
        return
    for node, name in module.imports():
        if not is_within(name, package, *FIELDS_OF_MIGRATIONS) and name.split(".")[0] not in {
            "django",
            *sys.stdlib_module_names,
        }:
            yield node, f"a migration imports {name}, which may change"


def migrations_are_nobody_s_library(module: Module) -> Complaints:
    """Whoever needs today what a migration did has a copy that may live."""
    if "/migrations/" in module.path:
        return
    for node, name in module.imports():
        if name.split(".")[0] in ROOMS and "migrations" in name.split("."):
            yield node, f"{name} is history"


def is_within(name: str, *packages: str) -> bool:
    """Tell whether a full name is one of these, or of something in it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def user_database_is_named_by_its_setting(module: Module) -> Complaints:
    """With one database there is no alias of that name; only what makes the alias may spell it."""
    if module.path == "fltr_project/configuration/databases.py":
        return
    meant_otherwise = {other for node in module.nodes for other in no_aliases(node)}
    for node in module.nodes:
        if isinstance(node, ast.Constant) and node.value == "auth" and node not in meant_otherwise:
            yield node, 'the literal "auth"; write settings.AUTH_DB'


def no_aliases(node: ast.AST) -> list[ast.expr | None]:
    """Return the parts of a node that cannot name a database: a dictionary's keys, most arguments."""
    if isinstance(node, ast.Dict):
        return node.keys
    if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") in ALIAS_CALLS:
        return []
    return [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg not in ALIAS_ARGUMENTS)]


def transactions_name_their_database(module: Module) -> Complaints:
    """Without `using=` they are about `default`, whatever the code inside them touches."""
    direct = {name.rsplit(".", 1)[-1] for _, name in module.imports() if name.startswith("django.db.transaction.")}
    named = {
        node.func
        for node in module.nodes
        if isinstance(node, ast.Call) and any(keyword.arg == "using" for keyword in node.keywords)
    }
    for node in module.nodes:
        is_attribute = isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("transaction")
        name = node.attr if isinstance(node, ast.Attribute) and is_attribute else getattr(node, "id", None)
        if name in TRANSACTION_CALLS and (is_attribute or name in direct) and node not in named:
            yield node, f"{name} without using="


def only_the_ledger_writes_money(module: Module) -> Complaints:
    """Balances and ledger rows change in one file, and where their columns are made."""
    if module.path in {LEDGER, RESTORING} or module.path.startswith("credits/migrations/"):
        return
    for statement, name in module.imports():
        if name.startswith("credits.statements"):
            yield statement, f"{name} is for the ledger alone"
    for node in module.nodes:
        if is_money_sql(node) and module.path not in LEDGER_TEXT:
            yield node, "SQL that writes money"
        elif isinstance(node, ast.Call) and writes_money(node):
            yield node, f"{ast.unparse(node.func)}(…) writes money"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in MONEY_COLUMNS:
            yield node, f"an assignment to {ast.unparse(node)}"


def only_what_is_declared_is_charged(module: Module) -> Complaints:
    """The views' base compares each charge with its action's declaration, so nothing may charge past it."""
    if module.path == "credits/services/__init__.py":
        return
    used = [(node, getattr(node.func, "attr", "")) for node in module.nodes if isinstance(node, ast.Call)]
    for node, name in [*used, *((node, name.rsplit(".", 1)[-1]) for node, name in module.imports())]:
        if module.path not in CHARGERS.get(name, {module.path}):
            yield node, f"{name} charges; use requires_credits or payer_for"


def is_money_sql(node: ast.AST) -> bool:
    """Tell whether a node is SQL that makes or changes a ledger row or a balance."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(MONEY_IN_SQL.search(node.value))


def nothing_is_left_with_a_session(module: Module) -> Complaints:
    """A pooler in transaction mode goes on to another session: locks are pg_advisory_xact_lock, settings SET LOCAL.

    A restore's tables for a moment are dropped in the transaction that makes them.
    """
    if module.path == RESTORING:
        return
    later_parts = {part for node in module.nodes if isinstance(node, ast.JoinedStr) for part in node.values[1:]}
    for node in module.nodes:
        if node in later_parts or not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if KEPT_FOR_SESSION.search(node.value):
            yield node, "SQL whose effect outlives its transaction"


def writes_money(call: ast.Call) -> bool:
    """Tell whether a call makes or changes a ledger row, or a row's balance."""
    if isinstance(call.func, ast.Name):
        return call.func.id == "CreditTransaction"
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ROW_WRITERS:
        return False
    on_ledger = any(isinstance(node, ast.Name) and node.id == "CreditTransaction" for node in ast.walk(call.func))
    return on_ledger or any(keyword.arg in MONEY_COLUMNS for keyword in call.keywords)


def secrets_are_compared_in_constant_time(module: Module) -> Complaints:
    """`==` takes longer the more of a secret is right; hmac.compare_digest does not."""
    for node in module.nodes:
        if isinstance(node, ast.Compare) and any(
            isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops
        ):
            names = [name_of(side) for side in (node.left, *node.comparators)]
            if any(is_secret(name) for name in names):
                yield node, f"{ast.unparse(node)}; use hmac.compare_digest"


def name_of(node: ast.expr) -> str:
    """Return what an expression is called: a variable, an attribute, an entry, or what a method is called on."""
    if isinstance(node, ast.Call):
        return name_of(node.func.value) if isinstance(node.func, ast.Attribute) else name_of(node.func)
    if isinstance(node, ast.Subscript):
        return node.slice.value if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else ""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_secret(name: str) -> bool:
    """Tell whether a name is a secret's, or a setting's that holds one; other constants are kinds and codes."""
    words = name.lower().replace("-", "_").split("_")
    is_code = name.isupper() and words[-1] == "password"
    return words[-1] in SECRET_WORDS and not is_code
