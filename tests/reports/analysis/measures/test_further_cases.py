"""Claims on decisions against Bonett and Price's interval and McNemar's exact test.

What is known of a measure hangs on the cases that it is a proportion of, not on the rarer class.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from reports.analysis.measures.by_measure import ByMeasure
from reports.analysis.measures.further_cases import Counted, of_measure
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.statistics.contrast import Difference
from reports.statistics.operating import decisions
from reports.statistics.zero_discordance import (
    difference_of_discordant,
    least_error,
    paired_proportions,
)
from tests.benchmarks.binormal import Design, draw_comparison
from tests.benchmarks.measure_differences import PAIR

FOUND = {"sensitivity": 1, "specificity": 0}
"""Measure → the only class that it asks for."""


def comparison(negatives, positives, wrong_a, wrong_b, images=1, folds=1):
    """Two methods that decide wrongly where they are told to; the positive cases stand first.

    Args:
        wrong_a, wrong_b: rows of the cases.
        images: of each patient.
        folds: number of parts, to which the cases are dealt in turn.
    """
    n = negatives + positives
    drawn = draw_comparison(Design(n, share=positives / n, images=images), np.random.default_rng(0))
    (part,) = drawn.data.tests.values()
    assert part.labels.sum() == positives
    fold_of = (np.arange(n) // images) % folds
    scored, tests, runs = [], {}, []
    for fold in range(folds):
        rows = np.flatnonzero(fold_of == fold)
        tests[None if folds == 1 else fold] = part.only(fold_of == fold)
        for run in drawn.data.scored:
            wrong = np.zeros(n, bool)
            wrong[list(wrong_a if run.run.trial.method == PAIR[0] else wrong_b)] = True
            p = np.where((part.labels == 1) != wrong, 0.8, 0.2)[rows]
            own = run.run
            if folds > 1:
                own = replace(own, trial=replace(own.trial, fold=fold))
            runs.append(own)
            scored.append(
                replace(
                    run,
                    run=own,
                    validation_labels=np.array([0, 1]),
                    validation=np.array([[0.8, 0.2], [0.2, 0.8]]),
                    test=np.stack([1 - p, p], axis=1),
                )
            )
    data = replace(drawn.data, tests=tests, scored=tuple(scored), runs=tuple(runs))
    study = replace(drawn.study, folds=folds) if folds > 1 else drawn.study
    return DatasetComparison(data, study)


def difference(sample, measure):
    (tested,) = ByMeasure(sample, measure, PAIR).tested([PAIR])
    return tested.difference


def right(sample, measure):
    """Whether each method decides each case of the measure rightly."""
    (part,) = sample.data.tests.values()
    counts = part.labels == FOUND[measure] if measure in FOUND else np.full(len(part.labels), True)
    each = {
        run.run.trial.method: decisions(run.test[None], np.array([0.5]), 1)[0] == part.labels
        for run in sample.data.scored
    }
    return tuple(each[name][counts] for name in PAIR)


def test_a_rare_class_does_not_widen_what_is_known_of_the_other_and_of_all_cases():
    """970 negatives, of which 47 and 21 are decided rightly by one of the two only; 30 positives,
    of which both miss the same three."""
    missed = [0, 1, 2]
    sample = comparison(970, 30, missed + list(range(30, 51)), missed + list(range(60, 107)))
    assert stats.binomtest(47, 68).pvalue < 0.003
    for measure in ("specificity", "accuracy"):
        found = difference(sample, measure)
        _, low, high = paired_proportions(*right(sample, measure))
        assert found.interval(0.95) == pytest.approx((low, high), abs=0.0015), measure
        assert found.p() < 0.003
        assert found.df > 900


@pytest.mark.parametrize("level", [0.90, 0.95])
@pytest.mark.parametrize("measure", ["sensitivity", "specificity", "accuracy"])
@pytest.mark.parametrize(("negatives", "positives"), [(900, 100), (40, 20)])
def test_without_a_discordant_case_no_interval_is_shorter_than_bonett_and_prices(
    level, measure, negatives, positives
):
    sample = comparison(negatives, positives, [], [])
    low, high = difference(sample, measure).interval(level)
    _, least_low, least_high = paired_proportions(*right(sample, measure), level=level)
    assert low <= least_low < 0 < least_high <= high
    assert high < 1.1 * least_high


def test_a_hundred_positives_decided_alike_do_not_show_equivalence_within_two_points():
    assert difference(comparison(900, 100, [], []), "sensitivity").p_equivalence(0.02) > 0.05


@pytest.mark.parametrize("measure", ["specificity", "accuracy"])
def test_few_discordant_cases_conclude_as_mcnemars_exact_test_does(measure):
    """Of 300 negatives; p of 5 against 0 is 0.063, of 6 against 0 it is 0.031."""
    for only_a, only_b in ((4, 0), (5, 0), (6, 0), (7, 0), (7, 1), (9, 1), (8, 2), (11, 2)):
        found = difference(
            comparison(300, 30, range(100, 100 + only_b), [*range(150, 150 + only_a)]),
            measure,
        )
        exact = stats.binomtest(only_a, only_a + only_b).pvalue
        assert (found.p() < 0.05) == (exact < 0.05), (only_a, only_b)


def test_folds_have_the_cases_of_all_of_them():
    """Only the share of training parts that overlap is added, by which no fold is narrower."""
    whole, folds = (comparison(400, 60, [], [], folds=k) for k in (1, 4))
    for measure in ("sensitivity", "specificity", "accuracy", "f1", "mcc", "balanced-accuracy"):
        one, each = difference(whole, measure), difference(folds, measure)
        assert each.se_cases == pytest.approx(one.se_cases, rel=0.02), measure
        assert each.se > one.se
        assert each.df == pytest.approx(one.df)


def test_images_of_a_patient_count_once():
    found = difference(comparison(160, 80, [], [], images=4), "sensitivity")
    assert found.se_cases == pytest.approx(math.sqrt(2) / (20 + 2))
    assert found.df == pytest.approx(19)


def test_a_patient_with_images_of_both_classes_is_one_of_all_and_one_of_each():
    labels, units = np.array([0, 1, 0, 1, 0, 0]), np.array([0, 0, 1, 1, 2, 2])
    counted = Counted.of(labels, units, 2, 1)
    assert (counted.units.tolist(), counted.all_units) == ([3, 2], 3)
    assert of_measure("accuracy", counted, None, None) == pytest.approx(math.sqrt(2) / 5)
    assert counted.degrees_of_freedom("accuracy") == 2
    assert counted.degrees_of_freedom("sensitivity") == 1


def of_tables(measure, tables, positive):
    tables = np.array(tables, dtype=float)
    cases = tables[0].sum(axis=1).astype(np.int64)
    return of_measure(measure, Counted(cases, cases, int(cases.sum()), positive), tables, None)


def test_balanced_accuracy_of_two_classes_has_the_error_of_the_auc():
    (found,) = of_tables("balanced-accuracy", [[[90, 10], [4, 26]]], 1)
    assert found == pytest.approx(least_error([100, 30]))


def test_the_mean_recall_of_many_classes_has_two_further_cases_of_each():
    table = [[[50, 5, 5], [2, 30, 8], [0, 0, 20]]]
    expected = math.sqrt(sum(2 / (m + 2) ** 2 for m in (60, 40, 20))) / 3
    assert of_tables("balanced-accuracy", table, None) == pytest.approx([expected])
    assert of_tables("sensitivity", table, None) == pytest.approx([expected])


@pytest.mark.parametrize("measure", ["f1", "mcc", "specificity", "balanced-accuracy"])
@pytest.mark.parametrize(
    "table", [[[90, 0], [30, 0]], [[90, 0], [0, 30]], [[80, 10], [5, 25]], [[0, 90], [0, 30]]]
)
def test_no_table_of_decisions_leaves_nothing_unknown(measure, table):
    """Not even where a measure is said to be 0 for want of decisions, and has no derivative."""
    (found,) = of_tables(measure, [table], 1)
    assert found > 1 / 120


def test_f1_hangs_on_the_errors_of_both_classes():
    """Of perfect decisions a miss and a false alarm lower it alike, by 1/2m of m positives."""
    (found,) = of_tables("f1", [[[970, 0], [0, 30]]], 1)
    assert found == pytest.approx(1 / 30, rel=0.1)


def test_identical_losses_are_known_as_proportions_of_all_cases_are():
    """And no better where a case can lose more than 1."""
    sample = comparison(970, 30, [0, 1], [0, 1])
    brier, log_loss = (difference(sample, measure).se_cases for measure in ("brier", "log-loss"))
    assert brier == pytest.approx(math.sqrt(2) / 1002)
    assert log_loss == pytest.approx(-math.log(0.2) * brier)


@pytest.mark.parametrize(
    ("n", "only_a", "only_b"), [(30, 0.1, 0.1), (30, 0.05, 0.05), (50, 0.1, 0.02), (24, 0, 0)]
)
def test_a_proportion_with_its_further_cases_covers_the_truth(n, only_a, only_b):
    """Exactly: the sum of the probabilities of the tables whose interval holds the truth."""
    further = math.sqrt(2) / (n + 2)
    covered = 0.0
    for i in range(n + 1):
        for j in range(n + 1 - i):
            weight = stats.multinomial.pmf(
                [i, j, n - i - j], n, [only_a, only_b, 1 - only_a - only_b]
            )
            if weight > 1e-6:
                d = (i - j) / n
                own = max(0.0, (i + j) / n - d**2) / (n - 1)
                one = Difference(d, math.hypot(math.sqrt(own), further), 0.0, n - 1)
                low, high = one.interval(0.95)
                covered += weight * (low <= only_a - only_b <= high)
                _, least_low, least_high = difference_of_discordant(i, j, n)
                assert high - low > 0.95 * (least_high - least_low)
    assert covered >= 0.93
