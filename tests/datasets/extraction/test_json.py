"""JSON, JSON Lines and notebooks."""

import json

import pytest

from tests.datasets.extraction.conftest import Extracted, Refused


def test_values_stand_with_their_paths(extracted: Extracted) -> None:
    value = {"name": "Ann", "tags": ["a", "b"], "home": {"city": "Köln"}, "pets": [{"kind": "cat"}], "none": None}

    assert extracted(json.dumps(value), "a.json").text == "name: Ann\ntags: a, b\nhome.city: Köln\npets[0].kind: cat"


@pytest.mark.parametrize(
    ("source", "filename"),
    [
        ('[{"a": 1, "b": true}, {"a": 2.50}]', "a.json"),
        ('{"a": 1, "b": true}\n\n{"a": 2.50}\n', "a.jsonl"),
        ('{"a": 1, "b": true}\n{"a": 2.50}', "a.json"),
    ],
)
def test_records_are_paragraphs_and_numbers_stay_as_written(extracted: Extracted, source: str, filename: str) -> None:
    assert extracted(source, filename).text == "a: 1\nb: true\n\na: 2.50"


def test_escapes_become_characters_and_no_halves_of_them(extracted: Extracted) -> None:
    assert extracted(r'["\u00e9 \ud83d\ude42 \ud83d \u0000"]', "a.json").text == "é 🙂 \ufffd"


@pytest.mark.parametrize("source", ['{"a": 1, // comment\n}', '{"a": [1, 2', "[" * 100_000, "hello"])
def test_what_only_looks_like_json_is_kept_as_text(extracted: Extracted, source: str) -> None:
    assert extracted(source, "a.json").text == source


def test_long_paths_to_short_values_do_not_blow_the_text_up(extracted: Extracted) -> None:
    source = json.dumps({"k" * 100_000: [{"a": 1}] * 20_000})

    assert extracted(source, "a.json").text == source


def test_a_path_beyond_all_bounds_is_told_by_its_end(extracted: Extracted) -> None:
    source = json.dumps({"k" * 1000: {"end": "v" * 1000}})

    assert extracted(source, "a.json").text == f"{'k' * 296}.end: {'v' * 1000}"


def test_a_number_of_a_million_digits_is_only_text(extracted: Extracted) -> None:
    assert extracted(f'{{"n": {"9" * 1_000_000}}}', "a.json").text == f"n: {'9' * 1_000_000}"


def test_a_notebook_is_text_code_and_what_it_printed(extracted: Extracted) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Hello\n", "there"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}},
                {"output_type": "execute_result", "data": {"text/plain": ["42"]}},
            ],
        },
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}

    extraction = extracted(json.dumps(notebook), "a.ipynb")

    assert extraction.text == "# Hello\nthere\n\n```python\nprint(1)\n```\n\n```\n1\n```\n\n```\n42\n```"
    assert extraction.title == "Hello"


@pytest.mark.parametrize("source", ["{", "[]", '"x"', '{"cells": 7}', '{"cells": [[]]}'])
def test_a_notebook_in_name_only_is_damaged(refused: Refused, source: str) -> None:
    assert refused(source, "a.ipynb") == "damaged_file"
