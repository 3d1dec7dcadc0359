"""CSV and TSV to rows that can be found by themselves."""

import pytest

from datasets.extraction.readers import delimited
from tests.datasets.extraction.conftest import Extracted

ROWS = "Name: Ann; City: Paris\nName: Bob; City: Rome"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(extracted: Extracted, delimiter: str) -> None:
    table = "Name,City\nAnn,Paris\nBob,Rome\n".replace(",", delimiter)

    assert extracted(table, "a.csv").text == f"Name | City\n{ROWS}"


def test_tabs_delimit_a_tsv_whatever_else_is_in_it(extracted: Extracted) -> None:
    assert extracted("Name\tCity\nAnn, Eve\tA;B;C\n", "a.tsv").text == "Name | City\nName: Ann, Eve; City: A;B;C"


def test_quoted_values_may_hold_delimiters_quotes_and_line_ends(extracted: Extracted) -> None:
    assert extracted('Name,Note\nAnn,"a ""b"", c\nd"\n', "a.csv").text == 'Name | Note\nName: Ann; Note: a "b", c d'


def test_a_table_without_names_keeps_its_first_row(extracted: Extracted) -> None:
    assert extracted("1,Ann\n2,Bob\n", "a.csv").text == "1 | Ann\n2 | Bob"


def test_years_may_be_names(extracted: Extracted) -> None:
    assert extracted("City,2019,2020\nRome,1,2\n", "a.csv").text == "City | 2019 | 2020\nCity: Rome; 2019: 1; 2020: 2"


def test_values_without_a_name_and_names_without_a_value_are_fine(extracted: Extracted) -> None:
    assert extracted("Name,City\nAnn,,extra\n", "a.csv").text == "Name | City\nName: Ann; extra"


def test_a_gap_does_not_make_a_row_of_words_a_header(extracted: Extracted) -> None:
    assert extracted("Name,City\nAnn,Paris\n,\nBob,Rome\nEve,Oslo\n", "a.csv").text == (
        "Name | City\nName: Ann; City: Paris\n\nName: Bob; City: Rome\nName: Eve; City: Oslo"
    )


def test_a_quote_that_is_never_closed_loses_nothing(extracted: Extracted) -> None:
    text = extracted('Name,Note\nAnn,"open\n' + "more\n" * 100_000, "a.csv").text

    assert text.count("more") == 100_000


def test_names_are_not_repeated_in_a_large_table(extracted: Extracted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_LARGE_CHARS", 10)

    assert extracted("Name,City\nAnn,Paris\n", "a.csv").text == "Name | City\nAnn | Paris"


def test_japanese_names_in_seventy_bytes_are_read(extracted: Extracted) -> None:
    table = "名前,年齢\r\n佐藤太郎,30\r\n髙橋淳,35\r\n".encode("cp932")

    assert extracted(table, "a.csv").text == "名前 | 年齢\n名前: 佐藤太郎; 年齢: 30\n名前: 髙橋淳; 年齢: 35"
