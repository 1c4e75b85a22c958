import re

import pytest

from reports.document.blocks import Heading, TableBlock
from reports.document.document import Document
from reports.document.figures.palette import ACCENTS, VARIABLES
from reports.document.tables import text
from reports.render import html
from tests.reports.exhibits import HOSTILE, document, every_block, figure, table
from tests.reports.page import Page


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(html.render(document()))


def test_every_block_is_shown(page: Page) -> None:
    for words in (
        "First svm", "Headline svm", "Detail svm.", "python -m bench run svm", "in order",
        "caution", "violated", "Head withheld", "0.333 [0.250, 0.457]", "Lines of svm.",
        "Samples of svm", "hybrid", "A note on svm.",
    ):  # fmt: skip
        assert words in page.text


def test_a_command_in_a_sentence_is_broken_at_spaces_only() -> None:
    sentence = "Look by “python -m bench data check <A> --show-8”, then “as it is”."
    assert html.said(sentence) == (
        "Look by “<code>python <span>-m</span> bench data check &lt;A&gt; <span>--show-8</span>"
        "</code>”, then “as it is”."
    )


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    content = html.render(document())
    for value in page.values("src", "href", "xlink:href", "srcset", "poster", "data", "action"):
        assert value.startswith(("#", "data:image/png;base64,"))
    assert "@import" not in content
    assert not re.search(r"url\((?!#)", content)
    assert not {"link", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}


def test_the_page_forbids_itself_to_load_anything(page: Page) -> None:
    policies = [
        attrs["content"]
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0] is not None
    assert policies[0].startswith("default-src 'none'; img-src data:;")


@pytest.mark.slow
def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere() -> None:
    blocks = (*every_block(), figure("again"), TableBlock(table("more")))
    page = Page(html.render(document(blocks=blocks)))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    content = html.render(document(blocks=blocks))
    targets = {v[1:] for v in page.values("href", "xlink:href") if v.startswith("#")}
    targets |= set(re.findall(r"url\(#([^)]*)\)", content))
    assert targets <= set(ids)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(name: str, page: Page) -> None:
    hostile = Page(html.render(document(name)))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in page.tags]
    assert not [k for _, attrs in hostile.tags for k in attrs if k.startswith("on")]
    assert hostile.text.count(name) >= 15
    assert hostile.text.count(name) == page.text.count("svm")


def test_a_name_in_a_drawing_keeps_what_looks_like_a_colour_or_an_id() -> None:
    name = '#1d1f21; id="y" url(#z) 0.123456'
    assert Page(html.render(document(name))).text.count(name) >= 15


@pytest.mark.slow
def test_drawings_take_the_colours_of_the_page() -> None:
    content = html.render(document())
    drawn = content[content.index('<figure id="lines"') :]
    drawn = drawn[: drawn.index("</figure>")]
    assert "var(--deep)" in drawn
    assert not [colour for colour in VARIABLES if colour in drawn]


def test_every_colour_of_a_drawing_has_a_value_in_the_light_and_in_the_dark() -> None:
    content = html.render(document())
    dark = content[content.index("prefers-color-scheme: dark") :]
    for name in VARIABLES.values():
        assert f"--{name}: #" in content[: content.index("prefers-color-scheme: dark")]
        assert f"--{name}: #" in dark


def test_every_drawing_and_image_has_an_alternative_text(page: Page) -> None:
    drawings = [a for tag, a in page.tags if tag == "svg" and "aria-hidden" not in a]
    assert [a["aria-label"] for a in drawings] == ["A line for svm."]
    assert all(a["role"] == "img" for a in drawings)
    assert all(a.get("alt") for tag, a in page.tags if tag == "img")


def test_a_number_cell_carries_its_full_value_for_sorting(page: Page) -> None:
    values = [a["data-v"] for tag, a in page.tags if tag == "td" and "data-v" in a]
    assert values[:4] == [repr(1 / 3), "11834.0", "0.0421", "2e-07"]
    assert values[5] in (None, "")


def test_every_cell_of_a_table_is_shown(page: Page) -> None:
    for row in table().rows:
        for column, value in zip(table().columns, row.values, strict=True):
            assert text(column, value) in page.text


def test_each_family_has_a_colour_a_dash_and_a_marker_of_its_own() -> None:
    accents = list(ACCENTS.values())
    for feature in ("colour", "dashes", "marker", "sign"):
        assert len({getattr(accent, feature) for accent in accents}) == len(accents)


@pytest.mark.slow
def test_the_same_document_gives_the_same_bytes() -> None:
    assert html.render(document()) == html.render(document())


def test_a_document_without_blocks_can_be_shown() -> None:
    empty = Document("T", "S", "h", "2026-01-02", (Heading(1, "Only", "only"),))
    assert "Only" in Page(html.render(empty)).text
