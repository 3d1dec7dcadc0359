"""Texts that any database column, model or browser accepts."""

import pytest

from datasets.extraction import ExtractionError, PageSpan, clean_text, cleaning
from datasets.extraction.cleaning import has_text, join_pages, tidy_text


def test_line_ends_become_one_kind() -> None:
    assert clean_text("a\r\nb\rc\vd\fe\u2028f\x85g") == "a\nb\nc\nd\ne\nf\ng"


def test_control_characters_and_halves_of_characters_are_replaced_one_for_one() -> None:
    assert clean_text("a\0b\x1b\x7fc\ud83dd\te") == "a b  c\ufffdd\te"


def test_a_clean_text_keeps_its_offsets() -> None:
    text = "\n  two spaces,  \n\n\n\nblank lines, e\u0301 and 👨‍👩‍👧"

    assert clean_text(text) == text


def test_layout_leaves_a_text_that_we_made() -> None:
    assert tidy_text("\n\n a  \n\t\n\n\n\nsoft\u00adhyphen\u200b \n") == " a\n\nsofthyphen"


def test_spaces_without_a_line_end_are_tidied_in_one_pass() -> None:
    assert tidy_text("a" + " " * 1_000_000 + "b\n" + " " * 1_000_000).endswith(" b")


@pytest.mark.parametrize("blank", ["", " \n\t", "\0\x1b", "\u200b\u2060\ufeff", "\u00a0\u3000\u00ad"])
def test_what_nobody_can_see_is_no_text(blank: str) -> None:
    assert not has_text(blank)
    assert has_text(f"{blank}.")


def test_pages_are_joined_and_remembered() -> None:
    text, pages = join_pages(["", "One\r\n", " \n", "Two"])

    assert text == "One\n\nTwo"
    assert pages == (PageSpan(1, 0, 0), PageSpan(2, 0, 3), PageSpan(3, 3, 3), PageSpan(4, 5, 8))


def test_a_text_without_end_is_stopped_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "MAX_TEXT_CHARS", 1000)
    endless = iter(lambda: "page", None)

    with pytest.raises(ExtractionError) as caught:
        join_pages(endless)

    assert caught.value.code == "expands_too_far"
