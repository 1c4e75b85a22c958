"""Folds that were drawn several times, and what the report does with them."""

from dataclasses import replace

import numpy as np
import pytest

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.collect import collect
from reports.document.sections.failures import trial as named
from reports.loading.selection import load
from reports.loading.trials import trials_of_study
from tests.reports.simulated import Data, Method, results

FOLDS, REPEATS, CASES = 5, 3, 40  # cases of a fold
METHODS = (
    Method("svm", "classical", 0.80),
    Method("forest", "classical", 0.79, stochastic=True, seed_sd=0.01),
    Method("cnn", "deep", 0.84, stochastic=True, seed_sd=0.01),
)


def stored(root, repeats=REPEATS, images=0, methods=METHODS):
    data = Data("breast", n_val=40, n_test=CASES, images_per_patient=images)
    how = {"seeds": (0, 1), "folds": FOLDS, "repeats": repeats}
    return results(root / "results", (data,), methods, **how)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("repeats"))


@pytest.fixture(scope="module")
def found(store):
    return collect(store)


@pytest.fixture(scope="module")
def compared(store):
    study = store.studies()[-1].study
    ours, _ = trials_of_study(study, store.trials())
    return DatasetComparison(load(store, study, store.card("breast"), ours), study)


def test_runs_of_every_draw_belong_to_the_study(found):
    assert found.n_runs == FOLDS * REPEATS * (1 + 2 + 2)
    assert (found.n_other_runs, found.missing, found.failed) == (0, (), ())


def test_a_test_case_counts_once_however_often_it_was_tested(found):
    data = found.datasets[0]
    assert data.comparison.n_cases == FOLDS * CASES
    assert data.comparison.n_smallest == FOLDS * CASES * 0.4
    for method in data.methods:
        assert np.sum(method.operating.confusion) == pytest.approx(FOLDS * CASES)
    assert data.no_information_rate == pytest.approx(0.6)


def test_single_cases_are_shown_once(found):
    whole = found.datasets[0].disagreements.whole
    assert whole.both + whole.only_deep + whole.only_classical + whole.neither == FOLDS * CASES


def test_patients_count_once_too(tmp_path):
    data = collect(stored(tmp_path, images=4)).datasets[0]
    assert (data.comparison.n_cases, data.comparison.n_groups) == (200, 50)


def test_cases_of_one_image_each_are_not_taken_for_patients_with_several(tmp_path):
    """A case that three draws test is no patient with three images."""
    one, alone = (
        collect(stored(tmp_path / str(n), images=n)).datasets[0].comparison.pair for n in (1, 0)
    )
    assert one.test == alone.test
    assert 0.7 < one.se_cases / alone.se_cases < 1.4


def test_the_difference_is_the_mean_over_all_folds_of_all_draws(found, compared):
    chosen = {
        side: dict(compared.candidates.champion(side).by_fold) for side in ("deep", "classical")
    }
    assert all(set(own) == set(range(FOLDS * REPEATS)) for own in chosen.values())
    auc = {}
    for name, own in compared.candidates.runs.items():
        for run, score in zip(own, compared.candidates.scores[name], strict=True):
            auc.setdefault((name, run.part), []).append(score.test)
    each = [
        np.mean(auc[chosen["deep"][fold], fold]) - np.mean(auc[chosen["classical"][fold], fold])
        for fold in range(FOLDS * REPEATS)
    ]
    pair = found.datasets[0].comparison.pair
    assert pair.difference.value == pytest.approx(np.mean(each))
    means = np.reshape(each, (REPEATS, FOLDS)).mean(axis=1)
    assert pair.se_seeds**2 > means.var(ddof=1) / REPEATS  # the draws' variance is in it


def test_the_same_answers_dealt_into_other_folds_are_no_further_evidence(compared):
    """Each case gets in every draw what it was told in the first one: nothing is learnt from it."""
    data, tests = compared.data, compared.data.tests
    told = {
        (run.run.trial.method, run.run.trial.seed, case): row
        for run in data.scored
        if run.run.trial.repeat == 0
        for case, row in zip(tests[run.part].case_ids, run.test, strict=True)
    }
    same = [
        replace(
            run,
            test=np.stack(
                [
                    told[run.run.trial.method, run.run.trial.seed, case]
                    for case in tests[run.part].case_ids
                ]
            ),
        )
        for run in data.scored
    ]
    first = replace(
        data,
        tests={number: part for number, part in tests.items() if part.repeat == 0},
        scored=tuple(run for run in data.scored if run.run.trial.repeat == 0),
    )
    once, thrice = (
        DatasetComparison(each, compared.study).primary(prospects=False).pair
        for each in (first, replace(data, scored=tuple(same)))
    )
    assert thrice.difference.value == pytest.approx(once.difference.value, abs=0.02)
    assert 0.85 < thrice.se_cases / once.se_cases < 1.15


def test_the_audit_and_the_answer_say_how_often_folds_were_drawn(found):
    data = found.datasets[0]
    split = next(item for item in data.audit if item.key == "split")
    assert split.sentence == "Cross-validation with 5 folds, drawn 3 times."
    assert sum(data.comparison.folds_deep.values()) == FOLDS * REPEATS


def test_a_missing_and_a_failed_trial_name_their_draw(tmp_path):
    store = stored(tmp_path)
    broken = next(t for t in store.trials() if (t.method, t.repeat, t.fold) == ("svm", 2, 1))
    store.write_run(replace(store.run(broken), status="failed", error="no", predictions=None))
    study = store.studies()[-1].study
    store.declare(replace(study, repeats=REPEATS + 1), "python -m bench run --all")
    found = collect(store)
    assert [named(item) for item in found.failed] == ["draw 3, fold 2"]
    assert len(found.missing) == FOLDS * (1 + 2 + 2)
    assert {item.repeat for item in found.missing} == {REPEATS}
    assert "draw 4, fold 1" in {named(item) for item in found.missing}
    # the draw that svm lacks a fold of does not count where svm stands for its side
    assert found.datasets[0].verdict.is_verdict


def test_a_study_with_fewer_draws_leaves_the_others_to_another_study(tmp_path):
    once = stored(tmp_path)
    study = once.studies()[-1].study
    once.declare(replace(study, repeats=1), "python -m bench run --all")
    found = collect(once)
    assert (found.n_runs, found.n_other_runs) == (FOLDS * 5, FOLDS * 5 * (REPEATS - 1))
    assert found.datasets[0].comparison.n_cases == FOLDS * CASES


def test_the_grid_and_other_measures_use_every_draw(found):
    own = [a for a in found.robustness.analyses if a.choice.seed is None]
    assert {a.choice.champions for a in own} == {"validation", "median", "mean"}
    assert all(a.difference.low < a.difference.value < a.difference.high for a in own)
