"""What tables of cases say of what the report counts."""

from dataclasses import replace

import numpy as np
import pytest

import bench
from bench.protocol.metadata import EXTERNAL
from bench.protocol.study import Study
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.examine import deciding
from reports.loading.elsewhere import external_parts
from reports.loading.selection import load
from reports.loading.units import with_twins_as_one
from tests.reports.segmented import Maps, Segmenter, segmentation_results
from tests.reports.simulated import Data, Method, noted, results
from tests.reports.travelling import Beyond, Site, travelling

SVM = (Method("svm", "classical", 0.8),)
SMALL = Data("breast", 40, 60)


def of_test(numbers, fold=None):
    return tuple(f"test-{fold}-{i:06d}" for i in numbers)


def cases(store, split):
    table = bench.load_results(store.root, predictions=True)
    return table[table.split == split].set_index("case_id")


def as_counted(data):
    """Case → what it counts as, of the test cases in which the report's verdict is."""
    found = {}
    for part in data.tests.values():
        names = part.case_ids if part.clusters is None else part.clusters
        found |= dict(zip(part.case_ids.tolist(), names.tolist(), strict=True))
    return found


def decided(store):
    """The report's runs on the test cases that decide."""
    study = store.current.study
    data = with_twins_as_one(load(store, study, store.card("breast"), set(store.trials())))
    return deciding(DatasetComparison(data, study)).data


@pytest.mark.parametrize("images_per_patient", [0, 3])
def test_without_twins_all_decide_and_count_as_the_patient_or_themselves(
    tmp_path, images_per_patient
):
    data = replace(SMALL, images_per_patient=images_per_patient)
    table = bench.load_results(results(tmp_path, (data,), SVM).root, predictions=True)
    assert table.decides.dtype == bool
    assert table.decides.all()
    assert (table.counts_as == (table.group if images_per_patient else table.case_id)).all()


@pytest.mark.parametrize("images_per_patient", [0, 3])
@pytest.mark.parametrize("folds", [0, 3])
def test_test_cases_count_as_the_report_counts_them(tmp_path, images_per_patient, folds):
    data = replace(SMALL, images_per_patient=images_per_patient)
    store = results(tmp_path, (data,), SVM, folds=folds)
    first, last = (0, folds - 1) if folds else (None, None)
    clusters = (
        (*of_test([0], first), *of_test([10, 11], last)),
        of_test([11, 20], last),
        ("elsewhere", *of_test([30], first)),
    )
    elsewhere = (*of_test([20, 40], last), *of_test([50], first))
    table = cases(
        noted(store, "breast", test_twin_groups=clusters, near_duplicates=elsewhere), "test"
    )
    expected = as_counted(decided(store))
    assert table.counts_as[table.decides].to_dict() == expected
    assert set(table.index[~table.decides]) == set(elsewhere)
    joined = table.counts_as[[case for cluster in clusters[:2] for case in cluster]]
    assert joined.nunique() == 1


def test_a_patient_of_validation_who_shares_a_test_picture_has_the_same_name(tmp_path):
    data = replace(SMALL, images_per_patient=3)
    store = results(tmp_path, (data,), SVM)
    trial = next(iter(store.trials()))
    run = store.run(trial)
    groups = run.predictions.groups.copy()
    groups[0] = "test-None-p00005"  # of validation
    store.write_run(replace(run, predictions=replace(run.predictions, groups=groups)))
    noted(store, "breast", test_twin_groups=(of_test([0, 15]),))  # of patients 0 and 5
    assert cases(store, "val").counts_as.iloc[0] == cases(store, "test").counts_as[of_test([0])[0]]


def test_validation_cases_decide_that_choose(tmp_path):
    store = results(tmp_path, (SMALL,), SVM, folds=2)
    twins = [tuple(f"val-{fold}-{i:06d}" for i in numbers) for fold, numbers in ((0, [3]), (1, []))]
    noted(store, "breast", val_near_duplicates=tuple(twins))
    table = cases(store, "val")
    assert set(table.index[~table.decides]) == {"val-0-000003"}
    all_of_class = tuple(f"val-0-{i:06d}" for i in range(20))
    noted(store, "breast", val_near_duplicates=(all_of_class, ()))
    assert cases(store, "val").decides.all()  # fewer than ten of a class would remain


@pytest.mark.parametrize("images_per_patient", [0, 3])
def test_external_cases_count_as_the_report_counts_them(tmp_path, images_per_patient):
    site = Site("DU", {"svm": 0.8}, n=40, images_per_patient=images_per_patient)
    store = travelling(tmp_path, Beyond((site,)), datasets=(SMALL,), methods=SVM)
    ids = cases(store, f"{EXTERNAL}DU").index.to_numpy()
    noted(
        store,
        "breast",
        external_near_duplicates={"DU": tuple(ids[[6, 25]])},
        external_twin_groups={"DU": (tuple(ids[[0, 6, 12]]), tuple(ids[[20, 25]]))},
    )
    table = cases(store, f"{EXTERNAL}DU")
    data = load(store, store.current.study, store.card("breast"), set(store.trials()))
    told = external_parts(data, store)["DU"]
    assert table.counts_as[table.decides].to_dict() == as_counted(told)
    assert set(table.index[~table.decides]) == set(ids[[6, 25]])
    assert cases(store, "test").decides.all()


def test_no_case_decides_of_a_run_on_parts_that_the_last_study_does_not_have(tmp_path):
    store = results(tmp_path, (SMALL,), SVM, folds=2)
    noted(store, "breast", near_duplicates=of_test([0], 0))
    store.declare(replace(store.current.study, folds=0), "python -m bench run")
    assert not bench.load_results(store.root, predictions=True).decides.any()
    store.declare(Study(("other",), ("svm",)), "python -m bench run")
    assert not bench.load_results(store.root, predictions=True).decides.any()
    store.declare(replace(store.current.study, datasets=("breast",), folds=2), "run")
    assert cases(store, "test").decides.sum() == 2 * 60 - 1


def test_label_maps_say_it_too(tmp_path):
    maps = Maps("busi", n_test=12, n_val=12, images_per_patient=2, external=("DU",))
    store = segmentation_results(tmp_path, (maps,), (Segmenter("otsu-shape", "classical"),))
    before = bench.Results(store.root).measures()
    assert before.decides.all()
    assert (before.counts_as == before.group).all()
    of = {split: own.case_id.unique() for split, own in before.groupby("split")}
    external = of[f"{EXTERNAL}DU"]
    card = replace(
        store.card("busi"),
        near_duplicates=(of["test"][1],),
        val_near_duplicates=((of["val"][0],),),
        test_twin_groups=((of["test"][2], of["test"][5]),),
        external_near_duplicates={"DU": (external[0],)},
        external_twin_groups={"DU": ((external[2], external[4]),)},
    )
    store.write_card(card, targets=store.targets("busi"))
    table = bench.Results(store.root).measures().set_index("case_id")
    assert set(table.index[~table.decides]) == {of["test"][1], of["val"][0], external[0]}
    for one, other in ((of["test"][2], of["test"][5]), (external[2], external[4])):
        names = table.counts_as[[one, other]]
        assert names.nunique() == 1
        assert table.group[[one, other]].nunique() == 2
    assert np.array_equal(table.group.to_numpy(), before.group.to_numpy())
