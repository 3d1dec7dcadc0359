"""A dataset knows how many of its documents are in which state, whoever writes them."""

import uuid
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from authbridge.shared.triggers import missing_triggers
from datasets import counters
from datasets.models import Dataset, Document, Lifecycle
from datasets.models.document import DocumentStatus
from datasets.services.dataset_status import mend_counts, refresh_status

pytestmark = pytest.mark.django_db(databases=["default"])

TRIGGERS_THERE = {
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'documents'::regclass AND NOT tgisinternal",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'documents'",
}
STATES = st.fixed_dictionaries(
    {
        "lifecycle": st.sampled_from(Lifecycle.values),
        "status": st.sampled_from(DocumentStatus.values),
        "version": st.integers(0, 2),
    }
)


def execute(sql: str) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def triggers_there() -> dict[str, str]:
    return {name: " ".join(sql.split()) for name, sql in execute(TRIGGERS_THERE[connections["default"].vendor])}


def make_dataset(**fields: Any) -> Dataset:
    slug = uuid.uuid4().hex
    return Dataset.objects.create(
        owner_id=uuid.uuid4(), name=slug, slug=slug, lifecycle="active", embedding_dimension=4, **fields
    )


def add(dataset: Dataset, **fields: Any) -> Document:
    return Document.objects.create(
        **{"dataset": dataset, "file_size": 1, "lifecycle": "active", "status": "ready", "version": 1} | fields
    )


def numbers(dataset: Dataset) -> tuple[int, int, int, int]:
    dataset.refresh_from_db()
    return (dataset.document_count, dataset.documents_in_work, dataset.documents_failed, dataset.documents_answering)


def in_truth(dataset: Dataset) -> tuple[int, int, int, int]:
    there = [document for document in dataset.documents.all() if document.lifecycle == "active"]
    return (
        len(there),
        sum(document.status in ("pending", "processing") for document in there),
        sum(document.status == "failed" for document in there),
        sum(document.status == "ready" or document.version > 0 for document in there),
    )


@trying(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begun=st.lists(STATES, max_size=4), changed=st.lists(st.tuples(st.integers(0, 3), STATES), max_size=6))
def test_whatever_becomes_of_documents_they_are_counted(
    db: None, begun: list[dict[str, Any]], changed: list[tuple[int, dict[str, Any]]]
) -> None:
    dataset = make_dataset()
    documents = [add(dataset, **state) for state in begun]
    for number, state in changed:
        if number < len(documents):
            Document.objects.filter(id=documents[number].id).update(**state)

    assert numbers(dataset) == in_truth(dataset)


def test_documents_of_one_statement_are_counted_together() -> None:
    one, other = make_dataset(), make_dataset()
    Document.objects.bulk_create(
        Document(dataset=dataset, file_size=1, lifecycle="active", status="pending") for dataset in (one, one, other)
    )

    Document.objects.filter(dataset=one).update(dataset=other, status="failed")

    assert (numbers(one), numbers(other)) == ((0, 0, 0, 0), (3, 1, 2, 0))


def test_what_is_deleted_is_not_counted() -> None:
    dataset = make_dataset()
    add(dataset)
    add(dataset, status="failed", version=0).delete()

    assert numbers(dataset) == (1, 0, 0, 1)


def test_a_dataset_goes_with_its_documents() -> None:
    dataset = make_dataset()
    add(dataset)

    dataset.delete()

    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("documents", "status"),
    [
        ([], "ready"),
        ([{"status": "pending"}, {"status": "failed"}], "processing"),
        ([{"status": "failed", "version": 0}], "failed"),
        ([{"status": "failed", "version": 0}, {}], "ready"),
        ([{"status": "failed", "version": 1}], "ready"),
        ([{"status": "failed", "version": 0, "lifecycle": "deleted"}], "ready"),
    ],
)
def test_the_status_follows_without_a_look_at_the_documents(documents: list[dict[str, Any]], status: str) -> None:
    dataset = make_dataset()
    for fields in documents:
        add(dataset, **fields)

    with CaptureQueriesContext(connection) as queries:
        refresh_status(dataset.id)

    dataset.refresh_from_db()
    assert dataset.status == status
    assert [query["sql"].count('"documents"') for query in queries] == [0]


def test_wrong_counts_are_found_and_mended() -> None:
    dataset, right = make_dataset(), make_dataset()
    add(dataset, status="pending", version=0)
    add(right)
    Dataset.objects.filter(id=dataset.id).update(document_count=7, documents_in_work=0)

    assert len(counters.wrong_counts()) == 1
    assert (mend_counts(), mend_counts()) == (1, 0)
    assert numbers(dataset) == (1, 1, 0, 0)
    assert dataset.status == "processing"


def test_the_triggers_as_the_service_knows_them_are_those_that_the_migrations_put_up() -> None:
    vendor = connections["default"].vendor
    migrated = triggers_there()
    for name in migrated:
        execute(f"DROP TRIGGER {name}" + (" ON documents" if vendor == "postgresql" else ""))

    assert missing_triggers("default", "documents", counters.TRIGGERS[vendor]) == sorted(migrated)
    for statement in [*counters.FUNCTIONS[vendor].values(), *counters.TRIGGERS[vendor].values()]:
        execute(statement)

    assert triggers_there() == migrated
    assert missing_triggers("default", "documents", counters.TRIGGERS[vendor]) == []


@pytest.mark.postgresql
def test_the_function_is_the_one_that_the_migrations_made() -> None:
    body = "SELECT prosrc FROM pg_proc WHERE proname = 'count_documents'"
    migrated = execute(body)

    execute(counters.FUNCTIONS["postgresql"][counters.FUNCTION])

    assert execute(body) == migrated
