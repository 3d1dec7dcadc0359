"""Filters mean in SQL what they mean in Python, on every kind of database."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Document
from datasets.search import passages
from datasets.search.filter_sql import can_be_sql, condition_of
from datasets.search.filters import check_filters, matches

pytestmark = pytest.mark.django_db(databases=["default"])

NAMES = ["a", "b", "über", 'quo"te', "a.b", "$", "%s", "'", ""]
texts = st.sampled_from(["", "a", "b", "B", "é", "1", "true", "null", "'", '"', "%", "\\", "😀", "ﬀ", "z z"])
numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.sampled_from([0, 1, -1, 1.0, 0.1, 0.5, -0.5, 1e10, 1e-7, 2**53]),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: number + 0.0),
)  # fmt: skip
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
stored = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(scalars, st.lists(scalars, max_size=2), st.just({"a": 1})), max_size=4
)
comparisons = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.one_of(numbers, texts), min_size=1)
conditions = st.one_of(scalars, st.lists(scalars, max_size=3), comparisons, scalars.map(lambda value: {"ne": value}))
filters_of_names = st.dictionaries(st.sampled_from(NAMES), conditions, max_size=3)


@pytest.fixture
def dataset() -> Dataset:
    return Dataset.objects.create(owner_id=uuid.uuid4(), name="D", slug="d", embedding_dimension=1)


def add(dataset: Dataset, metadata: dict[str, Any]) -> Document:
    return Document.objects.create(
        dataset=dataset, filename="x", file_size=1, metadata=metadata, lifecycle="active", version=1
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.lists(stored, min_size=1, max_size=6), asked=st.lists(filters_of_names, min_size=1, max_size=6))
def test_sql_finds_what_python_finds(dataset: Dataset, kept: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    Document.objects.filter(dataset=dataset).delete()
    documents = [add(dataset, metadata) for metadata in kept]

    for filters in asked:
        check_filters(filters)
        found = set(Document.objects.filter(condition_of(filters), dataset=dataset).values_list("id", flat=True))
        meant = {each.id for each in documents if matches(each.metadata, filters)}
        assert found == meant, filters


def test_what_is_no_sql_is_looked_at_some_documents_at_a_time(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr("authbridge.selectors.IDS_PER_QUERY", 2)
    filters = {"number": {"gt": 2**60}}
    assert not can_be_sql(filters)
    documents = [add(dataset, {"number": 2**60 + number}) for number in range(5)]

    with django_assert_num_queries(1 + 3, using="default"):
        found = passages.matching_documents(dataset, filters)

    assert found is not None
    assert set(found) == {str(document.id) for document in documents[1:]}


def test_no_metadata_is_read(dataset: Dataset, django_assert_num_queries: Any) -> None:
    wanted = add(dataset, {"year": 2020})
    add(dataset, {"year": 2021})

    with django_assert_num_queries(1, using="default") as asked:
        assert passages.matching_documents(dataset, {"year": {"lt": 2021}}) == [str(wanted.id)]

    selected = asked[0]["sql"].partition(" FROM ")[0]
    assert "metadata" not in selected


def test_no_more_ids_are_read_than_can_be_named(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(passages, "MOST_FILTERED_DOCUMENTS", 2)
    for _ in range(4):
        add(dataset, {"year": 2020})

    with django_assert_num_queries(1, using="default") as asked:
        assert passages.matching_documents(dataset, {"year": 2020}) is None

    assert "LIMIT 3" in asked[0]["sql"]


@pytest.mark.parametrize(
    "filters", [{"a": 2**60}, {"a": [1, -(2**60)]}, {"a": {"gt": 1e300}}, {"a": "\0"}, {"\0": 1}, {"a": {"gt": "x\0"}}]
)
def test_what_sql_does_not_have_is_compared_in_python(dataset: Dataset, filters: dict[str, Any]) -> None:
    add(dataset, {"a": 2**60 + 1})

    assert not can_be_sql(filters)
    assert passages.matching_documents(dataset, filters) == []


@pytest.mark.parametrize("evil", ["'); DROP TABLE documents; --", "%(x)s", "a' OR '1'='1", "$[0]", "\\"])
def test_names_and_values_are_parameters(dataset: Dataset, evil: str) -> None:
    wanted = add(dataset, {evil: evil})
    add(dataset, {"a": "b"})

    assert passages.matching_documents(dataset, {evil: evil}) == [str(wanted.id)]
    assert passages.matching_documents(dataset, {evil: {"gte": evil}}) == [str(wanted.id)]
