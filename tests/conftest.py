"""Fixtures of all rooms: the databases, the people, their clients, the vector engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from authbridge.models import Session, User
from credits.services import create_api_key
from datasets.indexing import vector_store
from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import Engine
from tests.datasets.vector_store.memory import MemoryStore
from tests.support import api, append_only, auth_tables, clients, people, scratch, warm, zones

ENGINE_START_TIMEOUT_S = 60


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Have Better Auth's tables made before ours, in every test database of every worker."""
    pre_migrate.connect(auth_tables.create_before_migrating, sender=apps.get_app_config("authbridge"))


@pytest.fixture(scope="session")
def django_db_use_migrations(django_db_use_migrations: bool) -> bool:
    """Have the triggers put up under --no-migrations too: what is tested is a ledger that keeps its rows."""
    if not django_db_use_migrations:
        post_migrate.connect(append_only.put_up, sender=apps.get_app_config("credits"))
    return django_db_use_migrations


@pytest.fixture(scope="session", autouse=True)
def _flush_empties_the_ledger() -> Iterator[None]:
    """Let Django's flush do what the database refuses to everybody else."""
    with pytest.MonkeyPatch.context() as patch:
        append_only.let_flush_empty_the_ledger(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_templates_left_behind() -> Iterator[None]:
    """Remove the databases that were made to be copied."""
    yield
    scratch.until_the_end.close()


@pytest.fixture(scope="session", autouse=True)
def _no_warm_python_left_behind() -> Iterator[None]:
    """End the process that commands were forked from."""
    yield
    warm.until_the_end.close()


@pytest.fixture(autouse=True)
def _no_people_left_behind(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Empty Better Auth's tables after a test that committed: Django's flush only knows tables it manages."""
    yield
    if auth_tables.may_keep_rows_of(request.node):
        with django_db_blocker.unblock():
            auth_tables.empty()


@pytest.fixture(name="scratch")
def empty_databases(tmp_path: Path) -> Iterator[scratch.Scratch]:
    """Empty databases of this test's own, for what commands do to them."""
    with scratch.scratch_databases(tmp_path) as databases:
        yield databases


@pytest.fixture
def rebuild_auth_tables() -> Iterator[Callable[..., None]]:
    """Return a function that makes Better Auth's tables anew in another shape, for this test alone.

    What a test did in its transaction is undone with that; what it committed is put back here.
    """
    yield auth_tables.rebuild
    if not connections[settings.AUTH_DB].in_atomic_block:
        auth_tables.rebuild()
    auth_tables.forget_columns()


@pytest.fixture
def _world(request: pytest.FixtureRequest, rebuild_auth_tables: Callable[..., None]) -> Iterator[None]:
    """One of `zones.WORLDS`, for tests that hold in each: types of columns, and the connection's time zone."""
    request.param.make()
    yield
    zones.turn_to(None)


@pytest.fixture
def make_user() -> Callable[..., User]:
    """Return a function that makes a user: `make_user("Carol", credits=5)`."""
    return people.make_user


@pytest.fixture
def alice() -> User:
    """She owns things, and has 100 credits."""
    return people.make_user("Alice")


@pytest.fixture
def bob() -> User:
    """He must not see Alice's things, and has 100 credits of his own."""
    return people.make_user("Bob")


@pytest.fixture
def alice_session(alice: User) -> Session:
    """Alice is signed in."""
    return people.make_session(alice)


@pytest.fixture
def dataset(alice_client: APIClient) -> dict[str, Any]:
    """An empty private dataset of Alice's, as the API answers it."""
    return api.make_dataset(alice_client)


@pytest.fixture
def api_key(alice: User) -> str:
    """The secret of a key with which Alice's programs call."""
    _, secret = create_api_key(user_id=alice.id, name="A program of Alice's")
    assert secret
    return secret


@pytest.fixture
def client_for() -> Callable[[User], APIClient]:
    """Return a function that signs a user in and gives their client."""
    return clients.client_for


@pytest.fixture
def alice_client(alice_session: Session) -> APIClient:
    """Alice calls."""
    return clients.client_with_token(alice_session.token)


@pytest.fixture
def bob_client(bob: User) -> APIClient:
    """Bob calls."""
    return clients.client_for(bob)


@pytest.fixture
def anonymous_client() -> APIClient:
    """Nobody in particular calls."""
    return APIClient()


@pytest.fixture
def service_client() -> APIClient:
    """The Next.js site calls."""
    return clients.client_of_service()


@pytest.fixture
def memory_vectors(settings: Any, monkeypatch: pytest.MonkeyPatch) -> VectorStore:
    """The vector store's twin in memory, for tests that are about something else."""
    settings.VECTOR_STORE_URI = "memory"
    store = MemoryStore()
    monkeypatch.setitem(vector_store._stores, ("memory", settings.VECTOR_STORE_TOKEN), store)
    return store


@pytest.fixture(scope="session")
def vector_engine() -> Iterator[Engine]:
    """One embedded vector engine for the tests of this worker that ask for it, where DATA_DIR's clients look for it."""
    engine = Engine(settings.DATA_DIR)
    engine.start()
    engine.wait_ready(ENGINE_START_TIMEOUT_S)
    yield engine
    engine.stop()
