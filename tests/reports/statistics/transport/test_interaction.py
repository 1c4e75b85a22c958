"""A difference of differences: against a kernel written out, a bootstrap, and what must hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.analysis.pairs.single_split import SingleSplit
from reports.loading.selection import TestPart
from reports.statistics.contrast import Difference
from reports.statistics.transport.interaction import InSetting, correlations, weighted

HERE_THERE = (-1.0, 1.0)


def part(labels, groups=None, start=0):
    ids = np.array([f"case-{start + i:05d}" for i in range(len(labels))])
    return TestPart(None, ids, labels, groups)


def setting(labels, deep, classical, *, groups=None, start=0, models="trained once"):
    """Two methods on one set of cases; `(s, n)` scores of the runs of each."""
    own = part(labels, groups, start)
    scores = {
        name: np.stack([1 - np.atleast_2d(each), np.atleast_2d(each)], axis=2)
        for name, each in (("deep", deep), ("classical", classical))
    }
    names = own.case_ids if groups is None else np.unique(groups)
    return SingleSplit(scores, own, 1, 0.95).in_setting("deep", "classical", names, models)


def drawn(rng, n_positive=60, n_negative=90, lost=0.0):
    labels = np.repeat([1, 0], [n_positive, n_negative])
    hard = rng.normal(size=len(labels))
    clean = [mu * labels + hard + rng.normal(size=len(labels)) for mu in (1.6, 1.3)]
    spoilt = [
        own - loss * labels + 0.5 * rng.normal(size=len(labels))
        for own, loss in zip(clean, (lost, 0.0), strict=True)
    ]
    return labels, clean, spoilt


def kernel_covariance(labels, vectors):
    """DeLong's covariance from the matrix of all pairs of cases, one pair at a time."""
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    wins = np.array(
        [
            [[float(v[i] > v[j]) + 0.5 * float(v[i] == v[j]) for j in negative] for i in positive]
            for v in vectors
        ]
    )
    through_positive, through_negative = wins.mean(axis=2), wins.mean(axis=1)
    return (
        np.cov(through_positive) / len(positive) + np.cov(through_negative) / len(negative),
        wins.mean(axis=(1, 2)),
    )


def test_on_the_same_cases_it_has_the_joint_covariance_of_four_aucs():
    labels, clean, spoilt = drawn(np.random.default_rng(1), 30, 40, 0.4)
    found = weighted([setting(labels, *clean), setting(labels, *spoilt)], HERE_THERE)
    covariance, aucs = kernel_covariance(labels, [*clean, *spoilt])
    contrast = np.array([-1, 1, 1, -1])
    assert found.d == pytest.approx(contrast @ aucs, abs=1e-12)
    assert found.se_cases == pytest.approx(np.sqrt(contrast @ covariance @ contrast), rel=1e-9)


