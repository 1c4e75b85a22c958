"""AUC by the source of lesion masks, which side leads with which, and what changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.protocol.cards import MaskCard
from bench.results.store import Store
from reports.collect import collect
from reports.document.parts.lesion_masks import in_words, lesion_masks
from reports.document.sections.failures import failures
from reports.document.sections.protocol import protocol
from reports.report import compose
from tests.reports.simulated import Data, Method, results

DRAWN = (Method("svm", "classical", 0.93), Method("net", "deep", 0.83, stochastic=True))
MADE = (Method("svm", "classical", 0.70), Method("net", "deep", 0.83, stochastic=True))


def with_masks(
    folder: Path,
    made: tuple[Method, ...] = MADE,
    folds: int = 0,
    drawn: tuple[Method, ...] = DRAWN,
    sets: tuple[Data, ...] = (Data("skin", 400, 400),),
) -> Store:
    """Runs with a data set's own masks, and beside them those of the same study with others."""
    store = results(folder / "r", sets, drawn, random_state=1, folds=folds)
    other = results(folder / "other", sets, made, random_state=1, folds=folds)
    for trial in list(other.trials()):
        run = other.run(trial)
        assert run is not None
        store.write_run(replace(run, trial=replace(trial, masks="deep")))
    store.declare(replace(store.current.study, masks=("deep",)))
    card = store.card("skin")
    assert card is not None
    made_by = MaskCard("deep", {"unet-compact": 5}, 5, 0.71, 0.1, 256)
    store.write_card(replace(card, masks=(made_by,)))
    return store


@pytest.mark.parametrize("folds", [0, 3])
def test_the_sides_are_compared_with_each_mask_and_the_verdict_is_about_the_own_ones(
    tmp_path: Path, folds: int
) -> None:
    evidence = collect(with_masks(tmp_path, folds=folds))
    data = evidence.dataset("skin")
    assert [(one.masks, one.ahead) for one in data.masks] == [
        ("truth", "classical"),
        ("deep", "deep"),
    ]
    assert data.comparison is not None
    assert data.masks[0].pair.difference == data.comparison.pair.difference
    assert data.masks[0].change is None
    change = data.masks[1].change
    assert change is not None
    assert change.rule == "changed"
    assert change.favours == "deep"
    assert change.here.value == pytest.approx(data.comparison.pair.difference.value)
    assert change.there.value == pytest.approx(data.masks[1].pair.difference.value)
    assert data.verdict.winner == "classical"
    assert in_words(data.masks) == (
        "With the data set's own masks, classical is better; with masks of the best deep "
        "segmenter, deep is better."
    )
    assert evidence.n_other_runs == 0
    assert evidence.missing == ()


def test_where_masks_change_nothing_no_change_is_shown(tmp_path: Path) -> None:
    data = collect(with_masks(tmp_path, DRAWN)).dataset("skin")
    change = data.masks[1].change
    assert change is not None
    assert change.change.value == pytest.approx(0, abs=1e-9)
    assert change.rule in ("not-shown", "same")
    assert in_words(data.masks) == (
        "With every source of masks that was tried, classical is better."
    )


def test_the_page_has_tables_sentences_and_who_made_the_masks(tmp_path: Path) -> None:
    evidence = collect(with_masks(tmp_path))
    data = evidence.dataset("skin")
    net = data.method("net")
    assert [point.masks for point in net.mask_points] == ["truth", "deep"]
    assert net.auc is not None
    assert net.mask_points[0].auc == pytest.approx(net.auc.value)
    document = compose(evidence)
    tables = {table.name: table for table in document.tables}
    assert {"masks-skin", "segmenters-skin", "sides-by-masks-skin", "mask-changes-skin"} <= {
        *tables
    }
    assert [column.label for column in tables["masks-skin"].columns] == [
        "Method",
        "Own masks",
        "Deep segmenter",
    ]
    told = str(lesion_masks(data, "skin", "95 %", 0.02, 0.05))
    assert "AUC: net 0.8" in told
    assert "svm 0.9" in told
    assert "unet-compact (5 of 5)" in told
    assert "also masks of the best deep segmenter" in str(protocol(evidence))
    plain = collect(results(tmp_path / "p", (Data("skin"),), DRAWN))
    assert plain.dataset("skin").masks == ()
    assert lesion_masks(plain.dataset("skin"), "skin", "95 %", 0.02, 0.05) == []


def test_runs_with_masks_that_the_study_does_not_ask_for_are_not_used(tmp_path: Path) -> None:
    store = with_masks(tmp_path)
    store.declare(replace(store.current.study, masks=()))
    data = collect(store).dataset("skin")
    assert data.masks == ()
    assert data.method("net").mask_points == ()


def test_a_run_that_failed_with_other_masks_is_shown_with_them(tmp_path: Path) -> None:
    store = with_masks(tmp_path)
    trial = next(t for t in store.trials() if t.masks and t.method == "net" and t.seed == 1)
    run = store.run(trial)
    assert run is not None
    store.write_run(replace(run, predictions=None, status="failed", error="ValueError: empty"))
    evidence = collect(store)
    assert [(f.masks, f.seed, f.error) for f in evidence.failed] == [
        ("deep", 1, "ValueError: empty")
    ]
    assert "masks: deep" in str(failures(evidence))


def test_no_change_is_told_where_a_model_has_one_fold_alone_with_other_masks(
    tmp_path: Path,
) -> None:
    worse = Method("plain-net", "deep", 0.6)
    sets, made = (Data("skin", 60, 60),), (*DRAWN, worse)
    store = with_masks(tmp_path, made, folds=3, drawn=made, sets=sets)
    for trial in [t for t in store.trials() if t.masks and t.method == "net" and t.fold]:
        run = store.run(trial)
        assert run is not None
        store.write_run(replace(run, predictions=None, status="failed", error="ValueError: empty"))
    data = collect(store).dataset("skin")
    assert data.comparison is not None
    assert data.comparison.folds_deep == {"net": 3}
    assert [(one.masks, one.change) for one in data.masks] == [("truth", None), ("deep", None)]
