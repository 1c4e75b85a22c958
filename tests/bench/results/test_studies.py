"""The split seed of runs that do not tell it, by the studies of their results folder."""

import pytest

from bench.protocol.cards import MethodCard
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.studies import StudyEntry, split_seed_of

PLACE = Environment("", "", "", 1, 1, "cpu")
CARD = MethodCard("svm", "classical", "", "", "")


def entry(split_seed, first_run, **changes):
    study = {"datasets": ("s",), "methods": ("svm",), "resample": 2, "split_seed": split_seed}
    return StudyEntry(Study(**(study | changes)), first_run)


def found(*entries, started="5", corrupt=(), **trial):
    trial = Trial("s", "svm", **trial)
    run = Run(trial, CARD, "ok", "f", "quick", PLACE, started, corrupt=corrupt)
    return split_seed_of(run, entries)


def test_one_seed_of_all_studies_is_that_of_their_runs():
    assert found(entry(7, "1"), entry(7, "8", resample=3), resample=1) == 7
    assert found(entry(7, "9"), resample=1) == 7  # clocks of two machines differ


def test_a_study_that_began_later_did_not_make_a_run():
    assert found(entry(7, "1"), entry(8, "6"), resample=0) == 7
    assert found(entry(7, "1"), entry(8, "5"), resample=0) is None
    assert found(entry(7, "6"), entry(8, "7"), resample=0) is None
    assert found(resample=0) is None


@pytest.mark.parametrize("other", [{"datasets": ("t",)}, {"methods": ("cnn",)}, {"resample": 0}])
def test_a_study_without_the_trial_did_not_make_it(other):
    assert found(entry(7, "1"), entry(8, "2", **other), resample=1) == 7
    assert found(entry(7, "1", corrupt=("jpeg",)), entry(8, "2"), corrupt=("jpeg",)) == 7
