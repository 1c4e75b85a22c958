"""What is said of the comparison that a verdict rests on."""

from dataclasses import replace

from reports.document.sections.discrimination import picked_on_test
from tests.reports.verdicts.test_rules import comparison

SAME = "A choice on the test part would have given the same two models."


def test_a_choice_on_test_of_the_same_two_models_is_the_same():
    assert picked_on_test(comparison()) == SAME
    folds = {"folds_deep": {"resnet18": 3}, "folds_classical": {"svm": 3}}
    assert picked_on_test(replace(comparison(), **folds)) == SAME


def test_models_that_differ_by_fold_are_not_the_same_as_one_of_them_in_every_fold():
    by_fold = replace(
        comparison(),
        folds_deep={"resnet18": 3},
        folds_classical={"svm": 2, "xgboost": 1},
        picked_on_test_gain_classical=0.007,
        picked_on_test_difference=-0.014,
    )
    assert picked_on_test(by_fold) == (
        "A choice on the test part would have given resnet18 and svm in every fold: 0.000 for "
        "deep, +0.007 for classical, and ΔAUC −0.014."
    )
    assert picked_on_test(replace(by_fold, picked_on_test_gain_classical=0.0)) != SAME


def test_what_would_have_been_gained_is_said_whatever_the_names():
    gained = replace(comparison(), picked_on_test_gain_deep=0.02)
    assert "+0.020 for deep" in picked_on_test(gained)
