"""The procedure that is named gave the error, the interval and the p beside it."""

import doctest
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bench.api.comparing import compare
from reports.analysis.pairs import paired
from reports.analysis.pairs.paired import LEAST_ERROR, SEEDS, WIDER_LIMITS, procedure
from reports.analysis.pairs.single_split import SingleSplit
from reports.analysis.segmentation.over_cases import Cases, OverCases
from reports.loading.selection import TestPart
from reports.statistics.contrast import Difference
from reports.statistics.transport.interaction import InSetting, weighted
from reports.statistics.zero_discordance import least_error


def compared(positive, negative, auc=0.85, gain=0.0, apart=1.0, random_state=0):
    """Two binormal scores that share most of their error, as `bench compare` compares them."""
    random = np.random.default_rng(random_state)
    labels = np.r_[np.ones(positive, int), np.zeros(negative, int)]
    shared = random.normal(size=len(labels))
    up, down = (stats.norm.ppf(value) * 2**0.5 for value in (auc + gain, auc))
    scores = {
        "a": shared + up * labels + apart * random.normal(size=len(labels)),
        "b": shared + down * labels,
    }
    (pair,) = compare(labels, scores, families={"a": "deep", "b": "classical"}).evidence.pairs
    return pair


@pytest.mark.parametrize("random_state", range(8))
@pytest.mark.parametrize(
    ("positive", "negative", "auc", "apart"),
    [(100, 150, 0.93, 0.02), (300, 500, 0.8, 1.0), (200, 200, 0.6, 1.0), (40, 60, 0.95, 0.5)],
)
def test_delong_alone_is_delongs_test(positive, negative, auc, apart, random_state):
    pair = compared(positive, negative, auc, 0.0, apart, random_state)
    test, plain = pair.test, pair.plain
    error = math.sqrt(plain.variance)
    least = least_error([positive, negative])
    assert test.test.startswith("DeLong")
    assert (LEAST_ERROR in test.test) == (error < least)
    assert test.se_cases == pytest.approx(max(error, least))
    if test.test == "DeLong":
        assert test.superiority.p == pytest.approx(plain.p)
        assert (test.difference.low, test.difference.high) == pytest.approx(plain.interval)
    elif LEAST_ERROR not in test.test:
        symmetric = plain.d - 1.959964 * error, plain.d + 1.959964 * error
        ours = test.difference.low, test.difference.high
        assert ours[0] < symmetric[0] - 1e-9 or ours[1] > symmetric[1] + 1e-9


def test_models_that_agree_closely_have_the_least_error_and_it_is_named():
    pair = compared(300, 500, 0.93, apart=0.05).test
    assert pair.test == "DeLong, with the least error of so many cases"
    assert pair.superiority.p == pytest.approx(
        2 * stats.norm.sf(abs(pair.difference.value) / least_error([300, 500]))
    )


def test_few_cases_near_an_auc_of_1_name_all_that_was_done():
    pair = compared(12, 88, 0.9, 0.05, random_state=1).test
    assert pair.test == (
        "DeLong and swap permutation, the larger p, with the least error of so many cases, "
        "Zou and Donner's interval where wider"
    )
    assert pair.stretch_below > 1


def test_identical_ranks_stay_what_they_are():
    scores = np.random.default_rng(0).normal(size=200) + np.arange(200) % 2
    (pair,) = compare(np.arange(200) % 2, {"a": scores, "b": np.exp(scores)}).evidence.pairs
    assert pair.test.test == "least error of so many cases (identical ranks)"


def test_what_patients_and_seeds_add_is_named_too():
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(80) % 2, 3)
    units = np.array([f"p{i // 3}" for i in range(240)])
    part = TestPart(None, np.arange(240).astype(str), labels, units)
    raw = random.normal(size=(2, 240)) + 1.2 * labels
    scores = {
        "a": np.stack([1 - raw, raw], axis=2),
        "b": np.stack([1 - raw[:1], raw[:1]], axis=2) * 0.5,
    }
    split = SingleSplit(scores, part, 1, 0.95)
    (one,) = split.tested([("a", "b")])
    assert one.test.startswith("DeLong clustered by patient (Obuchowski)")
    assert one.test.endswith(SEEDS)
    assert split.procedure(replace(one.difference, at_least=True), ("a", "b")).startswith(
        f"DeLong clustered by patient (Obuchowski), {LEAST_ERROR}"
    )


def test_a_change_between_places_says_where_it_has_the_least_error():
    nothing = np.zeros((2, 3))
    runs = np.array([0.8]), np.array([0.8])
    units = np.array(["x", "y", "z"])
    here = InSetting(Difference(0.0, 0.02), nothing, units, runs, 50, 0.01)
    other = replace(here, difference=Difference(0.0, 0.02, at_least=True))
    assert not weighted([here, here], [-1.0, 1.0]).at_least
    assert weighted([other, here], [-1.0, 1.0]).at_least
    shared = replace(here, added=np.array([[0.01, 0.01, 0.01], [0.0, 0.0, 0.0]]))
    found = weighted([shared, shared], [-1.0, 1.0])
    assert found.se_cases == 0.01
    assert procedure("DeLong", found) == f"DeLong, {LEAST_ERROR}"


def test_of_segmentation_cases_that_all_differ_alike_have_no_bootstrap():
    cases = Cases(None, "cases", 0.95)
    one = cases.difference(OverCases(np.full(20, 0.75)), OverCases(np.full(20, 0.5)))
    assert one.test == f"sign permutation and t of cases, {LEAST_ERROR}"
    assert cases.estimate(OverCases(np.full(20, 0.5))).method == f"t of cases, {LEAST_ERROR}"


def test_nothing_is_named_that_did_not_count():
    assert procedure("DeLong", Difference(0.1, 0.02, 0.01, seeds_below=2.0), "") == "DeLong"
    assert WIDER_LIMITS in procedure("DeLong", Difference(0.1, 0.02, stretch_above=1.1))


def test_the_example_of_the_docstring_holds():
    assert doctest.testmod(paired).failed == 0
