import csv
import doctest
import importlib
import re
from pathlib import Path

import pytest

from bench.protocol.errors import ResultsError
from bench.protocol.study import Study
from bench.results.store import Store
from reports.analysis.published import published
from reports.collect import collect
from reports.document.document import Document
from reports.document.parts.verdict_table import verdict_table
from reports.document.tables import Row, Table, text
from reports.evidence import Evidence
from reports.formatting import signed
from reports.render import html
from reports.report import ReportFiles, compose, write_document, write_report
from tests.reports.exhibits import HOSTILE
from tests.reports.exhibits import document as small_document
from tests.reports.page import Page
from tests.reports.pdf_text import assert_inside_margins, pages, squeezed, touches_its_edge
from tests.reports.simulated import METHODS, Data, Method, results

pytestmark = pytest.mark.slow

SECTIONS = [
    "Answer", "Secondary claims", "Protocol", "Data", "Discrimination", "Operating point",
    "Probabilities", "Cost", "Many data sets", "Sensitivity of the verdict", "Disagreements",
    "Failures", "Checklists", "Limits and environment",
]  # fmt: skip

FAILING = (
    *METHODS,
    Method("vit", "deep", 0.8, stochastic=True, fails=(1,), status="timeout"),
    Method("broken", "deep", fails=(None,), status="out-of-memory"),
    Method("xgboost", "classical", 0.8, stochastic=True, skips=(2,)),
)


