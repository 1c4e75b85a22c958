"""Results of segmentation from Python."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.protocol.errors import UsageError
from bench.protocol.label_maps import decode, encode
from bench.results.store import Store
from tests.reports.segmented import Maps, Segmenter, segmentation_results
from tests.reports.simulated import results as classified

DATA = Maps("busi", n_test=12, n_val=8, classes=("lesion", "duct"), images_per_patient=2)
METHODS = (
    Segmenter("unet", "deep", 0.25, stochastic=True, seed_sd=0.02),
    Segmenter("otsu-shape", "classical", 0.9, misses=0.3),
    Segmenter("broken", "classical", fails=(None,)),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return segmentation_results(tmp_path_factory.mktemp("s"), (DATA,), METHODS, seeds=(0, 1))


@pytest.fixture(scope="module")
def found(store: Store) -> bench.Results:
    return bench.Results(store.root)


def test_evidence_is_about_dice_and_has_no_word_of_auc(found: bench.Results) -> None:
    table = found.evidence().set_index("method")
    assert not [name for name in table.columns if "auc" in name]
    assert table.best.to_dict() == {"unet": True, "otsu-shape": True, "broken": False}
    unet = table.loc["unet"]
    assert unet.dice_low < unet.dice < unet.dice_high
    assert unet.dice > table.loc["otsu-shape"].dice
    assert table.loc["otsu-shape"].misses > 0
    assert np.isnan(table.loc["broken"].dice)


@pytest.mark.slow
def test_measures_of_cases_have_the_means_of_the_evidence(found: bench.Results) -> None:
    cases = found.measures()
    assert set(cases.split) == {"val", "test"}
    assert set(cases.class_name) == {"lesion", "duct"}
    assert cases.group.nunique() == 10
    assert len(cases) == 3 * (12 + 8) * 2  # runs, cases, classes
    runs = cases[["method", "seed"]].drop_duplicates().fillna(-1)
    assert runs.to_numpy().tolist() == [["otsu-shape", -1], ["unet", 0], ["unet", 1]]
    evidence = found.evidence().set_index("method")
    names = ("dice", "iou", "nsd", "hd95", "area_error")
    for method, own in cases[cases.split == "test"].groupby("method"):
        for name in names:
            mean = own.groupby("case_id")[name].mean().mean()
            assert mean == pytest.approx(evidence.loc[method, name])
    validation = cases[cases.split == "val"]
    assert validation[list(names[1:])].isna().all(axis=None)
    means = validation.groupby("method").dice.mean()
    assert means["unet"] == pytest.approx(evidence.loc["unet"].validation_dice)


def test_runs_at_other_sizes_are_measured_too_and_told_apart(tmp_path: Path) -> None:
    store = segmentation_results(tmp_path, (DATA,), METHODS[:2], seeds=(0, 1), other_sizes=(24,))
    found = bench.Results(store.root)
    cases = found.measures()
    assert set(cases["size"]) == {0, 24}
    one, other = (own for _, own in cases.groupby("size"))
    assert len(one) == len(other) == 3 * (12 + 8) * 2  # runs, cases, classes
    tested = cases[(cases.split == "test") & (cases.method == "unet")]
    dice = tested.groupby("size").dice.mean()
    assert dice[0] == pytest.approx(found.evidence().set_index("method").loc["unet"].dice)
    assert dice[24] < dice[0]
    runs = bench.load_results(store.root)
    assert set(runs["size"]) == set(cases["size"])


def test_label_maps_measure_what_is_told_of_them(found: bench.Results, store: Store) -> None:
    maps = found.label_maps("busi", "unet", seed=1)
    targets = store.targets("busi")
    assert targets is not None
    true = dict(zip(targets.case_ids.tolist(), map(decode, targets.pngs), strict=True))
    cases = found.measures().query("method == 'unet' and seed == 1 and class_name == 'duct'")
    assert len(cases) == len(maps) == 20
    for case in cases.itertuples():
        a, b = maps[case.case_id] == 2, true[case.case_id] == 2
        assert a.shape == b.shape == (60, 72)
        assert case.dice == pytest.approx(2 * (a & b).sum() / (a.sum() + b.sum()))
        assert case.present == b.any()


def test_another_truth_under_the_same_name_is_read_anew(tmp_path: Path) -> None:
    store = segmentation_results(tmp_path, (DATA,), METHODS[1:2])
    card, targets = store.card("busi"), store.targets("busi")
    assert card is not None
    assert targets is not None
    before = bench.Results(store.root).measures().dice
    empty = tuple(encode(np.zeros_like(decode(png))) for png in targets.pngs)
    store.write_card(card, targets=replace(targets, pngs=empty))
    again = bench.Results(store.root).measures()
    assert not again.present.any()
    assert set(again.dice) <= {0.0, 1.0}
    assert not set(before) <= {0.0, 1.0}


def test_runs_of_other_images_are_not_handed_out(tmp_path: Path) -> None:
    both = (Segmenter("unet", "deep", 0.25), METHODS[1])
    store = segmentation_results(tmp_path, (DATA,), both)
    stale = next(trial for trial in store.trials() if trial.method == "unet")
    run, maps = store.run(stale), store.label_maps(stale)
    assert run is not None
    store.write_run(replace(run, data_fingerprint="old", label_maps=maps))
    found = bench.Results(store.root)
    assert set(found.measures().method) == {"otsu-shape"}
    assert set(found.evidence().method) == {"otsu-shape"}
    assert set(found.runs().method) == {"otsu-shape"}
    with pytest.raises(UsageError, match="there is none"):
        found.label_maps("busi", "unet")


def test_what_is_not_one_run_is_refused(found: bench.Results) -> None:
    with pytest.raises(
        UsageError, match=r"by seed, fold and fraction; there is unet on busi .*; unet on"
    ):
        found.label_maps("busi", "unet")
    with pytest.raises(UsageError, match="there is none"):
        found.label_maps("busi", "unett", seed=0)
    with pytest.raises(UsageError, match="it failed"):
        found.label_maps("busi", "broken")


def test_folds_are_told_apart(tmp_path: Path) -> None:
    store = segmentation_results(tmp_path, (Maps("busi", n_test=12),), METHODS[1:2], folds=2)
    found = bench.Results(store.root)
    parts = [set(found.label_maps("busi", "otsu-shape", fold=fold)) for fold in (0, 1)]
    tested = found.measures().query("split == 'test'").groupby("fold").case_id.agg(set)
    assert all(tested[fold] <= parts[fold] for fold in (0, 1))
    assert not tested[0] & tested[1]


def test_probabilities_and_curves_are_refused_with_what_there_is(found: bench.Results) -> None:
    for ask in (found.predictions, lambda: bench.load_results(found.path, predictions=True)):
        with pytest.raises(UsageError, match=r"label maps and no probabilities: see measures\(\)"):
            ask()
    with pytest.raises(UsageError, match="no ROC curve"):
        found.plot_roc()
    assert len(found.runs()) == 4


def test_a_study_that_classifies_has_no_label_maps(tmp_path: Path) -> None:
    found = bench.Results(classified(tmp_path).root)
    for ask in (found.measures, lambda: found.label_maps("busi", "svm")):
        with pytest.raises(UsageError, match=r"this one classifies: see predictions\(\)"):
            ask()
