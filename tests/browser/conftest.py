"""One browser and one report for all tests; no page may ask for anything or complain."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.external.anything import Asked, evidence_of, write_page
from reports.render import html
from reports.report import ReportFiles, write_report
from tests.browser.exhibit import exhibit
from tests.reports.simulated import METHODS, Data, results

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")

HOSTILE_DATA = "<script>alert(1)</script>"
HOSTILE_CLASS = '"><img>'


@pytest.fixture(scope="module")  # while it runs, other files cannot start an event loop
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")
    with sync_api.sync_playwright() as playwright:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        found = found or playwright.chromium.executable_path
        if not Path(found).exists():
            pytest.skip(f"no browser: none of {', '.join(NAMES)}, nor playwright's own")
        running = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield running
        running.close()


@dataclass
class Tab:
    """A page, and what it did that no page of ours may do."""

    page: Any
    url: str
    complaints: list[str]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file; at the end of the test it must have asked for nothing and not complained."""
    tabs: list[Tab] = []

    def opened(path: Path, *, width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        tab = Tab(context.new_page(), path.as_uri(), [])
        tab.page.set_default_timeout(5_000)

        def answer(route: Any) -> None:
            if route.request.url.partition("#")[0] == tab.url:
                route.continue_()
            else:
                tab.complaints.append(f"asked for {route.request.url}")
                route.abort()

        context.route("**/*", answer)
        tab.page.on("console", lambda message: tab.complaints.append(f"console: {message.text}"))
        tab.page.on("pageerror", lambda error: tab.complaints.append(f"error: {error}"))
        tab.page.on("dialog", lambda dialog: (tab.complaints.append("dialog"), dialog.dismiss()))
        tab.page.goto(tab.url)
        tabs.append(tab)
        return tab.page

    yield opened
    for tab in tabs:
        tab.page.context.close()
    assert [tab.complaints for tab in tabs if tab.complaints] == []


@pytest.fixture(scope="session")
def exhibit_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose numbers are known."""
    path = tmp_path_factory.mktemp("exhibit") / "index.html"
    path.write_text(html.render(exhibit()), encoding="utf-8")
    return path


@pytest.fixture
def page(open_page: Callable[..., Any], exhibit_file: Path) -> Any:
    """It, opened on a wide screen."""
    return open_page(exhibit_file)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    """A whole report, of a data set and classes whose names mean harm."""
    hostile = Data(HOSTILE_DATA, 60, 90, class_names=("benign", HOSTILE_CLASS), ideal=True)
    several = Data("three", 60, 90, (0.4, 0.3, 0.3))
    root = tmp_path_factory.mktemp("browser") / "results"
    return write_report(results(root, (hostile, several), METHODS, seeds=(0, 1, 2)))


@pytest.fixture(scope="session")
def brief_pages(report: ReportFiles, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The summary of the report, and a page of predictions that were made elsewhere."""
    folder = tmp_path_factory.mktemp("compared")
    rng = np.random.default_rng(0)
    lines = ["case,label,model,ill,well"]
    for model, strength in ((HOSTILE_DATA, 2.0), ("svm", 1.0), ("forest", 0.8)):
        for case in range(120):
            p = 1 / (1 + np.exp(-rng.normal(strength * (case % 2 - 0.5), 1)))
            label = ("well", "ill")[case % 2]
            lines.append(f"{case},{label},{model},{p:.6f},{1 - p:.6f}")
    (folder / "p.csv").write_text("\n".join(lines))
    found = evidence_of(folder / "p.csv", Asked(positive="ill"))
    write_page(found, folder / "p.csv", folder / "p.html", None)
    return {"summary": report.folder / "summary.html", "compared": folder / "p.html"}


@pytest.fixture(scope="session")
def evidence(report: ReportFiles) -> dict[str, Any]:
    """What its evidence.json says of the data set with the harmful name."""
    everything = json.loads((report.folder / "evidence.json").read_text(encoding="utf-8"))
    (found,) = (d for d in everything["datasets"] if d["card"]["name"] == HOSTILE_DATA)
    return dict(found)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    path = os.environ.get("AXE_CORE")
    if not path:
        pytest.skip("the environment variable AXE_CORE names no axe.min.js")
    return Path(path).read_text(encoding="utf-8")
