from dataclasses import replace

import pytest

from bench.results.store import Store
from reports.collect import collect
from reports.document.blocks import Paragraph, TableBlock
from reports.document.plots import Figure
from reports.document.sections.failures import failures
from reports.document.sections.reliance import explained, reliance
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("svm", "classical", 0.82, importance=(("glcm", 0.08), ("shape", -0.002))),
    Method(
        "forest", "classical", 0.8, stochastic=True, importance=(("glcm", 0.02), ("colour", 0.05))
    ),
    Method("cnn", "deep", 0.85, stochastic=True),
)
STEMS = {"breast": "breast"}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return collect(results(tmp_path_factory.mktemp("runs"), (Data("breast"),), METHODS))


def blocks(evidence, kind):
    return [block for block in reliance(evidence, STEMS) if isinstance(block, kind)]


@pytest.mark.slow
def test_losses_are_means_over_seeds(evidence):
    importance = {m.name: dict(m.importance) for m in evidence.datasets[0].methods}
    assert importance["svm"] == pytest.approx({"glcm": 0.08, "shape": -0.002})
    assert importance["forest"] == pytest.approx({"glcm": 0.03, "colour": 0.06})
    assert importance["cnn"] == {}


def test_only_methods_that_say_something_are_shown(evidence):
    assert [m.name for m in explained(evidence.datasets[0])] == ["svm", "forest"]


def test_a_family_that_a_method_does_not_have_is_left_empty(evidence):
    (block,) = blocks(evidence, TableBlock)
    assert [column.label for column in block.table.columns] == ["Features", "svm", "forest"]
    values = {row.values[0]: row.values[1:] for row in block.table.rows}
    assert values["glcm"] == pytest.approx((0.08, 0.03))
    assert values["colour"] == (None, pytest.approx(0.06))
    assert values["shape"] == (pytest.approx(-0.002), None)


def test_the_family_that_is_missed_most_comes_first(evidence):
    (block,) = blocks(evidence, TableBlock)
    assert [row.values[0] for row in block.table.rows] == ["colour", "glcm", "shape"]


def test_the_figure_shows_the_numbers_of_the_table_and_says_what_is_missed_most(evidence):
    (figure,) = blocks(evidence, Figure)
    for number in ("8.0", "3.0", "6.0", "−0.2"):
        assert f">{number}<" in figure.svg
    assert figure.alternative.endswith("svm glcm (+0.080), forest colour (+0.060).")


@pytest.mark.slow
def test_without_any_the_section_is_left_out(tmp_path):
    silent = tuple(Method(m.name, m.family, m.auc) for m in METHODS)
    assert reliance(collect(results(tmp_path, (Data("breast"),), silent)), STEMS) == []


FAILING = (
    replace(METHODS[0], importance=(), importance_error="MemoryError: 9 GB"),
    METHODS[1],
    replace(METHODS[2], explanation_error="ValueError: no layer with maps"),
)


@pytest.mark.slow
def test_what_could_not_be_explained_is_said_with_its_reason_in_both_sections(tmp_path):
    evidence = collect(results(tmp_path, (Data("breast"),), FAILING))
    told = [block.words for block in reliance(evidence, STEMS) if isinstance(block, Paragraph)]
    assert told[1:] == [
        ("Could not be explained: cnn, activation maps: ValueError: no layer with maps",),
        ("Could not be explained: svm, importance of features: MemoryError: 9 GB",),
    ]
    (block,) = [block for block in failures(evidence) if isinstance(block, TableBlock)]
    assert [row.values for row in block.table.rows] == [
        ("breast", "cnn", "activation maps", "ValueError: no layer with maps"),
        ("breast", "svm", "importance of features", "MemoryError: 9 GB"),
    ]


@pytest.mark.slow
def test_a_failed_explanation_alone_makes_the_section(tmp_path):
    evidence = collect(results(tmp_path, (Data("breast"),), (FAILING[0], METHODS[2])))
    kinds = [block.kind for block in reliance(evidence, STEMS)]
    assert kinds == ["heading", "heading", "paragraph"]


@pytest.mark.slow
def test_the_reason_is_that_of_the_first_run_that_failed(tmp_path):
    store = results(tmp_path, (Data("breast"),), METHODS)
    for seed in (1, 2):
        (trial,) = (t for t in store.trials() if (t.method, t.seed) == ("forest", seed))
        store.write_run(replace(store.run(trial), importance_error=f"seed {seed}"))
    forest = collect(store).datasets[0].method("forest")
    assert forest.importance_errors == ("seed 1", "seed 2")
    assert forest.importance


def test_losses_survive_the_store(tmp_path):
    store = results(tmp_path, (Data("breast"),), METHODS)
    runs = [Store(store.root).run(trial) for trial in store.trials()]
    assert {r.trial.method: bool(r.importance) for r in runs} == {
        "svm": True,
        "forest": True,
        "cnn": False,
    }
