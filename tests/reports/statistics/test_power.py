"""What a test set could show."""

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.single_split import SingleSplit
from reports.loading.selection import TestPart
from reports.statistics.auc import components
from reports.statistics.binormal import (
    inflation,
    score_correlation,
)
from reports.statistics.power import Seeds, TestModel
from tests.benchmarks.binormal import Design, draw, shifts
from tests.oracles.binormal_variance import difference_variance


def simulated(seed, runs, m, n, auc_a, auc_b, correlation):
    """`(runs,)` estimated differences and their estimated variances, of binormal scores."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(m + n) < m).astype(np.int64)
    noise = rng.normal(size=(2, runs, m + n)) * math.sqrt(1 - correlation)
    noise += rng.normal(size=(runs, m + n)) * math.sqrt(correlation)
    shift = math.sqrt(2) * ndtri([auc_a, auc_b])
    scores = (noise + shift[:, None, None] * labels).reshape(2 * runs, m + n)
    found = components(labels, np.stack([scores, scores], axis=2), 1)
    parts = [own[:runs] - own[runs:] for own in (found.positive, found.negative)]
    return found.auc[:runs] - found.auc[runs:], sum((part**2).sum(axis=1) for part in parts)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_variance_is_that_of_simulated_differences(correlation):
    found, _ = simulated(0, 2000, 40, 60, 0.9, 0.8, correlation)
    expected = difference_variance(0.9, 0.8, 40, 60, correlation)
    assert np.var(found) == pytest.approx(expected, rel=0.1)


def test_the_variance_is_the_formula_of_the_docstring():
    a, b, m, n, rho = 0.7, 0.55, 30, 70, 0.6

    def covariance(x, y, r):
        def both(c):
            limits = [ndtri(x), ndtri(y)]
            return min(x, y) if c == 1 else multivariate_normal.cdf(limits, cov=[[1, c], [c, 1]])

        return (both(r) - x * y + (m + n - 2) * (both(r / 2) - x * y)) / (m * n)

    expected = covariance(a, a, 1) + covariance(b, b, 1) - 2 * covariance(a, b, rho)
    assert difference_variance(a, b, m, n, rho) == pytest.approx(expected, abs=1e-8)


def found(seed, runs, design, positive=1):
    """Share of simulated data sets of this design on which the test shows a difference."""
    rng = np.random.default_rng(seed)
    shown = 0
    for _ in range(runs):
        sample = draw(design, shifts(design, rng), rng)
        split = SingleSplit(sample.probabilities(), sample.part(), positive, 0.95)
        shown += split.tested([("deep-0", "classical-0")])[0].p < 0.05
    return shown / runs


def near(share, runs):
    """Five points, and two standard errors of the simulation."""
    return share == pytest.approx(0.8, abs=0.05 + 2 * math.sqrt(0.16 / runs))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cases", "share", "auc", "correlation"),
    [(60, 0.5, 0.7, 0.5), (60, 0.25, 0.7, 0.7), (200, 0.3, 0.85, 0.5), (400, 0.5, 0.95, 0.7)],
)
def test_the_minimum_detectable_difference_is_found_as_often_as_promised(
    cases, share, auc, correlation
):
    m, n = round(share * cases), round((1 - share) * cases)
    d = TestModel(m, n, (m, n), correlation=correlation).minimum_detectable(auc)
    design = Design(cases, share=share, deep=auc + d, classical=auc, correlation=correlation)
    assert near(found(1, 400, design), 400)


def test_power_with_patients_is_that_of_the_clustered_test():
    model = TestModel(
        240, 240, (60, 60), inflation=inflation(4, 0.47), clustered=True
    )  # 0.47: what scores that correlate by 0.5 make of it, see `intraclass`
    d = model.minimum_detectable(0.75)
    design = Design(480, share=0.5, images=4, icc=0.5, deep=0.75 + d, classical=0.75)
    assert near(found(3, 300, design), 300)


@pytest.mark.slow
def test_power_knows_the_error_of_the_seeds():
    seeds = Seeds(0.03**2 / 5, 5), Seeds()
    d = TestModel(150, 150, (150, 150), seeds=seeds).minimum_detectable(0.8)
    assert d > 1.1 * TestModel(150, 150, (150, 150)).minimum_detectable(0.8)
    design = Design(300, share=0.5, deep=0.8 + d, classical=0.8, seeds=5, seed_sd=0.03)
    # The mean of five runs that differ in their noise too has a slightly smaller error of cases.
    assert near(found(4, 400, design), 400)


@pytest.mark.slow
def test_the_probability_of_equivalence_is_that_of_the_two_tests():
    model, margin, runs = TestModel(1500, 1500, (1500, 1500)), 0.03, 300
    predicted = model.equivalence(0.86, 0.85, margin)
    rng, design, shown = np.random.default_rng(5), Design(3000, 0.5, deep=0.86, classical=0.85), 0
    for _ in range(runs):
        sample = draw(design, shifts(design, rng), rng)
        split = SingleSplit(sample.probabilities(), sample.part(), 1, 0.95)
        shown += split.difference("deep-0", "classical-0").p_equivalence(margin) < 0.05
    assert 0.5 < predicted < 0.99
    assert shown / runs == pytest.approx(predicted, abs=0.05 + 2 * math.sqrt(0.25 / runs))


def test_the_model_of_a_split_has_its_errors_and_its_correlation():
    design = Design(4000, share=0.3, deep=0.9, classical=0.85, correlation=0.6, images=4, icc=0.7)
    rng = np.random.default_rng(6)
    sample = draw(design, shifts(design, rng), rng)
    split = SingleSplit(sample.probabilities(), sample.part(), 1, 0.95)
    model = split.model("deep-0", "classical-0")
    assert model.correlation == pytest.approx(0.6, abs=0.08)
    assert 2.4 < model.inflation < 3.1
    assert model.clustered
    assert sorted(model.counts) == [300, 700]
    variance = difference_variance(
        *(split.value(name).value for name in ("deep-0", "classical-0")),
        1200,
        2800,
        model.correlation,
    )
    se = split.difference("deep-0", "classical-0").se_cases
    assert math.sqrt(variance * model.inflation) == pytest.approx(se, rel=1e-3)


def several_classes(rng, aucs, n):
    """Scores of two methods for three classes whose one-against-rest AUC is about the given."""
    labels = np.repeat(np.arange(3), (n // 2, n // 4, n // 4))
    shared = rng.normal(size=(n, 3))
    truth = np.eye(3)[labels]
    scores = {}
    for name, auc in zip("ab", aucs, strict=True):
        own = (shared + rng.normal(size=(n, 3))) / math.sqrt(2)
        latent = own + math.sqrt(2) * ndtri(auc) * truth
        scores[name] = (1 / (1 + np.exp(-latent)))[None]
    return scores, TestPart(None, np.arange(n).astype(str), labels, None)


@pytest.mark.slow
def test_with_several_classes_what_a_report_states_is_found_too():
    rng, auc = np.random.default_rng(7), 0.8

    def pair(d, prospects):
        scores, part = several_classes(rng, (auc + d, auc), 240)
        split = SingleSplit(scores, part, None, 0.95)
        names = [("a", "b")]
        options = {"margin": 0.02, "alpha": 0.05, "n_cases": 240, "prospects": prospects}
        return pair_tests(split, names, **options)[0]

    stated = np.mean([pair(0.05, True).minimum_detectable for _ in range(25)])
    assert near(np.mean([pair(stated, False).superiority.p < 0.05 for _ in range(300)]), 300)


def test_more_of_anything_that_helps_makes_smaller_differences_visible():
    def detectable(m=100, n=200, auc=0.85, wanted=0.8, **changed):
        return TestModel(m, n, (m, n), **changed).minimum_detectable(auc, wanted)

    base = detectable()
    assert detectable(m=200) < base
    assert detectable(n=400) < base
    assert detectable(correlation=0.8) < base
    assert detectable(auc=0.93) < base
    assert detectable(wanted=0.9) > base
    assert detectable(level=0.99) > base
    assert detectable(inflation=2.5) > base
    seeds = Seeds(0.0002, 5), Seeds()
    assert detectable(seeds=seeds) > base
    assert detectable(seeds=seeds, widening=(1.5, 1.0)) > detectable(seeds=seeds)
    assert detectable(seeds=seeds, widening=(1.0, 1.5)) == detectable(seeds=seeds)


def test_what_rounding_leaves_of_no_error_is_none():
    model = TestModel(30, 30, (1, 1), clustered=True)
    left = model.fitted(0.7, 0.6, (1e-33, 2e-33), 1e-33)
    assert left == model.fitted(0.7, 0.6, (0.0, 0.0), 0.0)
    assert np.isfinite(left.times(20).half_width(0.6, 0.6))


def test_without_a_difference_power_is_about_the_level():
    assert TestModel(200, 300, (200, 300)).power(0.8, 0.8) == pytest.approx(0.05, abs=0.015)


def test_swapping_the_methods_swaps_the_model():
    model = TestModel(
        50,
        80,
        (50, 80),
        seeds=(Seeds(0.0002, 3), Seeds(0.0001, 5)),
        widening=(1.5, 1.2),
        correlation=0.3,
    )
    assert model.mirrored().mirrored() == model
    assert model.mirrored().power(0.8, 0.9) == pytest.approx(model.power(0.9, 0.8), abs=0.02)


@pytest.mark.parametrize("better", ["champion", "other"])
def test_what_a_report_states_is_detectable_whichever_of_the_two_is_better(better):
    """Seeds that chose the champion widen its interval below alone, and so the other's above."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], (120, 80))
    shared = rng.normal(size=200)
    scores = {}
    for name, seeds in (("champion", 3), ("other", 1)):
        mu = (1.6 if name == better else 1.2) * labels
        own = (shared + rng.normal(size=(seeds, 200))) / math.sqrt(2)
        positive = 1 / (1 + np.exp(-own - mu))
        scores[name] = np.stack([1 - positive, positive], axis=2)
    part = TestPart(None, np.arange(200).astype(str), labels, None)
    split = SingleSplit(scores, part, 1, 0.95)
    options = {"margin": 0.02, "alpha": 0.05, "n_cases": 200, "n_candidates": {"champion": 8}}
    for names in (("champion", "other"), ("other", "champion")):
        (pair,) = pair_tests(split, [names], **options)
        worse, least = min(pair.value_a.value, pair.value_b.value), pair.minimum_detectable
        model = split.model(*names, options["n_candidates"])
        powers = [way.power(worse + least, worse) for way in (model, model.mirrored())]
        assert min(powers) == pytest.approx(0.8, abs=0.01)
        assert max(powers) > 0.82


