"""Reports of the smallest and the largest studies: complete in what they have, nothing cut off."""

import json
from pathlib import Path

import pytest

from bench.protocol.study import Study
from bench.results.store import Store
from reports.report import ReportFiles, write_report
from tests.reports.page import Page
from tests.reports.pdf_text import assert_inside_margins, pages, squeezed, touches_its_edge
from tests.reports.simulated import METHODS, Data, Method, results

ELEVEN = tuple(f"adenocarcinoma in situ, type {letter}" for letter in "abcdefghijk")
LONG = "data-set-of-a-hospital-with-a-long-name-and-a-year-2026"


def checked(files: ReportFiles) -> str:
    """The text of the page, once page, paper and files have been looked through."""
    page = Page(files.html.read_text(encoding="utf-8")).text
    content = files.pdf.read_bytes()
    assert_inside_margins(content)
    drawn = [path for path in files.figures if path.suffix == ".pdf"]
    assert [path.name for path in drawn if touches_its_edge(path.read_bytes())] == []
    data = json.loads((files.folder / "evidence.json").read_text(encoding="utf-8"))
    paper = squeezed(" ".join(pages(content)))
    for found in [data["overall"], *(d["verdict"] for d in data["datasets"])]:
        assert squeezed(found["sentence"]) in squeezed(page)
        assert squeezed(found["sentence"]) in paper
    assert not {"nan", "inf", "None,", "None]", "[None"} & set(page.split())
    return page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("datasets", "methods", "seeds", "says"),
    [
        ((Data("breast", 60, 90),), METHODS[:1], (0,), "has a result"),
        ((Data("breast", 60, 90),), METHODS[:4], (0,), "1 data set"),
        ((Data("tiny", 10, 10),), METHODS, (0, 1), "cannot support a comparison"),
        (
            (Data("eleven", 220, 330, (1 / 11,) * 11, class_names=ELEVEN),),
            METHODS[:5],
            (0,),
            "adenocarcinoma in situ, type k",
        ),
        ((Data("huge", 500, 50_000),), METHODS[:3], (0,), "50\u202f000"),
        (
            tuple(Data(f"{LONG}-{i}", 40, 60) for i in range(6)),
            (
                Method("a-network-with-quite-a-long-name-224", "deep", 0.8),
                Method("svm", "classical", 0.7),
                Method("another-long-name-of-a-pipeline", "classical", 0.75),
            ),
            (0,),
            LONG,
        ),
    ],
    ids=["one method", "one seed", "ten images", "eleven classes", "50,000 images", "long names"],
)
def test_a_study_at_the_edge_gives_a_whole_report(
    datasets: tuple[Data, ...],
    methods: tuple[Method, ...],
    seeds: tuple[int, ...],
    says: str,
    tmp_path: Path,
) -> None:
    store = results(tmp_path / "r", datasets, methods, seeds=seeds)
    assert says in checked(write_report(store))


def test_a_run_that_was_broken_off_shows_what_it_has_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    methods = (
        *METHODS[:4],
        Method("vit", "deep", 0.8, stochastic=True, fails=(0,), skips=(1, 2), status="timeout"),
    )
    store = results(tmp_path / "r", (Data("breast", 40, 60), Data("skin", 40, 60)), methods)
    (store.root / "datasets" / "skin.json").unlink()  # as if it had never been reached
    page = checked(write_report(store))
    assert "skin: nothing is stored." in page
    assert "timeout" in page
    assert "seed 1" in page


def test_nothing_but_failures_and_nothing_at_all_are_reports_too(tmp_path: Path) -> None:
    methods = (Method("svm", "classical", fails=(None,)), Method("cnn", "deep", fails=(None,)))
    checked(write_report(results(tmp_path / "r", (Data("breast", 40, 60),), methods)))
    store = Store(tmp_path / "none")
    store.declare(Study(("busi",), ("svm",)), "python -m bench run", ("busi: not here",))
    assert "Nothing has run yet" in checked(write_report(store))
