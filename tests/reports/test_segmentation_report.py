"""A results folder of segmentation: what is loaded, compared, concluded and shown."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from bench.protocol.label_maps import decode, to_original
from bench.protocol.record import Trial
from bench.results.store import Store
from reports.analysis.segmentation.over_cases import Cases, OverCases
from reports.analysis.segmentation.pictures import _chosen
from reports.collect import collect
from reports.document.blocks import Cases as CaseRows
from reports.document.figures.forest import forest
from reports.document.plots import Figure
from reports.document.sections.data import gallery
from reports.document.segmentation.tables import condition_tables, dice_table
from reports.document.summary import summary
from reports.evidence import AuditItem, DatasetEvidence, Evidence, Segmentation
from reports.evidence.primary import standing
from reports.evidence.segmentation import SegmentedCase
from reports.formatting import error
from reports.render.evidence_json import as_json, schema
from reports.report import compose, in_lines, write_report
from reports.so_far import verdict_so_far
from reports.statistics.fold_auc import OVERLAP
from reports.statistics.segmentation.measures import region_measures
from reports.verdicts.rules import Smallest, conclude
from reports.verdicts.wording import Words, sentence
from tests.reports.numbers import decimals, forms, sentences
from tests.reports.segmented import SEGMENTERS, Maps, Segmenter, segmentation_results

DATASETS = (
    Maps("busi-lesions", images_per_patient=2, twins=3),
    Maps(
        "cells",
        classes=("nucleus", "cytoplasm"),
        spacing=(0.5, 0.5),
        empty=0.1,
        external=("other",),
    ),
    Maps("discs", n_val=12, n_test=20, generated=True, sites=("DU", "HT")),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return segmentation_results(tmp_path_factory.mktemp("segmentation") / "results", DATASETS)


@pytest.fixture(scope="module")
def evidence(store: Store) -> Evidence:
    return collect(store)


@pytest.fixture(scope="module")
def busi(evidence: Evidence) -> DatasetEvidence:
    return evidence.dataset("busi-lesions")


def label_maps(data: DatasetEvidence) -> Segmentation:
    assert data.segmentation is not None
    return data.segmentation


def light(data: DatasetEvidence, key: str) -> AuditItem:
    return next(item for item in data.audit if item.key == key)


def by_hand(store: Store, dataset: str, method: str, n_classes: int) -> dict[str, np.ndarray]:
    """Case → `(5,)` measures at the size of the file, mean over seeds and classes."""
    targets = store.targets(dataset)
    assert targets is not None
    truth = dict(zip(targets.case_ids.tolist(), targets.pngs, strict=True))
    each: dict[str, list[np.ndarray]] = {}
    for trial in store.trials():
        if (trial.dataset, trial.method) != (dataset, method):
            continue
        maps = store.label_maps(trial)
        assert maps is not None
        test = maps.part("test")
        for case, png in zip(test.case_ids.tolist(), test.pngs, strict=True):
            true = decode(truth[case])
            said = to_original(decode(png), true.shape[0], true.shape[1])
            each.setdefault(case, []).append(
                region_measures(true, said, n_classes, 2.0).mean(axis=0)
            )
    return {case: np.mean(own, axis=0) for case, own in each.items()}


def test_measures_are_those_of_the_stored_maps_at_the_size_of_the_files(
    store: Store, busi: DatasetEvidence
) -> None:
    expected = by_hand(store, "busi-lesions", "unet", 2)
    unet = label_maps(busi).method("unet")
    assert unet is not None
    values = np.array(list(expected.values()))
    assert [one.mean.value for one in unet.measures] == pytest.approx(values.mean(axis=0).tolist())
    assert unet.dice.median == pytest.approx(np.median(values[:, 0]))
    shown = {case.case_id: case.deep for case in label_maps(busi).cases}
    assert shown == pytest.approx({case: own[0] for case, own in expected.items()})


@pytest.mark.parametrize("compared", [True, False])
def test_the_figure_of_differences_is_of_dice(evidence: Evidence, compared: bool) -> None:
    datasets = evidence.datasets
    if not compared:
        datasets = tuple(replace(data, comparison=None) for data in datasets)
    assert "ΔDice = deep − classical" in forest("forest", datasets, evidence.overall)


def test_the_best_of_each_side_is_chosen_on_validation(busi: DatasetEvidence) -> None:
    assert (busi.champion_deep, busi.champion_classical) == ("unet", "pixel-forest")
    for name in ("unet", "pixel-forest"):
        own = label_maps(busi).method(name)
        assert own is not None
        assert own.is_champion
    assert all(method.validation_auc is None for method in busi.methods)


def test_with_folds_everybody_who_stands_for_a_side_is_named(evidence: Evidence) -> None:
    (first, *_) = evidence.datasets
    c = first.comparison
    assert c is not None
    assert c.stands_for_deep == c.deep
    alone = replace(c, folds_deep={c.deep: 5})
    assert alone.stands_for_deep == c.deep
    mixed = replace(c, folds_deep={"other": 2, c.deep: 3}, folds_classical={c.classical: 5})
    assert mixed.stands_for_deep == f"{c.deep} (3 folds), other (2)"
    assert standing("one", {"one": 1, "two": 1}) == "one (1 fold), two (1)"
    assert mixed.stands_for_classical == c.classical
    shown = summary(replace(evidence, datasets=(replace(first, comparison=mixed),)), "Title")
    table = next(one for one in shown.tables if one.name == "summary")
    assert f"{c.deep} and 1 more" in table.rows[0].values
    assert any("In every fold the best model" in note for note in table.notes)


def test_the_slopes_of_the_summary_say_what_is_not_drawn(evidence: Evidence) -> None:
    (first, *_) = evidence.datasets
    found = label_maps(first)
    many = replace(found, cases=tuple(found.cases[i % len(found.cases)] for i in range(200)))
    cases = {"few": (found,), "many": (many, many)}
    told = {}
    for name, own in cases.items():
        datasets = tuple(replace(first, segmentation=one) for one in own)
        paper = summary(replace(evidence, datasets=datasets), "Title")
        (told[name],) = (
            block.caption
            for block in paper.blocks
            if isinstance(block, Figure) and block.name == "slopes"
        )
    assert told["few"].endswith("with boxes of both.")
    assert told["many"].endswith(
        "Of the 200 cases 150 are drawn, evenly in the order of their difference; the boxes are of "
        "all. 1 of 2 data sets is shown; the report has all."
    )


def test_the_verdict_is_on_dice_with_the_interval_that_is_shown(busi: DatasetEvidence) -> None:
    c, verdict = busi.comparison, busi.verdict
    assert c is not None
    assert c.pair.measure == "dice"
    assert verdict.heading == "Deep better, by more than the margin"
    assert f"ΔDice +{c.pair.difference.value:.3f}" in verdict.sentence
    assert "AUC" not in verdict.sentence
    assert c.pair.superiority.low > verdict.margin


def test_cases_with_a_twin_in_train_do_not_decide(busi: DatasetEvidence) -> None:
    c = busi.comparison
    assert c is not None
    assert (c.n_cases, c.n_twins, c.n_groups) == (37, 3, 19)
    assert c.on_all is not None
    assert c.on_all.value != c.pair.difference.value
    assert len(label_maps(busi).cases) == 40


def test_errors_are_of_patients_where_they_are_known(evidence: Evidence) -> None:
    known = evidence.dataset("busi-lesions").comparison
    unknown = evidence.dataset("cells").comparison
    assert known is not None
    assert unknown is not None
    assert "of patients" in known.pair.test
    assert "of cases" in unknown.pair.test
    assert unknown.n_groups is None
    assert "Patients are not known" in evidence.dataset("cells").verdict.sentence


def test_distances_are_in_millimetres_where_the_spacing_is_known(evidence: Evidence) -> None:
    cells, busi = (label_maps(evidence.dataset(n)) for n in ("cells", "busi-lesions"))
    assert (cells.unit, cells.tolerance) == ("mm", 1.0)
    assert (busi.unit, busi.tolerance) == ("px", 2.0)


def test_every_class_of_pixels_has_a_row_and_their_mean_is_the_whole(evidence: Evidence) -> None:
    for method in label_maps(evidence.dataset("cells")).methods:
        assert [own.name for own in method.per_class] == ["nucleus", "cytoplasm"]
        mean = np.mean([own.measures[0].mean.value for own in method.per_class])
        assert method.dice.mean.value == pytest.approx(mean)


def test_cases_with_nothing_to_find_are_counted_and_false_alarms_with_them(
    evidence: Evidence,
) -> None:
    cells = label_maps(evidence.dataset("cells"))
    assert cells.empty > 0
    assert all(method.false_alarms == 0.0 for method in cells.methods)
    assert all(m.false_alarms is None for m in label_maps(evidence.dataset("discs")).methods)


def test_total_misses_are_the_share_of_what_was_there(store: Store, busi: DatasetEvidence) -> None:
    for method in label_maps(busi).methods:
        if method.name not in ("pixel-forest", "otsu-shape"):
            continue
        dice = np.array(list(by_hand(store, "busi-lesions", method.name, 2).values()))[:, 0]
        assert method.misses == pytest.approx(float((dice == 0).mean()))
        assert method.misses > 0


def test_a_further_test_part_stands_among_the_sites(evidence: Evidence) -> None:
    (site,) = label_maps(evidence.dataset("cells")).sites
    assert (site.column, site.value, site.cases) == ("external", "other", 40)
    assert site.difference.low is not None
    assert site.difference.value == pytest.approx(site.deep.value - site.classical.value)


def test_near_duplicates_do_not_decide_on_a_further_test_part(tmp_path: Path) -> None:
    store = segmentation_results(
        tmp_path / "r", (Maps("cells", external=("other",), images_per_patient=2),)
    )
    (before,) = label_maps(collect(store).dataset("cells")).sites
    truth = store.targets("cells")
    assert truth is not None
    ids = sorted(truth.case_ids[truth.split == "external:other"].tolist())
    card = store.card("cells")
    assert card is not None
    told = replace(
        card,
        external_near_duplicates={"other": tuple(ids[:8])},
        external_twin_groups={"other": (tuple(ids[8:20]),)},
    )
    store.write_card(told, store.thumbnails("cells"), targets=truth)
    (after,) = label_maps(collect(store).dataset("cells")).sites
    assert (before.cases, after.cases) == (len(ids), len(ids) - 8)
    assert before.groups is not None
    assert after.groups is not None
    assert after.groups < before.groups - 4
    assert after.difference.value != before.difference.value


def test_dice_under_other_conditions_is_shown_where_there_is_no_verdict(tmp_path: Path) -> None:
    few = (Maps("few", n_test=8),)
    found = collect(
        segmentation_results(
            tmp_path / "r", few, fractions=(0.5, 1.0), other_sizes=(24,), seeds=(0,)
        )
    )
    (data,) = found.datasets
    assert not data.verdict.is_verdict
    assert data.sizes == data.image_sizes == ()
    under = label_maps(data).conditions
    whole = {m.name: m.dice.mean for m in label_maps(data).methods}
    assert {(one.fraction, one.size) for one in under} == {
        *((0.5, None), (1.0, None)),
        *((1.0, 24), (1.0, 48)),
    }
    for one in under:
        if one.fraction == 1 and one.size in (None, 48):
            assert one.dice == whole[one.method]
        elif one.method == "unet":
            assert one.dice.value < whole["unet"].value
    tables = condition_tables(data, label_maps(data), "few", "95 %")
    assert [table.name for table in tables] == ["learning-few", "resolution-few"]


def test_every_site_has_a_row(evidence: Evidence) -> None:
    sites = label_maps(evidence.dataset("discs")).sites
    assert [(one.column, one.value, one.cases) for one in sites] == [
        ("site", "DU", 10),
        ("site", "HT", 10),
    ]
    cases = label_maps(evidence.dataset("discs")).cases
    assert np.mean([one.deep.value for one in sites]) == pytest.approx(
        np.mean([case.deep for case in cases])
    )


@pytest.mark.parametrize("folds", [0, 3])
def test_the_difference_of_the_verdict_has_its_interval_everywhere(
    tmp_path: Path, folds: int
) -> None:
    """Of models that are chosen among several with seeds, in either direction."""
    seeded = {"stochastic": True, "seed_sd": 0.1}
    methods = (
        *(Segmenter(name, "deep", 0.4, **seeded) for name in ("unet", "fpn")),
        *(Segmenter(name, "classical", 0.5, **seeded) for name in ("forest", "otsu", "shape")),
    )
    maps = Maps("busi", n_val=10, sites=("DU",), external=() if folds else ("same",))
    store = segmentation_results(tmp_path / "r", (maps,), methods, folds=folds, thumbnails=False)
    (data,) = collect(store).datasets
    assert data.comparison is not None
    pair = data.comparison.pair
    assert min(pair.seeds_below, pair.seeds_above) > 1  # else the test does not ask what it is to
    own = pair.difference
    shown = label_maps(data)
    assert shown.differences[0].difference == own
    assert shown.differences[0].p == pair.superiority.p
    (site,) = (one for one in shown.sites if one.column == "site")
    assert (site.value, site.difference) == ("DU", own)


def test_a_site_that_is_everywhere_has_the_interval_of_the_verdict_over_draws_of_folds(
    tmp_path: Path,
) -> None:
    maps = Maps("busi", n_val=10, sites=("DU",))
    stores = [
        segmentation_results(
            tmp_path / str(off),
            (maps,),
            (Segmenter("unet", "deep", off), Segmenter("otsu", "classical", 0.6)),
            folds=2,
            thumbnails=False,
        )
        for off in (0.2, 0.5)  # far more than cases explain
    ]
    store, again = stores
    for trial in list(again.trials()):
        run = again.run(trial)
        assert run is not None
        moved = replace(run, trial=replace(trial, repeat=1), label_maps=again.label_maps(trial))
        store.write_run(moved)
    store.declare(replace(store.current.study, repeats=2))
    (data,) = collect(store).datasets
    assert data.comparison is not None
    assert data.comparison.pair.se_seeds > 0.01
    (site,) = label_maps(data).sites
    assert site.difference == data.comparison.pair.difference


def test_intervals_elsewhere_are_as_much_wider_for_a_choice_among_several(tmp_path: Path) -> None:
    """Of every measure towards less of an advantage, of distances as well."""
    seeded = {"stochastic": True, "seed_sd": 0.1}
    chosen = Segmenter("unet", "deep", 0.3, **seeded)
    other = Segmenter("zoo", "deep", 3.0, stochastic=True)
    classical = Segmenter("otsu", "classical", 0.6)
    each = []
    for methods in ((chosen, classical), (chosen, classical, other)):
        maps = Maps("busi", sites=("DU", "HT"), external=("other",))
        root = tmp_path / str(len(methods))
        store = segmentation_results(root, (maps,), methods, thumbnails=False)
        each.append(label_maps(collect(store).datasets[0]))
    alone, among = each
    for a, b in (
        *zip(alone.sites, among.sites, strict=True),
        *zip(alone.differences, among.differences, strict=True),
        *zip(alone.sizes, among.sizes, strict=True),
    ):
        assert a.difference.value == b.difference.value
        assert b.difference.low < a.difference.low  # the choice flatters deep
        assert b.difference.high == a.difference.high
    assert len(alone.sizes) == 3
    assert len(alone.sites) == 3


def test_subgroups_by_a_number_are_its_stretches_in_order(tmp_path: Path) -> None:
    store = segmentation_results(
        tmp_path / "r", (Maps("busi", ages=True),), subgroups=("age:60,75",)
    )
    (data,) = collect(store).datasets
    sites = label_maps(data).sites
    # validation cases are 20 to 49 years old, test cases 50 to 89
    assert [(one.column, one.value, one.cases) for one in sites] == [
        ("age", "< 60", 10),
        ("age", "60 to < 75", 15),
        ("age", "≥ 75", 15),
    ]
    assert np.average([one.deep.value for one in sites], weights=[10, 15, 15]) == pytest.approx(
        np.mean([case.deep for case in label_maps(data).cases])
    )


def test_sides_are_compared_at_every_share_of_the_training_part(tmp_path: Path) -> None:
    methods = (Segmenter("unet", "deep", 0.3), Segmenter("otsu", "classical", 0.6))
    found = collect(segmentation_results(tmp_path / "r", methods=methods, fractions=(0.25, 1.0)))
    (data,) = found.datasets
    assert [size.fraction for size in data.sizes] == [0.25, 1.0]
    few, all_images = (size.pair for size in data.sizes)
    assert data.comparison is not None
    assert all_images.difference == data.comparison.pair.difference
    assert few.value_a.value < all_images.value_a.value
    text = list(sentences(compose(found)))
    assert any(told.startswith("By number of training images. ") for told in text)
    table = next(t for t in compose(found).tables if t.name == "sizes-busi")
    assert [row.values[2] for row in table.rows] == [few.value_a.value, all_images.value_a.value]
    assert "AUC" not in table.caption + " ".join(column.label for column in table.columns)


def test_sides_are_compared_at_every_image_size_and_failures_there_listed(tmp_path: Path) -> None:
    methods = (
        Segmenter("unet", "deep", 0.3, stochastic=True),
        Segmenter("otsu", "classical", 0.6),
    )
    store = segmentation_results(tmp_path / "r", methods=methods, other_sizes=(24,))
    failed = store.run(Trial("busi", "unet", 1, size=24))
    assert failed is not None
    store.write_run(replace(failed, status="failed", error="it broke", label_maps=None))
    found = collect(store)
    (data,) = found.datasets
    assert [size.size for size in data.image_sizes] == [24, 48]
    small, whole = (size.pair for size in data.image_sizes)
    assert data.comparison is not None
    assert whole.difference == data.comparison.pair.difference
    assert small.value_a.value < whole.value_a.value
    assert [(f.method, f.seed, f.size) for f in found.failed] == [("unet", 1, 24)]
    assert found.missing == ()
    table = next(t for t in compose(found).tables if t.name == "image-sizes-busi")
    assert "the verdict is on the row of 48 px alone" in table.caption
    assert "AUC" not in table.caption


def test_generated_data_sets_do_not_mix_with_real_ones(evidence: Evidence) -> None:
    mean = evidence.overall.mean
    assert mean is not None
    assert mean.datasets == ("busi-lesions", "cells")
    assert "mean ΔDice" in evidence.overall.sentence


def test_losses_are_turned_round_so_that_above_zero_deep_is_better(busi: DatasetEvidence) -> None:
    found = {one.measure: one.difference.value for one in label_maps(busi).differences}
    unet, forest = (label_maps(busi).method(name) for name in ("unet", "pixel-forest"))
    assert unet is not None
    assert forest is not None
    for position, measure in enumerate(("dice", "iou", "nsd", "hd95", "area-error")):
        d = unet.measures[position].mean.value - forest.measures[position].mean.value
        sign = -1 if measure in ("hd95", "area-error") else 1
        assert found[measure] == pytest.approx(sign * d)  # type: ignore[index]


def test_pictures_are_of_the_best_the_median_and_the_worst_case(busi: DatasetEvidence) -> None:
    found = label_maps(busi)
    rows = {row.kind: row.cases for row in found.pictures}
    assert rows["best-deep"][0].deep == max(case.deep for case in found.cases)
    assert rows["worst-classical"][0].classical == min(case.classical for case in found.cases)
    apart = [case.deep - case.classical for case in found.cases]
    first = rows["deep-ahead"][0]
    assert first.deep - first.classical == pytest.approx(max(apart))
    assert all(len(case.image) > 100 for own in rows.values() for case in own)


@pytest.mark.parametrize("empty", [0.0, 0.4])
def test_pictured_cases_are_those_with_something_to_find_and_it_is_said(
    tmp_path: Path, empty: float
) -> None:
    store = segmentation_results(tmp_path / "r", (Maps("busi", empty=empty),))
    found = collect(store)
    segmentation = label_maps(found.datasets[0])
    some = {case.case_id for case in segmentation.cases if case.area > 0}
    assert (len(some) < len(segmentation.cases)) == (empty > 0)
    shown = {case.case_id for row in segmentation.pictures for case in row.cases}
    assert {row.kind for row in segmentation.pictures} >= {"deep-ahead", "median-deep"}
    assert shown <= some
    text = " ".join(sentences(compose(found)))
    assert "chosen by their Dice, among the cases with something to find." in text
    captions = [b.caption for b in compose(found).blocks if isinstance(b, CaseRows)]
    assert len(captions) == len(segmentation.pictures)
    assert all(c.endswith(" with something to find.") == (empty > 0) for c in captions)


def test_a_false_alarm_on_a_case_with_nothing_to_find_is_not_pictured_as_being_ahead() -> None:
    alarm, found = SegmentedCase("a", 0.0, 1.0, 0.0), SegmentedCase("b", 0.1, 0.9, 0.8)
    rows = _chosen([alarm, found], 4)
    assert rows["deep-ahead"] == rows["best-deep"] == [found]
    assert rows["classical-ahead"] == []


def test_a_side_that_misses_most_cases_is_said_and_pictured_by_different_ones(
    tmp_path: Path,
) -> None:
    methods = (Segmenter("unet", "deep", 0.2), Segmenter("otsu", "classical", 0.5, misses=0.9))
    found = collect(segmentation_results(tmp_path / "r", methods=methods))
    (data,) = found.datasets
    segmentation = label_maps(data)
    rows = {row.kind: row.cases for row in segmentation.pictures}
    for side in ("deep", "classical"):
        own = [
            case.case_id for kind in ("best", "median", "worst") for case in rows[f"{kind}-{side}"]
        ]
        assert len(own) == len(set(own)) == 6
    assert rows["median-classical"][0].classical == rows["worst-classical"][0].classical == 0
    missed = [case for case in segmentation.cases if case.classical == 0]
    largest = max(missed, key=lambda case: case.area)
    assert rows["worst-classical"][0].case_id == largest.case_id
    text = list(sentences(compose(found)))
    some = f"{len(missed)} of the 40 cases that show something."
    assert f"The classical side (otsu) finds nothing of {some}" in text
    assert not any("deep side (unet) finds nothing" in told for told in text)


def test_many_total_misses_are_amber_and_said_with_the_verdict(tmp_path: Path) -> None:
    methods = (Segmenter("unet", "deep", 0.2), Segmenter("otsu", "classical", 0.2, misses=0.4))
    (data,) = collect(segmentation_results(tmp_path / "r", methods=methods)).datasets
    item = light(data, "misses")
    otsu = label_maps(data).method("otsu")
    assert otsu is not None
    assert otsu.misses is not None
    assert item.colour == "amber"
    assert f"unet 0.0 %, otsu {100 * otsu.misses:.1f} %. A mean Dice hides that." in item.sentence
    assert data.verdict.sentence.endswith(item.sentence)


def test_a_class_that_is_missed_is_named_although_another_is_found(tmp_path: Path) -> None:
    cells = Maps("cells", classes=("nucleus", "cytoplasm"))
    methods = (Segmenter("unet", "deep", 0.2), Segmenter("otsu", "classical", 0.2, misses=0.25))
    (data,) = collect(segmentation_results(tmp_path / "r", (cells,), methods)).datasets
    otsu = label_maps(data).method("otsu")
    assert otsu is not None
    assert otsu.misses is not None
    assert otsu.misses < 0.1
    item = light(data, "misses")
    assert item.colour == "amber"
    for own in otsu.per_class:
        assert own.misses is not None
        assert f"otsu {100 * own.misses:.1f} % of those with “{own.name}”" in item.sentence
    assert "unet 0.0 % of those" not in item.sentence


def test_a_score_of_many_empty_images_is_amber_with_the_mean_of_the_others(tmp_path: Path) -> None:
    maps = Maps("busi", empty=0.4, images_per_patient=2)
    store = segmentation_results(tmp_path / "r", (maps,))
    (data,) = collect(store).datasets
    targets = store.targets("busi")
    assert targets is not None
    some = {
        case
        for case, png in zip(targets.case_ids.tolist(), targets.pngs, strict=True)
        if decode(png).any()
    }
    unet = label_maps(data).method("unet")
    assert unet is not None
    assert unet.present is not None
    dice = {case: own[0] for case, own in by_hand(store, "busi", "unet", 2).items()}
    assert unet.both_empty == pytest.approx(np.mean([case not in some for case in dice]))
    assert unet.present.value == pytest.approx(
        np.mean([value for case, value in dice.items() if case in some])
    )
    assert unet.dice.mean.value == pytest.approx(
        unet.both_empty + (1 - unet.both_empty) * unet.present.value
    )
    item = light(data, "empties")
    assert item.colour == "amber"
    assert f"unet {100 * unet.both_empty:.1f} % on test" in item.sentence
    assert f"{unet.present.value:.3f} where there is something to find" in item.sentence
    assert "a large part of the score and the choice of the best models." in item.sentence
    assert item.sentence in data.verdict.sentence
    dice_table = next(t for t in compose(collect(store)).tables if t.name == "dice-busi")
    keys = [column.key for column in dice_table.columns]
    row = next(row for row in dice_table.rows if row.values[0] == "unet")
    assert row.values[keys.index("both_empty")] == unet.both_empty
    assert row.values[keys.index("dice_present")] == unet.present


def test_a_model_that_scores_by_empty_images_alone_is_pointed_out(tmp_path: Path) -> None:
    methods = (Segmenter("unet", "deep", 0.2), Segmenter("otsu", "classical", misses=1.0))
    maps = Maps("busi", n_test=60, empty=0.15)
    (data,) = collect(segmentation_results(tmp_path / "r", (maps,), methods)).datasets
    otsu = label_maps(data).method("otsu")
    assert otsu is not None
    assert otsu.both_empty == pytest.approx(otsu.dice.mean.value)
    item = light(data, "empties")
    assert item.colour == "amber"
    assert "0.000 where there is something to find" in item.sentence


def test_a_choice_on_validation_that_shows_nothing_is_said_with_the_verdict(tmp_path: Path) -> None:
    maps = Maps("busi", nothing_in=("val",))
    (data,) = collect(segmentation_results(tmp_path / "r", (maps,))).datasets
    item = light(data, "empties")
    assert item.colour == "amber"
    assert item.sentence.startswith("No validation case has anything to find: the best models were")
    assert item.sentence in data.verdict.sentence


def test_a_test_part_that_shows_nothing_compares_false_alarms_alone(tmp_path: Path) -> None:
    methods = (
        *(Segmenter("unet", "deep", 0.5), Segmenter("otsu-shape", "classical", 0.95)),
        *(Segmenter("empty-mask", "control", misses=1.0), Segmenter("mean-mask", "control", 0.9)),
    )
    maps = Maps("busi", nothing_in=("test",))
    (data,) = collect(segmentation_results(tmp_path / "r", (maps,), methods)).datasets
    item = light(data, "misses")
    assert (item.colour, item.sentence.partition(":")[0]) == (
        "amber",
        "No test case has anything to find",
    )
    assert not data.verdict.is_verdict


def test_few_empty_images_are_told_and_no_weakness(
    evidence: Evidence, busi: DatasetEvidence
) -> None:
    cells = light(evidence.dataset("cells"), "empties")
    assert cells.colour == "green"
    assert "pairs of a case and a class" in cells.sentence
    assert light(busi, "empties") == AuditItem(
        "empties",
        "Score not of empty images",
        "green",
        "No Dice is 1 only because neither truth nor prediction has anything.",
    )
    assert cells.sentence not in evidence.dataset("cells").verdict.sentence


def test_the_interval_of_what_is_there_is_that_of_these_cases_alone(tmp_path: Path) -> None:
    """Of seeds that differ, as if the empty images were not in the test part."""
    store = segmentation_results(tmp_path / "r", (Maps("busi", n_test=60, empty=0.3),))
    (data,) = collect(store).datasets
    unet = label_maps(data).method("unet")
    targets = store.targets("busi")
    assert unet is not None
    assert unet.present is not None
    assert targets is not None
    rows = [row for row, png in enumerate(targets.pngs) if decode(png).any()]
    each: dict[int | None, dict[str, float]] = {}
    for trial in store.trials():
        maps = store.label_maps(trial) if trial.method == "unet" else None
        if maps is None:
            continue
        said = dict(zip(maps.case_ids.tolist(), maps.pngs, strict=True))
        for row in rows:
            if targets.split[row] == "test":
                true, case = decode(targets.pngs[row]), str(targets.case_ids[row])
                mine = to_original(decode(said[case]), *true.shape)
                each.setdefault(trial.seed, {})[case] = float(
                    region_measures(true, mine, 2, 2.0)[0, 0]
                )
    dice = np.array([list(own.values()) for own in each.values()])
    seeds = float(dice.mean(axis=1).var(ddof=1)) / len(dice)
    expected = Cases(None, "cases", 0.95).estimate(OverCases(dice.mean(axis=0), seeds, len(dice)))
    assert unet.present.low == pytest.approx(expected.low)
    assert unet.present.high == pytest.approx(expected.high)


def test_a_side_that_does_not_beat_the_control_is_said(tmp_path: Path) -> None:
    methods = (
        Segmenter("unet", "deep", 0.9),
        Segmenter("otsu-shape", "classical", 0.95),
        Segmenter("mean-mask", "control", 0.9),
    )
    found = collect(segmentation_results(tmp_path / "r", methods=methods))
    (data,) = found.datasets
    item = light(data, "controls")
    assert item.colour == "amber"
    assert "is not shown to be better than the control mean-mask" in item.sentence
    assert any("not shown that anything was learnt" in text for text in found.overall.caveats)


def test_every_control_must_be_beaten_not_only_that_which_validation_prefers(
    tmp_path: Path,
) -> None:
    methods = (
        Segmenter("unet", "deep", 0.5),
        Segmenter("otsu-shape", "classical", 0.95),
        Segmenter("empty-mask", "control", 0.0, misses=1.0),
        Segmenter("mean-mask", "control", 0.9),
    )
    (data,) = collect(segmentation_results(tmp_path / "r", methods=methods)).datasets
    assert data.comparison is not None
    assert [(c.side, c.control) for c in data.comparison.controls] == [
        ("deep", "mean-mask"),
        ("classical", "mean-mask"),
    ]


def test_of_controls_that_are_better_the_best_is_named(tmp_path: Path) -> None:
    methods = (
        Segmenter("unet", "deep", 4.0),
        Segmenter("otsu-shape", "classical", 4.0),
        Segmenter("a-mask", "control", 0.3),
        Segmenter("z-mask", "control", 0.05),
    )
    maps = Maps("busi", n_test=120)
    (data,) = collect(segmentation_results(tmp_path / "r", (maps,), methods)).datasets
    assert data.comparison is not None
    assert [check.control for check in data.comparison.controls] == ["z-mask", "z-mask"]


def test_too_few_cases_to_find_support_no_test_against_controls(tmp_path: Path) -> None:
    maps = Maps("busi", n_test=8)
    (data,) = collect(segmentation_results(tmp_path / "r", (maps,))).datasets
    assert data.comparison is not None
    for check in data.comparison.controls:
        assert (check.p, check.passed) == (None, False)
        assert "is not tested against the controls: " in check.sentence


def test_the_same_maps_are_never_certainly_equal(tmp_path: Path) -> None:
    methods = (Segmenter("unet", "deep", 0.0), Segmenter("otsu-shape", "classical", 0.0))
    (data,) = collect(segmentation_results(tmp_path / "r", methods=methods)).datasets
    c = data.comparison
    assert c is not None
    assert c.pair.difference.value == 0
    assert c.pair.superiority.p == 1.0
    assert c.pair.superiority.low < 0 < c.pair.superiority.high
    assert data.verdict.winner is None


def test_too_few_cases_with_something_to_find_forbid_a_verdict(tmp_path: Path) -> None:
    found = collect(segmentation_results(tmp_path / "r", (Maps("few", n_test=9),)))
    (data,) = found.datasets
    assert data.verdict.heading == "No verdict"
    assert data.verdict.sentence.startswith("9 test cases of “lesion” cannot support a comparison")
    item = light(data, "cases")
    assert (item.colour, item.sentence) == (
        "red",
        "9 test cases have “lesion” to find: too few for a comparison.",
    )
    assert data.comparison is not None
    nothing_shows = replace(data.comparison.pair, minimum_detectable=None)
    smallest = Smallest(9, "lesion")
    ruling = conclude(nothing_shows, smallest, data.audit)
    told = sentence(ruling, Words("deep", "classical", "ΔDice"), smallest)
    assert told.endswith("not even a mean Dice of 1 would be found better.")


def test_the_audit_says_to_which_height_and_width_networks_bring_images(
    busi: DatasetEvidence,
) -> None:
    inputs = next(item for item in busi.audit if item.key == "inputs")
    assert "deep methods had" in inputs.sentence.lower()
    assert "brought images to 48 × 64 px" in inputs.sentence


def test_a_missing_side_is_named(tmp_path: Path) -> None:
    found = collect(segmentation_results(tmp_path / "r", methods=SEGMENTERS[:2]))
    (data,) = found.datasets
    assert data.verdict.sentence == "No classical method was run on this data set."
    assert "Dice" in " ".join(sentences(compose(found)))


@pytest.mark.slow
def test_with_folds_every_case_is_tested_once(tmp_path: Path) -> None:
    found = collect(
        segmentation_results(tmp_path / "r", (Maps("folds", n_val=10),), folds=5, seeds=(0, 1))
    )
    (data,) = found.datasets
    c = data.comparison
    assert c is not None
    assert c.n_cases == len(label_maps(data).cases) == 50
    assert sum(c.folds_deep.values()) == 5
    assert data.verdict.is_verdict
    assert c.pair.se_seeds**2 > OVERLAP * c.pair.se_cases**2
    added = "with overlapping training parts"
    assert f", {added}, with seed variance" in c.pair.test
    assert all(added in one.measures[0].mean.method for one in label_maps(data).methods)
    said = next(text for text in sentences(compose(found)) if text.startswith("Standard error"))
    assert f"{error(c.pair.se_seeds)} from the seeds and overlapping training parts." in said


def test_of_a_single_seed_what_seeds_add_is_unknown(tmp_path: Path) -> None:
    found = collect(segmentation_results(tmp_path / "r", (Maps("busi"),), seeds=(0,)))
    said = next(text for text in sentences(compose(found)) if text.startswith("Standard error"))
    assert ", an unknown part from the seeds." in said


@pytest.mark.slow
def test_what_is_shown_beside_a_difference_has_that_difference(tmp_path: Path) -> None:
    """With folds in which one and the other model is best, too."""
    alike = [Segmenter(name, "deep", 0.4) for name in ("unet", "fpn")]
    methods = (*alike, Segmenter("otsu-shape", "classical", 0.7))
    found = collect(
        segmentation_results(tmp_path / "r", (Maps("folds", n_val=10),), methods, folds=5)
    )
    (data,) = found.datasets
    c = data.comparison
    assert c is not None
    assert len(c.folds_deep) == 2  # else the test does not ask what it is to ask
    shown = label_maps(data)
    assert len(shown.differences) == 5
    for one in shown.differences:
        assert abs(one.deep - one.classical) == pytest.approx(abs(one.difference.value))
    dice = shown.differences[0]
    assert dice.deep == pytest.approx(c.pair.value_a.value)
    assert dice.deep == pytest.approx(np.mean([case.deep for case in shown.cases]))
    assert c.labels == ("best of each fold", "otsu-shape")


@pytest.mark.slow
def test_over_folds_lights_are_of_what_stands_for_each_side(tmp_path: Path) -> None:
    """And not of the method that was most often chosen, in all folds."""
    nets = [Segmenter(name, "deep", 0.4, misses=0.3) for name in ("unet", "fpn")]
    methods = (*nets, Segmenter("otsu-shape", "classical", 0.7))
    maps = Maps("folds", n_val=10, empty=0.4)
    store = segmentation_results(tmp_path / "r", (maps,), methods, folds=5, random_state=2)
    (data,) = collect(store).datasets
    c, shown = data.comparison, label_maps(data)
    assert c is not None
    assert len(c.folds_deep) == 2  # else the test does not ask what it is to ask
    deep, classical = shown.sides
    assert classical == shown.method("otsu-shape")
    assert deep.name == c.stands_for_deep
    lesions = [case.deep for case in shown.cases if case.area > 0]
    assert deep.misses == pytest.approx(np.mean([dice == 0 for dice in lesions]))
    assert deep.misses != shown.method(c.deep).misses  # type: ignore[union-attr]
    assert deep.present is not None
    assert deep.present.value == pytest.approx(np.mean(lesions))
    empty = [case.deep == 1 and case.area == 0 for case in shown.cases]
    assert deep.both_empty == pytest.approx(np.mean(empty))
    assert deep.dice.mean.value == pytest.approx(c.pair.value_a.value)
    told = light(data, "misses").sentence
    assert classical.misses is not None
    both = f"{deep.name} {100 * deep.misses:.1f} %; otsu-shape {100 * classical.misses:.1f} %"
    assert both in told
    assert told in data.verdict.sentence
    said = light(data, "empties").sentence
    assert f"{deep.name} {100 * deep.both_empty:.1f} % on test" in said
    assert f"{deep.present.value:.3f} where there is something to find" in said
    table = dice_table(data, shown, "folds", "95 %")
    assert any(c.stands_for_deep in note for note in table.notes)


def test_a_failed_seed_is_listed_and_leaves_the_others(tmp_path: Path) -> None:
    methods = (
        Segmenter("unet", "deep", 0.3, stochastic=True, fails=(1,)),
        Segmenter("otsu-shape", "classical", 0.6),
    )
    found = collect(segmentation_results(tmp_path / "r", methods=methods))
    assert [(f.method, f.seed) for f in found.failed] == [("unet", 1)]
    assert found.datasets[0].method("unet").seeds == (0, 2)


def test_evidence_is_valid_by_its_schema(evidence: Evidence) -> None:
    data = json.loads(as_json(evidence))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(data)
    assert data["datasets"][0]["segmentation"]["methods"][0]["measures"][0]["measure"] == "dice"
    assert "iVBORw0KGgo" not in as_json(evidence)


def test_no_number_in_a_sentence_is_without_evidence(evidence: Evidence) -> None:
    stored = json.loads(as_json(evidence))
    known = forms(stored)
    for data in stored["datasets"]:
        shares = [
            (own["pair"]["se_seeds"] / own["pair"]["se"]) ** 2 for own in (data["comparison"],)
        ]
        times = [
            sum(
                m["cost"]["fit_seconds"] * len(m["scores"])
                for m in data["methods"]
                if m["family"] == f
            )
            for f in ("deep", "classical")
        ]
        known |= forms(data["segmentation"]["methods"], shares, times)
    told = {number for text in sentences(compose(evidence)) for number in decimals(text)}
    assert told - known == set()


def test_training_images_are_shown_by_the_size_of_what_they_show(busi: DatasetEvidence) -> None:
    name = busi.card.name
    assert gallery(busi).caption == (
        f"A few training images of each size of what they show: {name}."
    )


def test_nothing_in_the_report_speaks_of_auc(evidence: Evidence) -> None:
    document = compose(evidence)
    words = [*sentences(document), *(f.caption for f in document.figures)]
    words += [note for table in document.tables for note in (table.caption, *table.notes)]
    words += [column.label for table in document.tables for column in table.columns]
    assert [text for text in words if "AUC" in text or "ROC" in text] == []


@pytest.mark.slow
def test_the_report_is_written_and_its_answer_told(store: Store, evidence: Evidence) -> None:
    files = write_report(store)
    assert files.answer == in_lines(evidence)
    assert files.answer[0].startswith("busi-lesions: Deep better")
    page = files.html.read_text(encoding="utf-8")
    assert "Segmentation" in page
    assert files.html.stat().st_size < 2_000_000
    assert files.pdf.read_bytes().startswith(b"%PDF")


def test_the_verdict_so_far_is_told_while_others_run(store: Store) -> None:
    text = verdict_so_far(store, "busi-lesions")
    assert text.startswith("busi-lesions, before audit and correction: Deep better")
    assert "ΔDice" in text


@pytest.mark.slow
@pytest.mark.parametrize("off", [0.2, 0.45, 0.5, 0.55, 0.9])
def test_no_sentence_contradicts_its_interval(off: float, tmp_path: Path) -> None:
    methods = (Segmenter("unet", "deep", 0.5), Segmenter("otsu-shape", "classical", off))
    found = collect(
        segmentation_results(tmp_path / "r", (Maps("one", n_test=60),), methods, margin=0.1)
    )
    (data,) = found.datasets
    c, verdict = data.comparison, data.verdict
    assert c is not None
    two, one = c.pair.superiority, c.pair.equivalence
    if verdict.rule.startswith("better"):
        assert two.low > 0 or two.high < 0
        assert verdict.winner == ("deep" if two.low > 0 else "classical")
    if verdict.rule == "better-beyond-margin":
        assert two.low > 0.1 or two.high < -0.1
    within = one.low > -0.1 and one.high < 0.1
    if verdict.rule in ("equivalent", "better-but-equivalent"):
        assert within
        assert f"90 % interval [{_signed(one.low)}, {_signed(one.high)}]" in verdict.sentence
    if verdict.rule == "inconclusive":
        assert not within


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
