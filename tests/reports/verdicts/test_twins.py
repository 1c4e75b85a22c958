"""Near twins in validation do not choose, those within test count as one, and patients that the
images suggest are told."""

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from reports.collect import collect
from reports.render.evidence_json import as_json
from tests.reports.simulated import Data, Method, answering, flagged, noted, results

TWO = (Method("svm", "classical", 0.8), Method("cnn", "deep", 0.84))
SIDES = (TWO[0], Method("memory", "deep", 0.7), Method("honest", "deep", 0.84))


def light(evidence, key):
    return next(item for item in evidence.datasets[0].audit if item.key == key)


def cases(part, rows, fold=None):
    return tuple(f"{part}-{fold}-{i:06d}" for i in rows)


def in_groups(n, size, part="test"):
    """`n` cases of a part in groups of `size` that follow each other."""
    return tuple(cases(part, range(i, i + size)) for i in range(0, n, size))


# validation cases with a twin in train


@pytest.fixture
def memory(tmp_path):
    """A method that knows 100 of 200 validation cases by heart, and they are twins."""
    twins = cases("val", range(0, 200, 2))
    store = results(tmp_path / "r", methods=SIDES)
    return answering(store, "memory", "val", twins), twins


def test_memory_does_not_choose_the_model(memory):
    store, twins = memory
    unknown = collect(store).datasets[0]
    assert unknown.champion_deep == "memory"
    assert unknown.validation_twins is None
    known = collect(noted(store, "breast", val_near_duplicates=(twins,))).datasets[0]
    assert known.champion_deep == "honest"
    seen = known.validation_twins
    assert (seen.cases, seen.twins, seen.left_out) == (200, 100, 100)


def test_memory_does_not_choose_the_threshold(memory):
    store, twins = memory
    found = collect(noted(store, "breast", val_near_duplicates=(twins,))).datasets[0]
    trial = next(t for t in store.trials() if t.method == "memory")
    run = store.run(trial)
    kept = ~np.isin(run.predictions.case_ids, twins)
    told = run.predictions
    without = replace(
        told,
        case_ids=told.case_ids[kept],
        split=told.split[kept],
        labels=told.labels[kept],
        probabilities=told.probabilities[kept],
    )
    store.write_run(replace(run, predictions=without))
    never_there = collect(noted(store, "breast", val_near_duplicates=((),))).datasets[0]
    one, other = found.method("memory"), never_there.method("memory")
    assert one.operating == other.operating
    assert one.scores == other.scores


def test_the_audit_says_how_many_validation_cases_did_not_choose(memory):
    store, twins = memory
    assert "near-duplicate" not in light(collect(store), "champions").sentence
    none = collect(noted(store, "breast", val_near_duplicates=((),)))
    assert "near-duplicate" not in light(none, "champions").sentence
    item = light(collect(noted(store, "breast", val_near_duplicates=(twins,))), "champions")
    assert item.colour == "green"
    assert item.sentence.endswith(
        " 100 of 200 validation images have a near-duplicate in train and chose neither model nor "
        "threshold nor configuration."
    )


@pytest.mark.parametrize(("positives_left", "chose"), [(10, False), (9, True)])
def test_where_fewer_than_ten_of_a_class_would_remain_all_choose(tmp_path, positives_left, chose):
    store = results(tmp_path / "r", methods=SIDES)
    twins = cases("val", range(120, 200 - positives_left))  # the last 80 are positive
    answering(store, "memory", "val", cases("val", range(200 - positives_left)))
    answering(store, "honest", "val", cases("val", range(200 - positives_left, 200)))
    evidence = collect(noted(store, "breast", val_near_duplicates=(twins,)))
    seen = evidence.datasets[0].validation_twins
    assert (seen.twins, seen.left_out) == (len(twins), 0 if chose else len(twins))
    item = light(evidence, "champions")
    assert item.colour == ("amber" if chose else "green")
    assert ("chose all the same, since fewer than 10 of a class would remain" in item.sentence) is (
        chose
    )


def test_in_every_fold_its_own_twins_do_not_choose(tmp_path):
    store = results(tmp_path / "r", methods=SIDES, folds=5)
    twins = tuple(cases("val", range(0, 200, 2), fold) if fold < 2 else () for fold in range(5))
    for fold, own in enumerate(twins):
        answering(store, "memory", "val", own, fold)
    before = collect(store).datasets[0].comparison.folds_deep
    assert before == {"honest": 3, "memory": 2}
    found = collect(noted(store, "breast", val_near_duplicates=twins)).datasets[0]
    assert found.comparison.folds_deep == {"honest": 5}
    seen = found.validation_twins
    assert (seen.cases, seen.twins, seen.left_out) == (1000, 200, 200)


# twins within test


