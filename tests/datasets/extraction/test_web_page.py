"""HTML to Markdown."""

import pytest

from tests.datasets.extraction.conftest import Extracted


def test_headings_lists_and_paragraphs_stay_readable(extracted: Extracted) -> None:
    page = (
        "<h1>Soup</h1><p>Boil <b>it</b>\n well.<br>Serve.</p><ul><li>salt<ol><li>fine<li>coarse</ol><li>water</ul>end"
    )

    assert extracted(page, "soup.html").text == (
        "# Soup\n\nBoil it well.\nServe.\n\n- salt\n  1. fine\n  2. coarse\n- water\n\nend"
    )


def test_scripts_styles_and_navigation_are_left_out(extracted: Extracted) -> None:
    page = (
        "<head><title>T</title><style>a{}</style></head><nav>Home</nav><div role=navigation>Menu</div>"
        "<script>alert(1)</script><template>x</template><noscript>on!</noscript><!-- c --><p>Text</p>"
    )

    extraction = extracted(page, "a.html")

    assert extraction.text == "Text"
    assert extraction.title == "T"


def test_the_main_part_stands_for_the_page(extracted: Extracted) -> None:
    page = "<header>Logo</header><main><p>The story.</p></main><footer>Imprint</footer>"

    assert extracted(page, "a.html").text == "The story."


def test_a_main_part_that_is_a_small_box_does_not(extracted: Extracted) -> None:
    page = f"<main>x</main><p>{'The story. ' * 20}</p>"

    assert "The story." in extracted(page, "a.html").text


def test_a_page_of_nothing_but_navigation_is_kept(extracted: Extracted) -> None:
    assert extracted("<nav><ul><li>One<li>Two</ul></nav>", "a.html").text == "- One\n- Two"


def test_tables_are_tables_unless_they_lay_the_page_out(extracted: Extracted) -> None:
    data = "<table><caption>Crops</caption><tr><th>Crop<th>Tons<tr><td>Wheat<td><p>12</p></table>"
    layout = f"<table><tr><td>left<td>{data}</table>"
    rendered = "Crops\n\n| Crop | Tons |\n| --- | --- |\n| Wheat | 12 |"

    assert extracted(data, "a.html").text == rendered
    assert extracted(layout, "a.html").text == f"left\n\n{rendered}"


def test_code_keeps_its_lines(extracted: Extracted) -> None:
    assert extracted("<pre>if x:\n    y()\n</pre>", "a.html").text == "```\nif x:\n    y()\n```"


def test_pictures_count_by_what_they_show_not_by_their_name(extracted: Extracted) -> None:
    page = '<p>See <img alt="A barn at dawn"><img alt="logo"></p>'

    assert extracted(page, "a.html").text == "See [A barn at dawn]"


@pytest.mark.parametrize(
    "page",
    [
        b'<meta charset="iso-8859-2"><p>' + "Łódź".encode("iso8859-2"),
        b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1250"><p>' + "Łódź".encode("cp1250"),
        b"\xef\xbb\xbf<meta charset=latin1><p>" + "Łódź".encode(),
        b'<meta charset="no-such"><p>' + "Łódź".encode(),
        "<p>Łódź".encode("utf-16"),
    ],
)
def test_the_charset_is_that_of_the_mark_then_of_the_meta_tag(extracted: Extracted, page: bytes) -> None:
    assert extracted(page, "a.html").text == "Łódź"


def test_tags_nobody_closed_are_no_matter(extracted: Extracted) -> None:
    assert extracted("<b><font>" * 2000 + "deep", "a.html").text == "deep"
    assert extracted("</div></ul></td>stray<td>cell<li>item", "a.html").text == "straycell\n\n- item"
