"""Runs on bootstrap samples of the training part, and what the report does with them."""

import json
from dataclasses import replace

import pytest

from bench.protocol.study import Claim
from reports.collect import collect
from reports.document.sections.failures import trial
from reports.render.evidence_json import as_json
from tests.reports.simulated import Data, Method, flagged, results

SAMPLES = 6


def methods(training_sd):
    return (
        Method("svm", "classical", 0.80, training_sd=training_sd),
        Method("knn", "classical", 0.70, training_sd=training_sd),
        Method("cnn", "deep", 0.84, stochastic=True, seed_sd=0.003, training_sd=training_sd),
    )


def stored(root, training_sd=0.06, **how):
    return results(root / "results", (Data("breast"),), methods(training_sd), **how)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return collect(stored(tmp_path_factory.mktemp("plain"))).dataset("breast")


@pytest.fixture(scope="module")
def varied(tmp_path_factory):
    return collect(stored(tmp_path_factory.mktemp("varied"), resample=SAMPLES))


def test_trainings_that_differ_widen_the_interval(plain, varied):
    with_sets, without = varied.dataset("breast").comparison.pair, plain.comparison.pair
    assert with_sets.difference.value == without.difference.value
    assert with_sets.se_cases == without.se_cases
    assert with_sets.se_seeds > 2 * without.se_seeds
    assert with_sets.difference.low < without.difference.low
    assert with_sets.difference.high > without.difference.high
    assert with_sets.superiority.p > without.superiority.p
    assert with_sets.minimum_detectable > without.minimum_detectable


def test_trainings_that_agree_leave_the_interval_as_it_is(plain, tmp_path):
    agreeing = collect(stored(tmp_path, 0.0, resample=SAMPLES)).dataset("breast").comparison
    assert agreeing.resamples == SAMPLES
    found, expected = agreeing.pair, plain.comparison.pair
    assert replace(found.difference, method="") == replace(expected.difference, method="")
    assert (found.se, found.superiority) == (expected.se, expected.superiority)
    assert found.minimum_detectable == expected.minimum_detectable


def test_the_number_of_samples_is_in_the_evidence_the_test_and_the_verdict(plain, varied):
    (data,) = json.loads(as_json(varied))["datasets"]
    assert data["comparison"]["resamples"] == SAMPLES
    named = data["comparison"]["pair"]["test"]
    assert named.startswith("DeLong")
    assert named.endswith(", with the variance between 6 resampled trainings")
    said = "with training sets like this one of 600 images (6 resampled trainings)"
    assert said in data["verdict"]["sentence"]
    assert plain.comparison.resamples == 0
    assert "training sets" not in plain.verdict.sentence + plain.comparison.pair.test


def test_methods_are_shown_as_trained_on_the_training_part_itself(plain, varied):
    found = varied.dataset("breast")
    for method in plain.methods:
        other = found.method(method.name)
        bare = {"contrast": None, "instability": None}  # which trainings on samples tell of
        assert replace(other, **bare) == replace(method, **bare)
    assert (found.champion_deep, found.champion_classical) == ("cnn", "svm")
    assert found.decisions == plain.decisions
    assert not varied.missing
    assert not varied.failed
    assert (varied.n_runs, varied.n_other_runs) == (5, 0)


def test_two_samples_are_too_few_to_count(plain, tmp_path):
    found = collect(stored(tmp_path, resample=2)).dataset("breast").comparison
    assert found.resamples == 0
    assert found.pair == plain.comparison.pair


def test_only_samples_count_that_both_were_trained_on(tmp_path):
    store = stored(tmp_path, resample=SAMPLES)
    trial = next(t for t in store.trials() if t.method == "svm" and t.resample == 4)
    store.write_run(replace(store.run(trial), status="failed", error="no", predictions=None))
    assert collect(store).dataset("breast").comparison.resamples == SAMPLES - 1


def test_failed_and_missing_samples_are_listed_and_named_in_the_sentence(tmp_path):
    broken = (
        Method("svm", "classical", 0.80, training_sd=0.06, fails_samples=(4,)),
        Method("cnn", "deep", 0.84, stochastic=True, seed_sd=0.003, training_sd=0.06,
               skips_samples=(1,)),
    )  # fmt: skip
    found = collect(results(tmp_path / "r", (Data("breast"),), broken, resample=SAMPLES))
    assert [(run.method, run.resample) for run in found.failed] == [("svm", 4)]
    assert trial(found.failed[0]) == "sample 5 of the training part"
    assert [(one.method, one.resample, one.seed) for one in found.missing] == [("cnn", 1, 1)]
    comparison = found.datasets[0].comparison
    assert (comparison.resamples, comparison.resamples_lost) == (SAMPLES - 2, 2)
    said = "4 of 6 resampled trainings; of the other 2 one side or both failed or have not run"
    assert f"({said})" in found.datasets[0].verdict.sentence


def test_single_cases_are_unsteady_between_trainings_on_samples_not_only_between_seeds(
    plain, varied
):
    found = varied.dataset("breast")
    assert plain.method("svm").instability is None  # it has no seed
    for name in ("cnn", "svm"):
        steady = found.method(name).instability
        assert (steady.trainings, steady.resampled) == (SAMPLES, True)
        assert steady.mean > 0
    assert not plain.method("cnn").instability.resampled


def test_seeds_that_draw_a_smaller_fraction_are_not_those_of_samples(plain, tmp_path):
    """A method without randomness has seeds below the whole part, and none on samples of it."""
    seeds, store = (0, 1, 2), stored(tmp_path, resample=SAMPLES)
    for whole in store.trials():
        if whole.resample is None and whole.seed in (None, 0):
            for seed in seeds:
                share = replace(whole, seed=seed, fraction=0.5)
                store.write_run(replace(store.run(whole), trial=share))
    study = replace(store.current.study, fractions=(0.5, 1.0))
    store.declare(study, "python -m bench run --fraction 0.5 --fraction 1", ())
    found = collect(store)
    assert found.missing == ()
    assert found.dataset("breast").comparison.resamples == SAMPLES


@pytest.mark.parametrize("measure", ["balanced-accuracy", "brier"])
def test_other_measures_have_the_variance_of_trainings_too(tmp_path, measure):
    claim = Claim("c", ("cnn",), ("svm",), metric=measure)
    pairs = [
        next(
            c for c in collect(stored(tmp_path / str(n), resample=n, claims=(claim,))).claims
            if c.declared
        ).datasets[0].pair
        for n in (0, SAMPLES)
    ]  # fmt: skip
    without, with_sets = pairs
    assert (without.resamples, with_sets.resamples) == (0, SAMPLES)
    assert "6 resampled trainings" in with_sets.test
    assert with_sets.difference.value == without.difference.value
    assert with_sets.se_cases == without.se_cases
    assert with_sets.se_seeds > 2 * without.se_seeds


def test_test_cases_with_a_twin_do_not_count_in_resampled_trainings(varied, tmp_path):
    store = stored(tmp_path, resample=SAMPLES)
    ids = [f"test-None-{i:06d}" for i in range(0, 300, 3)]
    found = collect(flagged(store, breast=ids)).dataset("breast").comparison
    assert (found.n_cases, found.resamples) == (200, SAMPLES)
    assert found.on_all == varied.dataset("breast").comparison.pair.difference
