"""The page as a whole: what it asks for, how it fits, whom it shuts out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.render import html
from reports.report import ReportFiles
from tests.browser.conftest import HOSTILE_CLASS, HOSTILE_DATA
from tests.browser.exhibit import exhibit

pytestmark = pytest.mark.processes

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

OpenPage = Callable[..., Any]


def test_a_report_opens_without_a_complaint_and_asks_for_nothing(
    open_page: OpenPage, report: ReportFiles
) -> None:
    page = open_page(report.html)  # what it did is checked when it is closed
    assert page.title() != ""
    for share in (0.25, 0.5, 0.75, 1.0):
        page.evaluate("share => scrollTo(0, share * document.body.scrollHeight)", share)
        page.wait_for_timeout(50)
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


def test_the_check_on_requests_would_notice_one(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "asks.html"
    path.write_text('<title>t</title><img src="file:///nowhere.png"><script>alert(1)</script>')
    page = open_page(path)
    page.wait_for_timeout(100)
    complaints = next(
        cell.cell_contents
        for cell in open_page.__closure__ or ()
        if isinstance(cell.cell_contents, list)
    )
    found = complaints[0].complaints
    assert "dialog" in found
    assert any(line.startswith("asked for file:///nowhere.png") for line in found)
    found.clear()


def test_harmful_names_of_a_data_set_and_a_class_are_words_on_the_page(
    open_page: OpenPage, report: ReportFiles
) -> None:
    page = open_page(report.html)  # a dialog is a complaint
    text = page.evaluate("document.body.textContent")
    assert text.count(HOSTILE_DATA) > 20
    assert text.count(HOSTILE_CLASS) > 10
    assert page.locator("img:not([src^='data:image/png'])").count() == 0
    scripts = page.evaluate("[...document.scripts].map(script => script.textContent)")
    assert not [script for script in scripts if script.startswith("alert")]
    page.locator(".thresholds").first.scroll_into_view_if_needed()
    expect(page.locator("[data-out=tp]")).not_to_have_text("")
    plot = page.locator(".plot .scroll").first
    plot.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("img:not([src^='data:image/png'])").count() == 0


def test_harm_in_any_block_stays_words(open_page: OpenPage, tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;b&gt;\\u003c"
    path = tmp_path / "hostile.html"
    path.write_text(html.render(exhibit(name)), encoding="utf-8")
    page = open_page(path)
    plain = html.render(exhibit())
    for tag in ("img", "script", "button", "b"):
        assert page.locator(tag).count() == plain.count(f"<{tag}>") + plain.count(f"<{tag} ")
    page.locator("#curves .scroll").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#said").text_content().startswith(f"{name}, 1 − specificity 0.500")
    page.locator("#slider").scroll_into_view_if_needed()
    expect(page.locator("#slider [data-out=tp]")).to_have_text("13")


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_but_tables_and_figures_is_wider_than_the_screen(
    open_page: OpenPage, report: ReportFiles, width: int
) -> None:
    page = open_page(report.html, width=width)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 375])
def test_on_a_phone_a_caption_has_a_line_of_its_own(
    open_page: OpenPage, report: ReportFiles, width: int
) -> None:
    page = open_page(report.html, width=width)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = page.evaluate(
        """() => [...document.querySelectorAll('.table > figcaption:has(+ .bare)')].map(
          caption => [caption, caption.nextElementSibling].map(e => e.getBoundingClientRect())
        ).filter(([caption]) => caption.width).map(
          ([caption, tools]) => [caption.width, tools.top - caption.bottom]
        )"""
    )
    assert found
    assert all(wide > 0.8 * width and below >= 0 for wide, below in found)


def test_on_a_phone_a_long_name_leaves_room_for_the_columns_beside_it(
    open_page: OpenPage, report: ReportFiles
) -> None:
    page = open_page(report.html, width=375)
    width = page.evaluate(
        """() => {
          const cell = document.querySelector('#verdicts-table tbody tr > :first-child');
          cell.textContent = 'a data set of a very long name '.repeat(4) + 'x'.repeat(60);
          return cell.getBoundingClientRect().width;
        }"""
    )
    assert 60 < width <= 0.45 * 375 + 1


def test_the_answer_stands_on_the_first_screen(open_page: OpenPage, report: ReportFiles) -> None:
    for width, height in ((1280, 800), (390, 844)):
        page = open_page(report.html, width=width, height=height)
        box = page.locator("header .statement").bounding_box()
        assert box["y"] + box["height"] < height
        assert page.locator("header .tally li").count() == 2


def test_light_and_dark_follow_the_system(open_page: OpenPage, exhibit_file: Path) -> None:
    paper = {}
    for scheme in ("light", "dark"):
        page = open_page(exhibit_file, color_scheme=scheme)
        paper[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 23, 26)"}


def display(page: Any, part: str) -> str:
    """How the first such part is laid out; not whether it is drawn, which what is far is not."""
    return str(page.locator(part).first.evaluate("part => getComputedStyle(part).display"))


def test_paper_is_light_and_has_no_buttons(open_page: OpenPage, exhibit_file: Path) -> None:
    page = open_page(exhibit_file, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for part in (".tools", ".legend .copy", ".thresholds", "nav", ".switch"):
        assert display(page, part) == "none"
    assert display(page, ".legend .toggle") != "none"  # names the curves


def test_without_scripts_all_is_readable_and_no_dead_button_is_shown(
    open_page: OpenPage, exhibit_file: Path
) -> None:
    page = open_page(exhibit_file, java_script_enabled=False)
    assert page.get_by_role("rowheader", name="method-10").is_visible()
    for part in (".tools", ".legend .copy", ".thresholds"):
        assert display(page, part) == "none"
    assert display(page, ".legend .toggle") != "none"


def test_the_contents_mark_the_section_that_is_read(page: Any) -> None:
    current = page.locator("nav a[aria-current]")
    assert current.get_attribute("href") == "#first"
    page.evaluate("document.getElementById('third').scrollIntoView()")
    expect(current).to_have_attribute("href", "#third")
    assert current.count() == 1


def test_on_a_phone_the_contents_are_folded(open_page: OpenPage, exhibit_file: Path) -> None:
    page = open_page(exhibit_file, width=390)
    link = page.get_by_role("link", name="Third")
    assert not link.is_visible()
    page.locator("nav summary").click()
    link.click()
    assert not link.is_visible()


def test_the_activation_lies_over_the_image_while_it_is_asked_for(page: Any) -> None:
    switch = page.get_by_label("Show what the network looked at")
    overlay = page.locator(".cases .activation")
    assert overlay.count() == 1
    assert not overlay.is_visible()
    switch.focus()
    page.keyboard.press("Space")
    assert overlay.is_visible()
    boxes = page.evaluate(  # both at one moment: the page may still scroll to the switch
        """() => ['.cases .picture img', '.cases .activation'].map(name => {
            const box = document.querySelector(name).getBoundingClientRect();
            return [box.x, box.y, box.width, box.height];
        })"""
    )
    assert boxes[0] == boxes[1]
    switch.uncheck()
    assert not overlay.is_visible()


def test_what_has_the_focus_is_seen_to_have_it(page: Any) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"


SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(found => ['serious', 'critical'].includes(found.impact))
  .map(found => [found.id, found.nodes.length, found.nodes[0].html])"""


