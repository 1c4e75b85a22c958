"""Places that lack a class of the test part: AUCs are compared on the same classes alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.protocol.metadata import EXTERNAL, Metadata
from bench.protocol.predictions import Predictions
from bench.results.store import Store
from reports.collect import collect
from reports.document.tables import Table
from reports.evidence import Evidence, Transport
from reports.report import compose
from tests.reports.simulated import Data, Method, results

BOTH = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.8))
THREE = Data("many", 200, 300, (0.4, 0.3, 0.3))


def of_groups(store: Store, scanners: Sequence[str]) -> Store:
    """The test cases of class i are dealt to the scanners whose letters `scanners[i]` has."""
    _, cases, labels, _ = told(store, "cnn", "test")
    turn = np.arange(len(cases))
    known = np.array(
        [scanners[label][i % len(scanners[label])] for i, label in zip(turn, labels, strict=True)]
    )
    store.declare(replace(store.current.study, subgroups=("scanner",)), "python -m bench run", ())
    store.write_card(
        replace(store.card("many"), metadata=("scanner",)),
        metadata=Metadata(cases, np.full(len(cases), "test"), {"scanner": known}),
    )
    return store


def with_site(store: Store, numbers: tuple[int, ...]) -> Store:
    """An external part with other images of each class, so many."""
    store.declare(replace(store.current.study, external=("DU",)), "python -m bench run", ())
    store.write_card(replace(store.card("many"), external=("DU",)))
    for trial in list(store.trials()):
        run = store.run(trial)
        known = run.predictions
        test = known.part("test")
        kept = np.concatenate(
            [np.flatnonzero(test.labels == label)[:n] for label, n in enumerate(numbers)]
        )
        further = Predictions(
            np.concatenate([known.case_ids, [f"du-{case}" for case in test.case_ids[kept]]]),
            np.concatenate([known.split, np.full(len(kept), f"{EXTERNAL}DU")]),
            np.concatenate([known.labels, test.labels[kept]]),
            None,
            np.concatenate([known.probabilities, test.probabilities[kept]]),
        )
        store.write_run(replace(run, predictions=further))
    return store


def told(store: Store, method: str, split: str) -> tuple[np.ndarray, ...]:
    """Split, cases, labels and probabilities of a part, sorted by case."""
    run = next(store.run(trial) for trial in store.trials() if trial.method == method)
    part = run.predictions.part(split)
    order = np.argsort(part.case_ids)
    return split, part.case_ids[order], part.labels[order], part.probabilities[order]


def auc_of(labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[int]) -> float:
    """Mean of the one-against-rest AUCs on the cases of some classes."""
    kept = np.isin(labels, classes)
    each = [roc_auc_score(labels[kept] == c, probabilities[kept, c]) for c in classes]
    return float(np.mean(each))


def transport(evidence: Evidence) -> Transport:
    (data,) = evidence.datasets
    assert data.transport is not None
    return data.transport


def tables(evidence: Evidence) -> dict[str, Table]:
    return {table.name: table for table in compose(evidence).tables}


@pytest.fixture(scope="module")
def scanners(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Evidence]:
    """The third class is at scanner X alone."""
    root = tmp_path_factory.mktemp("scanners") / "results"
    store = of_groups(results(root, (THREE,), BOTH, seeds=(0,)), ("XY", "XY", "X"))
    return store, collect(store)


def test_worst_group_and_gap_are_on_the_classes_that_every_group_has(
    scanners: tuple[Store, Evidence],
) -> None:
    store, evidence = scanners
    found = transport(evidence)
    known = store.metadata("many").columns["scanner"]
    names = evidence.datasets[0].card.class_names
    assert {gap.side for gap in found.gaps} == {"deep", "classical"}
    for gap in found.gaps:
        _, _, labels, probabilities = told(store, gap.method, "test")
        auc = {
            f"scanner = {v}": auc_of(labels[known == v], probabilities[known == v], (0, 1))
            for v in "XY"
        }
        assert gap.classes == names[:2]
        assert gap.worst == min(auc, key=auc.__getitem__)
        assert gap.worst_auc.value == pytest.approx(min(auc.values()))
        assert gap.gap.value == pytest.approx(max(auc.values()) - min(auc.values()))


def test_tables_of_groups_say_of_which_classes_numbers_are(
    scanners: tuple[Store, Evidence],
) -> None:
    _, evidence = scanners
    a, b, c = evidence.datasets[0].card.class_names
    shown = tables(evidence)
    assert shown["gaps-many"].notes[0].endswith(f"Classes that count: scanner: {a}, {b}.")
    assert "cases of a class do not count" not in shown["gaps-many"].notes[0]
    groups = shown["subgroups-many"]
    place = [column.key for column in groups.columns].index("classes")
    assert [row.values[place] for row in groups.rows] == [f"{a}, {b}, {c}"] * 2 + [f"{a}, {b}"]
    for name in ("subgroups-many", "all-methods-by-subgroup-many"):
        assert f"scanner = Y: {a}, {b}; the test part has {a}, {b}, {c}." in shown[name].notes[-1]


def test_groups_without_two_classes_in_common_have_no_worst_one(tmp_path: Path) -> None:
    store = of_groups(results(tmp_path / "r", (THREE,), BOTH, seeds=(0,)), ("XZ", "XY", "YZ"))
    found = transport(collect(store))
    assert found.gaps == ()
    assert found.notes == (
        "By scanner no worst group is named. No two classes have 10 cases in scanner = X and "
        "scanner = Y and scanner = Z.",
    )


@pytest.mark.parametrize("few", [0, 5])
def test_what_is_lost_elsewhere_is_of_the_same_classes_in_both_places(
    tmp_path: Path, few: int
) -> None:
    store = with_site(results(tmp_path / "r", (THREE,), BOTH, seeds=(0,)), (30, 30, few))
    evidence = collect(store)
    (site,) = transport(evidence).of_kind("external")
    names = evidence.datasets[0].card.class_names
    assert site.lost_classes == names[:2]
    assert site.classes == (names if few else names[:2])
    for row in site.methods:
        here, there = (
            auc_of(*told(store, row.method, part)[2:], (0, 1)) for part in ("test", f"{EXTERNAL}DU")
        )
        assert row.lost == pytest.approx((here - there) / (here - 0.5))
    notes = " ".join(tables(evidence)["external-many"].notes)
    assert f"where they are known) in both places: DU: {names[0]}, {names[1]}." in notes
    assert (f"DU: {names[0]}, {names[1]}; the test part has" in notes) == (few == 0)


def test_nothing_is_said_of_classes_where_all_are_everywhere(tmp_path: Path) -> None:
    store = with_site(results(tmp_path / "r", (THREE,), BOTH, seeds=(0,)), (30, 30, 30))
    evidence = collect(store)
    table = tables(evidence)["external-many"]
    assert len(table.notes) == 1
    assert "both places" not in table.notes[0]
    assert "classes" not in {column.key for column in table.columns}


def test_of_more_classes_a_part_of_one_has_the_share_of_it_that_is_found(tmp_path: Path) -> None:
    store = with_site(results(tmp_path / "r", (THREE,), BOTH, seeds=(0,)), (0, 40, 0))
    (site,) = transport(collect(store)).of_kind("external")
    for row in site.methods:
        _, _, _, probabilities = told(store, row.method, f"{EXTERNAL}DU")
        assert row.sensitivity is not None
        assert row.sensitivity.value == pytest.approx(np.mean(probabilities.argmax(axis=1) == 1))
        assert row.auc is row.specificity is None
