"""Phantoms that know whether the advantage travels: what is said of them is what is true."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.protocol.metadata import EXTERNAL, Metadata
from bench.protocol.predictions import Predictions
from bench.results.store import Store
from reports.collect import collect
from reports.document.parts import columns
from reports.evidence import Evidence, Transport
from reports.report import compose
from reports.verdicts.transport.lights import TITLES
from tests.reports.simulated import Data, Method, results
from tests.reports.travelling import Beyond, Column, Site, add, travelling

pytestmark = pytest.mark.slow

BOTH = (Method("svm", "classical", 0.82), Method("cnn", "deep", 0.88, stochastic=True))
"""Deep is better on the test part."""

LIKE_HERE = {"svm": 0.82, "cnn": 0.88}
SHORTCUT = {"svm": 0.82, "cnn": 0.62}
"""What deep has learnt is no use at this site; the reverse holds at the next."""
REVERSE = {"svm": 0.60, "cnn": 0.88}
BACKWARDS = {"svm": 0.82, "cnn": 0.25}


def found_in(root: Path, beyond: Beyond, **told) -> Transport:
    evidence = collect(travelling(root / "results", beyond, methods=BOTH, **told))
    (data,) = evidence.datasets
    assert data.transport is not None
    return data.transport


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    beyond = Beyond(
        (
            Site("alike", LIKE_HERE, n=400),
            Site("shortcut", SHORTCUT, n=400),
            Site("reverse", REVERSE, n=400),
            Site("backwards", BACKWARDS, n=400),
            Site("tiny", LIKE_HERE, n=15),
        ),
        (),
        {"blur": {"cnn": 0.3}, "noise": {"svm": 0.3}, "jpeg": {}},
    )
    root = tmp_path_factory.mktemp("travel") / "results"
    data = Data("breast", 400, 600)
    return collect(travelling(root, beyond, datasets=(data,), methods=BOTH))


@pytest.fixture(scope="module")
def found(whole: Evidence) -> Transport:
    assert whole.datasets[0].transport is not None
    return whole.datasets[0].transport


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Transport:
    columns = (
        Column("sex", ("F", "M"), {"M": {"cnn": -1.5}}),
        Column("scanner", ("A", "B", "C")),
    )
    root = tmp_path_factory.mktemp("groups")
    return found_in(root, Beyond(columns=columns), datasets=(Data("breast", 400, 600),))


def rules(found: Transport) -> dict[str, tuple[str, str | None]]:
    return {one.name: (one.rule, one.favours) for one in found.interactions}


def test_a_shortcut_that_one_side_has_learnt_is_seen_at_the_other_site(found: Transport) -> None:
    told = rules(found)
    assert told["shortcut"] == ("changed", "classical")
    assert told["reverse"] == ("changed", "deep")
    assert told["alike"] == ("not-shown", None)


def test_a_group_in_which_the_advantage_vanishes_is_named(groups: Transport) -> None:
    told = rules(groups)
    assert told["sex = F"] == ("changed", "deep")  # the other group is the same question
    assert "sex = M" not in told
    assert all(told[f"scanner = {v}"][1] is None for v in "ABC")
    (text,) = [one for one in groups.sentences if one.startswith("By sex")]
    assert "is shown" in text


def test_a_corruption_to_which_one_side_is_immune_costs_the_other_more(found: Transport) -> None:
    told = rules(found)
    assert told["blur"] == ("changed", "classical")
    assert told["noise"] == ("changed", "deep")
    assert told["jpeg"] == ("same", None)
    text = found.sentences[-1]
    assert text.startswith("Deep loses more than classical under blur (")
    assert "Classical loses more than deep under noise (" in text
    assert "Under jpeg the change of ΔAUC lies within ±δ = 0.02." in text


def test_an_immune_method_loses_nothing_at_any_severity(found: Transport) -> None:
    lost = {
        (place.name, place.severity): {m.method: m.lost for m in place.methods}
        for place in found.of_kind("corruption")
    }
    assert len(lost) == 15
    # stored in single precision, in which two cases may have the same score
    assert all(lost["blur", s]["svm"] == pytest.approx(0, abs=1e-3) for s in range(1, 6))
    spent = [lost["blur", s]["cnn"] for s in range(1, 6)]
    assert spent == sorted(spent)
    assert spent[-1] > 0.5


def test_places_with_few_cases_are_shown_without_a_test(found: Transport) -> None:
    (tiny,) = [place for place in found.places if place.name == "tiny"]
    assert tiny.obstacle == "tiny has 6 cases of “malignant” (at least 10 are needed)."
    assert tiny.difference is not None
    assert "tiny" not in rules(found)
    assert "tiny has too few cases of a class and is shown without a test." in found.sentences[0]


def test_all_external_parts_together_are_one_more_question(found: Transport) -> None:
    (together,) = [
        one for one in found.interactions if len(one.places) > 1 and one.kind == "external"
    ]
    assert together.places == ("alike", "shortcut", "reverse", "backwards")
    single = [one for one in found.asked("external") if len(one.places) == 1]
    mean = np.mean([one.there.value for one in single])  # of like sizes
    assert together.there.value == pytest.approx(mean)


def test_an_auc_below_one_half_is_red_and_never_turned_round(whole: Evidence) -> None:
    (data,) = whole.datasets
    assert data.transport is not None
    (place,) = [p for p in data.transport.places if p.name == "backwards"]
    (cnn,) = [m for m in place.methods if m.method == "cnn"]
    assert cnn.inverted
    assert cnn.auc is not None
    assert cnn.auc.value < 0.35
    (light,) = [item for item in data.audit if item.key == "elsewhere"]
    assert light.colour == "red"
    assert "Systematically inverted: cnn at backwards (AUC 0." in light.sentence


def test_a_light_is_green_only_where_the_difference_is_shown_to_stay(tmp_path: Path) -> None:
    beyond = Beyond((Site("DU", LIKE_HERE, n=200),), losses={"jpeg": {}})
    data = collect(travelling(tmp_path / "results", beyond, methods=BOTH)).datasets[0]
    told = {item.key: item for item in data.audit}
    assert told["spoilt-images"].colour == "green"
    assert told["elsewhere"].colour == "amber"
    assert told["elsewhere"].sentence.startswith("Open: neither is a change")
    assert told["elsewhere"].sentence.endswith("within ±δ (DU).")


def test_a_red_light_about_other_images_withholds_no_verdict(whole: Evidence) -> None:
    assert whole.datasets[0].verdict.is_verdict
    assert whole.claims
    assert not any("inverted" in claim.sentence for claim in whole.claims)


def test_sides_and_rates_stand_side_by_side_here_and_there(found: Transport) -> None:
    for place in (found.places[0], *found.of_kind("external")[:2]):
        for row in place.methods:
            assert row.auc is not None
            assert row.sensitivity is not None
            assert row.specificity is not None
            assert row.slope is not None
            assert row.observed_to_expected is not None


def test_the_difference_on_the_test_part_is_that_of_the_verdict(whole: Evidence) -> None:
    (data,) = whole.datasets
    assert data.transport is not None
    assert data.comparison is not None
    told = data.comparison.pair.difference
    here = data.transport.interactions[0].here
    assert (here.value, here.low, here.high) == pytest.approx((told.value, told.low, told.high))


def test_holm_runs_over_the_questions_of_the_data_set(found: Transport) -> None:
    raw = sorted(one.test.p for one in found.interactions)
    adjusted = sorted(one.test.p_holm for one in found.interactions)
    assert adjusted[0] == pytest.approx(min(1.0, len(raw) * raw[0]))
    assert all(one.test.p_holm >= one.test.p for one in found.interactions)


def test_the_worst_group_has_an_interval_of_its_own_kind(groups: Transport) -> None:
    gaps = {(one.column, one.side): one for one in groups.gaps}
    worst = gaps["sex", "deep"]
    assert worst.worst == "sex = M"
    assert worst.p < 0.05
    assert gaps["scanner", "classical"].p > 0.01
    for one in groups.gaps:
        assert one.gap.low <= one.gap.value <= one.gap.high
        assert one.worst_auc.low <= one.worst_auc.value <= one.worst_auc.high


def test_nothing_is_said_of_what_was_not_asked(tmp_path: Path) -> None:
    evidence = collect(results(tmp_path / "results", (Data("breast", 60, 120),), BOTH))
    assert evidence.transport is None
    assert evidence.datasets[0].transport is None
    assert not {item.key for item in evidence.audit} & set(TITLES)
    document = compose(evidence)
    assert not {"transport", "elsewhere"} & {heading.anchor for heading in document.headings}


def test_without_metadata_it_is_said_that_there_are_no_groups(tmp_path: Path) -> None:
    found = found_in(tmp_path, Beyond(columns=(Column("sex", ("F", "M")),)), subgroups=("age",))
    assert found.notes == ("No age is known of the test cases.",)
    assert found.sentences == ()


def test_cases_without_a_value_are_in_no_group(tmp_path: Path) -> None:
    beyond = Beyond(columns=(Column("sex", ("", "F", "M")),))
    found = found_in(tmp_path, beyond)
    assert [place.n_cases for place in found.of_kind("subgroup")] == [100, 100]
    (question,) = found.interactions
    assert question.places == ("sex = F",)
    assert found.notes == ("Of 100 test cases no sex is known; they are in no group.",)


def test_a_group_that_is_alone_is_told_as_that(tmp_path: Path) -> None:
    beyond = Beyond(columns=(Column("device", ("A",)),))
    evidence = collect(travelling(tmp_path / "results", beyond, methods=BOTH))
    (data,) = evidence.datasets
    assert data.transport is not None
    assert data.transport.notes == (
        "All test cases of which device is known are in one group, 'A': there is no other to "
        "compare it with.",
    )
    light = next(item for item in data.audit if item.key == "subgroups")
    assert light.sentence == "There is one group alone, and no other to compare it with."


def test_a_number_is_divided_at_its_limits(tmp_path: Path) -> None:
    store = travelling(
        tmp_path / "results",
        Beyond(columns=(Column("sex", ("F",)),)),
        methods=BOTH,
        subgroups=("age:40,60", "height"),
    )
    test = store.metadata("breast").case_ids
    ages = np.arange(len(test)) % 90.0
    told = {"age": ages, "height": ages + 100}
    card = replace(store.card("breast"), metadata=tuple(told))
    store.write_card(card, metadata=Metadata(test, np.full(len(test), "test"), told))
    found = collect(store).datasets[0].transport
    assert found is not None
    names = ["age < 40", "age = 40 to < 60", "age ≥ 60"]
    assert [place.name for place in found.of_kind("subgroup")] == names
    assert len(found.asked("subgroup")) == 3
    (note,) = found.notes
    assert "'height' is a number of 90 values" in note


def test_external_cases_with_a_twin_in_train_do_not_count(tmp_path: Path) -> None:
    store = travelling(tmp_path / "results", Beyond((Site("DU", LIKE_HERE, n=100),)), methods=BOTH)
    twins = tuple(f"breast-DU-{i:05d}" for i in range(30))
    store.write_card(replace(store.card("breast"), external_near_duplicates={"DU": twins}))
    found = collect(store).datasets[0].transport
    assert found is not None
    assert found.of_kind("external")[0].n_cases == 70


def test_patients_are_counted_and_named(tmp_path: Path) -> None:
    site = Site("DU", LIKE_HERE, n=200, images_per_patient=4)
    found = found_in(
        tmp_path, Beyond((site,)), datasets=(Data("breast", 200, 400, images_per_patient=4),)
    )
    (place,) = found.of_kind("external")
    assert (place.n_cases, place.n_groups, place.n_smallest) == (200, 50, 20)
    assert "clustered by patient (Obuchowski)" in found.interactions[0].procedure


def with_external_of_many(store: Store, few: int) -> Store:
    """An external part with the test cases again, and only so many of the last class."""
    store.declare(replace(store.current.study, external=("DU",)), "python -m bench run", ())
    store.write_card(replace(store.card("many"), external=("DU",)))
    for trial in list(store.trials()):
        run = store.run(trial)
        test = run.predictions.part("test")
        last = np.flatnonzero(test.labels == 2)
        kept = np.concatenate([np.flatnonzero(test.labels != 2), last[:few]])
        told = run.predictions
        parts = (told.case_ids, np.array([f"du-{c}" for c in test.case_ids[kept]]))
        further = Predictions(
            np.concatenate(parts),
            np.concatenate([told.split, np.full(len(kept), f"{EXTERNAL}DU")]),
            np.concatenate([told.labels, test.labels[kept]]),
            None,
            np.concatenate([told.probabilities, test.probabilities[kept]]),
        )
        store.write_run(replace(run, predictions=further))
    return store


@pytest.mark.parametrize(("few", "classes"), [(5, 2), (0, 2), (20, 3)])
def test_of_many_classes_those_count_that_have_enough_cases_in_both_places(
    tmp_path: Path, few: int, classes: int
) -> None:
    data = Data("many", 200, 300, (0.4, 0.3, 0.3))
    store = with_external_of_many(results(tmp_path / "results", (data,), BOTH), few)
    found = collect(store).datasets[0].transport
    assert found is not None
    (question,) = found.interactions
    assert len(question.classes) == classes
    if classes == 2:  # the same cases in both places, seen without the third class
        assert question.change.value == pytest.approx(0, abs=1e-12)


def test_a_class_that_does_not_count_on_the_test_part_does_not_count_elsewhere(
    tmp_path: Path,
) -> None:
    data = Data("many", 200, 160, (0.5, 0.45, 0.05))  # 8 test cases of the last class
    store = with_external_of_many(results(tmp_path / "results", (data,), BOTH), 8)
    found = collect(store).datasets[0].transport
    assert found is not None
    test, external = found.places
    assert test.n_cases == external.n_cases == 152
    assert found.interactions[0].change.value == pytest.approx(0, abs=1e-12)


def test_models_of_all_folds_are_asked_about_an_external_part(tmp_path: Path) -> None:
    beyond = Beyond((Site("DU", SHORTCUT, n=400),), (Column("sex", ("F", "M")),))
    found = found_in(tmp_path, beyond, folds=3, datasets=(Data("breast", 200, 300),))
    told = rules(found)
    assert told["DU"] == ("changed", "classical")
    assert told["sex = F"][0] == "not-shown"
    assert found.interactions[0].procedure.startswith("error of the fold-averaged AUC")


@pytest.mark.parametrize(
    ("last", "why"),
    [
        ((0, 0), "Fold 3 has no test cases of “benign” that count"),
        ((6, 0), "Fold 3 has no test cases of “malignant” that count"),
        ((6, 1), "Fold 3 has 1 test case of “malignant” that counts"),
    ],
)
def test_a_group_that_a_fold_has_too_few_cases_of_is_told_without_numbers(
    tmp_path: Path, last: tuple[int, int], why: str
) -> None:
    beyond = Beyond(columns=(Column("site", ("north", "south")),))
    data = Data("breast", 60, 60)
    store = travelling(tmp_path / "results", beyond, datasets=(data,), methods=BOTH, folds=3)
    test = store.metadata("breast").case_ids
    sites = np.where(np.arange(len(test)) % 2, "north", "south").astype(object)
    for fold, each in enumerate([(6, 6), (6, 6), last]):
        for first, number in zip((0, 36), each, strict=True):  # benign cases come first
            rows = [f"test-{fold}-{first + i:06d}" for i in range(number)]
            sites[np.isin(test, rows)] = "rare"
    told = Metadata(test, np.full(len(test), "test"), {"site": sites.astype(np.str_)})
    store.write_card(store.card("breast"), metadata=told)
    evidence = collect(store)
    found = evidence.datasets[0].transport
    assert found is not None
    whole, north, rare, south = found.places
    assert rare.name == "site = rare"
    assert rare.obstacle.startswith(why)
    assert rare.difference is rare.equivalence is None
    assert all(row.auc is None for row in rare.methods)
    for place in (whole, north, south):
        assert place.difference is not None
    assert {one.name for one in found.interactions} == {"site = north", "site = south"}
    assert why in str(compose(evidence))


def test_spoilt_images_that_too_few_folds_predicted_are_told_without_a_test(
    tmp_path: Path,
) -> None:
    beyond = Beyond(losses={"blur": {"cnn": 0.3}})
    data = Data("breast", 60, 60)
    store = travelling(tmp_path / "results", beyond, datasets=(data,), methods=BOTH, folds=3)
    for trial in list(store.trials()):
        if trial.method == "cnn" and trial.fold:
            store.write_run(replace(store.run(trial), corrupted=None, corruption_error="no"))
    found = collect(store).datasets[0].transport
    assert found is not None
    assert found.interactions == ()
    assert found.notes == ("cnn and svm have fewer than two folds in common.",)
    assert {place.obstacle for place in found.of_kind("corruption")} == set(found.notes)


def test_what_was_drawn_with_another_split_seed_is_no_spoilt_image_of_the_study(
    tmp_path: Path,
) -> None:
    losses = {"gaussian-noise": {"cnn": 0.3}, "jpeg": {"cnn": 0.3}}
    data = Data("breast", 60, 60)
    store = travelling(
        tmp_path / "results", Beyond(losses=losses), datasets=(data,), methods=BOTH, seeds=(0,)
    )

    def spoilt_by() -> set[str]:
        (one,) = collect(store).datasets
        assert one.transport is not None
        return {place.name.partition(" ")[0] for place in one.transport.of_kind("corruption")}

    assert spoilt_by() == {"gaussian-noise", "jpeg"}
    for trial in [trial for trial in store.trials() if trial.method == "svm"]:
        run = store.run(trial)
        assert run is not None
        store.write_run(replace(run, corrupted=store.corrupted(trial), split_seed=1))
    assert spoilt_by() == {"jpeg"}


@pytest.fixture(scope="module")
def best_of_each_fold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Evidence]:
    """Either side is another method in another fold, one of them with several seeds."""
    methods = (
        Method("cnn", "deep", 0.85, stochastic=True, seed_sd=0.01),
        Method("probe", "deep", 0.85),
        Method("svm", "classical", 0.82),
        Method("forest", "classical", 0.82),
    )
    beyond = Beyond(
        (Site("DU", {"cnn": 0.85, "probe": 0.62, "svm": 0.82, "forest": 0.7}, n=200),),
        (Column("sex", ("F", "M")),),
        {"blur": {"cnn": 0.3, "svm": 0.1}},
    )
    root = tmp_path_factory.mktemp("folds") / "results"
    data = Data("breast", 40, 80)
    store = travelling(root, beyond, datasets=(data,), methods=methods, folds=3, seeds=(0, 1))
    return store, collect(store)


def test_with_folds_aucs_and_difference_of_a_place_are_of_the_best_of_each_fold(
    best_of_each_fold: tuple[Store, Evidence],
) -> None:
    _, evidence = best_of_each_fold
    found, primary = evidence.datasets[0].transport, evidence.datasets[0].comparison
    assert found is not None
    assert primary is not None
    assert len(found.folds_deep) > 1
    assert len(found.folds_classical) > 1
    assert {place.kind for place in found.places} == {"test", "external", "subgroup", "corruption"}
    for place in found.places:
        deep, classical = place.of_side("deep"), place.of_side("classical")
        assert deep.method == found.stands_for_deep == primary.stands_for_deep
        assert classical.method == found.stands_for_classical == primary.stands_for_classical
        assert deep.auc.value - classical.auc.value == pytest.approx(place.difference.value)
    for one in found.interactions:
        for place, at in (("here", 0), ("there", 1)):
            d = one.deep[at] - one.classical[at]
            assert d == pytest.approx(getattr(one, place).value)
    by_name = {one.name: one for one in found.places}
    for gap in found.gaps:
        own = by_name[gap.worst].of_side(gap.side)
        assert (gap.method, gap.worst_auc.value) == (own.method, pytest.approx(own.auc.value))


def test_with_folds_an_external_part_is_asked_of_the_models_that_were_chosen(
    best_of_each_fold: tuple[Store, Evidence],
) -> None:
    store, evidence = best_of_each_fold
    found = evidence.datasets[0].transport
    assert found is not None
    (external,) = found.of_kind("external")
    each: dict[tuple[str, int], list[float]] = {}
    best: dict[int, dict[str, list[float]]] = {}
    for trial in sorted(store.trials(), key=lambda t: t.seed or 0):
        told = store.run(trial).predictions
        auc = {}
        for part in ("val", f"{EXTERNAL}DU"):
            own = told.part(part)
            auc[part] = roc_auc_score(own.labels, own.probabilities[:, 1])
        each.setdefault((trial.method, trial.fold), []).append(auc[f"{EXTERNAL}DU"])
        best.setdefault(trial.fold, {}).setdefault(trial.method, []).append(auc["val"])
    for side, names in (("deep", ("cnn", "probe")), ("classical", ("svm", "forest"))):
        chosen = [max(names, key=lambda n: np.mean(own[n])) for _, own in sorted(best.items())]
        assert len(set(chosen)) == 2
        # as many seeds of each fold, the first ones: the probe has one
        expected = np.mean([each[name, fold][0] for fold, name in enumerate(chosen)])
        assert external.of_side(side).auc.value == pytest.approx(expected)


def test_with_folds_the_tables_name_everybody_who_stands_for_a_side(
    best_of_each_fold: tuple[Store, Evidence],
) -> None:
    _, evidence = best_of_each_fold
    found = evidence.datasets[0].transport
    assert found is not None
    tables = {table.name: table for table in compose(evidence).tables}
    for name in ("subgroups-breast", "severities-breast"):
        table = tables[name]
        assert found.stands_for_deep in table.caption
        assert found.stands_for_classical in table.caption
        keys = [column.key for column in table.columns]
        for row in table.rows:
            told = dict(zip(keys, row.values, strict=True))
            d = told["auc_deep"].value - told["auc_classical"].value
            assert d == pytest.approx(told[columns.DELTA_AUC.key].value)
    methods = [row.values[0] for row in tables["external-breast"].rows]
    assert methods.count(found.stands_for_deep) == 2


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """The same cases divided three times, a value of one column left out of each."""
    root = tmp_path_factory.mktemp("sites") / "results"
    names = tuple(Data(f"lgg:site={value}", 200, 300) for value in ("CS", "DU", "HT"))
    store = travelling(root, Beyond(), datasets=names, methods=BOTH)
    for data in names:
        value = data.name.rpartition("=")[2]
        site = Site(value, SHORTCUT, n=200)
        add(store, data.name, Beyond((site,), left_out=f"site={value}"))
    store.declare(replace(store.current.study, leave_out="site"), "python -m bench run", ())
    return collect(store)


def test_data_sets_that_leave_out_each_value_once_are_one_statement(sites: Evidence) -> None:
    assert sites.transport is not None
    (one,) = sites.transport.left_out
    assert (one.name, one.column) == ("lgg", "site")
    assert one.datasets == ("lgg:site=CS", "lgg:site=DU", "lgg:site=HT")
    assert one.change.places == ("CS", "DU", "HT")
    assert (one.change.rule, one.change.favours) == ("changed", "classical")
    assert one.sentence.startswith("lgg, each of 3 values of site left out once: ")
    each = [d.transport.interactions[0] for d in sites.datasets if d.transport]
    assert one.change.there.value == pytest.approx(np.mean([q.there.value for q in each]))
    assert one.change.test.high - one.change.test.low < min(q.test.high - q.test.low for q in each)


def test_holm_runs_over_all_values_that_were_left_out(sites: Evidence) -> None:
    each = [d.transport.interactions[0].test for d in sites.datasets if d.transport]
    least = min(each, key=lambda test: test.p)
    assert least.p_holm == pytest.approx(min(1.0, 3 * least.p))


def test_the_answer_has_the_statement_and_not_every_value(sites: Evidence) -> None:
    document = compose(sites)
    assert "elsewhere" in {heading.anchor for heading in document.headings}
    assert [t.name for t in document.tables if t.name.startswith("left-out")] == [
        "left-out-site-of-lgg"
    ]


def test_two_data_sets_have_a_mean_and_a_count(tmp_path: Path) -> None:
    both = (Data("one", 200, 300), Data("two", 200, 300))
    beyond = Beyond((Site("DU", SHORTCUT, n=300),), losses={"blur": {"cnn": 0.3}})
    evidence = collect(travelling(tmp_path / "results", beyond, datasets=both, methods=BOTH))
    assert evidence.transport is not None
    counted, mean, spoilt = evidence.transport.sentences
    assert "is shown on 2 (one and two)" in counted
    assert mean.startswith("Mean over 2 data sets (one and two): ")
    assert "Deep is shown to lose more under blur (one, two)." in spoilt


@pytest.mark.parametrize("column", ["", "site"])
def test_data_sets_in_folds_are_one_statement_too(tmp_path: Path, column: str) -> None:
    names = tuple(f"lgg:site={v}" if column else f"set-{v}" for v in ("CS", "DU"))
    both = tuple(Data(name, 200, 300) for name in names)
    store = travelling(tmp_path / "results", Beyond(), datasets=both, methods=BOTH, folds=3)
    for name in names:
        value = name[-2:] if column else "DU"
        left_out = f"{column}={value}" if column else ""
        add(store, name, Beyond((Site(value, SHORTCUT, n=300),), left_out=left_out))
    study = store.current.study
    asked = replace(study, leave_out=column) if column else replace(study, external=("DU",))
    store.declare(asked, "python -m bench run", ())
    evidence = collect(store)
    assert evidence.transport is not None
    each = [d.transport.interactions[0] for d in evidence.datasets if d.transport]
    assert [one.rule for one in each] == ["changed", "changed"]
    if column:
        (one,) = evidence.transport.left_out
        assert one.change.there.value == pytest.approx(np.mean([q.there.value for q in each]))
        assert (one.change.rule, one.change.favours) == ("changed", "classical")
    else:
        assert "Mean over 2 data sets" in " ".join(evidence.transport.sentences)
