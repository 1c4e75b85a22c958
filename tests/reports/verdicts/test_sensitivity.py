"""The verdict under other choices."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.scoring import auc
from reports.analysis.measures.measures import IN_GRID
from reports.analysis.pairs.family_mean import FamilySplit
from reports.collect import collect
from reports.evidence import PRIMARY, Choice
from reports.loading.selection import TestPart
from reports.statistics.multiplicity import holm, step_down
from reports.statistics.permutation import swap_test
from reports.verdicts.sensitivity import RULES
from tests.reports.simulated import METHODS, Data, Method, answering, flagged, results
from tests.reports.swaps import swap_weights

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (
        Data("breast", n_test=400),
        Data("derm", n_test=400, shares=(0.5, 0.3, 0.2), images_per_patient=2),
    )
    return flagged(results(tmp_path_factory.mktemp("r") / "results", datasets), breast=FLAGGED)


FLAGGED = [f"test-None-{i:06d}" for i in range(0, 400, 5)]


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


def cell(evidence, dataset, **choice):
    wanted = Choice(
        **{"measure": "auc", "champions": "validation", "seed": None, "without_duplicates": False}
        | choice
    )
    return next(
        a for a in evidence.robustness.analyses if (a.dataset, a.choice) == (dataset, wanted)
    )


def values(store, dataset, method, *, seed=None, without=()):
    """Test AUCs of a method's runs."""
    found = []
    card = store.card(dataset)
    for trial in store.trials():
        if (trial.dataset, trial.method) == (dataset, method) and (
            seed is None or trial.seed in (None, seed)
        ):
            test = store.run(trial).predictions.part("test")
            kept = ~np.isin(test.case_ids, without)
            found.append(auc(test.labels[kept], test.probabilities[kept], card.positive))
    return np.array(found)


def test_every_choice_is_there_once(evidence):
    for name, treatments in (("breast", 2), ("derm", 1)):
        choices = [a.choice for a in evidence.robustness.analyses if a.dataset == name]
        assert len(choices) == len(set(choices))
        by_seeds = (len(RULES) - 1) * (1 + 3) + 1  # a single seed is its own median
        assert len(choices) == len(IN_GRID) * by_seeds * treatments


def test_the_choice_of_the_study_is_its_primary_comparison(evidence):
    for data in evidence.datasets:
        twins = data.card.near_duplicates is not None
        own = cell(evidence, data.card.name, without_duplicates=twins)
        c = data.comparison
        assert (own.choice == PRIMARY) == (not twins)
        assert (own.deep, own.classical) == (c.deep, c.classical)
        assert (own.difference, own.p, own.p_holm) == (
            c.pair.difference,
            c.pair.superiority.p,
            c.pair.superiority.p_holm,
        )
        assert own.holds


def test_a_seed_alone_uses_its_runs_only(store, evidence):
    found = cell(evidence, "breast", seed=1)
    deep = values(store, "breast", found.deep, seed=1)
    classical = values(store, "breast", found.classical, seed=1)
    assert len(deep) == len(classical) == 1
    assert found.difference.value == pytest.approx(deep[0] - classical[0])


def test_no_choice_looks_at_test_or_at_names():
    assert set(RULES) == {"validation", "second", "median", "mean"}


def test_the_second_best_is_the_second_best_on_validation(store, evidence):
    found = cell(evidence, "breast", champions="second")
    for side, family in ((found.deep, "deep"), (found.classical, "classical")):
        own = [m for m in evidence.datasets[0].methods if m.family == family and m.validation_auc]
        assert side == sorted(own, key=lambda m: -m.validation_auc)[1].name
    assert found.difference.value == pytest.approx(
        values(store, "breast", found.deep).mean() - values(store, "breast", found.classical).mean()
    )


def test_the_mean_of_a_family_is_the_mean_over_its_methods(store, evidence):
    found = cell(evidence, "breast", champions="mean")
    mean = {
        family: np.mean(
            [values(store, "breast", m.name).mean() for m in METHODS if m.family == family]
        )
        for family in ("deep", "classical")
    }
    assert found.deep == found.classical == "mean of 2"
    assert found.difference.value == pytest.approx(mean["deep"] - mean["classical"])


def test_near_duplicates_are_left_out(store, evidence):
    found = cell(evidence, "breast", without_duplicates=True)
    deep, classical = (
        values(store, "breast", name, without=FLAGGED) for name in (found.deep, found.classical)
    )
    assert found.difference.value == pytest.approx(deep.mean() - classical.mean())
    assert found.difference != cell(evidence, "breast").difference


def test_aucs_of_few_cases_are_tested_in_the_whole_grid_as_in_the_verdict(tmp_path):
    """Below 30 cases a class the swap permutation counts, whoever the champions are."""
    methods = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9, True, 0.01))
    store = results(tmp_path / "r", (Data("breast", n_test=60),), methods)
    found = collect(store)
    primary = found.datasets[0].comparison.pair
    assert "swap permutation" in primary.test
    for rule in ("validation", "mean"):
        own = cell(found, "breast", champions=rule)
        assert own.difference.value == pytest.approx(primary.difference.value)
        assert (own.difference.low, own.difference.high) == pytest.approx(
            (primary.difference.low, primary.difference.high)
        )
        assert own.p == pytest.approx(primary.superiority.p)
        assert own.difference.method == primary.test
        alone = cell(found, "breast", champions=rule, seed=1)
        assert "swap permutation" in alone.difference.method