PACKAGE = Path(__file__).parents[2] / "reports"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two classes, many classes, patients, a phantom; some trials failed, some are missing."""
    datasets = (
        Data("breastmnist", 78, 156, (0.27, 0.73), checksum="differs", duplicates=3),
        Data("patients", 60, 120, images_per_patient=3),
        Data("many", 100, 200, (0.3, 0.3, 0.2, 0.2)),
        Data("phantom", 60, 120, ideal=True, generated=True),
    )
    return results(
        tmp_path_factory.mktemp("report") / "results",
        datasets,
        FAILING,
        left_out=("retinamnist: not on this machine",),
    )


@pytest.fixture(scope="module")
def evidence(store: Store) -> Evidence:
    return collect(store)


@pytest.fixture(scope="module")
def document(evidence: Evidence) -> Document:
    return compose(evidence)


@pytest.fixture(scope="module")
def files(store: Store) -> ReportFiles:
    return write_report(store)


@pytest.fixture(scope="module")
def page(files: ReportFiles) -> Page:
    return Page(files.html.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def printed(files: ReportFiles) -> str:
    return " ".join(pages(files.pdf.read_bytes()))


def table(document: Document, name: str) -> Table:
    return next(t for t in document.tables if t.name == name)


def numbers(sentence: str) -> list[str]:
    """The decimal numbers of a sentence, signs and all."""
    return re.findall(r"[+−]?\d+\.\d+", sentence)


def printed_row(table: Table, row: Row) -> str:
    return " ".join(text(c, v) for c, v in zip(table.columns, row.values, strict=True))


def scripts(page: Page) -> int:
    """How many the browser would run; data in a script of another type is only read."""
    inert = {"application/json", "application/octet-stream"}
    return sum(tag == "script" and a.get("type") not in inert for tag, a in page.tags)


def test_the_sections_stand_in_order(document: Document) -> None:
    assert [h.text for h in document.headings if h.level == 1] == SECTIONS


def test_the_contents_skip_no_number_within_a_section(document: Document) -> None:
    listed: dict[str, list[int]] = {}
    for heading in document.contents:
        section, _, part = document.numbers[heading.anchor].partition(".")
        listed.setdefault(section, []).extend([int(part)] if part else [])
    assert all(parts == list(range(1, len(parts) + 1)) for parts in listed.values()), listed


def test_html_and_pdf_say_the_same_verdicts(evidence: Evidence, page: Page, printed: str) -> None:
    for where in (squeezed(page.text), squeezed(printed)):
        assert squeezed(evidence.study_hash) in where
        assert squeezed(evidence.overall.sentence) in where
        for data in evidence.datasets:
            assert squeezed(data.verdict.heading) in where
            assert squeezed(data.verdict.sentence) in where
        for data in evidence.datasets:
            for item in data.audit:
                assert item.colour == "green" or squeezed(item.sentence) in where


def test_every_cell_of_every_table_stands_in_html_and_pdf(
    document: Document, page: Page, printed: str
) -> None:
    on_screen, on_paper = squeezed(page.text), squeezed(printed)
    for shown in document.tables:
        for row in shown.rows:
            for column, value in zip(shown.columns, row.values, strict=True):
                cell = squeezed(text(column, value))
                assert cell in on_screen
                if shown.on_paper and row.on_paper and column.on_paper:
                    assert cell in on_paper


def test_every_number_of_a_verdict_stands_in_its_row_of_the_table(evidence: Evidence) -> None:
    shown = verdict_table(evidence)
    rows = {str(row.values[0]): printed_row(shown, row) for row in shown.rows}
    pooled = next(name for name in rows if name.startswith("mean"))
    checked = 0
    margin = {f"{evidence.entry.study.margin:g}"}
    for name, sentence in [
        (pooled, evidence.overall.sentence),
        *((d.card.name, d.verdict.sentence) for d in evidence.datasets),
    ]:
        for number in set(numbers(sentence)) - margin:
            assert number in rows[name]
            checked += 1
    assert checked >= 10


def test_every_number_of_the_prose_of_a_data_set_stands_in_a_table(
    document: Document, evidence: Evidence, page: Page
) -> None:
    cells = " ".join(printed_row(t, row) for t in document.tables for row in t.rows)
    study = {f"{evidence.entry.study.margin:g}", f"{evidence.entry.study.alpha:g}"}
    start = [h.anchor for h in document.headings]
    assert "set-many" in start
    blocks = document.blocks
    first = next(i for i, b in enumerate(blocks) if getattr(b, "anchor", "") == "results")
    last = next(i for i, b in enumerate(blocks) if getattr(b, "anchor", "") == "cost")
    prose = []
    for block in blocks[first:last]:
        for phrase in (getattr(block, "words", ()), *getattr(block, "items", ())):
            prose += [w for w in phrase if isinstance(w, str)]
    found = set(numbers(" ".join(prose))) - study
    assert len(found) > 20
    assert sorted(number for number in found if number not in cells) == []


def test_csv_holds_the_evidence_at_full_precision(files: ReportFiles, evidence: Evidence) -> None:
    for data in evidence.datasets:
        with (files.folder / f"tables/methods-{data.card.name}.csv").open(encoding="utf-8") as file:
            rows = {row["method"]: row for row in csv.DictReader(file)}
        assert list(rows) == [m.name for m in data.methods]
        for method in data.methods:
            if method.auc is None:
                assert rows[method.name]["auc"] == ""
            else:
                assert float(rows[method.name]["auc"]) == method.auc.value
                assert float(rows[method.name]["auc_low"]) == method.auc.low
                assert float(rows[method.name]["auc_high"]) == method.auc.high


def test_every_table_and_figure_has_its_files(files: ReportFiles, document: Document) -> None:
    assert {p.name for p in files.tables} == {
        f"{t.name}.{ending}" for t in document.tables for ending in ("csv", "tex")
    }
    assert {p.name for p in files.figures} == {
        f"{f.name}.{ending}" for f in document.figures for ending in ("svg", "pdf")
    }
    assert all(path.stat().st_size > 0 for path in (*files.tables, *files.figures))


def test_no_figure_is_cut_off_and_nothing_leaves_the_margins_of_the_paper(
    files: ReportFiles,
) -> None:
    drawn = [path for path in files.figures if path.suffix == ".pdf"]
    assert [path.name for path in drawn if touches_its_edge(path.read_bytes())] == []
    assert_inside_margins(files.pdf.read_bytes())


def test_the_title_page_gives_the_answer_on_every_data_set(
    files: ReportFiles, evidence: Evidence
) -> None:
    first = squeezed(pages(files.pdf.read_bytes())[0])
    for words in (
        evidence.claim, evidence.overall.heading, evidence.overall.sentence, evidence.study_hash,
        evidence.entry.first_run[:10],
    ):  # fmt: skip
        assert squeezed(words) in first
    for data in evidence.datasets:
        assert data.comparison is not None
        d = data.comparison.pair.difference
        line = f"{data.card.name} {data.verdict.heading} {signed(d.value)} [{signed(d.low)}, "
        assert squeezed(line) in first
    assert "classicalbetter" in first  # words of the forest plot


def test_every_latex_table_can_be_read_by_any_latex(files: ReportFiles) -> None:
    for path in files.tables:
        if path.suffix == ".tex":
            content = path.read_text(encoding="utf-8")
            assert content.isascii(), path.name
            assert content.count("{") - content.count(r"\{") == content.count("}") - content.count(
                r"\}"
            )


def test_the_same_results_give_the_same_bytes(store: Store, files: ReportFiles) -> None:
    before = {p.relative_to(files.folder): p.read_bytes() for p in files.folder.rglob("*.*")}
    again = write_report(store)
    assert {
        p.relative_to(again.folder): p.read_bytes() for p in again.folder.rglob("*.*")
    } == before
    assert {p.name for p in store.root.iterdir()} == {"study.json", "datasets", "runs", "report"}


def test_what_was_declared_and_left_out_is_shown(page: Page) -> None:
    assert "retinamnist: not on this machine" in page.text
    assert "python -m bench run --all" in page.text


def test_an_unofficial_copy_is_marked(page: Page) -> None:
    assert "Unofficial copy: it differs from the published one" in page.text


def test_the_known_answer_of_a_phantom_is_shown(page: Page) -> None:
    assert "AUC 0.930 over all possible images" in page.text


def test_failed_and_missing_trials_are_listed_with_the_reason(document: Document) -> None:
    failed = table(document, "failed").rows
    assert {(r.values[1], r.values[2], r.values[3]) for r in failed} == {
        ("vit", "seed 1", "timeout"),
        ("broken", "once", "out-of-memory"),
    }
    assert {r.values[4] for r in failed} == {"ValueError: no honest number came out"}
    assert {r.values[1:] for r in table(document, "missing").rows} == {("xgboost", "seed 2")}
    runs = {r.values[0]: r.values[-1] for r in table(document, "methods-many").rows}
    assert runs["vit"] == runs["xgboost"] == "2 of 3"
    assert runs["broken"] == "0 of 1"


def test_published_results_stand_beside_ours_only_on_the_official_test_part(
    document: Document, tmp_path: Path
) -> None:
    shown = table(document, "literature-breastmnist")
    known = published("breastmnist")
    assert known is not None
    theirs = [r.values for r in shown.rows if r.values[1] == "published"]
    assert theirs == [(r.method, "published", r.auc, r.accuracy) for r in known.results]
    other = collect(results(tmp_path / "r", (Data("breastmnist", 60, 100),), METHODS[:3]))
    document = compose(other)
    assert "literature-breastmnist" not in {t.name for t in document.tables}
    assert "published-breastmnist" in {h.anchor for h in document.headings}


def test_a_report_of_one_method_gives_no_verdict_and_says_why(tmp_path: Path) -> None:
    store = results(tmp_path / "r", methods=METHODS[:1])
    files = write_report(store)
    found = collect(store).datasets[0].verdict
    assert not found.is_verdict
    for where in (
        Page(files.html.read_text("utf-8")).text,
        " ".join(pages(files.pdf.read_bytes())),
    ):
        assert "No verdict" in where
        assert squeezed(found.sentence) in squeezed(where)


def test_a_report_of_nothing_but_failures_can_be_written(tmp_path: Path) -> None:
    methods = (Method("svm", "classical", fails=(None,)), Method("cnn", "deep", fails=(None,)))
    files = write_report(results(tmp_path / "r", methods=methods))
    shown = Page(files.html.read_text(encoding="utf-8")).text
    assert "No run has succeeded" in shown
    assert shown.count("ValueError: no honest number came out") == 2


def test_a_report_of_no_runs_at_all_can_be_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "r")
    store.declare(Study(("busi",), ("svm",)), "python -m bench run", ("busi: not here",))
    files = write_report(store)
    shown = Page(files.html.read_text(encoding="utf-8")).text
    assert "No verdict" in shown
    assert "busi: nothing is stored." in shown
    assert files.pdf.read_bytes().startswith(b"%PDF")


def test_folds_and_shares_of_training_are_shown(tmp_path: Path) -> None:
    store = results(
        tmp_path / "r", (Data("breast", 60, 90),), METHODS[:4], folds=2, fractions=(0.5, 1.0)
    )
    document = compose(collect(store))
    assert [c.label for c in table(document, "learning-breast").columns] == [
        "Method", "50 %", "100 %",
    ]  # fmt: skip
    files = write_report(store)
    assert files.pdf.exists()
    assert "In this cross-validation every image is tested once." in files.html.read_text()
    assert "images, each tested once, on 1 data set." in files.html.read_text()


def test_data_sets_whose_names_differ_only_in_signs_do_not_collide(tmp_path: Path) -> None:
    datasets = tuple(Data(name, 40, 60) for name in ("a b", "a-b", "A_b"))
    files = write_report(results(tmp_path / "r", datasets, METHODS[:3]))
    names = {p.stem for p in files.figures if p.name.startswith("roc-a")}
    assert names == {"roc-a-b", "roc-a-b-2", "roc-a-b-3"}


def test_hostile_names_do_no_harm_anywhere(tmp_path: Path) -> None:
    datasets = (
        Data(HOSTILE[0], 40, 60, class_names=(HOSTILE[1], HOSTILE[4])),
        Data(HOSTILE[5], 60, 90, (0.3, 0.3, 0.4), class_names=HOSTILE[6:9]),
    )
    families = ("deep", "classical", "hybrid", "control")
    methods = tuple(Method(name, families[i % 4], 0.6 + 0.02 * i) for i, name in enumerate(HOSTILE))
    files = write_report(results(tmp_path / "r", datasets, methods))
    shown = Page(files.html.read_text(encoding="utf-8"))
    assert scripts(shown) == scripts(Page(html.render(small_document())))
    assert not [k for _, attrs in shown.tags for k in attrs if k.startswith("on")]
    printed = squeezed(" ".join(pages(files.pdf.read_bytes())))
    for name in HOSTILE:
        assert name in shown.text
        assert name == HOSTILE[-1] or squeezed(name) in printed
    assert all(path.parent.parent == files.folder for path in (*files.tables, *files.figures))


def test_a_damaged_sample_image_costs_only_itself(document: Document) -> None:
    # the one of the simulated cards has a wrong checksum
    assert not [block for block in document.blocks if block.kind == "gallery"]


def test_a_report_that_cannot_be_written_is_an_error_of_results(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("x")
    with pytest.raises(ResultsError, match="cannot be written"):
        write_document(small_document(), place / "report")


def test_a_report_replaces_an_earlier_one_as_a_whole(tmp_path: Path) -> None:
    old = write_document(small_document(), tmp_path / "report").folder / "tables" / "old.csv"
    old.write_text("x")
    write_document(small_document(), tmp_path / "report")
    assert not old.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_docstrings_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_the_answer_in_lines_is_that_of_the_page(files: ReportFiles, evidence: Evidence) -> None:
    assert len(files.answer) == len(evidence.datasets) + 1
    text = files.html.read_text(encoding="utf-8")
    assert evidence.overall.heading in files.answer[-1]
    assert evidence.overall.heading in text
