"""Decisions at every threshold, and those of the champions."""

import numpy as np
import pytest

from reports.analysis.methods.decisions import THRESHOLDS
from reports.collect import collect
from reports.document.blocks import TableBlock
from reports.document.plots import Thresholds
from reports.document.sections.operating_point import (
    decisions_in_words,
    operating_point,
    thresholds,
)
from reports.document.sections.probabilities import probabilities
from reports.statistics.operating import youden_threshold
from tests.reports.simulated import METHODS, Data, Method, results


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (
        Data("breast"),
        Data("derm", shares=(0.5, 0.3, 0.2)),
        Data("patients", images_per_patient=4),
    )
    return results(tmp_path_factory.mktemp("r") / "results", datasets)


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


def runs_of(store, dataset, method):
    for trial in store.trials():
        if (trial.dataset, trial.method) == (dataset, method):
            yield store.run(trial).predictions


@pytest.mark.slow
@pytest.mark.parametrize("method", [method.name for method in METHODS])
def test_counts_at_each_threshold_are_means_over_runs(store, evidence, method):
    found = evidence.dataset("breast").method(method).thresholds
    parts = [predictions.part("test") for predictions in runs_of(store, "breast", method)]
    assert len(found.thresholds) <= THRESHOLDS + 3
    assert list(found.thresholds) == sorted(set(found.thresholds), reverse=True)
    for at, true, false in zip(
        found.thresholds, found.true_positives, found.false_positives, strict=True
    ):
        named = [part.probabilities[:, 1] >= at for part in parts]
        hits = [(own & (part.labels == 1)).sum() for own, part in zip(named, parts, strict=True)]
        alarms = [(own & (part.labels == 0)).sum() for own, part in zip(named, parts, strict=True)]
        assert true == pytest.approx(np.mean(hits))
        assert false == pytest.approx(np.mean(alarms))
    assert (found.true_positives[0], found.false_positives[0]) == (0, 0)
    assert (found.true_positives[-1], found.false_positives[-1]) == (120, 180)


def test_the_slider_starts_at_the_mean_of_the_thresholds_of_validation(store, evidence):
    for method in evidence.dataset("breast").methods:
        chosen = []
        for predictions in runs_of(store, "breast", method.name):
            part = predictions.part("val")
            chosen.append(youden_threshold(part.labels == 1, part.probabilities[:, 1]))
        assert method.thresholds.chosen == pytest.approx(np.mean(chosen))
        assert method.thresholds.chosen in method.thresholds.thresholds


def test_with_one_run_the_slider_starts_at_the_confusion_matrix(evidence):
    method = evidence.dataset("breast").method("svm")
    start = method.thresholds.thresholds.index(method.thresholds.chosen)
    (tn, fp), (fn, tp) = method.operating.confusion
    assert method.thresholds.true_positives[start] == tp
    assert method.thresholds.false_positives[start] == fp
    assert (tn + fp, fn + tp) == (180, 120)


def test_several_classes_have_no_threshold(evidence):
    assert all(method.thresholds is None for method in evidence.dataset("derm").methods)
    assert thresholds(evidence.dataset("derm"), "derm") is None


def test_the_block_has_every_method_champions_first(evidence):
    data = evidence.dataset("breast")
    block = thresholds(data, "breast")
    champions = {data.champion_deep, data.champion_classical}
    assert {curve.name for curve in block.curves[:2]} == champions
    assert {curve.name for curve in block.curves} == {method.name for method in data.methods}
    assert (block.positive, block.negative) == ("malignant", "benign")
    assert (block.positives, block.negatives) == (120, 180)
    blocks = operating_point(evidence, {d.card.name: d.card.name for d in evidence.datasets})
    assert [b.title for b in blocks if isinstance(b, Thresholds)] == ["breast", "patients"]


def test_champions_are_compared_case_by_case(store, evidence):
    data = evidence.dataset("breast")
    pair = data.decisions
    assert (pair.a, pair.b) == (data.champion_deep, data.champion_classical)
    right = {}
    for name in (pair.a, pair.b):
        rows = []
        for predictions in runs_of(store, "breast", name):
            val, test = predictions.part("val"), predictions.part("test")
            at = youden_threshold(val.labels == 1, val.probabilities[:, 1])
            order = np.argsort(test.case_ids)
            rows.append(((test.probabilities[:, 1] >= at) == (test.labels == 1))[order])
        right[name] = rows
    pairs = [(a, b) for a in right[pair.a] for b in right[pair.b]]
    assert pair.only_a == pytest.approx(np.mean([(a & ~b).sum() for a, b in pairs]))
    assert pair.only_b == pytest.approx(np.mean([(b & ~a).sum() for a, b in pairs]))
    assert pair.accuracy_a == pytest.approx(data.method(pair.a).operating.accuracy.value)
    assert pair.difference.low < pair.difference.value < pair.difference.high
    assert "patient" in evidence.dataset("patients").decisions.test


def test_the_sentence_names_the_claim_and_its_probability(evidence):
    pair = evidence.dataset("breast").decisions
    sentence = decisions_in_words(pair)
    assert f"the claim “{pair.ahead} is more accurate” is false" in sentence
    assert f"{pair.claim_false:.3f}" in sentence
    assert 0 < pair.claim_false < 0.5


