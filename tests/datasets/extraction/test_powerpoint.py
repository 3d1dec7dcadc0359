"""Presentations to Markdown, a page a slide."""

import io

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Slides
from pptx.util import Inches

from tests.datasets.extraction.conftest import Extracted

BOX = (Inches(1), Inches(1), Inches(5), Inches(3))


def saved(presentation: Slides) -> bytes:
    content = io.BytesIO()
    presentation.save(content)
    return content.getvalue()


def test_slides_are_pages_and_titles_headings(extracted: Extracted) -> None:
    presentation = Presentation()
    for title in ("First", "Second"):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"About {title.lower()}"

    extraction = extracted(saved(presentation), "talk.pptx")

    assert [extraction.text[page.start : page.end] for page in extraction.pages] == [
        "# First\n\nAbout first",
        "# Second\n\nAbout second",
    ]


def test_slides_are_read_in_the_order_they_are_shown(extracted: Extracted) -> None:
    presentation = Presentation()
    for title in ("Made first", "Made second"):
        presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = title
    order = presentation.slides._sldIdLst
    order.append(order[0])

    assert extracted(saved(presentation), "talk.pptx").text == "# Made second\n\n# Made first"


def test_tables_groups_levels_and_notes_are_read(extracted: Extracted) -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, *BOX).table
    for cell, text in zip(table.iter_cells(), ("Crop", "Tons", "Wheat", "12"), strict=True):
        cell.text = text
    frame = slide.shapes.add_group_shape().shapes.add_textbox(*BOX).text_frame
    frame.text = "In a group\vsecond line"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "deeper", 1
    slide.notes_slide.notes_text_frame.text = "Say hello"

    assert extracted(saved(presentation), "talk.pptx").text == (
        "| Crop | Tons |\n| --- | --- |\n| Wheat | 12 |\n\nIn a group\nsecond line\n  - deeper\n\nNotes: Say hello"
    )


def test_a_chart_is_read_as_its_numbers(extracted: Extracted) -> None:
    presentation = Presentation()
    data = CategoryChartData()
    data.categories = ["North", "South"]
    data.add_series("Sales", (3, 4))
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)

    assert extracted(saved(presentation), "talk.pptx").text == (
        "|  | Sales |\n| --- | --- |\n| North | 3 |\n| South | 4 |"
    )
