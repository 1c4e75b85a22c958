"""The summary that is forwarded: two pages at most, and nothing that reads otherwise without it."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from bench.protocol.errors import UsageError
from bench.results.store import Store
from reports.collect import collect
from reports.document.blocks import Bullets, Statement, TableBlock
from reports.document.document import Document
from reports.document.plots import Figure
from reports.document.summary import CAUTIONS, ROWS, shortened, summary
from reports.document.tables import text
from reports.evidence import Evidence
from reports.render import docx, html, pdf
from reports.report import Forms, write_report
from tests.reports.pdf_text import assert_inside_margins, pages, squeezed
from tests.reports.simulated import METHODS, Data, Method, results

pytestmark = pytest.mark.slow
TITLE = "Is deep learning better than classical machine learning here?"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    datasets = (
        Data("breast", 60, 120, checksum="differs"),
        Data("patients", 60, 120, images_per_patient=3),
        Data("phantom", 60, 120, ideal=True, generated=True),
    )
    return results(tmp_path_factory.mktemp("summary") / "results", datasets)


@pytest.fixture(scope="module")
def evidence(store: Store) -> Evidence:
    return collect(store)


@pytest.fixture(scope="module")
def paper(evidence: Evidence) -> Document:
    return summary(evidence, TITLE)


def in_words(words: tuple[object, ...]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in words)  # type: ignore[attr-defined]


def test_it_has_the_question_the_answer_and_the_study(evidence: Evidence, paper: Document) -> None:
    (answer,) = (block for block in paper.blocks if isinstance(block, Statement))
    assert (answer.claim, answer.headline) == (evidence.claim, evidence.overall.heading)
    found = " ".join(pages(pdf.render(paper)))
    assert evidence.study_hash in found
    assert "Full report index.html" in found


def test_a_row_has_both_models_their_difference_and_the_verdict(
    evidence: Evidence, paper: Document
) -> None:
    (table,) = (block.table for block in paper.blocks if isinstance(block, TableBlock))
    assert [row.values[0] for row in table.rows] == [d.card.name for d in evidence.datasets]
    for row, data in zip(table.rows, evidence.datasets, strict=True):
        comparison = data.comparison
        assert comparison is not None
        assert row.values[1:] == (
            comparison.deep,
            comparison.pair.value_a.value,
            comparison.classical,
            comparison.pair.value_b.value,
            comparison.pair.difference,
            data.verdict.heading,
        )


def test_it_shows_one_forest_plot_and_one_of_roc_curves(paper: Document) -> None:
    assert [figure.name for figure in paper.figures] == ["forest", "roc"]
    assert all(name in paper.figures[1].svg for name in ("breast", "patients", "phantom"))


def test_the_curves_say_whose_they_are_where_several_models_stand_for_a_side(
    evidence: Evidence, paper: Document
) -> None:
    def caption(shown: Document) -> str:
        (one,) = [b.caption for b in shown.blocks if isinstance(b, Figure) and b.name == "roc"]
        return one

    assert "most often" not in caption(paper)
    first, *others = evidence.datasets
    assert first.comparison is not None
    varied = replace(first.comparison, folds_deep={first.comparison.deep: 3, "other": 2})
    mixed = replace(evidence, datasets=(replace(first, comparison=varied), *others))
    assert "are of the one that does so most often" in caption(summary(mixed, TITLE))


def test_every_caution_of_the_audit_is_named_and_nothing_that_is_in_order(
    evidence: Evidence, paper: Document
) -> None:
    (bullets,) = (block for block in paper.blocks if isinstance(block, Bullets))
    said = " ".join(in_words(item) for item in bullets.items)
    for item in evidence.audit:
        named = item.title in said or item.title.lower() in said
        assert named == (item.colour != "green"), item.title


def test_what_is_cut_off_says_so() -> None:
    assert shortened("short", 10) == "short"
    assert shortened("a" * 30, 10) == "a" * 9 + "…"
    assert shortened("One two three four five", 12) == "One two …"


def test_it_is_short_whatever_the_study_holds(tmp_path: Path) -> None:
    long = "a-name-that-is-longer-than-anybody-would-like-it-to-be"
    names = [f"{place:02d}-{long}" for place in range(14)]
    methods = tuple(
        Method(f"{method.name}-{long}", method.family, method.auc, constant=method.constant)
        for method in METHODS
    )
    datasets = tuple(
        Data(name, 40, 60, checksum="differs", duplicates=3, class_names=(long, f"not-{long}"))
        for name in names
    )
    evidence = collect(results(tmp_path / "results", datasets, methods))
    paper = summary(evidence, TITLE)
    (table,) = (block.table for block in paper.blocks if isinstance(block, TableBlock))
    assert len(table.rows) == ROWS
    assert "4 further data sets in the report." in table.notes
    (bullets,) = (block for block in paper.blocks if isinstance(block, Bullets))
    assert len(bullets.items) <= CAUTIONS + 2
    content = pdf.render(paper)
    assert len(pages(content)) <= 2
    assert_inside_margins(content)


def captions(paper: Document) -> dict[str, str]:
    return {block.name: block.caption for block in paper.blocks if isinstance(block, Figure)}


def test_figures_say_how_many_of_the_data_sets_they_show(evidence: Evidence) -> None:
    assert not [text for text in captions(summary(evidence, TITLE)).values() if "shown;" in text]
    first = evidence.datasets[0]
    named = [
        replace(first, card=replace(first.card, name=f"set {place}")) for place in range(ROWS + 1)
    ]
    six = captions(summary(replace(evidence, datasets=tuple(named[:6])), TITLE))
    assert six["roc"].endswith(" The first 4 of 6 data sets are shown; the report has all.")
    assert "shown;" not in six["forest"]
    all_of_them = captions(summary(replace(evidence, datasets=tuple(named)), TITLE))
    assert all_of_them["forest"].endswith(" 10 of 11 data sets are shown; the report has all.")
    assert "The first 4 of 11 data sets are shown;" in all_of_them["roc"]


def test_cautions_beyond_those_that_are_spelt_out_are_counted(evidence: Evidence) -> None:
    caveats = tuple(f"Caveat {place}." for place in range(CAUTIONS + 2))
    overall = replace(evidence.overall, caveats=caveats)
    paper = summary(replace(evidence, overall=overall), TITLE)
    (bullets,) = (block for block in paper.blocks if isinstance(block, Bullets))
    said = [in_words(item) for item in bullets.items]
    assert len(said) <= CAUTIONS + 2
    missing = sum(not any(caveat in item for item in said) for caveat in caveats)
    assert said[-1].startswith(f"Further cautions in the report: {missing} more on the answer")


def test_a_study_without_results_has_one_too(tmp_path: Path) -> None:
    evidence = collect(results(tmp_path / "results", (), ()))
    content = pdf.render(summary(evidence, TITLE))
    assert "No verdict" in " ".join(pages(content))


def test_the_page_loads_nothing_and_leads_to_the_report(paper: Document) -> None:
    page = html.render(paper)
    assert '<a href="index.html">index.html</a>' in page
    assert "<nav" not in page
    assert page.count("<svg") >= 2


def test_word_has_the_same_words_and_the_same_bytes_again(paper: Document) -> None:
    package = pytest.importorskip("docx")
    content = docx.render(paper)
    assert docx.render(paper) == content
    written = package.Document(io.BytesIO(content))
    (grid,) = written.tables
    (table,) = (block.table for block in paper.blocks if isinstance(block, TableBlock))
    for printed, row in zip(grid.rows[1:], table.rows, strict=True):
        assert [cell.text for cell in printed.cells] == [
            text(column, value) for column, value in zip(table.columns, row.values, strict=True)
        ]
    said = squeezed(" ".join(paragraph.text for paragraph in written.paragraphs))
    for block in paper.blocks:
        if isinstance(block, Statement):
            assert squeezed(block.detail) in said
    assert len(written.inline_shapes) == len(paper.figures)


def test_without_the_package_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.render.docx.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'classical-vs-deep\[word\]'"):
        docx.refuse_without_package()


def test_a_report_has_it_beside_it_and_more_forms_on_request(store: Store) -> None:
    pytest.importorskip("docx")
    files = write_report(store)
    assert [path.name for path in files.summary] == ["summary.html", "summary.pdf"]
    assert not list(files.folder.glob("figures/*.png"))
    files = write_report(store, Forms(png=True, word=True))
    assert [path.name for path in files.summary] == [
        "summary.html",
        "summary.pdf",
        "summary.docx",
    ]
    drawn = {path.stem for path in files.folder.glob("figures/*.svg")}
    pictures = sorted(files.folder.glob("figures/*.png"))
    assert {path.stem for path in pictures} == drawn
    assert all(path.stat().st_size > 1000 for path in pictures)
