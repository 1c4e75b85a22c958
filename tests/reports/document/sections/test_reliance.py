import pytest

from bench.results.store import Store
from reports.collect import collect
from reports.document.blocks import Figure, TableBlock
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


def test_without_any_the_section_is_left_out(tmp_path):
    silent = tuple(Method(m.name, m.family, m.auc) for m in METHODS)
    assert reliance(collect(results(tmp_path, (Data("breast"),), silent)), STEMS) == []


def test_losses_survive_the_store(tmp_path):
    store = results(tmp_path, (Data("breast"),), METHODS)
    runs = [Store(store.root).run(trial) for trial in store.trials()]
    assert {r.trial.method: bool(r.importance) for r in runs} == {
        "svm": True,
        "forest": True,
        "cnn": False,
    }
