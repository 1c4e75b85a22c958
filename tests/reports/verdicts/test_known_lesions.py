"""Generated lesions: whether what is known of Dice, and of who must be better, was found."""

import pytest

from reports.collect import collect
from reports.report import in_lines
from reports.verdicts.known_answers import answer_found
from tests.reports.segmented import Maps, Segmenter, segmentation_results

SHARP, BLUNT = 0.1, 0.9
"""How far discs are off, as a share of their radius."""


def study(tmp_path, *datasets, deep=SHARP, classical=BLUNT):
    methods = (
        Segmenter("unet", "deep", deep),
        Segmenter("pixel-forest", "classical", classical),
        Segmenter("mean-mask", "control", 1.8),
    )
    return collect(segmentation_results(tmp_path, datasets, methods))


def lesions(name="lesions", **known):
    return Maps(name, n_test=80, generated=True, **known)


def found(tmp_path, deep, classical, **known):
    (one,) = study(tmp_path, lesions(**known), deep=deep, classical=classical).datasets
    assert one.verdict.is_verdict
    return answer_found(one)


@pytest.mark.parametrize(
    ("deep", "classical", "right"),
    [(SHARP, BLUNT, True), (BLUNT, SHARP, False), (SHARP, SHARP, False)],
)
def test_where_deep_must_be_better_it_must_be_called_so(tmp_path, deep, classical, right):
    assert found(tmp_path, deep, classical, expected="deep") is right


@pytest.mark.parametrize(
    ("deep", "classical", "right"),
    [(SHARP, BLUNT, False), (BLUNT, SHARP, True), (SHARP, SHARP, True)],
)
def test_where_deep_cannot_be_better_it_must_not_be_called_so(tmp_path, deep, classical, right):
    assert found(tmp_path, deep, classical, expected="not-deep") is right


@pytest.mark.parametrize(("ideal", "right"), [(0.3, True), (0.999, False)])
def test_what_the_best_threshold_reaches_a_model_must_reach(tmp_path, ideal, right):
    assert found(tmp_path, BLUNT, 0.5, ideal_dice=ideal) is right


def test_where_both_are_blunt_not_being_better_is_no_answer(tmp_path):
    assert found(tmp_path, BLUNT, BLUNT, expected="not-deep", ideal_dice=1.0) is False


def test_nothing_is_answered_where_nothing_is_known(tmp_path):
    assert found(tmp_path, SHARP, BLUNT) is None


def test_a_study_of_generated_lesions_is_a_self_check(tmp_path):
    known = (
        lesions("deep-sees-more", expected="deep"),
        lesions("threshold-suffices", expected="not-deep"),
        lesions("nothing-known"),
    )
    evidence = study(tmp_path, *known)
    assert evidence.overall.heading == "Self-check: 1 of 2 known answers found"
    assert (evidence.overall.answers_found, evidence.overall.answers_known) == (1, 2)
    assert "AUC" not in evidence.overall.sentence
    assert "called better if it must be" in evidence.overall.sentence
    assert "Self-check: 1 of 2 known answers found" in " ".join(in_lines(evidence))


def test_lesions_of_patients_count_alone_where_there_are_any(tmp_path):
    evidence = study(tmp_path, Maps("busi", n_test=80), lesions(expected="deep"))
    assert evidence.overall.over == "real"
    assert evidence.overall.answers_known == 0
