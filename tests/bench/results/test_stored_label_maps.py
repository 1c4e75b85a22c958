"""Label maps, true and predicted, in a results folder: as they were written, or refused."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.errors import BenchError, DamagedResults, ResultsError
from bench.protocol.label_maps import LabelMaps, Targets, decode, encode
from bench.protocol.predictions import Predictions
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.durable import read_json, sha256, write_json
from bench.results.label_maps import read_label_maps, read_targets, write_label_maps, write_targets
from bench.results.recovery import recover
from bench.results.store import Store

TRIAL = Trial("busi", "unet", seed=1)
SPLIT = np.array(["val", "test", "test", "external:site B"])
IDS = np.array([f"case-{i}" for i in range(4)])


def a_map(seed, shape=(24, 24)):
    return np.random.default_rng(seed).integers(0, 3, shape).astype(np.uint8)


def label_maps():
    return LabelMaps(IDS, SPLIT, tuple(encode(a_map(i)) for i in range(4)))


def targets(groups=True):
    shapes = [(24, 30), (11, 24), (50, 50), (9, 8)]
    return Targets(
        case_ids=IDS,
        split=SPLIT,
        groups=np.array(["p1", "p1", "p2", "é"]) if groups else None,
        pngs=tuple(encode(a_map(i, shape)) for i, shape in enumerate(shapes)),
        heights=np.array([h for h, _ in shapes], np.int32),
        widths=np.array([w for _, w in shapes], np.int32),
        spacings=np.array([[0.5, 0.25], [np.nan, np.nan], [1, 1], [np.nan, 2]]),
    )


def run(**changes):
    values = {
        "trial": TRIAL,
        "method": MethodCard("unet", "deep", "A U-Net.", "dist", "1.0"),
        "status": "ok",
        "data_fingerprint": "f00",
        "budget": "quick",
        "environment": Environment("3.11", "Linux", "CPU", 2, 1, "cpu"),
        "started": "2026-01-01T00:00:00+00:00",
        "label_maps": label_maps(),
    }
    return Run(**(values | changes))


def card(**changes):
    values = {
        "name": "busi",
        "class_names": ("empty", "small", "large"),
        "positive": None,
        "image_shape": (24, 24, 1),
        "parts": {"test": PartCard(3, None, (1, 1, 1))},
        "fingerprint": "f00",
        "source": "a folder",
        "licence": "",
        "citation": "",
        "split": "automatic",
        "checksum": "none",
        "task": "segmentation",
        "target_names": ("background", "lesion"),
    }
    return DatasetCard(**(values | changes))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("busi",), ("unet",), task="segmentation"))
    return store


def same(one, other):
    for name in ("case_ids", "split", "pngs", "groups", "heights", "widths", "spacings"):
        if hasattr(one, name):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_label_maps_come_back_as_they_were_stored(store):
    store.write_run(run())
    back = store.run(TRIAL)
    assert back.status == "ok"
    assert back.predictions is None
    same(store.label_maps(TRIAL), label_maps())
    assert store.label_maps(replace(TRIAL, seed=2)) is None


@pytest.mark.parametrize("groups", [True, False])
def test_the_truth_comes_back_as_it_was_stored(store, groups):
    store.write_card(card(), targets=targets(groups))
    assert store.card("busi").target_names == ("background", "lesion")
    assert store.card("busi").task == "segmentation"
    same(store.targets("busi"), targets(groups))
    assert (store.root / "datasets" / "busi" / "targets.parquet").exists()


def test_a_later_study_of_classification_leaves_no_truth_behind_that_is_not_its_own(store):
    store.write_card(card(), targets=targets())
    store.write_card(card(task="classification", target_names=()))
    assert store.targets("busi") is None
    assert recover(store) == []


def test_a_failed_run_has_no_label_maps(store):
    store.write_run(run(status="failed", error="boom", label_maps=None))
    assert store.run(TRIAL).status == "failed"
    assert store.label_maps(TRIAL) is None


def test_a_run_that_has_neither_predictions_nor_label_maps_is_damaged(store):
    store.write_run(run(label_maps=None))
    with pytest.raises(DamagedResults):
        store.run(TRIAL)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("hurt", [flip, lambda path: path.unlink(), lambda p: p.write_bytes(b"")])
def test_a_changed_label_map_is_noticed_and_set_aside(store, hurt):
    store.write_run(run())
    hurt(next(store.root.rglob("label_maps.parquet")))
    with pytest.raises(ResultsError, match=r"label_maps\.parquet is damaged"):
        store.run(TRIAL)
    assert len(recover(store)) == 1
    assert store.run(TRIAL) is None


@pytest.mark.parametrize("hurt", [flip, lambda p: p.write_bytes(b"")])
def test_a_changed_truth_is_noticed_and_set_aside(store, hurt):
    store.write_card(card(), targets=targets())
    hurt(store.layout.targets_file("busi"))
    with pytest.raises(ResultsError, match=r"targets\.parquet is damaged"):
        store.targets("busi")
    assert recover(store)
    assert store.card("busi") is None
    assert not store.layout.targets_file("busi").exists()


def rewritten(path, **columns):
    """The same table with other columns, and where they cannot be had without them."""
    table = pq.read_table(path)
    for name, values in columns.items():
        place = table.column_names.index(name)
        if values is None:
            table = table.remove_column(place)
        else:
            table = table.set_column(place, name, pa.array(values))
    pq.write_table(table, path)


HUGE = encode(np.zeros((1025, 1024), np.uint8))


@pytest.mark.parametrize(
    "columns",
    [
        {"png": None},
        {"case_id": None},
        {"png": [b"GIF89a"] * 4},
        {"png": [None] * 4},
        {"png": ["text"] * 4},
        {"png": [1, 2, 3, 4]},
        {"png": [HUGE] * 4},
        {"case_id": [1, 2, 3, 4]},
        {"split": [True] * 4},
    ],
)
def test_a_table_of_label_maps_that_somebody_made_is_refused(store, columns):
    """The checksum agrees, as in a results folder that was sent by a stranger."""
    store.write_run(run())
    place = store.layout.run_folder(TRIAL)
    rewritten(place / "label_maps.parquet", **columns)
    told = read_json(place / "run.json")
    told["label_maps_sha256"] = sha256(place / "label_maps.parquet")
    write_json(place / "run.json", told, str)
    assert store.run(TRIAL).status == "ok"
    with pytest.raises(BenchError, match=r"label_maps\.parquet") as refused:
        store.label_maps(TRIAL)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "columns",
    [
        {"png": [b"\x89PNG"] * 4},
        {"height": [1, 1, 1, 1]},
        {"height": None},
        {"spacing_y": ["a"] * 4},
        {"group": [1, 2, 3, 4]},
    ],
)
def test_a_table_of_truth_that_somebody_made_is_refused(store, tmp_path, columns):
    path = tmp_path / "targets.parquet"
    write_targets(path, targets())
    if columns.get("height"):
        columns = {"height": np.ones(4, np.int32)}
    rewritten(path, **columns)
    with pytest.raises((ValueError, KeyError, OSError)):
        read_targets(path)


def test_a_table_with_further_columns_is_read_all_the_same(tmp_path):
    path = tmp_path / "label_maps.parquet"
    write_label_maps(path, label_maps())
    table = pq.read_table(path)
    pq.write_table(table.append_column("note", pa.array(["x"] * 4)), path)
    same(read_label_maps(path), label_maps())


def test_a_run_of_classification_is_stored_as_before(store):
    predictions = Predictions(
        IDS,
        np.array(["val", "val", "test", "test"]),
        np.array([0, 1, 0, 1]),
        None,
        np.eye(2)[[0, 1] * 2],
    )
    store.write_run(run(label_maps=None, predictions=predictions))
    told = read_json(store.layout.run_folder(TRIAL) / "run.json")
    assert "label_maps_sha256" not in told
    assert "label_maps" not in told
    np.testing.assert_array_equal(
        store.run(TRIAL).predictions.probabilities, predictions.probabilities
    )


WRITER = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from bench.results.store import Store
import test_stored_label_maps as t
store = Store(Path({root!r}))
while True:
    store.write_run(t.run())
    store.write_card(t.card(), targets=t.targets())
    print("written", flush=True)
"""


@pytest.mark.slow
def test_a_store_that_is_killed_at_any_moment_holds_whole_label_maps_or_none(store, tmp_path):
    """Processes that do nothing but write are killed with SIGKILL, each somewhere else."""
    code = WRITER.format(tests=os.path.dirname(__file__), root=str(store.root))
    for attempt in range(6):
        writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.013 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        recover(store)
        assert store.run(TRIAL).status == "ok"
        same(store.label_maps(TRIAL), label_maps())
        if store.card("busi") is not None and store.targets("busi") is not None:
            same(store.targets("busi"), targets())
        assert not [path for path in store.root.rglob("*") if path.name.startswith(".incomplete")]
        np.testing.assert_array_equal(decode(store.label_maps(TRIAL).pngs[0]), a_map(0))
