"""Two sides over the folds of a cross-validation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from reports.statistics.auc import components
from reports.statistics.fold_auc import OVERLAP, Fold, fold_difference
from reports.statistics.zero_discordance import least_error


def overlap(folds):
    """What is added of the cases' variance: less 1 of m with m cases of the smallest class."""
    return OVERLAP * np.mean([1 - 1 / np.bincount(fold.labels).min() for fold in folds])


def dealt(labels, k, rng):
    fold = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        fold[own] = np.arange(len(own)) % k
    return fold


def probabilities(scores):
    return np.stack([1 - scores, scores], axis=2)


def study(n=200, k=5, seeds=(1, 1), random_state=0, repeats=1, images=1):
    rng = np.random.default_rng(random_state)
    labels = (np.arange(n) < 0.4 * n).astype(np.int64)
    difficulty = rng.normal(size=n)
    own = np.repeat(rng.normal(size=(2, n // images)), images, axis=1) * (images > 1)
    a, b = (
        1 / (1 + np.exp(-(labels + difficulty + of_patient + rng.normal(size=(count, n)))))
        for count, of_patient in zip(seeds, own, strict=True)
    )
    units = np.arange(n) // images
    found = []
    for repeat in range(repeats):
        patient_labels = labels[::images]
        fold = np.repeat(dealt(patient_labels, k, rng), images)
        for j in range(k):
            here = fold == j
            found.append(
                Fold(
                    labels[here],
                    probabilities(a[:, here]),
                    probabilities(b[:, here]),
                    units[here],
                    repeat,
                )
            )
    return found


def test_the_auc_is_the_mean_of_the_folds():
    folds = study()
    found = fold_difference(folds, 1)
    aucs = [components(fold.labels, fold.a, 1).auc[0] for fold in folds]
    assert found.auc_a == pytest.approx(np.mean(aucs))
    assert found.difference.d == pytest.approx(found.auc_a - found.auc_b)
    assert found.each.mean() == pytest.approx(found.difference.d)


def influence_by_hand(folds, side):
    """LeDell et al. 2015, equation of section 5, written out with loops over cases."""
    total, n = 0.0, sum(len(fold.labels) for fold in folds)
    for fold in folds:
        score = getattr(fold, side)[0, :, 1]
        positive, negative = score[fold.labels == 1], score[fold.labels == 0]
        share = (fold.labels == 1).mean()
        auc = np.mean([[(p > q) + (p == q) / 2 for q in negative] for p in positive])
        each = [np.mean((p > negative) + (p == negative) / 2) - auc for p in positive]
        total += sum((x / share) ** 2 for x in each)
        each = [np.mean((positive > q) + (positive == q) / 2) - auc for q in negative]
        total += sum((x / (1 - share)) ** 2 for x in each)
    return total / n / n


def test_the_error_of_an_auc_is_ledells():
    """But for the factors m / (m − 1) that make the variances of folds unbiased."""
    folds = study(n=1000)
    contrast = fold_difference([replace(fold, b=np.full_like(fold.b, 0.5)) for fold in folds], 1)
    assert contrast.difference.se_cases**2 == pytest.approx(influence_by_hand(folds, "a"), rel=0.02)


def test_one_fold_is_delongs_test_of_all_cases_with_the_overlap_added():
    (fold,) = study(k=1)
    found = fold_difference([fold], 1)
    d, variance = components(fold.labels, np.concatenate([fold.a, fold.b]), 1).contrast(
        np.array([1.0, -1.0])
    )
    assert found.difference.d == pytest.approx(d)
    assert found.difference.se**2 == pytest.approx((1 + overlap([fold])) * variance)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(200, 5), (500, 5), (500, 10), (1000, 10)])
def test_the_interval_is_at_most_a_third_wider_than_a_test_of_all_cases(n, k):
    ratios = []
    for random_state in range(10):
        folds = study(n=n, k=k, random_state=random_state)
        low, high = fold_difference(folds, 1).difference.interval(0.95)
        everything = study(n=n, k=1, random_state=random_state)[0]
        scores = np.concatenate([everything.a, everything.b])
        variance = components(everything.labels, scores, 1).contrast(np.array([1.0, -1.0]))[1]
        ratios.append((high - low) / (2 * 1.96 * variance**0.5))
    limit = 1.3 if n * 5 >= 200 * k else 1.36
    assert np.mean(ratios) <= limit


def test_swapping_the_sides_negates_everything():
    folds = study(seeds=(3, 1), repeats=2)
    one = fold_difference(folds, 1)
    other = fold_difference([replace(fold, a=fold.b, b=fold.a) for fold in folds], 1)
    assert other.difference.d == pytest.approx(-one.difference.d)
    low, high = one.difference.interval(0.95)
    assert other.difference.interval(0.95) == pytest.approx((-high, -low))
    assert other.p == pytest.approx(one.p)


def test_only_ranks_within_a_fold_count():
    folds = study()
    moved = [
        replace(fold, a=probabilities(rankdata(fold.a[:, :, 1], axis=1) / 1000 + 0.1 * i))
        for i, fold in enumerate(folds)
    ]
    assert fold_difference(moved, 1).difference.se == pytest.approx(
        fold_difference(folds, 1).difference.se
    )


def test_repeats_of_the_same_cases_are_no_further_cases():
    once, often = study(n=400), study(n=400, repeats=5)
    one, several = (fold_difference(folds, 1).difference for folds in (once, often))
    assert several.se_cases == pytest.approx(one.se_cases, rel=0.1)
    assert several.se_seeds > overlap(often) ** 0.5 * several.se_cases


def test_patients_with_several_images_widen_the_error():
    folds = study(n=400, images=4)
    own = fold_difference(folds, 1, clustered=True).difference
    images = iter(np.arange(400))
    naive = [replace(f, units=np.array([next(images) for _ in f.units])) for f in folds]
    assert own.se > 1.2 * fold_difference(naive, 1).difference.se


def test_one_image_per_patient_changes_nothing():
    folds = study()
    clustered = fold_difference(folds, 1, clustered=True).difference
    assert clustered.se == pytest.approx(fold_difference(folds, 1).difference.se, rel=0.02)


def test_seeds_that_differ_add_to_the_error():
    folds = study(seeds=(5, 1))
    found = fold_difference(folds, 1).difference
    between = sum(components(f.labels, f.a, 1).auc.var(ddof=1) / 5 for f in folds) / len(folds) ** 2
    assert found.se_seeds**2 == pytest.approx(between + overlap(folds) * found.se_cases**2)


def test_two_sides_that_rank_alike_in_every_fold_are_not_equal_for_certain():
    folds = [replace(fold, b=fold.a) for fold in study(n=60, k=3)]
    found = fold_difference(folds, 1)
    assert found.difference.d == 0
    assert found.p == 1
    assert found.difference.se_cases == pytest.approx(least_error([24, 36]))
    low, high = found.difference.interval(0.9)
    assert low < -0.02 < 0.02 < high


def test_few_cases_are_tested_by_permutation_too():
    folds = study(n=60, k=3)
    found = fold_difference(folds, 1)
    assert found.p >= found.difference.p()


def test_more_than_two_classes():
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    fold = dealt(labels, 5, rng)
    a, b = (np.eye(3)[labels] + rng.normal(size=(1, 300, 3)) for _ in range(2))
    found = fold_difference(
        [
            Fold(labels[fold == j], a[:, fold == j], b[:, fold == j], np.flatnonzero(fold == j))
            for j in range(5)
        ],
        None,
    )
    assert abs(found.difference.d) < 3 * found.difference.se
    assert 0.7 < found.auc_a < 0.9


def test_repeats_of_different_numbers_of_folds_are_refused():
    folds = study(repeats=2)
    with pytest.raises(ValueError, match="same number of folds"):
        fold_difference(folds[:-1], 1)


@pytest.mark.slow
def test_on_null_data_one_side_is_seldom_called_better():
    experiments = 300
    wrong = sum(fold_difference(study(100, random_state=i), 1).p < 0.05 for i in range(experiments))
    assert wrong / experiments <= 0.05 + 2 * (0.05 * 0.95 / experiments) ** 0.5