@pytest.fixture
def copied(tmp_path):
    """A function: 300 test cases, in fours that all methods see alike, and what the card says."""

    def make(patients=False, **facts):
        store = results(tmp_path / "r", methods=TWO)
        for trial in store.trials():
            run = store.run(trial)
            told = run.predictions
            rows = np.flatnonzero(told.split == "test")
            fours = np.arange(len(rows)) // 4
            probabilities = told.probabilities.copy()
            probabilities[rows] = probabilities[rows[4 * fours]]
            told = replace(told, probabilities=probabilities)
            if patients:
                names = told.case_ids.astype("U20")
                names[rows] = [f"patient {i:03d}" for i in fours]
                told = replace(told, groups=names)
            store.write_run(replace(run, predictions=told))
        return noted(store, "breast", **facts)

    return make


def test_twins_within_test_have_the_error_of_one_patient(copied):
    alone = collect(copied()).datasets[0]
    twins = collect(copied(test_twin_groups=in_groups(300, 4))).datasets[0]
    patients = collect(copied(patients=True)).datasets[0]
    assert twins.comparison.pair.se == pytest.approx(patients.comparison.pair.se, rel=1e-9)
    assert twins.comparison.pair.se > 1.9 * alone.comparison.pair.se
    assert twins.method("svm").auc.low == pytest.approx(patients.method("svm").auc.low)
    for rate in ("sensitivity", "accuracy", "mcc"):
        one, other = (getattr(d.method("cnn").operating, rate) for d in (twins, patients))
        assert (one.low, one.high) == (other.low, other.high)
    a, b = (d.probability_pair.brier.difference for d in (twins, patients))
    assert (a.low, a.high) == (b.low, b.high)


def test_twins_within_test_count_once_where_cases_are_counted(copied):
    comparison = collect(copied(test_twin_groups=in_groups(300, 4))).datasets[0].comparison
    assert (comparison.n_cases, comparison.n_smallest) == (300, 30)
    assert comparison.n_groups is None  # patients are not known for that
    all_positives = collect(copied(test_twin_groups=(cases("test", range(180, 300)),)))
    found = all_positives.datasets[0]
    assert found.comparison.n_smallest == 1
    assert found.verdict.rule == "too-few-cases"


def test_near_duplicates_are_not_counted_as_test_cases(tmp_path):
    store = results(tmp_path / "r", (Data("breast", n_test=40),), TWO)  # 16 are malignant
    said = store.run(next(iter(store.trials()))).predictions.part("test")
    alike = tuple(said.case_ids[said.labels == 1][:8].tolist())
    evidence = collect(noted(store, "breast", test_twin_groups=(alike,)))
    assert light(evidence, "cases").sentence == (
        "There are 9 distinct test cases in the smallest class, “malignant”: too few for a "
        "comparison."
    )
    told = evidence.datasets[0].verdict.sentence
    assert told.startswith("9 distinct test cases of “malignant” cannot support a comparison")


def test_a_class_whose_every_test_case_has_a_twin_elsewhere_is_told_as_that(copied):
    found = collect(copied(near_duplicates=cases("test", range(180, 300)))).datasets[0]
    assert found.verdict.sentence == (
        "The test cases that count are of one class only, so that no AUC is defined: those of the "
        "others have a near twin in train or validation."
    )


def test_the_audit_and_the_name_of_the_test_say_what_counts_as_one(copied):
    evidence = collect(copied(test_twin_groups=in_groups(300, 4), near_duplicates=()))
    assert light(evidence, "near-duplicates").sentence.endswith(
        " 300 test images are near-duplicates of each other and count as 75."
    )
    assert light(evidence, "patients").colour == "amber"  # they are as little known as before
    test = evidence.datasets[0].comparison.pair.test
    assert test.startswith("DeLong clustered by near-duplicates (Obuchowski)")


