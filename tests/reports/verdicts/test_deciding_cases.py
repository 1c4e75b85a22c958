"""Which test cases decide, and over which data sets p values are corrected."""

from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.scoring import auc
from reports.collect import collect
from reports.document.parts.method_tables import methods_table
from reports.statistics.multiplicity import holm
from tests.reports.simulated import Data, Method, flagged, results

METHODS = (Method("svm", "classical", 0.8), Method("cnn", "deep", 0.8))


def remembered(store, name, cases):
    """The same results, in which the deep method knows these test cases by heart."""
    trial = next(trial for trial in store.trials() if trial.method == "cnn")
    run = store.run(trial)
    known = np.isin(run.predictions.case_ids, cases)
    probabilities = run.predictions.probabilities.copy()
    probabilities[known] = np.eye(2)[run.predictions.labels[known]]
    store.write_run(replace(run, predictions=replace(run.predictions, probabilities=probabilities)))
    return flagged(store, **{name: cases})


@pytest.fixture
def leaked(tmp_path):
    """200 of 300 test cases have a twin in training, which the network remembers."""
    cases = [f"test-None-{i:06d}" for i in range(300) if i % 3]
    return remembered(results(tmp_path / "r", methods=METHODS), "breast", cases), cases


def test_twins_do_not_decide_and_the_difference_on_all_cases_stands_beside_it(leaked):
    store, cases = leaked
    comparison = collect(store).datasets[0].comparison
    each = {}
    for trial in store.trials():
        test = store.run(trial).predictions.part("test")
        kept = ~np.isin(test.case_ids, cases)
        both = [
            auc(test.labels[rows], test.probabilities[rows], 1)
            for rows in (kept, np.ones(len(kept), bool))
        ]
        each[trial.method] = np.array(both)
    alone, whole = each["cnn"] - each["svm"]
    assert comparison.pair.difference.value == pytest.approx(alone)
    assert comparison.on_all.value == pytest.approx(whole)
    assert (comparison.n_cases, comparison.n_twins) == (100, 200)
    assert comparison.on_all.low > 0.05  # what the leak would have said
    assert comparison.pair.difference.low < 0


@pytest.mark.slow
def test_without_twins_the_rule_of_ten_is_counted_again(tmp_path):
    malignant = [f"test-None-{i:06d}" for i in range(180, 300)]
    store = results(tmp_path / "r", methods=METHODS)
    assert collect(flagged(store, breast=malignant[9:])).datasets[0].verdict.rule == "too-few-cases"
    assert collect(flagged(store, breast=malignant[10:])).datasets[0].verdict.is_verdict


def test_claims_and_grid_are_made_without_twins_too(leaked):
    evidence = collect(leaked[0])
    own = [a for a in evidence.robustness.analyses if a.choice.without_duplicates]
    assert own
    primary = next(
        a
        for a in own
        if a.holds and a.difference == evidence.datasets[0].comparison.pair.difference
    )
    assert primary.choice.without_duplicates


@pytest.mark.slow
def test_data_without_twins_are_untouched(tmp_path):
    store = results(tmp_path / "r", methods=METHODS)
    before = collect(store).datasets[0].comparison
    after = collect(flagged(store, breast=())).datasets[0].comparison
    assert (before.n_twins, before.on_all) == (after.n_twins, after.on_all) == (0, None)
    assert before.pair == after.pair


@pytest.mark.slow
def test_holm_counts_data_sets_with_a_verdict_and_real_ones_apart_from_generated(tmp_path):
    datasets = (
        Data("one"),
        Data("two"),
        Data("tiny", n_test=20),
        Data("made", generated=True),
        Data("made-too", generated=True),
    )
    evidence = collect(results(tmp_path / "r", datasets, METHODS))
    tests = {d.card.name: d.comparison.pair.superiority for d in evidence.datasets}
    for family in (("one", "two"), ("made", "made-too")):
        assert [tests[name].p_holm for name in family] == pytest.approx(
            holm([tests[name].p for name in family])
        )
    assert tests["tiny"].p_holm == tests["tiny"].p


def test_hard_decisions_that_agree_on_24_cases_are_not_called_equivalent(tmp_path):
    store = results(tmp_path / "r", (Data("easy", n_test=24, shares=(0.5, 0.5)),), METHODS)
    for trial in store.trials():
        run = store.run(trial)
        hard = np.eye(2)[run.predictions.labels]
        store.write_run(replace(run, predictions=replace(run.predictions, probabilities=hard)))
    data = collect(store).datasets[0]
    difference = data.comparison.pair.difference
    assert difference.value == 0
    assert difference.low < -0.1 < 0.1 < difference.high
    assert data.verdict.rule == "inconclusive"
    assert data.comparison.pair.superiority.p == 1


@pytest.mark.slow
def test_what_weakens_a_verdict_is_said_with_it(leaked, tmp_path):
    sentence = collect(leaked[0]).datasets[0].verdict.sentence
    assert "Patients are not known, so that the interval is probably too narrow" in sentence
    assert "200 test cases have a near twin in train or validation and do not count" in sentence
    assert "split" not in sentence
    data = (Data("breast", images_per_patient=2, split="automatic"),)
    sentence = collect(results(tmp_path / "own", data, METHODS)).datasets[0].verdict.sentence
    assert sentence.endswith(" There is one split, and another could give another answer.")


def test_a_table_of_all_test_images_says_that_the_verdict_is_on_fewer(leaked):
    data = collect(leaked[0]).datasets[0]
    notes = " ".join(methods_table(data, "breast", "95 %").notes)
    assert "All test images count here; the verdict, with other AUCs, is on the 100 that" in notes