def test_measures_that_are_no_proportion_name_the_procedure_of_their_interval(evidence):
    for name in ("breast", "derm", "patients"):
        point = evidence.dataset(name).method("resnet18").operating
        for estimate in (point.f1, point.balanced_accuracy, point.mcc):
            assert estimate.low < estimate.value < estimate.high
        if name == "derm":
            assert {e.method for e in (point.f1, point.mcc, point.sensitivity)} == {
                "Wilson for as many cases as have the variance of the mean over classes"
            }
            assert point.accuracy.method == "Wilson"
            continue
        # balanced accuracy has no bootstrap: its recalls' intervals are combined
        assert point.f1.method == "Bayesian bootstrap"
        assert point.balanced_accuracy.method == "the recalls' intervals combined (Zou and Donner)"
        assert point.mcc.method == "Bayesian bootstrap, stretched as balanced accuracy's"
        assert "Bayesian bootstrap" not in point.sensitivity.method


def test_seeds_that_lack_a_fold_are_not_counted(tmp_path):
    methods = (
        Method("svm", "classical", 0.8),
        Method("cnn", "deep", 0.85, stochastic=True, skips=(1,)),
    )
    store = results(tmp_path / "r", (Data("breast", 40, 60),), methods, seeds=(0, 1), folds=2)
    broken = next(trial for trial in store.trials() if trial.method == "cnn" and trial.fold == 1)
    run = store.run(broken)
    assert run is not None
    data = collect(store).datasets[0]
    whole = data.method("cnn").thresholds
    assert whole.true_positives[-1] == 48  # 24 positives in each of two folds
    assert data.decisions is not None


def test_without_decisions_the_section_says_so(tmp_path):
    nothing = (Method("svm", "classical", fails=(None,)), Method("cnn", "deep", fails=(None,)))
    blocks = operating_point(
        collect(results(tmp_path / "r", methods=nothing)), {"breast": "breast"}
    )
    assert blocks[1].words == (
        "No decisions are counted. No deep method has a result: every run of cnn failed.",
    )


def test_on_a_test_part_of_one_class_it_says_why_there_is_nothing(tmp_path):
    store = results(tmp_path / "r", (Data("breast", n_test=4, shares=(0.9, 0.1)),))
    evidence = collect(store)
    why = "The test part has cases of one class only, so that no AUC is defined."
    for section, told in (
        (operating_point, "No decisions are counted."),
        (probabilities, "No probabilities are judged."),
    ):
        assert section(evidence, {"breast": "breast"})[1].words == (f"{told} {why}",)


def test_the_recall_of_every_class_is_the_mean_over_runs(store, evidence):
    found = evidence.dataset("derm").method("resnet18").operating.class_recalls
    parts = [predictions.part("test") for predictions in runs_of(store, "derm", "resnet18")]
    for label, estimate in enumerate(found):
        rates = [
            (part.probabilities.argmax(axis=1) == label)[part.labels == label].mean()
            for part in parts
        ]
        assert estimate.value == pytest.approx(np.mean(rates))
        assert estimate.low < estimate.value < estimate.high
        assert estimate.method == "Wilson"
    assert evidence.dataset("breast").method("resnet18").operating.class_recalls == ()


def test_the_recall_of_every_class_has_a_table_where_there_are_more_than_two(evidence):
    blocks = operating_point(evidence, {d.card.name: d.card.name for d in evidence.datasets})
    tables = {b.table.name: b.table for b in blocks if isinstance(b, TableBlock)}
    assert "recall-breast" not in tables
    data = evidence.dataset("derm")
    for row, method in zip(tables["recall-derm"].rows, data.methods, strict=True):
        assert row.values == (method.name, *method.operating.class_recalls)


def test_instability_is_the_mean_difference_between_two_trainings(store, evidence):
    found = evidence.dataset("breast").method("resnet18").instability
    parts = [predictions.part("test") for predictions in runs_of(store, "breast", "resnet18")]
    said = [part.probabilities[:, 1] for part in parts]
    pairs = [(0, 1), (0, 2), (1, 2)]
    each = np.mean([np.abs(said[i] - said[j]) for i, j in pairs], axis=0)
    assert found.trainings == 3
    assert found.mean == pytest.approx(each.mean())
    assert found.q90 == pytest.approx(np.quantile(each, 0.9))
    decided = [
        part.probabilities[:, 1] >= youden_threshold(val.labels == 1, val.probabilities[:, 1])
        for part, val in zip(
            parts,
            (p.part("val") for p in runs_of(store, "breast", "resnet18")),
            strict=True,
        )
    ]
    assert found.changed == pytest.approx(np.mean([decided[i] != decided[j] for i, j in pairs]))


def test_a_method_that_was_trained_once_has_no_instability(evidence):
    assert evidence.dataset("breast").method("svm").instability is None


def test_the_slider_of_threshold_and_prevalence_holds_both_best_models_first(evidence):
    data = evidence.dataset("breast")
    names = [curve.name for curve in thresholds(data, "breast").curves]
    assert set(names[:2]) == {data.champion_deep, data.champion_classical}
