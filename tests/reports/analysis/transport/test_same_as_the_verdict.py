"""The difference of the verdict has the verdict's interval wherever it is told again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.protocol.cards import MaskCard
from reports.collect import collect
from reports.evidence import DatasetEvidence, Estimate
from tests.reports.simulated import Data, Method, results
from tests.reports.travelling import Beyond, Column, Site, travelling

AUCS = {"svm": 0.8, "forest": 0.78, "cnn": 0.93, "vit": 0.92}
METHODS = tuple(
    Method(
        name,
        "deep" if name in ("cnn", "vit") else "classical",
        auc,
        stochastic=name != "svm",
        seed_sd=0.02,
        training_sd=0.2,
    )
    for name, auc in AUCS.items()
)


def found_in(root: Path, folds: int, seeds: int, resample: int) -> DatasetEvidence:
    beyond = Beyond(
        (Site("DU", AUCS, n=60), Site("FG", AUCS, n=60)),
        (Column("sex", ("F",)), Column("scanner", ("A", "B"))),
        {"blur": {"cnn": 0.3}},
    )
    data = Data("skin", 60, 36 if folds else 90)
    store = travelling(
        root / "results",
        beyond,
        datasets=(data,),
        methods=METHODS,
        folds=folds,
        seeds=tuple(range(seeds)),
        resample=resample,
    )
    (found,) = collect(store).datasets
    return found


def told(one: Estimate) -> tuple[float, float | None, float | None]:
    return one.value, one.low, one.high


@pytest.mark.parametrize(
    ("folds", "seeds", "resample"), [(0, 1, 0), (0, 3, 0), (0, 3, 4), (2, 1, 0), (2, 3, 0)]
)
def test_the_difference_of_the_verdict_has_its_interval_everywhere(
    tmp_path: Path, folds: int, seeds: int, resample: int
) -> None:
    found = found_in(tmp_path, folds, seeds, resample)
    assert found.comparison is not None
    assert found.comparison.resamples == resample
    own = found.comparison.pair
    if seeds > 1 and not folds:
        assert max(own.seeds_below, own.seeds_above) > 1  # chosen among several
    verdict = told(own.difference)
    assert found.transport is not None
    asked = {one.name: told(one.here) for one in found.transport.interactions}
    assert {name: here for name, here in asked.items() if "scanner" not in name} == dict.fromkeys(
        ("DU", "FG", "all external parts", "blur"), verdict
    )
    places = {one.name: told(one.difference) for one in found.transport.places if one.difference}
    assert (places["the test part"], places["sex = F"]) == (verdict, verdict)
    for one in found.transport.interactions:
        if one.kind == "subgroup":
            there = told(one.there)
            assert there == places[one.places[0]]


@pytest.mark.parametrize(("folds", "seeds"), [(0, 1), (0, 3), (2, 1), (2, 3)])
def test_so_it_has_beside_that_with_other_masks(tmp_path: Path, folds: int, seeds: int) -> None:
    data = Data("skin", 60, 36 if folds else 90)
    some = tuple(range(seeds))
    store = results(tmp_path / "results", (data,), METHODS, seeds=some, folds=folds)
    other = results(tmp_path / "o", (data,), METHODS, seeds=some, folds=folds, random_state=2)
    for trial in list(other.trials()):
        run = other.run(trial)
        assert run is not None
        said = store.run(trial).predictions  # chosen alike on validation
        kept = np.where(
            (said.split == "test")[:, None], run.predictions.probabilities, said.probabilities
        )
        mixed = replace(said, probabilities=kept)
        store.write_run(replace(run, trial=replace(trial, masks="deep"), predictions=mixed))
    store.declare(replace(store.current.study, masks=("deep",)))
    made_by = MaskCard("deep", {"unet-compact": 5}, 5, 0.71, 0.1, 256)
    store.write_card(replace(store.card("skin"), masks=(made_by,)))
    (found,) = collect(store).datasets
    assert found.comparison is not None
    truth, deep = found.masks
    assert told(truth.pair.difference) == told(found.comparison.pair.difference)
    assert deep.change is not None
    assert told(deep.change.here) == told(found.comparison.pair.difference)
    assert told(deep.change.there) == told(deep.pair.difference)