def test_the_mean_of_a_family_has_its_own_permutations(tmp_path):
    methods = (
        Method("svm", "classical", 0.75),
        Method("forest", "classical", 0.7, True, 0.02),
        Method("cnn", "deep", 0.9, True, 0.02),
        Method("vit", "deep", 0.8, True, 0.02, skips=(1,)),
    )
    store = results(tmp_path / "r", (Data("breast", n_test=60, images_per_patient=2),), methods)
    scores = {}
    for trial in store.trials():
        test = store.run(trial).predictions.part("test")
        scores.setdefault(trial.method, []).append(test.probabilities)
    part = TestPart(None, test.case_ids, test.labels, test.groups)
    split = FamilySplit({name: np.stack(own) for name, own in scores.items()}, part, 1, 0.95)
    deep, classical = split.name(["vit", "cnn"]), split.name(["svm", "forest"])
    (tested,) = split.tested([(deep, classical)])
    (turned,) = split.tested([(classical, deep)])
    pairs = [split.difference(a, b).d for a in ("cnn", "vit") for b in ("svm", "forest")]
    assert tested.difference.d == pytest.approx(np.mean(pairs))
    assert (turned.difference.d, turned.p) == pytest.approx((-tested.difference.d, tested.p))
    weights = np.mean(
        [
            np.mean(
                [
                    swap_weights(test.labels == 1, one[:, 1], other[:, 1])
                    for one in scores[a]
                    for other in scores[b]
                ],
                axis=0,
            )
            for a in ("cnn", "vit")
            for b in ("svm", "forest")
        ],
        axis=0,
    )
    d = tested.difference
    p = swap_test(weights[None], part.units, d.se_cases / d.se)[0]
    assert tested.p == pytest.approx(max(p, d.p()))
    grid = cell(collect(store), "breast", champions="mean")
    assert grid.p == pytest.approx(tested.p)


def test_data_sets_that_were_not_searched_for_near_duplicates_are_named(tmp_path):
    datasets = (Data("a"), Data("b"))
    store = flagged(results(tmp_path / "r", datasets, METHODS[:4]), a=["test-None-000001"])
    notes = collect(store).robustness.notes
    assert "Near-duplicates were not searched for on b." in notes
    assert not any("changes nothing" in note for note in notes)


def test_without_a_search_for_near_duplicates_the_grid_says_so(tmp_path):
    found = collect(results(tmp_path / "r", methods=METHODS[:4])).robustness
    assert not found.duplicates_known
    assert not any(a.choice.without_duplicates for a in found.analyses)
    assert any("Near-duplicates were not searched for" in note for note in found.notes)


def test_a_search_that_found_nothing_is_said_too(tmp_path):
    found = collect(flagged(results(tmp_path / "r", methods=METHODS[:4]), breast=())).robustness
    assert found.duplicates_known
    nothing = "No test image has a near-duplicate in another part, so that leaving such images out "
    assert f"{nothing}changes nothing." in found.notes


def test_near_duplicates_within_the_test_part_are_not_denied(tmp_path):
    store = flagged(results(tmp_path / "r", methods=METHODS[:4]), breast=())
    together = (("test-None-000000", "test-None-000001"),)
    store.write_card(replace(store.card("breast"), test_twin_groups=together))
    (note,) = [n for n in collect(store).robustness.notes if "near-duplicate" in n]
    assert note.startswith("No test image has a near-duplicate in another part")
    assert note.endswith("near-duplicates of each other count as one in every analysis.")


def test_losses_are_turned_round(tmp_path):
    methods = (Method("svm", "classical", 0.6), Method("cnn", "deep", 0.95))
    found = collect(results(tmp_path / "r", methods=methods))
    for measure in IN_GRID:
        own = cell(found, "breast", measure=measure)
        assert own.difference.value > 0
        assert own.conclusion == "deep"
    assert found.robustness.total.share == 1
    assert any("one seed" in note for note in found.robustness.notes)


def test_holm_runs_over_the_data_sets_of_one_choice(evidence):
    choice = {"measure": "brier", "champions": "mean", "seed": 2}
    pair = [cell(evidence, name, **choice) for name in ("breast", "derm")]
    assert [a.p_holm for a in pair] == pytest.approx(holm([a.p for a in pair]))


def test_step_down_is_holm_row_by_row():
    p = np.random.default_rng(0).random((50, 7)) ** 3
    assert step_down(p) == pytest.approx(np.array([holm(row.tolist()) for row in p]))


def test_shares_add_up(evidence):
    found = evidence.robustness
    n = len(found.analyses)
    assert found.total.analyses == sum(s.analyses for s in found.by_dataset) == n
    assert found.total.holds == sum(a.holds for a in found.analyses)
    for dimension in ("Measure", "Best models", "Seeds", "Near-duplicates"):
        assert sum(s.analyses for d, s in found.by_choice if d == dimension) == n


