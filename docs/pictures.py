"""The README's pictures, from a report that is there.

    python docs/pictures.py results/report docs

writes report.png (the first screen), report-roc.png, report-threshold.png and report-cases.png of
one data set each. The report should be of generated images only, or of sets whose licence allows
it; needs playwright and a Chromium.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SHAPE, CONTEXT = "phantom-shape", "phantom-context"


def take(page: Page, out: Path) -> None:
    """Write the pictures of an opened report."""
    page.screenshot(path=out / "report.png")
    page.set_viewport_size({"width": 1280, "height": 1200})
    # else what lies above is laid out as it comes into view, and moves the rest
    page.add_style_tag(content="* { content-visibility: visible !important }")
    cases = page.locator("figure.cases:has(.switch)", has_text=f"Test cases of {SHAPE}").first
    cases.locator(".switch input").check()
    for name, shown in (
        ("roc", page.locator(f"#roc-{SHAPE}")),
        ("threshold", page.locator(f"#thresholds-{CONTEXT}")),
        ("cases", cases),
    ):
        shown.scroll_into_view_if_needed()
        page.wait_for_timeout(500)  # it is filled in as it comes into view
        shown.screenshot(path=out / f"report-{name}.png")


def main() -> None:
    """Open the report in Chromium on a screen of 1280 × 860."""
    report, out = map(Path, sys.argv[1:])
    with sync_playwright() as playwright:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1280, "height": 860}, color_scheme="light", bypass_csp=True
        )
        page.goto((report / "index.html").absolute().as_uri())
        take(page, out)
        browser.close()


if __name__ == "__main__":
    main()