def procedures(value):
    """Names of procedures and tests anywhere in the evidence."""
    if is_dataclass(value):
        for each in fields(value):
            inner = getattr(value, each.name)
            if each.name in ("method", "test", "procedure") and isinstance(inner, str):
                yield inner
            yield from procedures(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from procedures(inner)


def test_no_procedure_speaks_of_patients_where_near_duplicates_count_as_one(copied):
    twins = collect(copied(test_twin_groups=in_groups(300, 4))).datasets[0]
    known = collect(copied(patients=True)).datasets[0]
    told = {name for name in procedures(twins) if "near-duplicates" in name}
    assert not [name for name in procedures(twins) if "patient" in name]
    assert not [name for name in procedures(known) if "near-duplicates" in name]
    for start in ("bootstrap of", "Bayesian bootstrap of", "paired t test of the",
                  "Clopper-Pearson with design effect of", "error of a mean over"):  # fmt: skip
        assert any(name.startswith(f"{start} groups of near-duplicates") for name in told), start
    assert any(name.startswith("McNemar's statistic by near-duplicates") for name in told)


def test_patients_who_share_a_picture_are_one(tmp_path):
    data = (Data("breast", images_per_patient=2),)
    store = results(tmp_path / "r", data, methods=TWO)
    chain = (cases("test", (1, 2)), cases("test", (3, 4)), cases("test", (0, 250)))
    found = collect(noted(store, "breast", test_twin_groups=chain)).datasets[0].comparison
    assert found.n_groups == 150 - 3
    gone = collect(flagged(store, breast=cases("test", (1,)))).datasets[0].comparison
    assert gone.n_groups == 150 - 3  # they share it also where it does not decide


def test_twins_within_test_count_as_one_over_folds_too(tmp_path):
    store = results(tmp_path / "r", methods=TWO, folds=5)
    own = tuple(cases("test", range(i, i + 4), fold) for fold in range(5) for i in range(0, 300, 4))
    plain = collect(store).datasets[0].comparison
    joined = collect(noted(store, "breast", test_twin_groups=own)).datasets[0].comparison
    patients = (Data("breast", images_per_patient=4),)
    known = collect(results(tmp_path / "p", patients, methods=TWO, folds=5)).datasets[0].comparison
    assert (joined.n_cases, joined.n_smallest) == (1500, known.n_smallest)
    assert joined.pair.difference.value == plain.pair.difference.value
    assert joined.pair.se != plain.pair.se


# patients that the images suggest


def test_the_audit_says_what_suggested_patients_would_change(copied):
    suggested = in_groups(300, 4)
    store = copied(suggested_groups=500, suggested_test_groups=suggested)
    evidence = collect(store)
    c = evidence.datasets[0].comparison
    patients = collect(copied(patients=True)).datasets[0].comparison
    told = c.suggested
    assert (told.n_groups, told.n_smallest, told.smallest_class) == (75, 30, "malignant")
    assert told.difference.low == pytest.approx(patients.pair.difference.low)
    assert told.difference.high == pytest.approx(patients.pair.difference.high)
    assert told.difference.method.startswith("DeLong clustered by suggested patient (Obuchowski)")
    assert c.pair.se < patients.pair.se  # the comparison itself stays as it is
    item = light(evidence, "patients")
    assert item.colour == "amber"
    low, high, before, after = (
        f"{x:+.3f}".replace("-", "−")
        for x in (told.difference.low, told.difference.high, c.pair.difference.low,
                  c.pair.difference.high)
    )  # fmt: skip
    assert item.sentence.endswith(
        "The images suggest 75 patients among 300 test images; with them the interval of ΔAUC "
        f"would be [{low}, {high}] instead of [{before}, {after}]."
    )
    stored = json.loads(as_json(evidence))["datasets"][0]["comparison"]["suggested"]
    assert stored["n_groups"] == 75
    assert stored["difference"]["low"] == told.difference.low


def test_suggested_patients_are_counted_among_the_cases_that_decide(copied):
    facts = {"suggested_groups": 500, "suggested_test_groups": in_groups(300, 4)}
    store = copied(near_duplicates=cases("test", range(100)), **facts)
    assert collect(store).datasets[0].comparison.suggested.n_groups == 50


def test_where_the_images_suggest_too_few_patients_the_audit_says_so(copied):
    groups = (cases("test", range(100)), cases("test", range(180, 295)))
    evidence = collect(copied(suggested_groups=90, suggested_test_groups=groups))
    assert light(evidence, "patients").sentence.endswith(
        "The images suggest 87 patients among 300 test images, of which 6 in the smallest class, "
        "“malignant”: too few for a comparison."
    )


def test_where_the_images_suggest_nothing_the_audit_says_so(copied):
    alone = collect(copied(suggested_groups=900))
    assert light(alone, "patients").sentence.endswith(
        "The images suggest no two of 300 test images of one patient."
    )
    assert "suggest" not in light(collect(copied(suggested_groups=None)), "patients").sentence


def test_suggested_patients_over_folds(tmp_path):
    store = results(tmp_path / "r", methods=TWO, folds=5)
    own = tuple(cases("test", range(i, i + 4), fold) for fold in range(5) for i in range(0, 300, 4))
    plain = collect(store).datasets[0].comparison
    facts = {"suggested_groups": 375, "suggested_test_groups": own}
    c = collect(noted(store, "breast", **facts)).datasets[0].comparison
    assert c.pair == plain.pair
    assert c.suggested.n_groups == 375
    joined = collect(noted(store, "breast", test_twin_groups=own)).datasets[0].comparison
    assert c.suggested.difference == joined.pair.difference
