"""Plots answer to the pointer, the keyboard and the legend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.report import ReportFiles
from tests.browser.conftest import HOSTILE_DATA
from tests.browser.exhibit import CURVES, place

pytestmark = pytest.mark.processes

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

PLOT = "#curves .scroll"


def spot(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the axes in pixels of the window."""
    for _ in range(2):  # what comes into view is drawn then, and may take more room than thought
        page.locator(PLOT).scroll_into_view_if_needed()
        page.wait_for_timeout(40)
    found = page.evaluate(
        """([x, y]) => {
          const matrix = document.querySelector('#curves svg').getScreenCTM();
          const place = new DOMPoint(x, y).matrixTransform(matrix);
          return [place.x, place.y];
        }""",
        list(place(x, y)),
    )
    return float(found[0]), float(found[1])


def point_at(page: Any, x: float, y: float) -> None:
    page.mouse.move(*spot(page, x, y))
    page.wait_for_timeout(60)  # a few frames


def said(page: Any) -> list[str]:
    """The lines of the tip."""
    tip = page.locator(".tip")
    return str(tip.inner_text()).splitlines() if tip.is_visible() else []


def toggle(page: Any, name: str) -> Any:
    return page.locator("#curves .legend").get_by_role("button", name=name)


def test_pointing_at_a_vertex_tells_its_numbers(page: Any) -> None:
    net = CURVES[0]
    for x, y, threshold in zip(net.x[1:3], net.y[1:3], net.extra[1:3], strict=True):
        point_at(page, x + 0.01, y + 0.01)
        assert said(page) == [
            "net", "1 − specificity", f"{x:.3f}", "Specificity", f"{1 - x:.3f}",
            "Sensitivity", f"{y:.3f}", "Threshold", f"{threshold}",
        ]  # fmt: skip
        circle = page.locator("#curves circle.on").bounding_box()
        centre = (circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2)
        assert centre == pytest.approx(spot(page, x, y), abs=0.6)


def test_the_threshold_is_rounded_to_four_digits_and_left_out_where_it_is_not_known(
    page: Any,
) -> None:
    point_at(page, 0.4, 0.48)
    assert said(page)[-2:] == ["Threshold", "0.1235"]
    point_at(page, 0.3, 0.66)
    assert said(page)[0] == "forest"
    assert said(page)[-2:] == ["Sensitivity", "0.650"]


def test_the_nearest_curve_is_found_between_its_vertices(page: Any) -> None:
    # nearest to the line of the first curve, though a vertex of the second lies nearer
    point_at(page, 0.76, 0.94)
    assert said(page)[0] == "net"


def test_leaving_the_plot_ends_the_answer(page: Any) -> None:
    point_at(page, 0.5, 0.5)
    assert said(page)
    assert page.locator("#curves .faint").count() > 0
    page.mouse.move(2, 2)
    expect(page.locator(".tip")).to_be_hidden()
    assert page.locator("#curves .faint, #curves circle.on").count() == 0


def test_a_finger_gets_the_answer_too(open_page: Callable[..., Any], exhibit_file: Path) -> None:
    page = open_page(exhibit_file, width=390, has_touch=True)
    page.touchscreen.tap(*spot(page, 0.2, 0.81))
    assert said(page)[0] == "net"
    box = page.locator(".tip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_arrow_keys_move_along_a_curve_and_between_curves(page: Any) -> None:
    page.locator(PLOT).focus()
    live = page.locator("#said")
    page.keyboard.press("ArrowRight")  # begins in the middle of the first curve
    assert live.inner_text().startswith("net, 1 − specificity 0.500, Specificity 0.500, Sensit")
    page.keyboard.press("ArrowLeft")
    assert "Sensitivity 0.800, Threshold 0.75" in live.inner_text()
    page.keyboard.press("End")
    assert "Sensitivity 1.000" in live.inner_text()
    page.keyboard.press("ArrowRight")
    assert "Sensitivity 1.000" in live.inner_text()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    assert live.inner_text().startswith("svm, 1 − specificity 0.000")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert live.inner_text().startswith("ideal observer")
    assert said(page)[0] == "ideal observer"
    page.keyboard.press("Escape")
    assert said(page) == []


def test_keys_pass_over_what_is_hidden(page: Any) -> None:
    toggle(page, "net").click()
    page.locator(PLOT).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#said").inner_text().startswith("svm")
    toggle(page, "none").click()
    page.locator(PLOT).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#said").inner_text() == "Nothing is shown."


def test_a_click_in_the_legend_hides_and_shows_a_method(page: Any) -> None:
    line = page.locator("#curves svg [data-series=s0]")
    button = toggle(page, "net")
    assert line.is_visible()
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert not line.is_visible()
    point_at(page, 0.2, 0.8)
    assert said(page)[0] != "net"
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    assert line.is_visible()
    point_at(page, 0.2, 0.8)
    assert said(page)[0] == "net"


def test_all_none_or_the_champions_alone_can_be_shown(page: Any) -> None:
    def shown() -> list[str]:
        lines = page.locator("#curves svg [data-series]:visible")
        return [str(key) for key in lines.evaluate_all("all => all.map(g => g.dataset.series)")]

    assert len(shown()) == len(CURVES)
    toggle(page, "none").click()
    assert shown() == []
    toggle(page, "best two").click()
    assert shown() == ["s0", "s1"]
    toggle(page, "all").click()
    assert len(shown()) == len(CURVES)


def test_the_legend_of_the_page_replaces_that_of_the_drawing(page: Any) -> None:
    assert page.locator("#curves svg text").count() == 0
    assert page.locator("#curves svg").get_attribute("viewBox") == "0 0 168.0 140.0"
    buttons = page.locator("#curves .legend [data-series]").all_text_contents()
    assert [" ".join(text.split()) for text in buttons] == [
        "net 0.000", "svm 0.100", "prior 0.200", "forest 0.300", "ideal observer 0.400",
    ]  # fmt: skip


def test_the_roc_of_a_report_tells_what_the_evidence_says(
    open_page: Callable[..., Any], report: ReportFiles, evidence: dict[str, Any]
) -> None:
    page = open_page(report.html)
    figure = page.locator("figure.plot", has_text=f"test part of {HOSTILE_DATA}").first
    figure.locator(".scroll").focus()
    method = evidence["methods"][0]
    curve = method["roc"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    for fpr, tpr in list(zip(curve["fpr"], curve["tpr"], strict=True))[:12]:
        text = page.locator("#said").inner_text()
        assert text.startswith(f"{method['name']}, 1 − specificity {fpr:.3f}, ")
        assert f"Sensitivity {tpr:.3f}" in text
        page.keyboard.press("ArrowRight")
    # every line that the legend speaks of is there to be hidden
    keys = figure.locator(".legend [data-series]").evaluate_all(
        "all => all.map(b => b.dataset.series)"
    )
    drawn = figure.locator("svg [data-series]").evaluate_all(
        "all => all.map(g => g.dataset.series)"
    )
    assert set(keys) == set(drawn)
