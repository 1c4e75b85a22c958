"""How soon the page of a report answers: 12 data sets × 12 methods × 5 seeds, in Chromium.

    python tests/benchmarks/report_page.py [index.html]

Without a file, simulated results with 600 test cases each are reported first (curves are thinned,
so that more cases make no larger page). Printed, as the median of five openings: when the page was
painted first and when all of its scripts had run; then, once, how long the first answer to the
pointer and the first sorting of a table took. Opened from disk, on a screen of 1280 × 900.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from evidence import METHODS, SHARES
from playwright.sync_api import Browser, sync_playwright

from reports.report import write_report
from tests.reports.simulated import Data, results

OPENED = """() => {
  const [page] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return [paint.startTime, page.loadEventEnd, document.querySelectorAll('*').length];
}"""
# from the event to the next frame
HOVER = """() => new Promise(done => {
  const plot = document.querySelector('.plot .scroll');
  plot.scrollIntoView();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const box = plot.querySelector('svg').getBoundingClientRect();
    const start = performance.now();
    plot.dispatchEvent(new PointerEvent('pointermove',
      {bubbles: true, clientX: box.x + box.width / 4, clientY: box.y + box.height / 3}));
    requestAnimationFrame(() => done(performance.now() - start));
  }));
})"""
SORT = """() => new Promise(done => {
  const start = performance.now();
  document.querySelector('#methods-set-0 thead th:nth-child(3) button').click();
  requestAnimationFrame(() => done(performance.now() - start));
})"""


def written(folder: Path) -> Path:
    """A report of simulated results."""
    datasets = tuple(
        Data(f"set-{i}", n_val=300, n_test=600, shares=SHARES[i % 2]) for i in range(12)
    )
    store = results(folder / "results", datasets, METHODS, seeds=(0, 1, 2, 3, 4))
    start = time.perf_counter()
    files = write_report(store)
    print(f"evidence and files: {time.perf_counter() - start:.1f} s")
    return files.html


def measure(browser: Browser, path: Path) -> None:
    """Open, measure, print."""
    print(f"{path.stat().st_size / 1e6:.2f} MB")
    found = []
    for _ in range(5):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        found.append(page.evaluate(OPENED))
        page.close()
    paint, ready, nodes = (statistics.median(values) for values in zip(*found, strict=True))
    print(f"first paint {paint:.0f} ms, interactive {ready:.0f} ms, {nodes:.0f} elements")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    print(f"first answer to the pointer {page.evaluate(HOVER):.0f} ms")
    if page.locator("#methods-set-0").count():
        print(f"sorting a table {page.evaluate(SORT):.0f} ms")


def main(arguments: list[str]) -> None:
    """Measure the file named, or one that is written first."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(arguments[0]).resolve() if arguments else written(Path(folder))
        chromium = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        measure(browser, path)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
