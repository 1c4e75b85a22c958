"""AUC and its covariance against R's pROC 1.18.0, and against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.protocol.scoring import auc as score_auc
from reports.statistics.auc import components
from reports.statistics.contrast import Difference

ORDINAL = (
    "011001011011011010110000000110000000000110100000010001000100111100100001001110010100110001"
    "001000111011100001011100001000001110011011100001111110111100100111101100000100111010101110"
    "11011000001010110011",
    "343223134142124224342320230422212431302431423224442224421434444413423424434341243321334223"
    "124222434141423334133321343324203240232143312134443421342421321432433443223401322222403344"
    "23334131123241442234",
    "333231232242124333244330322113132221313442432204221243212333333223423223214221141412414023"
    "123111432343423413213313334131124242132234333033344241333433431431424422234401113232411341"
    "23213322224221232123",
)
PERFECT_A = (
    "1.7046 1.2979 1.4363 1.846 1.6275 1.445 1.2216 1.1965 1.112 1.0084 1.8401 1.8019 1.8353 "
    "1.7271 1.0136 0.8734 0.6157 0.3745 0.1472 0.1284 0.5758 0.7711 0.0819 0.8477 0.3698 0.711 "
    "0.7209 0.8565 0.7209 0.5514 0.4405 0.4082 0.1131 0.8255 0.5486 0.835 0.4904 0.3995 0.2767 "
    "0.0807"
)
PERFECT_B = (
    "2.1928 2.8873 2.715 2.1494 2.7827 2.2454 2.4345 2.519 2.4204 2.2976 2.332 2.6117 2.6936 "
    "2.3782 2.5204 0.7538 0.6337 0.2918 0.7657 0.5016 0.8526 0.3115 0.4557 0.7223 0.5509 0.6601 "
    "0.887 0.3335 0.1761 0.3569 0.1204 0.5558 0.6436 0.2923 0.4518 0.3403 0.5552 0.5418 0.1181 "
    "0.5987"
)
CASES = {
    # label, score a, score b, AUCs, variances, covariance, p two-sided, p greater, interval of d
    "ordinal with ties, n = 200": (
        *(np.array(list(row), dtype=float) for row in ORDINAL),
        (0.811969696969697, 0.737373737373737),
        (0.000826903439995967, 0.00117150830440307),
        0.000255038152230101,
        (0.0531632826819159, 0.026581641340958),
        (-0.0010173944091678, 0.150209313601087),
    ),
    "tiny, n = 10": (
        np.array([0, 0, 1, 0, 1, 1, 0, 1, 0, 0]),
        np.array([-0.57, -2.87, 2.72, -0.69, 2.67, 2.18, 0.48, 0.96, 0.27, -0.78]),
        np.array([0.06, -0.01, 1.33, -1.29, 2.24, 0.27, -0.09, 0.33, 1.0, -0.09]),
        (1.0, 0.916666666666667),
        (0.0, 0.00925925925925926),
        0.0,
        (0.386476230771232, 0.193238115385616),
        (-0.105264289012695, 0.271930955679362),
    ),
    "tiny with ties, n = 6": (
        np.array([1, 1, 0, 0, 0, 0]),
        np.array([0.9, 0.5, 0.5, 0.4, 0.3, 0.5]),
        np.array([0.6, 0.2, 0.7, 0.2, 0.1, 0.4]),
        (0.875, 0.5625),
        (0.0208333333333333, 0.0807291666666667),
        0.0364583333333333,
        (0.0648381569920664, 0.0324190784960332),
        (-0.0192254725438898, 0.64422547254389),
    ),
    "both perfect, n = 40": (
        np.repeat([1, 0], [15, 25]),
        np.array(PERFECT_A.split(), dtype=float),
        np.array(PERFECT_B.split(), dtype=float),
        (1.0, 1.0),
        (0.0, 0.0),
        0.0,
        (1.0, None),
        (0.0, 0.0),
    ),
}


def two_columns(*scores):
    """`(v, n, 2)` with the score as the second class."""
    stacked = np.stack(scores).astype(float)
    return np.stack([-stacked, stacked], axis=2)


@pytest.mark.parametrize("name", CASES)
def test_auc_variance_covariance_and_paired_test_are_those_of_proc(name):
    labels, a, b, aucs, variances, covariance, p_values, interval = CASES[name]
    found = components(labels.astype(np.int64), two_columns(a, b), 1)
    matrix = found.covariance()
    d, variance = found.contrast(np.array([1.0, -1.0]))
    difference = Difference(d, math.sqrt(variance))
    np.testing.assert_allclose(found.auc, aucs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.diag(matrix), variances, rtol=0, atol=1e-9)
    assert matrix[0, 1] == pytest.approx(covariance, abs=1e-9)
    assert difference.p() == pytest.approx(p_values[0], abs=1e-9)
    if p_values[1] is not None:
        assert difference.p_above(0) == pytest.approx(p_values[1], abs=1e-9)
    np.testing.assert_allclose(difference.interval(0.95), interval, rtol=0, atol=1e-9)


def kernel(positives, negatives):
    """Every pair by definition: 1 if the positive is higher, a half if they tie."""
    return (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)


def obuchowski(labels, a, b, units):
    """Obuchowski 1997, equations for S10, S01 and S11, as printed."""

    def parts(score):
        pairs = kernel(score[labels == 1], score[labels == 0])
        theta = pairs.mean()
        x, y = np.zeros(len(labels)), np.zeros(len(labels))
        x[labels == 1] = pairs.mean(axis=1) - theta
        y[labels == 0] = pairs.mean(axis=0) - theta
        patients = np.unique(units)
        return (
            np.array([x[units == g].sum() for g in patients]),
            np.array([y[units == g].sum() for g in patients]),
        )

    m, n = (labels == 1).sum(), (labels == 0).sum()
    total = len(np.unique(units))
    with_positive = len(np.unique(units[labels == 1]))
    with_negative = len(np.unique(units[labels == 0]))
    (xa, ya), (xb, yb) = parts(a), parts(b)
    s10 = with_positive / ((with_positive - 1) * m) * (xa @ xb)
    s01 = with_negative / ((with_negative - 1) * n) * (ya @ yb)
    s11 = total / (total - 1) * np.array([xa @ yb, xb @ ya])
    return s10 / m + s01 / n + s11.sum() / (m * n)


def test_several_images_per_patient_have_obuchowskis_covariance():
    rng = np.random.default_rng(0)
    units = rng.integers(0, 25, 120)
    units = np.unique(units, return_inverse=True)[1]
    labels = rng.integers(0, 2, 120)
    scores = np.round(rng.normal(size=(2, 120)) + 0.7 * labels + rng.normal(size=25)[units], 1)
    matrix = components(labels, two_columns(*scores), 1, units).covariance()
    for i, a in enumerate(scores):
        for j, b in enumerate(scores):
            assert matrix[i, j] == pytest.approx(obuchowski(labels, a, b, units), abs=1e-12)


def test_patients_with_one_image_each_change_nothing():
    labels, a, b, *_ = CASES["ordinal with ties, n = 200"]
    labels, scores = labels.astype(np.int64), two_columns(a, b)
    shuffled = np.random.default_rng(0).permutation(len(labels))
    alone = components(labels, scores, 1)
    by_patient = components(labels, scores, 1, shuffled)
    np.testing.assert_allclose(by_patient.covariance(), alone.covariance(), rtol=1e-12)


def test_correlated_images_of_a_patient_widen_the_error():
    rng = np.random.default_rng(1)
    patient = np.arange(400) // 4
    labels = (patient % 2).astype(np.int64)
    score = labels + 2 * rng.normal(size=100)[patient] + 0.5 * rng.normal(size=400)
    naive = components(labels, two_columns(score), 1).covariance()[0, 0]
    honest = components(labels, two_columns(score), 1, patient).covariance()[0, 0]
    assert 3 < honest / naive < 4.5


def test_macro_auc_is_the_mean_of_one_against_rest():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 4, 300)
    scores = rng.dirichlet(np.ones(4), (3, 300))
    found = components(labels, scores, None)
    for row in range(3):
        assert found.auc[row] == pytest.approx(score_auc(labels, scores[row], None), abs=1e-12)


def test_two_classes_averaged_are_one_class_when_scores_mirror_each_other():
    labels, a, b, *_ = CASES["ordinal with ties, n = 200"]
    scores = two_columns(a, b)
    binary = components(labels.astype(np.int64), scores, 1)
    macro = components(labels.astype(np.int64), scores, None)
    np.testing.assert_allclose(macro.auc, binary.auc, rtol=1e-12)
    # The macro form adds the two AUCs' errors before squaring; they are the same error.
    np.testing.assert_allclose(macro.covariance(), binary.covariance(), rtol=0.02)


@pytest.mark.slow
def test_macro_error_is_that_of_repeated_samples():
    rng = np.random.default_rng(3)
    aucs, variances = [], []
    for _ in range(400):
        labels = rng.choice(3, 240, p=[0.5, 0.3, 0.2])
        scores = rng.normal(size=(1, 240, 3))
        scores[0, np.arange(240), labels] += 1
        found = components(labels, scores, None)
        aucs.append(found.auc[0])
        variances.append(found.covariance()[0, 0])
    assert np.mean(variances) == pytest.approx(np.var(aucs), rel=0.2)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_covariance_is_delongs_for_any_scores(data):
    m = data.draw(st.integers(2, 8))
    n = data.draw(st.integers(2, 8))
    values = st.lists(st.integers(-3, 3), min_size=m + n, max_size=m + n)
    a, b = np.array(data.draw(values), float), np.array(data.draw(values), float)
    labels = np.repeat([1, 0], [m, n])
    found = components(labels, two_columns(a, b), 1)
    pairs = [kernel(score[:m], score[m:]) for score in (a, b)]
    expected = (
        np.cov([p.mean(axis=1) for p in pairs]) / m + np.cov([p.mean(axis=0) for p in pairs]) / n
    )
    np.testing.assert_allclose(found.auc, [p.mean() for p in pairs], atol=1e-12)
    np.testing.assert_allclose(found.covariance(), expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([np.exp, np.cbrt, lambda x: 3 * x - 7, lambda x: x**3 + x]),
)
def test_monotone_transformations_and_the_order_of_rows_change_nothing(seed, transform):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1, 0], [20, 30]))
    score = np.round(rng.normal(size=50), 1)
    order = rng.permutation(50)
    plain = components(labels, two_columns(score), 1)
    changed = components(labels[order], two_columns(transform(score[order])), 1)
    assert changed.auc[0] == plain.auc[0]
    assert changed.covariance()[0, 0] == pytest.approx(plain.covariance()[0, 0], rel=1e-12)


@pytest.mark.parametrize("positive", [0, 1])
def test_degenerate_input_gives_no_warning(positive):
    labels = np.array([1, 0, 0, 0])
    constant = np.full((1, 4, 2), 0.5)
    found = components(labels, constant, positive)
    assert found.auc[0] == 0.5
    assert found.covariance()[0, 0] == 0


def test_one_class_alone_has_no_auc():
    with pytest.raises(ValueError, match="two classes"):
        components(np.zeros(5, dtype=np.int64), np.zeros((1, 5, 2)), 1)


def test_a_class_without_cases_is_left_out_of_the_mean():
    rng = np.random.default_rng(4)
    labels = rng.choice([0, 2], 50)
    found = components(labels, rng.random((2, 50, 3)), None)
    assert found.per_class.shape == (2, 2)


def test_components_of_some_vectors_are_those_of_these_vectors_alone():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 3, 60), rng.random((5, 60, 3))
    units = np.repeat(np.arange(20), 3)
    some = components(labels, scores, None, units).of([0, 3, 4])
    alone = components(labels, scores[[0, 3, 4]], None, units)
    for name in ("auc", "per_class", "positive", "negative", "cross", "estimable"):
        assert np.array_equal(getattr(some, name), getattr(alone, name))