def test_on_other_cases_the_two_variances_add_up():
    rng = np.random.default_rng(2)
    labels, clean, _ = drawn(rng, 30, 40)
    others, elsewhere, _ = drawn(rng, 50, 20)
    found = weighted([setting(labels, *clean), setting(others, *elsewhere, start=1000)], HERE_THERE)
    (here, _), (there, _) = (
        kernel_covariance(labels, clean),
        kernel_covariance(others, elsewhere),
    )
    d = np.array([1, -1])
    assert found.se_cases == pytest.approx(np.sqrt(d @ here @ d + d @ there @ d), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("patients", [False, True])
def test_its_error_is_that_of_a_bootstrap_of_cases_or_patients(patients):
    rng = np.random.default_rng(3)
    labels, clean, spoilt = drawn(rng, 120, 160, 0.5)
    groups = None
    own = np.arange(len(labels))
    if patients:
        own = own // 4
        luck = rng.normal(size=(4, own.max() + 1))[:, own]
        clean = [each + luck[i] for i, each in enumerate(clean)]
        spoilt = [each + luck[i] + 0.7 * luck[i + 2] for i, each in enumerate(spoilt)]
        groups = np.array([f"p{i:03d}" for i in own])
    found = weighted(
        [setting(labels, *clean, groups=groups), setting(labels, *spoilt, groups=groups)],
        HERE_THERE,
    )

    def auc(kept, scores):
        positive, negative = (scores[kept][labels[kept] == k] for k in (1, 0))
        return (positive[:, None] > negative).mean()

    members = [np.flatnonzero(own == unit) for unit in range(own.max() + 1)]
    replicates = []
    for _ in range(1500):
        kept = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        a, b, c, d = (auc(kept, each) for each in (*clean, *spoilt))
        replicates.append(c - d - a + b)
    assert found.se_cases == pytest.approx(np.std(replicates), rel=0.08)


def test_runs_of_the_same_models_are_followed_from_one_setting_to_the_other():
    rng = np.random.default_rng(4)
    labels, clean, _ = drawn(rng, 200, 200)
    lucky = np.array([0.0, 0.4, -0.4])[:, None] * labels
    deep, classical = clean[0] + lucky, clean[1]
    here = setting(labels, deep, classical)
    same = weighted([here, setting(labels, deep, classical)], HERE_THERE)
    assert same.d == 0
    assert same.se_seeds == pytest.approx(0, abs=1e-12)  # the luck of a seed is the same everywhere
    retrained = setting(labels, deep, classical, models="trained again")
    assert weighted([here, retrained], HERE_THERE).se_seeds == pytest.approx(
        np.sqrt(2) * here.difference.se_seeds
    )


def test_what_no_change_of_images_moves_is_not_known_to_be_unmovable():
    labels, clean, _ = drawn(np.random.default_rng(5))
    same = weighted([setting(labels, *clean)] * 2, HERE_THERE)
    assert same.d == 0
    assert same.p() == 1
    low, high = same.interval(0.95)
    assert low < -0.01 < 0.01 < high


def test_few_cases_have_few_degrees_of_freedom():
    rng = np.random.default_rng(6)
    labels, clean, spoilt = drawn(rng, 12, 80)
    assert weighted([setting(labels, *clean), setting(labels, *spoilt)], HERE_THERE).df == 11


def test_a_mean_of_settings_has_their_mean_and_smaller_errors():
    rng = np.random.default_rng(7)
    each = []
    for i in range(4):
        labels, clean, _ = drawn(rng)
        each.append(setting(labels, *clean, start=1000 * i))
    mean = weighted(each, [0.25] * 4)
    assert mean.d == pytest.approx(np.mean([one.difference.d for one in each]))
    assert mean.se_cases < min(one.difference.se_cases for one in each)


def test_limits_reach_further_where_those_of_a_setting_do():
    """Where d may be much smaller but hardly larger, so may what it is set against."""

    def in_setting(unit, stretch_below):
        return InSetting(
            Difference(0.1, 0.02, stretch_below=stretch_below),
            np.array([[0.02, 0.0], [0.0, 0.02]]),
            np.array([f"{unit}-1", f"{unit}-2"]),
            (np.array([0.9]), np.array([0.8])),
            50,
            0.001,
        )

    both = [in_setting("here", 2.0), in_setting("there", 1.0)]
    low, high = weighted(both, (1.0, -1.0)).interval(0.95)
    assert (-low, high) == pytest.approx(
        1.96 * np.array([np.hypot(0.04, 0.02), np.hypot(0.02, 0.02)]), rel=1e-3
    )
    low, high = weighted(both, HERE_THERE).interval(0.95)
    assert (high, -low) == pytest.approx(
        1.96 * np.array([np.hypot(0.04, 0.02), np.hypot(0.02, 0.02)]), rel=1e-3
    )


def test_numbers_of_weights_and_of_runs_must_fit():
    labels, clean, _ = drawn(np.random.default_rng(9))
    one = setting(labels, *clean)
    with pytest.raises(ValueError, match="2 weights do not fit 1 settings"):
        weighted([one], (1.0, -1.0))
    other = setting(labels, np.stack([clean[0]] * 2), clean[1])
    with pytest.raises(ValueError, match="the same runs"):
        weighted([one, other], HERE_THERE)


@st.composite
def shared_scores(draw):
    m, n = draw(st.integers(3, 8)), draw(st.integers(3, 8))
    values = st.lists(st.integers(-4, 4), min_size=m + n, max_size=m + n)
    labels = np.repeat([1, 0], [m, n])
    return labels, [np.array(draw(values), dtype=float) for _ in range(4)]


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(shared_scores(), st.randoms(use_true_random=False))
def test_swapping_sides_or_settings_negates_and_order_and_scale_do_not_matter(case, random):
    labels, (a, b, c, d) = case
    found = weighted([setting(labels, a, b), setting(labels, c, d)], HERE_THERE)
    sides = weighted([setting(labels, b, a), setting(labels, d, c)], HERE_THERE)
    places = weighted([setting(labels, c, d), setting(labels, a, b)], HERE_THERE)
    for other in (sides, places):
        assert other.d == pytest.approx(-found.d, abs=1e-12)
        assert other.se == pytest.approx(found.se, abs=1e-9)
        assert other.p() == pytest.approx(found.p(), abs=1e-9)
        low, high = found.interval(0.95)
        assert other.interval(0.95) == pytest.approx((-high, -low), abs=1e-9)
    curved = weighted(
        [setting(labels, np.exp(a), b**3), setting(labels, np.arctan(c), 2 * d - 1)], HERE_THERE
    )
    assert (curved.d, curved.se) == pytest.approx((found.d, found.se), abs=1e-9)
    order = np.array(random.sample(range(len(labels)), len(labels)))
    mixed = weighted(
        [
            setting(labels[order], a[order], b[order], groups=_names(order)),
            setting(labels[order], c[order], d[order], groups=_names(order)),
        ],
        HERE_THERE,
    )
    assert (mixed.d, mixed.se_cases) == pytest.approx((found.d, found.se_cases), abs=1e-9)


def _names(order):
    return np.array([f"case-{i:05d}" for i in order])


def test_settings_without_a_common_unit_are_independent():
    one = InSetting(
        Difference(0.1, 0.02),
        np.array([[0.02, 0.0], [0.0, 0.02]]),
        np.array(["a", "b"]),
        (np.array([0.9]), np.array([0.8])),
        50,
        0.001,
    )
    other = InSetting(
        Difference(0.0, 0.03),
        np.array([[0.02, 0.0], [0.0, 0.02]]),
        np.array(["c", "d"]),
        (np.array([0.8]), np.array([0.8])),
        50,
        0.001,
    )
    assert correlations([one, other]).tolist() == [[1, 0], [0, 1]]
    assert weighted([one, other], HERE_THERE).se_cases == pytest.approx(np.hypot(0.02, 0.03))
