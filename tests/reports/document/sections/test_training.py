import pytest

from reports.collect import collect
from reports.document.plots import Figure
from reports.document.sections.training import training
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("svm", "classical", 0.82),
    Method("cnn", "deep", 0.85, stochastic=True, training=(0.9, 0.5, 0.31)),
    Method("gru", "deep", 0.7, training=(0.7, 0.69)),
)
STEMS = {"breast": "breast"}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return collect(results(tmp_path_factory.mktemp("runs"), (Data("breast"),), METHODS))


@pytest.mark.slow
def test_every_run_that_tells_its_loss_has_a_curve(evidence):
    curves = {method.name: method.training for method in evidence.datasets[0].methods}
    assert curves["cnn"] == ((0.9, 0.5, 0.31),) * 3
    assert curves["gru"] == ((0.7, 0.69),)
    assert curves["svm"] == ()


def test_the_figure_has_a_panel_for_each_method_that_tells(evidence):
    (figure,) = (block for block in training(evidence, STEMS) if isinstance(block, Figure))
    assert ">cnn<" in figure.svg
    assert ">gru<" in figure.svg
    assert ">svm<" not in figure.svg
    assert figure.alternative.endswith("cnn from 0.90 to 0.31, gru from 0.70 to 0.69.")


@pytest.mark.slow
@pytest.mark.parametrize("curve", [(0.5,), (0.5, float("nan")), ("high", "low")])
def test_a_curve_that_cannot_be_drawn_is_left_out(tmp_path, curve):
    methods = (METHODS[0], Method("cnn", "deep", 0.85, training=curve))
    assert training(collect(results(tmp_path, (Data("breast"),), methods)), STEMS) == []
