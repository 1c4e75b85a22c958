"""The machinery on data with a known answer: how often it claims, how often it covers."""

import numpy as np
import pytest
from scipy.special import ndtri

from reports.analysis.pairs.single_split import SingleSplit
from reports.loading.selection import TestPart

EXPERIMENTS = 1000


def experiment(rng, n, *, share=0.4, per_patient=1, aucs=(0.8, 0.8), seeds=(1, 1), seed_sd=0.0):
    """Scores of a deep and a classical method on the same cases, some of them difficult for both.

    Images of a patient share most of their difficulty. Each seed shifts its method a little.
    """
    patient = np.arange(n) // per_patient
    labels = rng.permutation((np.arange(n) < share * n).astype(np.int64))

    def correlated():
        own = rng.normal(size=patient[-1] + 1)[patient]
        return np.sqrt(0.7) * own + np.sqrt(0.3) * rng.normal(size=n)

    difficulty = correlated()
    scores = {}
    for name, auc, count in zip(("deep", "classical"), aucs, seeds, strict=True):
        own = correlated()
        rows = []
        for _ in range(count):
            shift = rng.normal(0, seed_sd) if count > 1 else 0.0
            score = labels * (np.sqrt(2) * ndtri(auc) + shift)
            score = score + np.sqrt(0.5) * difficulty + np.sqrt(0.5) * own
            if count > 1:
                score = score + 0.3 * rng.normal(size=n)
            rows.append(np.stack([-score, score], axis=1))
        scores[name] = np.stack(rows)
    groups = patient.astype(str) if per_patient > 1 else None
    part = TestPart(None, np.arange(n).astype(str), labels, groups)
    (tested,) = SingleSplit(scores, part, 1, 0.95).tested([("deep", "classical")])
    return tested


@pytest.mark.slow
@pytest.mark.parametrize("per_patient", [1, 4])
@pytest.mark.parametrize("n", [100, 500])
def test_on_null_data_at_most_five_in_a_hundred_claim_a_difference(n, per_patient):
    rng = np.random.default_rng([n, per_patient])
    claims = sum(experiment(rng, n, per_patient=per_patient).p < 0.05 for _ in range(EXPERIMENTS))
    # Three standard errors of a rate of 5 % over so many experiments.
    assert claims / EXPERIMENTS < 0.05 + 3 * np.sqrt(0.05 * 0.95 / EXPERIMENTS)
    assert claims > 0


@pytest.mark.slow
@pytest.mark.parametrize("per_patient", [1, 4])
@pytest.mark.parametrize("n", [100, 500])
def test_intervals_of_a_real_difference_cover_it(n, per_patient):
    rng = np.random.default_rng([n, per_patient, 1])
    covered = 0
    for _ in range(EXPERIMENTS):
        tested = experiment(rng, n, per_patient=per_patient, aucs=(0.85, 0.8))
        low, high = tested.difference.interval(0.95)
        covered += low <= 0.05 <= high
    assert covered / EXPERIMENTS >= 0.93


def test_without_patients_correlated_images_would_claim_far_too_often():
    rng = np.random.default_rng(7)
    claims = 0
    for _ in range(200):
        patient = np.arange(400) // 8
        labels = (patient % 2).astype(np.int64)
        scores = {}
        for name in ("deep", "classical"):
            score = labels + 2 * rng.normal(size=50)[patient] + 0.3 * rng.normal(size=400)
            scores[name] = np.stack([-score, score], axis=1)[None]
        part = TestPart(None, np.arange(400).astype(str), labels, None)
        claims += SingleSplit(scores, part, 1, 0.95).tested([("deep", "classical")])[0].p < 0.05
    assert claims / 200 > 0.3


@pytest.mark.slow
def test_seeds_that_dominate_the_error_do_not_make_claims():
    rng = np.random.default_rng(3)
    options = {"seeds": (3, 1), "seed_sd": 0.3}
    found = [experiment(rng, 2000, **options) for _ in range(400)]
    rate = np.mean([tested.p < 0.05 for tested in found])
    blind = np.mean(
        [abs(tested.difference.d) > 1.96 * tested.difference.se_cases for tested in found]
    )
    assert rate < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert blind > 0.3


def test_swapping_the_sides_negates_the_difference():
    rng = np.random.default_rng(5)
    labels = (np.arange(80) % 2).astype(np.int64)
    part = TestPart(None, np.arange(80).astype(str), labels, None)
    columns = rng.random((2, 3, 80, 2))
    run_scores = SingleSplit({"a": columns[0], "b": columns[1]}, part, 1, 0.95)
    one, other = run_scores.tested([("a", "b"), ("b", "a")])
    assert other.difference == one.difference.mirrored()
    assert other.p == one.p
