"""The light of classes that are never found."""

from dataclasses import replace

import numpy as np
import pytest

from reports.collect import collect
from reports.document.sections.discrimination import discrimination
from tests.reports.simulated import Data, Method, results

METHODS = (Method("net", "deep", 0.9), Method("svm", "classical", 0.9))
DERM = (Data("derm", 300, 400, shares=(0.5, 0.3, 0.2)),)


def light(evidence):
    return next(item for item in evidence.datasets[0].audit if item.key == "recall")


@pytest.mark.slow
def test_a_class_that_ranks_well_and_is_never_found_is_amber_and_named(tmp_path):
    methods = (METHODS[0], replace(METHODS[1], never=2))
    evidence = collect(results(tmp_path / "r", DERM, methods))
    item = light(evidence)
    assert item.colour == "amber"
    assert "svm hardly ever decides for “class C” (AUC 0." in item.sentence
    assert "net" not in item.sentence
    method = evidence.datasets[0].method("svm")
    assert method.auc_per_class[2] > 0.75
    assert method.operating.class_recalls[2].value < 0.1
    told = str(discrimination(evidence, {"derm": "derm"}))
    assert "Hardly ever found by svm: “class C”" in told


@pytest.mark.slow
@pytest.mark.parametrize("folds", [0, 3])
def test_the_sentence_of_the_verdict_names_it(tmp_path, folds):
    methods = (Method("net", "deep", 0.93, never=2), Method("svm", "classical", 0.75))
    evidence = collect(results(tmp_path / "r", DERM, methods, folds=folds))
    verdict = evidence.datasets[0].verdict
    assert verdict.winner == "deep"  # by AUC, which sees nothing of it
    assert "net hardly ever decides for “class C” (AUC 0." in verdict.sentence
    assert verdict.sentence.endswith(light(evidence).sentence)
    page = str(discrimination(evidence, {"derm": "derm"}))
    assert "Hardly ever found by net: “class C”" in page


def test_classes_that_are_found_are_green(tmp_path):
    item = light(collect(results(tmp_path / "r", DERM, METHODS)))
    assert item.colour == "green"


@pytest.mark.slow
def test_a_class_that_does_not_rank_well_is_not_named(tmp_path):
    store = results(tmp_path / "r", DERM, METHODS)
    trial = next(trial for trial in store.trials() if trial.method == "svm")
    run = store.run(trial)
    said = run.predictions.probabilities.copy()
    nothing = 0.001 * np.random.default_rng(0).random(len(said))
    said[:, :2] *= ((1 - nothing) / said[:, :2].sum(axis=1))[:, None]
    said[:, 2] = nothing
    store.write_run(replace(run, predictions=replace(run.predictions, probabilities=said)))
    evidence = collect(store)
    assert evidence.datasets[0].method("svm").operating.class_recalls[2].value == 0
    assert light(evidence).colour == "green"


@pytest.mark.slow
@pytest.mark.parametrize("folds", [0, 3])
def test_two_classes_are_told_by_sensitivity_and_specificity(tmp_path, folds):
    item = light(collect(results(tmp_path / "r", methods=METHODS, folds=folds)))
    assert (item.colour, item.sentence[:16]) == ("green", "With two classes")