def test_with_hardly_any_cases_nothing_is_detectable():
    for m, auc in ((1, 0.85), (5, 0.95), (100, 0.9999)):
        assert TestModel(m, m, (m, m)).minimum_detectable(auc) is None


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.8])
def test_the_correlation_of_scores_is_found_again(correlation):
    a, b, m, n = 0.9, 0.8, 40, 60
    own = sum(difference_variance(x, x, m, n, 0.0) / 2 for x in (a, b))
    shared = (own - difference_variance(a, b, m, n, correlation)) / 2
    assert score_correlation(a, b, m, n, shared) == pytest.approx(correlation, abs=1e-3)
    assert score_correlation(a, b, m, n, 1.0) == 0.999
    assert score_correlation(a, b, m, n, -1.0) == -0.999


@pytest.mark.parametrize("correlation", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("auc", [0.01, 0.5, 0.99])
def test_extreme_assumptions_have_finite_variances(correlation, auc):
    assert 0 <= difference_variance(auc, 0.5, 1, 1000, correlation) < 1
    assert difference_variance(auc, auc, 20, 30, 1.0) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"auc_a": 1.0},
        {"auc_b": 0.0},
        {"m": 0},
        {"correlation": 1.5},
        {"auc_a": float("nan")},
    ],
)
def test_impossible_assumptions_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not|needed"):
        difference_variance(
            **{"auc_a": 0.8, "auc_b": 0.7, "m": 10, "n": 10, "correlation": 0.5, **wrong}
        )
    with pytest.raises(ValueError, match="not"):
        inflation(0.5, 0.1)
    with pytest.raises(ValueError, match="power"):
        TestModel(10, 10, (10, 10)).minimum_detectable(0.8, wanted=0.01)