def violations(page: Any, axe: str) -> list[Any]:
    """What axe calls serious or critical."""
    # what is far from the window is not drawn, and axe would pass over it
    page.add_style_tag(content="* { content-visibility: visible !important }")
    page.evaluate("document.querySelectorAll('.thresholds').forEach(b => b.scrollIntoView())")
    page.evaluate(axe)
    return list(page.evaluate(SERIOUS))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_violation_in_any_block(
    open_page: OpenPage, exhibit_file: Path, axe: str, scheme: str, width: int
) -> None:
    assert violations(open_page(exhibit_file, width=width, color_scheme=scheme), axe) == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_serious_violation_in_a_report(
    open_page: OpenPage, report: ReportFiles, axe: str, scheme: str, width: int
) -> None:
    assert violations(open_page(report.html, width=width, color_scheme=scheme), axe) == []


@pytest.mark.parametrize("name", ["summary", "compared"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_brief_pages_have_no_serious_violation_and_fit_their_window(
    open_page: OpenPage,
    brief_pages: dict[str, Path],
    axe: str,
    name: str,
    scheme: str,
    width: int,
) -> None:
    page = open_page(brief_pages[name], width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page, axe) == []


def test_axe_would_find_one(open_page: OpenPage, tmp_path: Path, axe: str) -> None:
    path = tmp_path / "faint.html"
    path.write_text('<html lang="en"><title>t</title><main style="color: #aaa">faint</main></html>')
    assert [found[0] for found in violations(open_page(path), axe)] == ["color-contrast"]
