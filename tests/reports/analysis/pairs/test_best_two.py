"""The best model of each side beyond the AUC: probabilities, and few false alarms."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from reports.collect import collect
from reports.document.blocks import TableBlock
from reports.document.parts.columns import BRIER_INTERVALS
from reports.document.plots import Figure
from reports.document.sections.operating_point import operating_point
from reports.document.sections.probabilities import probabilities
from reports.statistics.decision_curve import net_benefit
from reports.statistics.decisions.curve_tests import specific_threshold
from reports.statistics.recalibrate import logistic_map
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("net", "deep", 0.92, stochastic=True, seed_sd=0.01),
    Method("svm", "classical", 0.8),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (
        Data("breast", 300, 400),
        Data("derm", 200, 300, shares=(0.5, 0.3, 0.2)),
        Data("patients", 200, 400, images_per_patient=4),
    )
    return results(tmp_path_factory.mktemp("r") / "results", datasets, METHODS)


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


def parts_of(store, dataset, method):
    for trial in store.trials():
        if (trial.dataset, trial.method) == (dataset, method):
            predictions = store.run(trial).predictions
            yield predictions.part("val"), predictions.part("test")


def mean_over_runs(store, method, measure, *, recalibrated=False):
    found = []
    for val, test in parts_of(store, "breast", method):
        said = test.probabilities
        if recalibrated:
            said = logistic_map(val.labels, val.probabilities).apply(said)
        found.append(measure(test.labels == 1, said[:, 1]))
    return np.mean(found)


@pytest.mark.slow
def test_the_brier_difference_is_classical_less_deep_before_and_after(store, evidence):
    pair = evidence.dataset("breast").probability_pair
    assert (pair.a, pair.b) == ("net", "svm")
    for found, recalibrated in ((pair.brier, False), (pair.brier_recalibrated, True)):
        net, svm = (
            mean_over_runs(store, name, brier_score_loss, recalibrated=recalibrated)
            for name in ("net", "svm")
        )
        assert found.difference.value == pytest.approx(svm - net)
        assert found.difference.value > 0
        # the interval and the p say the same
        assert (found.difference.low > 0) == (found.p < 0.05)


def test_more_than_two_classes_have_a_brier_difference_and_no_net_benefit(evidence):
    data = evidence.dataset("derm")
    assert data.probability_pair.brier.difference.value > 0
    assert data.probability_pair.benefit is None
    assert data.few_false_alarms is None


def test_the_benefit_is_the_difference_of_the_two_decision_curves(store, evidence):
    found = evidence.dataset("breast").probability_pair.benefit
    at = found.thresholds.index(0.3)

    def worth(truth, said):
        return net_benefit(truth, said, [0.3]).method[0]

    net, svm = (mean_over_runs(store, name, worth) for name in ("net", "svm"))
    assert found.difference[at] == pytest.approx(net - svm)
    assert found.low[at] <= found.difference[at] <= found.high[at]
    assert (found.low[at] > 0) == (found.probability[at] > 0.975)


def test_the_partial_areas_are_those_of_scikit_learn(store, evidence):
    found = evidence.dataset("breast").few_false_alarms.partial

    def raw(truth, said):
        # scikit-learn gives McClish's rescaling; its raw area is turned back
        least, most = 0.1**2 / 2, 0.1
        return (2 * roc_auc_score(truth, said, max_fpr=0.1) - 1) * (most - least) + least

    assert found.a == pytest.approx(mean_over_runs(store, "net", raw))
    assert found.b == pytest.approx(mean_over_runs(store, "svm", raw))
    assert found.difference.value == pytest.approx(found.a - found.b)
    assert (found.difference.low > 0) == (found.p < 0.05)


@pytest.mark.parametrize("place", [0, 1])
def test_the_threshold_of_a_fixed_specificity_comes_from_validation(store, evidence, place):
    found = evidence.dataset("breast").few_false_alarms.fixed[place]
    assert found.aimed_at == (0.9, 0.95)[place]
    for method, sensitivity, specificity in (
        ("net", found.sensitivity_a, found.specificity_a),
        ("svm", found.sensitivity_b, found.specificity_b),
    ):
        rates = []
        for val, test in parts_of(store, "breast", method):
            threshold = specific_threshold(val.labels == 1, val.probabilities[:, 1], found.aimed_at)
            called = test.probabilities[:, 1] >= threshold
            rates.append((called[test.labels == 1].mean(), 1 - called[test.labels == 0].mean()))
        assert (sensitivity, specificity) == pytest.approx(tuple(np.mean(rates, axis=0)))
    assert found.difference.value == pytest.approx(found.sensitivity_a - found.sensitivity_b)


def test_patients_are_named_in_the_procedures(evidence):
    data = evidence.dataset("patients")
    assert "patients" in data.few_false_alarms.partial.difference.method
    assert "patient" in data.few_false_alarms.fixed[0].test
    assert "patients" in data.probability_pair.brier.difference.method


@pytest.mark.slow
def test_with_folds_decisions_are_compared_and_curves_are_not(tmp_path):
    data = collect(results(tmp_path / "r", methods=METHODS, folds=3)).datasets[0]
    assert data.few_false_alarms.partial is None
    assert len(data.few_false_alarms.fixed) == 2
    assert data.probability_pair.brier.difference.low is not None


def test_a_side_without_a_result_has_nothing_to_compare(tmp_path):
    data = collect(results(tmp_path / "r", methods=METHODS[:1])).datasets[0]
    assert data.probability_pair is None
    assert data.few_false_alarms is None


@pytest.mark.slow
def test_tables_and_figures_tell_them(evidence):
    stems = {data.card.name: data.card.name for data in evidence.datasets}
    blocks = [*probabilities(evidence, stems), *operating_point(evidence, stems)]
    tables = {block.table.name: block.table for block in blocks if isinstance(block, TableBlock)}
    figures = {block.name for block in blocks if isinstance(block, Figure)}
    pair = evidence.dataset("breast").probability_pair
    assert [(row.values[0], row.values[3]) for row in tables["brier-pairs"].rows] == [
        (name, which)
        for name in ("breast", "derm", "patients")
        for which in ("as given", "recalibrated")
    ]
    assert BRIER_INTERVALS in tables["brier-pairs"].notes
    given, after = (row.values[4] for row in tables["brier-pairs"].rows[:2])
    assert (given, after) == (pair.brier.difference, pair.brier_recalibrated.difference)
    assert [row.values[0] for row in tables["few-false-alarms"].rows] == (
        ["breast"] * 3 + ["patients"] * 3
    )
    at = pair.benefit.thresholds.index(0.2)
    row = next(row for row in tables["benefit-breast"].rows if row.values[0] == 0.2)
    assert row.values[1].value == pair.benefit.difference[at]
    assert row.values[2] == pair.benefit.probability[at]
    assert {"benefit-curve-breast", "benefit-curve-patients"} <= figures
    assert "benefit-curve-derm" not in figures
