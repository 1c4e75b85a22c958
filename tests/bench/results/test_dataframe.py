"""A results folder as a table: the runs, and the probabilities of their cases."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bench
from bench.protocol.cards import MethodCard
from bench.protocol.errors import DamagedResults, ResultsError
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store

STORED = Path(__file__).parent / "version-1"  # two controls on phantom-null


@pytest.fixture
def store(tmp_path):
    """Those two runs, and one that has failed, of a method with seeds."""
    shutil.copytree(STORED, tmp_path / "results")
    store = Store(tmp_path / "results")
    run = store.record(next(iter(store.trials())))
    net = MethodCard("net", "deep", "", "", "")
    trial = Trial("phantom-null", "net", seed=2)
    store.write_run(replace(run, trial=trial, method=net, status="failed", error="ValueError: no"))
    return store


def test_there_is_a_row_for_every_run_failed_ones_included(store):
    table = bench.load_results(store.root).set_index("method")
    assert list(table.index) == ["class-prior", "mean-brightness", "net"]
    assert list(table.family) == ["control", "control", "deep"]
    assert list(table.status) == ["ok", "ok", "failed"]
    assert list(table.error) == ["", "", "ValueError: no"]
    assert (table.dataset == "phantom-null").all()
    assert list(table.fraction) == [0.5, 0.5, 1.0]
    assert table.seed["net"] == 2
    assert table.seed.isna().sum() == 2
    assert table.fold.isna().all()
    assert table.fit_seconds["class-prior"] == 1.5
    assert table.cached_seconds["class-prior"] == 1.25


def test_runs_that_answer_other_questions_are_told_apart(store):
    run = store.record(next(iter(store.trials())))
    others = [
        Trial("phantom-null", "svm", fold=1, repeat=1),
        Trial("phantom-null", "svm", resample=2),
        Trial("phantom-null", "svm", size=28),
        Trial("phantom-null", "svm", masks="deep"),
    ]
    for trial in others:
        store.write_run(replace(run, trial=trial, status="failed", error="no"))
    table = bench.load_results(store.root).query("method == 'svm'")
    told = table[["repeat", "resample", "size", "masks"]].astype(object)
    rows = {tuple("-" if v is pd.NA else v for v in row) for row in told.to_numpy().tolist()}
    assert rows == {(1, "-", 0, ""), (0, 2, 0, ""), (0, "-", 28, ""), (0, "-", 0, "deep")}


def test_no_scores_are_in_it(store):
    assert not {"auc", "score", "accuracy"} & {*bench.load_results(store.root).columns}


@pytest.mark.slow
def test_with_predictions_there_is_a_row_for_every_case(store):
    table = bench.load_results(str(store.root), predictions=True)
    assert list(table.method.unique()) == ["class-prior", "mean-brightness"]
    one = table[table.method == "mean-brightness"]
    stored = store.run(Trial("phantom-null", "mean-brightness", fraction=0.5)).predictions
    assert len(one) == len(stored.labels) == 1000
    np.testing.assert_array_equal(one[["p0", "p1"]], stored.probabilities)
    np.testing.assert_array_equal(one.case_id.astype(str), stored.case_ids)
    np.testing.assert_array_equal(one.split.astype(str), stored.split)
    np.testing.assert_array_equal(one.group.astype(str), stored.groups)
    assert set(zip(one.label, one.class_name, strict=True)) == {(0, "label 0"), (1, "label 1")}
    assert one.seed.isna().all()


def test_a_folder_without_runs_has_the_same_columns_and_no_rows(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("a",), ("svm",)))
    runs = bench.load_results(store.root)
    cases = bench.load_results(store.root, predictions=True)
    assert len(runs) == len(cases) == 0
    assert {"dataset", "method", "seed"} <= {*runs.columns} & {*cases.columns}


def test_what_is_no_results_folder_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="not a results folder"):
        bench.load_results(tmp_path)


@pytest.mark.slow
def test_changed_predictions_are_not_loaded(store):
    path = next(store.root.rglob("predictions.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedResults, match=r"predictions\.parquet"):
        bench.load_results(store.root, predictions=True)


@pytest.mark.slow
def test_pandas_is_loaded_only_when_results_are():
    code = "import sys, bench; bench.load_results; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
