"""What the report calls things: a test by its name, a model by what it is, no word of our own."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.protocol.claim import Claim
from reports.collect import collect
from reports.document.blocks import Block, Bullets, Facts, Heading, Paragraph, TableBlock
from reports.document.document import Document
from reports.document.plots import Figure
from reports.document.tables import Table
from reports.evidence import Evidence
from reports.report import compose
from tests.reports.simulated import METHODS, Data, results

NAMES_OF_P = {
    "p",  # where the row names the test
    "Two-sided p",
    "TOST p",
    "Superiority-by-margin p",
    "Non-inferiority p",
    "Non-inferiority p, deep",
    "Non-inferiority p, classical",
    "Superiority p (one-sided)",
}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    datasets = tuple(
        Data(f"set-{k}", 60, 120, (0.4, 0.3, 0.3) if k == 1 else (0.6, 0.4)) for k in range(6)
    )
    claim = Claim("own", ("svm",), ("resnet18",), margin=0.037)
    return collect(
        results(
            tmp_path_factory.mktemp("words") / "r",
            datasets,
            METHODS,
            fractions=(0.5, 1.0),
            claims=(claim,),
        )
    )


@pytest.fixture(scope="module")
def document(evidence: Evidence) -> Document:
    return compose(evidence)


def tables(document: Document) -> tuple[Table, ...]:
    return (*document.tables, *document.attached)


def own_words(blocks: Iterable[Block], evidence: Evidence) -> list[str]:
    """Everything that the blocks say themselves, without the sentences of verdicts and audit."""
    said = {evidence.overall.sentence, *evidence.overall.caveats}
    for data in evidence.datasets:
        said |= {data.verdict.sentence} | {item.sentence for item in data.audit}
        if data.comparison is not None:
            said |= {check.sentence for check in data.comparison.controls}
    said |= {claim.sentence for claim in evidence.claims}
    said |= {one.sentence for claim in evidence.claims for one in claim.datasets}
    said |= set(evidence.robustness.notes)
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append(block.text)
        elif isinstance(block, Figure):
            found += [block.caption, block.alternative]
        elif isinstance(block, TableBlock):
            found += [block.table.caption, *block.table.notes]
            found += [column.label for column in block.table.columns]
        elif isinstance(block, Paragraph | Bullets | Facts):
            phrases = (
                (block.words,)
                if isinstance(block, Paragraph)
                else block.items
                if isinstance(block, Bullets)
                else tuple(words for _, words in block.rows)
            )
            found += [
                word if isinstance(word, str) else word.text for words in phrases for word in words
            ]
    return [text for text in found if not any(one in text for one in said if one)]


@pytest.mark.slow
def test_a_column_of_p_values_is_named_after_its_test(document: Document) -> None:
    labels = {
        column.label.removesuffix(" (Holm-adjusted)")
        for table in tables(document)
        for column in table.columns
        if column.kind == "p"
    }
    assert labels <= NAMES_OF_P
    assert len(labels) >= 7


def test_a_column_of_adjusted_p_values_says_so(document: Document) -> None:
    for table in tables(document):
        for column in table.columns:
            if column.kind == "p":
                assert column.key.endswith("_holm") == column.label.endswith("(Holm-adjusted)")


def test_the_best_models_are_called_what_they_are(document: Document, evidence: Evidence) -> None:
    words = own_words(document.blocks, evidence)
    assert len(words) > 300
    for ours in ("champion", "Equivalence p", "would lie between", "not worse p", "had no say"):
        assert [text for text in words if ours.lower() in text.lower()] == []


def test_each_section_that_speaks_of_the_best_models_says_first_how_they_were_chosen(
    document: Document, evidence: Evidence
) -> None:
    named = re.compile(r"[Bb]est (?:deep|classical) model")
    checked = 0
    for section in sections(document):
        words = " ".join(own_words(section, evidence))
        first = named.search(words)
        if first and section[0].text != "Checklists":
            checked += 1
            after = words[first.start() : first.start() + 120]
            assert "chosen on validation" in after, (section[0].text, after)
    assert checked > 6


def sections(document: Document) -> list[list[Block]]:
    """The blocks of each section, its heading first."""
    found: list[list[Block]] = []
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 1:
            found.append([])
        found[-1].append(block)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("folds", [0, 3])
def test_nothing_is_called_pooled_with_one_data_set(tmp_path: Path, folds: int) -> None:
    evidence = collect(results(tmp_path / "r", (Data("breast", 60, 120),), METHODS, folds=folds))
    document = compose(evidence)
    words = own_words(document.blocks, evidence)
    assert [text for text in words if "pooled" in text.lower()] == []
    assert not any("pooled" in figure.svg for figure in document.figures)
    assert not any("pooled" in str(row.values[0]) for t in document.tables for row in t.rows)
