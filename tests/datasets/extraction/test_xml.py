"""XML and feeds."""

import pytest

from tests.datasets.extraction.conftest import Extracted, Refused


def test_elements_are_lines_with_their_attributes(extracted: Extracted) -> None:
    source = '<shop open="yes"><owner>Ann</owner><item id="7"><name>Tea</name></item><x/></shop>'

    assert extracted(source, "a.xml").text == "shop (open: yes)\n\nowner: Ann\n\n## item\nname: Tea"


def test_prose_with_markup_inside_stays_prose(extracted: Extracted) -> None:
    assert extracted("<doc><p>All <b>the</b> best.</p></doc>", "a.xml").text == "p: All the best."


def test_a_feed_is_its_entries_without_their_html(extracted: Extracted) -> None:
    feed = (
        "<?xml version='1.0'?><rss><channel><title>News</title><item><title>Rain</title>"
        "<description>&lt;p&gt;It &lt;b&gt;rains&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>"
    )

    extraction = extracted(feed, "feed.rss")

    assert extraction.text == "title: News\n\n## Rain\ntitle: Rain\ndescription: It rains."
    assert extraction.title == "News"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-16", "shift_jis"])
def test_the_declared_encoding_is_used(extracted: Extracted, encoding: str) -> None:
    word = "東京" if encoding == "shift_jis" else "déjà"
    source = f"<?xml version='1.0' encoding='{encoding}'?><a>{word}</a>"

    assert extracted(source.encode(encoding), "a.xml").text == f"a: {word}"


def test_what_is_not_well_formed_is_kept_as_text(extracted: Extracted) -> None:
    assert extracted("<a><b>text</a>", "a.xml").text == "<a><b>text</a>"


def test_a_document_type_without_entities_is_harmless(extracted: Extracted) -> None:
    assert extracted("<!DOCTYPE note SYSTEM 'note.dtd'><note>x</note>", "a.xml").text == "note: x"


@pytest.mark.parametrize(
    "declarations",
    [
        "<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;'>",
        "<!ENTITY a SYSTEM 'file:///etc/hostname'>",
        "<!ENTITY % a 'x'> %a;",
    ],
)
def test_entities_are_refused(refused: Refused, declarations: str) -> None:
    assert refused(f"<!DOCTYPE x [{declarations}]><x>&a;</x>", "a.xml") == "unsafe_xml"


def test_elements_nested_beyond_every_stack_are_read(extracted: Extracted) -> None:
    assert extracted("<a>" * 50_000 + "x" + "</a>" * 50_000, "a.xml").text == "a: x"
