"""Tables sort, filter and are copied."""

from typing import Any

import pytest

from reports.document.tables import as_csv, as_latex
from tests.browser.exhibit import METHODS, SCORES

pytestmark = pytest.mark.processes

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

FIGURE = "#methods"


def names(page: Any) -> list[str]:
    rows = page.locator(f"{FIGURE} tbody tr:visible th")
    return [str(name) for name in rows.all_inner_texts()]


def heading(page: Any, name: str) -> Any:
    return page.locator(FIGURE).get_by_role("button", name=name, exact=True)


def test_numbers_sort_by_value_from_the_top_and_missing_ones_last(page: Any) -> None:
    heading(page, "AUC").click()
    by_score = sorted(range(11), key=lambda i: -1 if SCORES[i] is None else SCORES[i], reverse=True)
    assert names(page) == [f"method-{i}" for i in by_score]
    head = page.locator(f"{FIGURE} thead th").nth(1)
    assert head.get_attribute("aria-sort") == "descending"
    heading(page, "AUC").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page) == [f"method-{i}" for i in (*by_score[-2::-1], 3)]


def test_names_sort_from_a_with_numbers_in_their_order(page: Any) -> None:
    heading(page, "Cases").click()
    assert names(page)[0] == "method-10"
    heading(page, "Method").focus()
    page.keyboard.press("Enter")
    assert names(page) == [f"method-{i}" for i in range(11)]
    assert page.locator(f"{FIGURE} thead [aria-sort=ascending]").count() == 1
    assert page.locator(f"{FIGURE} thead [aria-sort=descending]").count() == 0


def test_the_search_box_keeps_the_rows_that_hold_all_words(page: Any) -> None:
    box = page.get_by_label("Filter the rows of Table 2")
    box.fill("METHOD-1")
    assert names(page) == ["method-1", "method-10"]
    assert page.locator(f"{FIGURE} .kept").inner_text() == "2 of 11 rows"
    assert page.locator("#said").inner_text() == "2 of 11 rows"
    box.fill("method-1 0.650")
    assert names(page) == ["method-10"]
    heading(page, "AUC").click()
    assert names(page) == ["method-10"]
    box.fill("")
    assert len(names(page)) == 11
    assert page.locator(f"{FIGURE} .kept").inner_text() == ""


def test_a_family_is_shown_and_hidden(page: Any) -> None:
    toggle = page.locator(FIGURE).get_by_role("button", name="classical")
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "false"
    assert names(page) == [f"method-{i}" for i in range(11) if i % 7 not in (2, 3, 4)]
    toggle.focus()
    page.keyboard.press("Space")
    assert len(names(page)) == 11


def test_a_short_table_has_no_search_box_but_can_be_copied(page: Any) -> None:
    tools = page.locator("#scores .tools")
    assert tools.get_by_role("searchbox").count() == 0
    assert tools.get_by_role("button", name="CSV").count() == 1


@pytest.mark.parametrize("form", ["CSV", "LaTeX"])
def test_the_copied_text_is_that_of_the_file(page: Any, form: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name=f"Copy Table 2 as {form}")
    button.click()
    expect(page.locator("#said")).not_to_have_text("")
    assert page.locator("#said").inner_text() == f"{form} copied"
    assert button.inner_text() == "✓ copied"
    wanted = as_csv(METHODS) if form == "CSV" else as_latex(METHODS)
    assert page.evaluate("navigator.clipboard.readText()") == wanted


def test_a_page_without_a_clipboard_copies_the_old_way(page: Any) -> None:
    page.evaluate(
        """() => {
          Object.defineProperty(navigator, 'clipboard', { value: undefined });
          addEventListener('copy', () => { window.taken = document.activeElement.value; });
        }"""
    )
    button = page.get_by_role("button", name="Copy Table 2 as CSV")
    button.click()
    expect(page.locator("#said")).to_have_text("CSV copied")
    assert page.evaluate("window.taken") == as_csv(METHODS)
    assert page.locator("textarea").count() == 0
    assert button.evaluate("button => button === document.activeElement")


def test_what_cannot_be_copied_is_said(page: Any) -> None:
    page.evaluate(
        """() => {
          Object.defineProperty(navigator, 'clipboard', { value: undefined });
          document.execCommand = () => false;
        }"""
    )
    button = page.get_by_role("button", name="Copy Table 2 as CSV")
    button.click()
    expect(page.locator("#said")).not_to_have_text("")
    assert "does not let a page copy" in page.locator("#said").inner_text()
    assert button.inner_text() == "not copied"
