"""Whether probabilities are what they say, before and after the same recalibration."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from reports.collect import collect
from reports.document.blocks import TableBlock
from reports.document.plots import Figure
from reports.document.sections.probabilities import (
    calibration_table,
    instability_in_words,
    probabilities,
)
from reports.statistics.calibration import calibration_error, recalibration
from reports.statistics.probabilities.smooth_calibration import smooth_calibration
from reports.statistics.recalibrate import logistic_map
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("svm", "classical", 0.82),
    Method("forest", "classical", 0.7, stochastic=True),
    Method("cnn", "deep", 0.86, stochastic=True, seed_sd=0.01),
    Method("cnn-svm", "hybrid", 0.84),
    Method("cnn-xgboost", "hybrid", 0.7),
    Method("class-prior", "control", constant=True),
)
STEMS = {"breast": "breast", "derm": "derm", "patients": "patients"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (
        Data("breast"),
        Data("derm", shares=(0.5, 0.3, 0.2)),
        Data("patients", 200, 400, images_per_patient=4),
    )
    return results(tmp_path_factory.mktemp("r") / "results", datasets, METHODS)


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


def runs_of(store, dataset, method):
    for trial in store.trials():
        if (trial.dataset, trial.method) == (dataset, method):
            predictions = store.run(trial).predictions
            yield predictions.part("val"), predictions.part("test")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["svm", "cnn", "class-prior"])
def test_scores_are_means_over_runs_of_those_of_scikit_learn(store, evidence, method):
    found = evidence.dataset("breast").method(method).probabilities
    runs = list(runs_of(store, "breast", method))
    maps = [logistic_map(val.labels, val.probabilities) for val, _ in runs]
    for told, tests in (
        (found.stored, [test.probabilities for _, test in runs]),
        (
            found.recalibrated,
            [m.apply(test.probabilities) for m, (_, test) in zip(maps, runs, strict=True)],
        ),
    ):
        truth = [test.labels for _, test in runs]
        pairs = list(zip(truth, tests, strict=True))
        squares = [brier_score_loss(y, p[:, 1]) for y, p in pairs]
        assert told.brier.value == pytest.approx(np.mean(squares))
        assert told.brier.low < told.brier.value < told.brier.high
        assert told.log_loss == pytest.approx(np.mean([log_loss(y, p) for y, p in pairs]))
        errors = [calibration_error(y == 1, p[:, 1]) for y, p in pairs]
        assert told.calibration_error == pytest.approx(np.mean([e.debiased for e in errors]))
        assert told.calibration_error_plug_in == pytest.approx(np.mean([e.plug_in for e in errors]))


def test_several_classes_are_judged_by_the_most_probable_one(store, evidence):
    found = evidence.dataset("derm").method("svm").probabilities
    assert found.of == "most probable class"
    ((_, test),) = runs_of(store, "derm", "svm")
    truth = np.eye(3)[test.labels]
    squares = ((test.probabilities - truth) ** 2).sum(1)
    assert found.stored.brier.value == pytest.approx(squares.mean())
    right = test.probabilities.argmax(1) == test.labels
    error = calibration_error(right, test.probabilities.max(1))
    assert found.stored.calibration_error == pytest.approx(error.debiased)
    assert found.stored.net_benefit == ()
    assert found.act_at == ()


def test_only_the_champions_and_the_best_hybrid_are_drawn(evidence):
    for data in evidence.datasets:
        drawn = {m.name for m in data.methods if m.probabilities.is_drawn}
        assert drawn == {data.champion_deep, data.champion_classical, "cnn-svm"}


def test_bins_count_every_case_once_however_many_runs_there_are(evidence):
    for name, cases in (("breast", 300), ("derm", 300), ("patients", 400)):
        for method in evidence.dataset(name).methods:
            bins = method.probabilities.stored.bins
            if bins:
                assert sum(b.cases for b in bins) == pytest.approx(cases)
                assert all(b.low <= b.observed <= b.high for b in bins)
                assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)


def test_patients_widen_the_intervals_of_bins(evidence):
    def width(name):
        bins = evidence.dataset(name).method("svm").probabilities.stored.bins
        # in units of the error of a proportion of so many cases
        return np.mean(
            [
                (b.high - b.low) / np.sqrt(max(0.05, b.observed * (1 - b.observed)) / b.cases)
                for b in bins
            ]
        )

    assert width("patients") > 1.1 * width("breast")


def test_recalibration_brings_slopes_towards_1(evidence):
    found = evidence.dataset("breast").method("cnn").probabilities
    assert abs(np.log(found.recalibrated.slope.value)) < 0.35
    assert found.recalibrated.slope.low < 1 < found.recalibrated.slope.high
    assert evidence.dataset("breast").method("class-prior").probabilities.stored.slope is None


def test_the_folds_of_a_training_are_as_sure_as_all_of_their_cases(tmp_path):
    store = results(tmp_path / "r", (Data("breast", 40, 40),), METHODS, folds=5)
    (data,) = collect(store).datasets
    prior = data.method("class-prior").probabilities.stored.intercept
    # 5 folds of 24 and 16 cases, of which all are told the same
    half = 1.96 * (200 * 0.4 * 0.6) ** -0.5
    assert prior.high - prior.low == pytest.approx(2 * half, rel=0.01)
    tests = [test for _, test in runs_of(store, "breast", "svm")]
    truth = np.concatenate([test.labels for test in tests]) == 1
    said = np.concatenate([test.probabilities[:, 1] for test in tests])
    fit = recalibration(truth, said)
    found = data.method("svm").probabilities.stored
    assert found.slope.value == pytest.approx(fit.slope)
    assert found.slope.high - fit.slope == pytest.approx(1.96 * fit.slope_error, rel=0.001)
    errors = calibration_error(truth, said)
    assert found.calibration_error_plug_in == pytest.approx(errors.plug_in)
    several = data.method("cnn").probabilities.stored.slope
    assert several.high - several.low < 1.3 * (found.slope.high - found.slope.low)


def test_the_net_benefit_is_the_mean_of_vickers_formula(store, evidence):
    found = evidence.dataset("breast").method("cnn").probabilities
    at = found.act_at.index(0.3)
    each = []
    for _, test in runs_of(store, "breast", "cnn"):
        named, positive = test.probabilities[:, 1] >= 0.3, test.labels == 1
        each.append((named & positive).mean() - (named & ~positive).mean() * 0.3 / 0.7)
    assert found.stored.net_benefit[at] == pytest.approx(np.mean(each))
    assert found.act_on_all[at] == pytest.approx(0.4 - 0.6 * 0.3 / 0.7)


def test_the_shares_of_each_class_add_up(evidence):
    for data in evidence.datasets:
        for method in data.methods:
            shares = method.probabilities.stored.shares
            for row in shares:
                assert sum(row) == pytest.approx(1)
            assert len(shares) == (len(data.card.class_names) if shares else 0)
    low, high = evidence.dataset("breast").method("cnn").probabilities.stored.shares
    assert sum(low[:10]) > 0.6
    assert sum(high[10:]) > 0.6


@pytest.mark.slow
def test_the_section_shows_every_method_twice_and_figures_of_the_drawn(evidence):
    blocks = probabilities(evidence, STEMS)
    tables = {b.table.name: b.table for b in blocks if isinstance(b, TableBlock)}
    figures = {b.name for b in blocks if isinstance(b, Figure)}
    assert set(tables) == {
        *(
            f"{when}-{name}"
            for name in ("breast", "derm", "patients")
            for when in ("calibration", "recalibrated")
        ),
        "benefit-breast",
        "benefit-patients",
        "brier-pairs",
    }
    assert figures == {
        "reliability-breast", "reliability-derm", "reliability-patients", "net-benefit-breast",
        "net-benefit-patients", "benefit-curve-breast", "benefit-curve-patients",
        "spread-breast", "spread-derm", "spread-patients",
    }  # fmt: skip
    data = evidence.dataset("breast")
    for before, after, method in zip(
        tables["calibration-breast"].rows,
        tables["recalibrated-breast"].rows,
        data.methods,
        strict=True,
    ):
        told = method.probabilities
        assert before.values[0] == after.values[0] == method.name
        assert (before.values[1], after.values[1]) == (told.stored.brier, told.recalibrated.brier)


def test_the_smooth_curve_is_that_of_all_runs_with_every_case_once(store, evidence):
    told = evidence.dataset("breast").method("cnn").probabilities.stored
    runs = [test for _, test in runs_of(store, "breast", "cnn")]
    truth = np.concatenate([test.labels == 1 for test in runs])
    said = np.concatenate([test.probabilities[:, 1] for test in runs])
    cases = np.tile(np.arange(300), len(runs))
    found = smooth_calibration(truth, said, cases, repetitions=200)
    assert told.smooth.predicted == pytest.approx(found.predicted)
    assert told.smooth.observed == pytest.approx(found.observed)
    assert (told.ici.value, told.ici.low, told.ici.high) == pytest.approx(found.ici)
    assert all(low <= y <= high for low, y, high in zip(
        told.smooth.low, told.smooth.observed, told.smooth.high, strict=True
    ))  # fmt: skip
    ratio = truth.sum() / said.sum()
    assert told.observed_to_expected.value == pytest.approx(ratio)
    assert told.observed_to_expected.low < ratio < told.observed_to_expected.high


def test_only_drawn_methods_have_a_curve_and_all_have_its_distances(evidence):
    for method in evidence.dataset("breast").methods:
        told = method.probabilities.stored
        assert (told.smooth is None) == (not method.probabilities.is_drawn)
        if method.name != "class-prior":  # a single probability makes no curve
            assert 0 <= told.ici.value <= 1
            assert (told.ici.low is None) == (told.smooth is None)


def test_patients_widen_the_interval_of_the_brier_score(evidence):
    widths = {}
    for name, n in (("breast", 300), ("patients", 400)):
        told = evidence.dataset(name).method("svm").probabilities.stored.brier
        widths[name] = (told.high - told.low) * np.sqrt(n)
    assert widths["patients"] > 1.1 * widths["breast"]


def test_on_validation_of_one_class_nothing_is_recalibrated(tmp_path):
    """Its map would give every case the same probability, whatever the method says."""
    one = Data("odd", n_val=4, n_test=40, shares=(0.9, 0.1))
    data = collect(results(tmp_path / "r", (one,), METHODS[:3])).datasets[0]
    for method in data.methods:
        assert method.probabilities.recalibrated is None


def test_instability_of_the_best_two_is_told_in_words_and_in_the_table(evidence):
    data = evidence.dataset("breast")
    sentence = instability_in_words(data)
    assert "cnn" in sentence
    assert f"{data.method('cnn').instability.mean:.3f}" in sentence
    assert "svm" not in sentence  # trained once
    table = calibration_table(data, "breast", "95 %")
    place = [column.key for column in table.columns].index("instability")
    for row, method in zip(table.rows, data.methods, strict=True):
        steady = method.instability
        assert row.values[place] == (None if steady is None else steady.mean)
