from dataclasses import replace

import pytest

from bench.protocol.cards import MethodCard
from bench.protocol.plan import MethodFacts, plan
from bench.protocol.record import Trial
from bench.protocol.study import Study


def facts(family, seeded):
    return MethodFacts(MethodCard("m", family, "", "", ""), {}, seeded=seeded)


METHODS = {"svm": facts("classical", False), "cnn": facts("deep", True)}


def test_a_method_without_randomness_runs_once():
    trials = plan(Study(("a",), ("svm", "cnn"), seeds=(0, 1, 2)), METHODS)
    assert [t.seed for t in trials if t.method == "svm"] == [None]
    assert [t.seed for t in trials if t.method == "cnn"] == [0, 1, 2]


def test_a_tuned_method_runs_once_per_seed_since_its_configurations_are_drawn():
    methods = METHODS | {"svm": replace(METHODS["svm"], tunable=True), "nb": METHODS["svm"]}
    trials = plan(Study(("a",), ("svm", "nb"), seeds=(0, 1), tune=5), methods)
    assert [t.seed for t in trials if t.method == "svm"] == [0, 1]
    assert [t.seed for t in trials if t.method == "nb"] == [None]
    assert [t.seed for t in plan(Study(("a",), ("svm",), seeds=(0, 1)), methods)] == [None]


@pytest.mark.slow
def test_networks_come_first_because_they_take_longest():
    trials = plan(Study(("a", "b"), ("svm", "cnn")), METHODS)
    assert [t.method for t in trials] == ["cnn"] * 6 + ["svm"] * 2


def test_folds_and_fractions_multiply():
    study = Study(("a",), ("svm",), folds=4, fractions=(0.5, 1.0))
    trials = plan(study, METHODS)
    assert {(t.fold, t.fraction) for t in trials} == {
        (fold, share) for fold in range(4) for share in (0.5, 1.0)
    }
    assert len({t.key for t in trials}) == len(trials) == 4 + 4 * len(study.seeds)


def test_what_is_left_of_the_training_part_is_drawn_by_the_seed_for_every_method():
    trials = plan(Study(("a",), ("svm",), seeds=(3, 7), fractions=(0.5, 1.0)), METHODS)
    assert {(t.fraction, t.seed) for t in trials} == {(0.5, 3), (0.5, 7), (1.0, None)}


def test_every_method_is_trained_on_each_bootstrap_sample_once_and_seeds_take_turns():
    study = Study(("a",), ("svm", "cnn"), seeds=(3, 7), fractions=(0.5, 1.0), resample=3)
    again = [t for t in plan(study, METHODS) if t.resample is not None]
    assert {(t.method, t.resample, t.seed) for t in again} == {
        *(("svm", i, None) for i in range(3)),
        *(("cnn", i, (3, 7)[i % 2]) for i in range(3)),
    }
    assert {t.fraction for t in again} == {1.0}
    without = plan(Study(("a",), ("svm", "cnn"), seeds=(3, 7), fractions=(0.5, 1.0)), METHODS)
    assert sorted(map(str, without)) == sorted(
        str(t) for t in plan(study, METHODS) if t.resample is None
    )


def test_each_draw_of_the_folds_has_its_trials_and_the_first_those_of_a_study_without_repeats():
    once, often = (
        plan(Study(("a",), ("svm",), folds=3, repeats=repeats), METHODS) for repeats in (1, 4)
    )
    assert {(t.repeat, t.fold) for t in often} == {(r, f) for r in range(4) for f in range(3)}
    assert {t.key for t in once} < {t.key for t in often}


def test_the_plan_does_not_depend_on_the_order_of_the_study():
    one = plan(Study(("a", "b"), ("svm", "cnn")), METHODS)
    other = plan(Study(("b", "a"), ("cnn", "svm")), dict(reversed(METHODS.items())))
    assert one == other


def test_keys_tell_trials_apart_and_can_be_read():
    assert Trial("a", "m").key == "once"
    assert Trial("a", "m", seed=1).key == "seed-1"
    assert Trial("a", "m", seed=1, fold=2, fraction=0.25).key == "seed-1_fold-2_train-0.25"
