"""The claim that classical methods are slower."""

import math

import pytest
from scipy import stats

from reports.collect import collect
from tests.reports.simulated import Data, Method, results


def slower(tmp_path, classical, deep, *, names=("breast",), spread=0.1, stochastic=True, **options):
    methods = (
        Method(
            "forest",
            "classical",
            stochastic=stochastic,
            fit_seconds=classical,
            fit_spread=spread,
        ),
        Method("cnn", "deep", stochastic=True, fit_seconds=deep, fit_spread=spread),
    )
    store = results(tmp_path / "r", tuple(Data(name) for name in names), methods, **options)
    return store, next(c for c in collect(store).claims if c.name == "classical-is-slower")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classical", "deep", "outcome"),
    [(1000.0, 50.0, "supported"), (50.0, 1000.0, "refuted"), (100.0, 100.0, "not-substantiated")],
)
def test_true_false_and_open(tmp_path, classical, deep, outcome):
    _, claim = slower(tmp_path, classical, deep)
    assert claim.outcome == claim.datasets[0].outcome == outcome


@pytest.mark.slow
def test_the_ratio_and_its_interval_are_those_of_the_logarithms(tmp_path):
    store, claim = slower(tmp_path, 300.0, 100.0, seeds=(0, 1, 2, 3, 4))
    logs = {"forest": [], "cnn": []}
    for trial in store.trials():
        run = store.run(trial)
        logs[trial.method].append(math.log(run.fit_seconds + run.predict_seconds))
    time = claim.datasets[0].time
    welch = stats.ttest_ind(logs["forest"], logs["cnn"], equal_var=False)
    assert time.ratio.value == pytest.approx(
        math.exp(stats.tmean(logs["forest"]) - stats.tmean(logs["cnn"]))
    )
    assert time.runs_a == time.runs_b == 5
    # The degrees of freedom are never more than Welch's.
    assert time.p >= welch.pvalue
    assert time.ratio.low <= math.exp(welch.confidence_interval(0.95).low)
    assert claim.p == time.p


def test_one_run_gives_a_ratio_and_no_test(tmp_path):
    _, claim = slower(tmp_path, 10.0, 100.0, stochastic=False)
    one = claim.datasets[0]
    assert claim.outcome == one.outcome == "not-tested"
    assert one.time.ratio.low is None
    assert one.time.p is None
    assert "Not testable, since forest has one run" in one.sentence
    assert claim.effect.value == one.time.ratio.value


@pytest.mark.slow
def test_several_data_sets_show_a_spread_of_their_own(tmp_path):
    _, claim = slower(tmp_path, 10.0, 1000.0, names="abcdef", stochastic=False)
    assert {one.outcome for one in claim.datasets} == {"not-tested"}
    assert claim.outcome == "refuted"
    logs = [math.log(one.time.ratio.value) for one in claim.datasets]
    expected = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    assert math.log(claim.effect.low) == pytest.approx(expected.low)
    assert math.log(claim.effect.high) == pytest.approx(expected.high)
    assert "6 with one run, which shows no spread" in claim.sentence


def test_a_missing_side_is_named(tmp_path):
    store = results(tmp_path / "r", methods=(Method("svm", "classical"),))
    claim = next(c for c in collect(store).claims if c.name == "classical-is-slower")
    assert claim.outcome == "not-tested"
    assert claim.sentence == "No deep method was run on this data set."


def test_a_generated_data_set_beside_it_changes_nothing_on_the_real_one(tmp_path):
    methods = (
        Method("forest", "classical", stochastic=True, fit_seconds=50.0, fit_spread=0.1),
        Method("cnn", "deep", stochastic=True, fit_seconds=100.0, fit_spread=0.1),
    )
    found = []
    for n, datasets in enumerate(
        ((Data("breast"),), (Data("breast"), Data("phantom", generated=True)))
    ):
        evidence = collect(results(tmp_path / str(n), datasets, methods))
        claim = next(c for c in evidence.claims if c.name == "classical-is-slower")
        found.append(next(one for one in claim.datasets if one.dataset == "breast").time)
    assert found[0].p_holm == found[1].p_holm == found[1].p
