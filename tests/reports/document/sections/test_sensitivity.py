"""How many analyses the section says that there are."""

from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.sections.sensitivity import by_dataset
from tests.reports.simulated import Data, Method, flagged, results

METHODS = (
    Method("svm", "classical", 0.8),
    Method("tree", "classical", 0.7, stochastic=True, seed_sd=0.01),
    Method("cnn", "deep", 0.85, stochastic=True, seed_sd=0.01),
    Method("net", "deep", 0.8),
)


@pytest.mark.parametrize(
    ("seeds", "number", "words"),
    [
        (1, 15, "5 metrics × 3 ways to choose the best model."),
        (
            3,
            65,
            "5 metrics × (4 ways to choose the best model with all seeds together + 3 with each of "
            "3 seeds alone).",
        ),
    ],
)
def test_what_is_varied_is_what_was_counted(
    tmp_path: Path, seeds: int, number: int, words: str
) -> None:
    sets = (Data("one", 60, 90), Data("two", 60, 90))
    store = results(tmp_path / "r", sets, METHODS, seeds=tuple(range(seeds)))
    evidence = collect(store)
    (note,) = by_dataset(evidence).notes
    assert note.startswith(f"Analyses of a data set: {number}, {words}")
    assert [share.analyses for share in evidence.robustness.by_dataset] == [number] * 2


def test_where_data_sets_differ_it_is_the_most(tmp_path: Path) -> None:
    sets = (Data("one", 60, 90), Data("two", 60, 90))
    store = flagged(results(tmp_path / "r", sets, METHODS, seeds=(0,)), one=["test-None-000000"])
    evidence = collect(store)
    (note,) = by_dataset(evidence).notes
    told = "at most 30, 5 metrics × 3 ways to choose the best model × near-duplicates"
    assert note.startswith(f"Analyses of a data set: {told}")
    assert {s.label: s.analyses for s in evidence.robustness.by_dataset} == {"one": 30, "two": 15}