def test_a_verdict_that_hangs_on_the_choice_is_not_called_robust(tmp_path):
    methods = (
        Method("a", "classical", 0.6),
        Method("b", "classical", 0.95),
        Method("x", "deep", 0.85),
        Method("y", "deep", 0.6),
    )
    found = collect(results(tmp_path / "r", (Data("breast", n_test=1000),), methods))
    data = found.datasets[0]
    assert data.verdict.winner == "classical"
    assert 0 < found.robustness.total.share < 1
    light = next(item for item in data.audit if item.key == "metric")
    total = found.robustness.total
    assert light.colour == "amber"
    assert f"{total.holds} of {total.analyses} analyses" in light.sentence


def test_a_data_set_without_a_verdict_is_left_out(tmp_path):
    datasets = (Data("large"), Data("tiny", n_test=20))
    found = collect(results(tmp_path / "r", datasets, METHODS[:4])).robustness
    assert {a.dataset for a in found.analyses} == {"large"}
    assert [s.label for s in found.by_dataset] == ["large"]


def test_without_any_verdict_there_is_nothing_to_vary(tmp_path):
    found = collect(results(tmp_path / "r", methods=METHODS[:1])).robustness
    assert found.total is None
    assert found.analyses == ()


def test_folds_are_varied_too(tmp_path):
    store = results(tmp_path / "r", (Data("breast", n_test=80),), METHODS[:4], folds=3)
    found = collect(store)
    own = cell(found, "breast")
    assert own.difference == found.datasets[0].comparison.pair.difference
    brier = cell(found, "breast", measure="brier")
    assert math.isfinite(brier.p)
    again = cell(found, "breast", champions="second")
    assert (again.deep, again.classical) != (own.deep, own.classical)


def test_failed_seeds_cost_their_own_analyses_only(tmp_path):
    methods = (METHODS[0], Method("cnn", "deep", 0.86, stochastic=True, fails=(1,)))
    found = collect(results(tmp_path / "r", methods=methods)).robustness
    assert {a.choice.seed for a in found.analyses} == {None, 0, 2}


@pytest.mark.parametrize("folds", [0, 4])
def test_two_models_that_decide_alike_never_differ_by_nothing_for_certain(tmp_path, folds):
    """Both are right of every case, and might differ on the next one, by every measure."""
    methods = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9))
    store = results(tmp_path / "r", (Data("breast", n_test=40),), methods, folds=folds)
    for name in ("svm", "cnn"):
        for fold in range(folds) if folds else (None,):
            ids = [f"test-{fold}-{i:06d}" for i in range(40)]
            answering(store, name, "test", ids, fold)
    found = collect(store).robustness.analyses
    assert {a.choice.measure for a in found} == set(IN_GRID)
    for one in found:
        assert one.difference.value == pytest.approx(0)
        assert one.difference.low < -0.01 < 0.01 < one.difference.high
        assert one.p == pytest.approx(1)


def validation_of(store, method, fold):
    """`(seeds,)` AUC on validation of a fold."""
    runs = [store.run(t) for t in store.trials() if (t.method, t.fold) == (method, fold)]
    parts = [run.predictions.part("val") for run in runs]
    return [auc(part.labels, part.probabilities, 1) for part in parts]


@pytest.mark.parametrize(
    ("rule", "value", "place"), [("second", np.mean, 1), ("median", np.median, 0)]
)
def test_with_folds_every_rule_chooses_in_every_fold(tmp_path, rule, value, place):
    methods = (
        *(Method(f"net-{i}", "deep", 0.8, True, 0.03) for i in range(4)),
        Method("svm", "classical", 0.8),
        Method("knn", "classical", 0.8),
    )
    data = Data("breast", n_val=30, n_test=60)
    store = results(tmp_path / "r", (data,), methods, folds=4)
    each = []
    for fold in range(4):
        sides = []
        for names in ([f"net-{i}" for i in range(4)], ["knn", "svm"]):
            ranked = sorted(names, key=lambda n: (-value(validation_of(store, n, fold)), n))
            runs = [store.run(t) for t in store.trials()
                    if (t.method, t.fold) == (ranked[place], fold)]  # fmt: skip
            parts = [run.predictions.part("test") for run in runs]
            sides.append(np.mean([auc(p.labels, p.probabilities, 1) for p in parts]))
        each.append(sides[0] - sides[1])
    found = cell(collect(store), "breast", champions=rule)
    assert found.difference.value == pytest.approx(np.mean(each))


def test_the_median_seed_chooses_otherwise_than_the_mean_and_a_single_seed_is_its_own(tmp_path):
    methods = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9, True, 0.01))
    found = collect(results(tmp_path / "r", (Data("breast", n_test=60),), methods))
    own = [a for a in found.robustness.analyses if a.choice.champions == "median"]
    assert {a.choice.seed for a in own} == {None}
    one = collect(results(tmp_path / "s", (Data("breast", n_test=60),), methods, seeds=(0,)))
    assert not [a for a in one.robustness.analyses if a.choice.champions == "median"]
