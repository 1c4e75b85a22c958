"""A class of too few test cases does not withhold the verdict on the others."""

from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.cards import PartCard
from bench.protocol.claim import Claim
from bench.protocol.scoring import auc
from reports.analysis.planning import detectable, in_words
from reports.collect import collect
from reports.evidence import LeftOutClass
from tests.reports.simulated import Data, Method, noted, results

METHODS = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9))
SKIN = Data("skin", 200, 500, shares=(0.5, 0.3, 0.19, 0.01))  # 5 test cases of class D


def swapped(methods):
    other = {"deep": "classical", "classical": "deep"}
    return tuple(replace(method, family=other[method.family]) for method in methods)


def test_the_verdict_is_on_the_classes_that_have_ten_and_names_the_others(tmp_path):
    data = collect(results(tmp_path / "r", (SKIN,), METHODS)).datasets[0]
    assert data.verdict.rule == "better-beyond-margin"
    assert data.verdict.heading == "Deep better, by more than the margin (without “class D”)"
    assert "on 3 of 4 classes, “class A”, “class B” and “class C”" in data.verdict.sentence
    assert "“class D” (5 test cases) has too few" in data.verdict.sentence
    assert "fold" not in data.verdict.sentence
    assert data.comparison.n_cases == 495
    assert (data.comparison.n_smallest, data.comparison.smallest_class) == (95, "class C")
    light = next(item for item in data.audit if item.key == "cases")
    assert light.colour == "amber"
    assert "“class D” (5 test cases)" in light.sentence


def test_the_auc_is_the_mean_over_the_classes_that_count_among_their_cases(tmp_path):
    store = results(tmp_path / "r", (SKIN,), METHODS)
    comparison = collect(store).datasets[0].comparison
    alone, whole = {}, {}
    for trial in store.trials():
        test = store.run(trial).predictions.part("test")
        kept = test.labels < 3
        alone[trial.method] = auc(test.labels[kept], test.probabilities[kept], None)
        whole[trial.method] = auc(test.labels, test.probabilities, None)
    assert comparison.pair.difference.value == pytest.approx(alone["cnn"] - alone["svm"])
    assert comparison.on_all.value == pytest.approx(whole["cnn"] - whole["svm"])
    assert comparison.n_twins == 0


def test_swapping_the_sides_mirrors_the_verdict(tmp_path):
    one = collect(results(tmp_path / "a", (SKIN,), METHODS)).datasets[0].verdict
    other = collect(results(tmp_path / "b", (SKIN,), swapped(METHODS))).datasets[0].verdict
    assert (one.winner, other.winner) == ("deep", "classical")
    assert one.d == pytest.approx(-other.d)
    assert other.heading == one.heading.replace("Deep", "Classical")


@pytest.mark.slow
def test_over_folds_too(tmp_path):
    folded = replace(SKIN, n_test=400, shares=(0.5, 0.3, 0.1975, 0.0025))  # 1 case in each fold
    data = collect(results(tmp_path / "r", (folded,), METHODS, folds=3)).datasets[0]
    assert data.verdict.is_verdict
    assert data.verdict.heading.endswith("(without “class D”)")
    assert "“class D” (3 test cases)" in data.verdict.sentence
    assert "at least 10 are needed, and 2 in every fold" in data.verdict.sentence


@pytest.mark.slow
def test_claims_and_grid_are_about_the_same_classes(tmp_path):
    claim = Claim("by-brier", ("cnn",), ("svm",), metric="balanced-accuracy")
    evidence = collect(results(tmp_path / "r", (SKIN,), METHODS, claims=(claim,)))
    own = next(one for one in evidence.claims if one.name == "by-brier").datasets[0]
    assert own.outcome == "supported"
    assert own.heading.endswith("(without “class D”)")
    assert "“class D” (5 test cases) has too few" in own.sentence
    assert evidence.robustness.analyses
    assert any(a.choice.measure == "brier" for a in evidence.robustness.analyses)


def test_what_counts_as_one_is_counted(tmp_path):
    even = replace(SKIN, shares=(0.5, 0.26, 0.2, 0.04))  # 20 test cases of class D
    store = results(tmp_path / "r", (even,), METHODS)
    assert collect(store).datasets[0].comparison.left_out == ()
    pairs = tuple((f"test-None-{i:06d}", f"test-None-{i + 1:06d}") for i in range(480, 500, 2))
    ten = collect(noted(store, "skin", test_twin_groups=pairs)).datasets[0].comparison
    assert (ten.left_out, ten.n_smallest) == ((), 10)
    one = tuple(case for pair in pairs[:2] for case in pair)
    data = collect(noted(store, "skin", test_twin_groups=(one, *pairs[2:]))).datasets[0]
    assert data.verdict.heading.endswith("(without “class D”)")
    assert data.comparison.left_out == (LeftOutClass("class D", 9),)
    assert data.comparison.n_cases == 480
    light = next(item.sentence for item in data.audit if item.key == "cases")
    n, name = data.comparison.n_smallest, data.comparison.smallest_class
    assert light.startswith(
        f"There are {n} distinct test cases in the smallest class that counts, “{name}”. “class D”"
    )


def test_cases_that_are_tested_again_in_other_folds_are_no_further_ones(tmp_path):
    few = replace(SKIN, n_test=200, shares=(0.5, 0.3, 0.18, 0.02))  # 8 over both folds
    data = collect(results(tmp_path / "r", (few,), METHODS, folds=2, repeats=2)).datasets[0]
    assert data.comparison.left_out == (LeftOutClass("class D", 8),)
    assert data.verdict.is_verdict


def test_with_fewer_than_two_classes_of_ten_there_is_no_verdict(tmp_path):
    few = Data("few", 200, 30, shares=(0.7, 0.15, 0.15))
    verdict = collect(results(tmp_path / "r", (few,), METHODS)).datasets[0].verdict
    assert verdict.rule == "too-few-cases"
    assert verdict.heading == "No verdict"


def test_what_could_be_found_is_asked_of_the_classes_that_count(tmp_path):
    evidence = collect(results(tmp_path / "r", (SKIN,), METHODS))
    card, study = evidence.datasets[0].card, evidence.entry.study
    test = card.parts["test"]
    without = replace(
        card,
        class_names=card.class_names[:3],
        parts={**card.parts, "test": PartCard(495, test.groups, test.per_class[:3])},
    )
    assert detectable(card, study) == detectable(without, study)
    assert "without “class D” (5 test cases)" in in_words(card, study)
    assert "without" not in in_words(without, study)


@pytest.mark.slow
@pytest.mark.parametrize("second", [replace(SKIN, name="other"), Data("other", 200, 500)])
def test_a_further_set_that_agrees_does_not_weaken_the_answer(tmp_path, second):
    one = collect(results(tmp_path / "a", (SKIN,), METHODS)).overall
    both = collect(results(tmp_path / "b", (SKIN, second), METHODS)).overall
    assert one.rule == both.rule == "supported"
    assert np.sign(both.mean.effect.low) == 1
