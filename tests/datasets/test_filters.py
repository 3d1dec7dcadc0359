"""Which documents a query's metadata filters leave."""

from typing import Any

import pytest

from authbridge.shared.errors import InvalidInput
from datasets.search.filters import check_filters, matches

METADATA = {"year": 1999, "author": "Ada", "draft": False, "tags": ["a"], "rating": 4.5, "nothing": None}

MET: list[dict[str, Any]] = [
    {},
    {"year": 1999},
    {"year": 1999.0},
    {"author": "Ada"},
    {"draft": False},
    {"nothing": None},
    {"year": [1998, 1999]},
    {"author": ["Ada", 5, None]},
    {"year": {"gt": 1998}},
    {"year": {"gte": 1999, "lte": 1999}},
    {"year": {"gt": 1998.5, "lt": 2000}},
    {"rating": {"lt": 5}},
    {"author": {"gte": "Ab", "lt": "B"}},
    {"year": {"ne": 2000}},
    {"year": {"ne": "1999"}},
    {"absent": {"ne": 5}},
    {"year": 1999, "author": "Ada", "draft": False},
]
MISSED: list[dict[str, Any]] = [
    {"year": 2000},
    {"year": "1999"},
    {"year": True},
    {"author": "ada"},
    {"draft": 0},
    {"draft": None},
    {"nothing": False},
    {"absent": None},
    {"absent": "x"},
    {"year": []},
    {"year": ["1999", True]},
    {"tags": "a"},
    {"year": {"gt": 1999}},
    {"year": {"gt": "1998"}},
    {"author": {"gt": 5}},
    {"draft": {"lt": 1}},
    {"absent": {"lt": 5}},
    {"year": {"gt": 1998, "ne": 1999}},
    {"year": 1999, "author": "Bob"},
]
BAD: list[Any] = [
    [],
    "year",
    5,
    True,
    None,
    {"year": {}},
    {"year": {"eq": 5}},
    {"year": {"$gt": 5}},
    {"year": {"gt": None}},
    {"year": {"gt": True}},
    {"year": {"gt": [1]}},
    {"year": {"ne": [1]}},
    {"year": {"gt": {"gt": 1}}},
    {"year": [[1]]},
    {"year": [{"gt": 1}]},
    {"year": list(range(101))},
    {str(number): number for number in range(11)},
    {"x" * 100_000: {}},
]


@pytest.mark.parametrize("filters", MET, ids=str)
def test_a_document_that_meets_all_conditions_is_left(filters: dict[str, Any]) -> None:
    assert matches(METADATA, check_filters(filters))


@pytest.mark.parametrize("filters", MISSED, ids=str)
def test_a_document_that_misses_a_condition_is_left_out(filters: dict[str, Any]) -> None:
    assert not matches(METADATA, check_filters(filters))


@pytest.mark.parametrize("filters", BAD, ids=lambda filters: str(filters)[:40])
def test_filters_of_another_form_are_refused(filters: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_filters(filters)

    assert list(refusal.value.details) == ["filters"]
    assert len(refusal.value.message) < 400


def test_ten_fields_and_a_hundred_values_are_taken() -> None:
    filters: dict[str, Any] = {str(number): list(range(100)) for number in range(10)}

    assert check_filters(filters) == filters
