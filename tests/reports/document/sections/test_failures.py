"""What did not work is said, also where every trial has a result."""

import pytest

from reports.collect import collect
from reports.document.blocks import Paragraph, TableBlock
from reports.document.sections.failures import failures
from tests.reports.simulated import METHODS, Method, results


def sentences(evidence):
    return [
        "".join(str(word) for word in block.words)
        for block in failures(evidence)
        if isinstance(block, Paragraph)
    ]


@pytest.mark.slow
def test_an_explanation_that_failed_is_shown_with_its_reason(tmp_path):
    network = Method(
        "resnet18", "deep", 0.86, True, 0.01,
        importance_error="ValueError: no parts", explanation_error="RuntimeError: no layer",
    )  # fmt: skip
    evidence = collect(results(tmp_path / "r", methods=(METHODS[0], network)))
    (table,) = (b.table for b in failures(evidence) if isinstance(b, TableBlock))
    assert [row.values for row in table.rows] == [
        ("breast", "resnet18", "importance of features", "ValueError: no parts"),
        ("breast", "resnet18", "activation maps", "RuntimeError: no layer"),
    ]


def test_runs_of_other_images_are_listed_and_in_no_number(tmp_path):
    old = Method("old", "deep", 0.9, fingerprint="before")
    store = results(tmp_path / "r", methods=(*METHODS[:2], old))
    store.declare(store.current.study.with_names(("breast",), [m.name for m in METHODS[:2]]))
    evidence = collect(store)
    (table,) = (b.table for b in failures(evidence) if isinstance(b, TableBlock))
    assert (table.name, [row.values for row in table.rows]) == (
        "other-data",
        [("breast", "old", "once")],
    )
    assert (evidence.n_other_runs, evidence.missing) == (0, ())
    assert "left out of every number; run them again" in sentences(evidence)[-1]


@pytest.mark.slow
def test_where_everything_worked_it_is_said(tmp_path):
    found = sentences(collect(results(tmp_path / "r", methods=METHODS[:3])))
    assert found == ["Every trial of the study has run and succeeded."]
