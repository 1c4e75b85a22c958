"""Which interval an AUC has, and how often intervals cover."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm, t

from reports.statistics.auc import components
from reports.statistics.auc_interval import auc_interval, design_df
from reports.statistics.difference_interval import difference_interval
from reports.statistics.intervals import logit_interval, newcombe_interval

LOGIT, NEWCOMBE = "DeLong on the logit scale", "Newcombe 2006, method 5"


def drawn(seed, runs, m, n, *aucs):
    """Components of many binormal samples: `(methods · runs)` score vectors on the same cases."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(runs, m + n))
    labels = (np.arange(m + n) < m).astype(np.int64)
    each = [
        math.sqrt(0.5) * (rng.normal(size=(runs, m + n)) + shared)
        + math.sqrt(2) * ndtri(auc) * labels
        for auc in aucs
    ]
    scores = np.concatenate(each)
    return components(labels, np.stack([scores, scores], axis=2), 1)


def variances(found):
    return (found.positive**2).sum(axis=1) + (found.negative**2).sum(axis=1)


@pytest.mark.parametrize(
    ("auc", "error", "counts", "procedure"),
    [
        (0.9, 0.03, [100, 100], LOGIT),
        (0.99, 0.01, [100, 100], LOGIT),
        (0.9, 0.03, [19, 400], NEWCOMBE),
        (1.0, 0.0, [100, 100], NEWCOMBE),
        (0.0, 0.0, [100, 100], NEWCOMBE),
        (0.98, 0.01, [50, 950], NEWCOMBE),
        (0.02, 0.01, [50, 950], NEWCOMBE),
        (0.9, 0.02, [50, 950], LOGIT),
        (0.9, 0.05, [60, 30, 5], LOGIT),
        (1.0, 0.0, [60, 30, 5], NEWCOMBE),
    ],
)
def test_the_procedure_goes_by_what_shows_the_error(auc, error, counts, procedure):
    found = auc_interval(auc, error, counts)
    assert found.procedure == procedure
    if procedure == NEWCOMBE:
        smaller = min(counts)
        expected = newcombe_interval(auc, smaller, sum(counts) - smaller, 0.95)
    elif len(counts) == 2 and counts == [100, 100]:
        expected = logit_interval(auc, error, norm.ppf(0.975))
    else:
        expected = logit_interval(auc, error, t.ppf(0.975, design_df(counts)))
    assert found[:2] == pytest.approx(expected, abs=1e-12)


def test_seeds_widen_either_interval():
    for counts in ([100, 100], [15, 100]):
        plain = auc_interval(0.9, 0.03, counts)
        wider = auc_interval(0.9, 0.03, counts, seeds=(0.0004, 5))
        assert wider.low < plain.low
        assert wider.high > plain.high


def test_patients_with_several_cases_are_more_doubtful():
    assert auc_interval(0.98, 0.01, [60, 60]).procedure == LOGIT
    assert auc_interval(0.98, 0.01, [60, 60], clustered=True).procedure == NEWCOMBE


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(0, 0.3),
    st.lists(st.integers(1, 500), min_size=2, max_size=7),
    st.sampled_from([0.8, 0.9, 0.95]),
    st.booleans(),
)
def test_every_interval_contains_its_auc_and_is_never_a_point(auc, error, counts, level, clustered):
    low, high, _ = auc_interval(auc, error, counts, level, clustered=clustered)
    assert 0 <= low <= auc + 1e-9
    assert auc - 1e-9 <= high <= 1
    assert high > low


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(12, 48), (30, 30), (20, 180), (50, 950), (100, 100)])
@pytest.mark.parametrize("auc", [0.6, 0.9, 0.98])
def test_intervals_of_an_auc_cover(m, n, auc):
    runs = 500
    found = drawn(0, runs, m, n, auc)
    limits = np.array(
        [
            auc_interval(value, error, [m, n])[:2]
            for value, error in zip(found.auc, np.sqrt(variances(found)), strict=True)
        ]
    )
    covered = np.mean((limits[:, 0] <= auc) & (auc <= limits[:, 1]))
    assert covered >= 0.93 - 2 * math.sqrt(0.93 * 0.07 / runs)


def test_intervals_of_a_macro_auc_with_a_class_of_five_cases_cover():
    labels = np.repeat([0, 1, 2], [100, 50, 5])
    truth, runs = norm.cdf(2 / math.sqrt(2)), 400
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(runs, 155, 3))
    scores[:, np.arange(155), labels] += 2
    found = components(labels, scores, None)
    limits = np.array(
        [
            auc_interval(value, error, [100, 50, 5])[:2]
            for value, error in zip(found.auc, np.sqrt(variances(found)), strict=True)
        ]
    )
    covered = np.mean((limits[:, 0] <= truth) & (truth <= limits[:, 1]))
    assert covered >= 0.93 - 2 * math.sqrt(0.93 * 0.07 / runs)


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(20, 180), (100, 100)])
@pytest.mark.parametrize("aucs", [(0.9, 0.8), (0.98, 0.9)])
def test_intervals_of_a_difference_cover_where_symmetric_ones_do_not(m, n, aucs):
    runs = 500
    found = drawn(2, runs, m, n, *aucs)
    own, covered = variances(found), 0
    for a, b in zip(range(runs), range(runs, 2 * runs), strict=True):
        limits = [auc_interval(found.auc[i], math.sqrt(own[i]), [m, n])[:2] for i in (a, b)]
        both = math.sqrt(own[a] * own[b])
        correlation = found.covariance_of(a, b) / both if both > 0 else 0.0
        low, high = difference_interval(
            found.auc[a], limits[0], found.auc[b], limits[1], min(1.0, correlation)
        )
        covered += low <= aucs[0] - aucs[1] <= high
    assert covered / runs >= 0.93 - 2 * math.sqrt(0.93 * 0.07 / runs)


shares = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)


@given(shares, shares, st.floats(-1, 1))
def test_intervals_of_a_difference_contain_it_and_turn_with_the_sides(one, other, correlation):
    (a_low, a, a_high), (b_low, b, b_high) = one, other
    low, high = difference_interval(a, (a_low, a_high), b, (b_low, b_high), correlation)
    assert -1 <= low <= a - b <= high <= 1
    turned = difference_interval(b, (b_low, b_high), a, (a_low, a_high), correlation)
    assert turned == pytest.approx((-high, -low), abs=1e-9)


def test_what_is_no_auc_or_no_interval_is_refused():
    for wrong in ((1.2, 0.1, [10, 10]), (0.5, 0.1, [10]), (0.5, 0.1, [10, 0])):
        with pytest.raises(ValueError, match="two classes"):
            auc_interval(*wrong)
    with pytest.raises(ValueError, match="outside"):
        difference_interval(0.5, (0.6, 0.7), 0.5, (0.4, 0.6), 0.0)
    with pytest.raises(ValueError, match="correlation"):
        difference_interval(0.5, (0.4, 0.7), 0.5, (0.4, 0.6), 1.5)
