"""What was cut off, flipped or edited in a results folder is named, set aside and never used."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.errors import DamagedResults, ResultsError
from bench.protocol.predictions import Predictions, Thumbnails
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results import durable, lock
from bench.results.lock import RunLock
from bench.results.recovery import recover
from bench.results.store import Store

TRIAL = Trial("a", "svm", seed=1)


def run(trial=TRIAL, **changes):
    p = np.random.default_rng(0).random(6)
    values = {
        "trial": trial,
        "method": MethodCard("svm", "classical", "An SVM.", "dist", "1.0"),
        "status": "ok",
        "data_fingerprint": "f00",
        "budget": "standard",
        "environment": Environment("3.11", "Linux", "CPU", 2, 1, "cpu", {"numpy": "2"}),
        "started": "2026-01-01T00:00:00+00:00",
        "fit_seconds": 1.5,
        "predictions": Predictions(
            case_ids=np.array([f"case-{i}" for i in range(6)]),
            split=np.array(["val"] * 2 + ["test"] * 4),
            labels=np.array([0, 1, 0, 1, 1, 0]),
            groups=None,
            probabilities=np.column_stack([1 - p, p]),
        ),
    }
    return Run(**(values | changes))


def card():
    part = PartCard(6, None, (3, 3))
    return DatasetCard(
        "a", ("n", "y"), 1, (8, 8, 1), {"train": part, "test": part}, "f00", "", "", "", "", ""
    )


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("a",), ("svm",)))
    store.write_card(card(), Thumbnails(np.array(["case-3"]), (b"\x89PNG",)))
    store.write_run(run())
    store.write_run(run(Trial("a", "svm", seed=2)))
    assert recover(store) == []
    return store


def place(store, name):
    return store.root / "runs" / "a" / "svm" / "seed-1" / name


def edited(old, new):
    return lambda content: content.replace(old, new)


DAMAGE = {
    "cut off": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "a flipped bit": lambda content: content[:200] + bytes([content[200] ^ 4]) + content[201:],
    "zeros, as after a power cut": lambda content: bytes(len(content)),
    "of another kind": lambda content: b"[1, 2]",
}
EDITS = {
    "a faster fit": edited(b'"fit_seconds": 1.5', b'"fit_seconds": 0.5'),
    "another seed": edited(b'"seed": 1', b'"seed": 3'),
    "another status": edited(b'"status": "ok"', b'"status": "failed"'),
    "another version": edited(b'"version": "1.0"', b'"version": "1.1"'),
    "another schema": edited(b'"schema": 2', b'"schema": 3'),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", [*DAMAGE, *EDITS])
def test_a_damaged_record_is_set_aside_and_nothing_else(store, how):
    path = place(store, "run.json")
    path.write_bytes((DAMAGE | EDITS)[how](path.read_bytes()))
    with pytest.raises(DamagedResults, match=r"seed-1"):
        store.run(TRIAL)
    (line,) = recover(store)
    assert str(path.parent) in line
    assert (store.root / "damaged" / "runs" / "a" / "svm" / "seed-1" / "run.json").exists()
    assert store.run(TRIAL) is None
    assert list(store.trials()) == [Trial("a", "svm", seed=2)]
    assert recover(store) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", [h for h in DAMAGE if h != "of another kind"])
def test_damaged_predictions_are_set_aside(store, how):
    path = place(store, "predictions.parquet")
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    with pytest.raises(DamagedResults, match=r"predictions\.parquet"):
        store.run(TRIAL)
    (line,) = recover(store)
    assert str(path) in line
    assert "next run" not in line
    assert store.run(TRIAL) is None


@pytest.mark.slow
def test_every_flipped_bit_of_a_record_is_noticed_or_changes_nothing(store):
    path = place(store, "run.json")
    content, before = path.read_bytes(), replace(store.run(TRIAL), predictions=None)
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            found = replace(store.run(TRIAL), predictions=None)
        except ResultsError:
            continue
        assert found.as_json() == before.as_json()


def test_missing_files_are_noticed(store):
    place(store, "predictions.parquet").unlink()
    place(store, "run.json").with_name("run.json").rename(place(store, "run.txt"))
    assert len(recover(store)) == 1
    assert store.run(TRIAL) is None


def test_a_run_copied_to_the_place_of_another_is_noticed(store):
    shutil.copytree(place(store, ""), store.root / "runs" / "a" / "xgboost" / "seed-1")
    (line,) = recover(store)
    assert "another trial" in line
    assert "xgboost" in line


def test_what_is_set_aside_twice_is_kept_twice(store):
    for _ in range(2):
        place(store, "run.json").write_text("{")
        recover(store)
        store.write_run(run())
    names = {p.name for p in (store.root / "damaged" / "runs" / "a" / "svm").iterdir()}
    assert names == {"seed-1", "seed-1-2"}


@pytest.mark.parametrize("name", ["a.json", "a.thumbnails.parquet"])
def test_a_damaged_card_is_set_aside(store, name):
    path = store.root / "datasets" / name
    path.write_bytes(path.read_bytes()[:-20])
    assert str(path) in recover(store)[0]
    assert store.card("a") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [edited(b'"margin": 0.02', b'"margin": 0.2'), edited(b'"times": 1', b'"times": 0')],
    ids=["margin", "times"],
)
def test_a_study_changed_by_hand_is_set_aside_and_declared_anew(store, how):
    path = store.root / "study.json"
    path.write_bytes(how(path.read_bytes()))
    with pytest.raises(DamagedResults, match="changed by hand"):
        store.studies()
    (line,) = recover(store)
    assert str(path) in line
    store.declare(Study(("a",), ("svm",)))
    assert store.current.times == 1
    assert store.run(TRIAL).status == "ok"


def test_results_of_another_version_are_left_as_they_are(store):
    path = store.root / "study.json"
    path.write_text(path.read_text().replace('"schema": 2', '"schema": 99'))
    with pytest.raises(ResultsError, match="version 99"):
        recover(store)
    assert path.exists()


def test_a_folder_written_without_checksums_is_still_read(store):
    for path in store.root.rglob("*.json"):
        data = json.loads(path.read_text())
        del data[durable.CHECKSUM]
        data.pop("seconds", None)
        path.write_text(json.dumps(data))
    assert recover(store) == []
    assert store.run(TRIAL).fit_seconds == 1.5


def test_a_write_that_was_cut_off_is_cleared_away_or_finished(store):
    parent = place(store, "").parent
    (parent / ".incomplete-x1").mkdir()
    (parent / ".incomplete-x1" / "predictions.parquet").write_bytes(b"half")
    (store.root / ".incomplete-study.json").write_text("{")
    (parent / "seed-2").rename(parent / ".incomplete-old-seed-2")  # before its successor came
    assert recover(store) == []
    assert not list(store.root.rglob(".incomplete*"))
    assert store.run(Trial("a", "svm", seed=2)).status == "ok"


def test_the_lock_names_who_holds_it_and_is_free_afterwards(tmp_path):
    root = tmp_path / "results"
    with RunLock(root, "t" * 16, tmp_path / "work"):
        assert lock.lock_owner(root).pid == os.getpid()
        with (
            pytest.raises(ResultsError, match=f"in use by another run .process {os.getpid()} on"),
            RunLock(root, "u" * 16, tmp_path / "work"),
        ):
            pass
        (root / "study.json").write_text("{}")
    assert lock.lock_owner(root) is None
    with RunLock(root, "t" * 16, tmp_path / "work") as again:
        assert again.stale is None


def test_a_run_that_leaves_nothing_leaves_no_folder(tmp_path):
    with RunLock(tmp_path / "new" / "results", "t" * 16, tmp_path):
        pass
    assert not (tmp_path / "new" / "results").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_lock_file_that_says_nothing_stops_nobody(tmp_path, content):
    (tmp_path / ".running").mkdir()
    (tmp_path / ".running" / "lock").write_text(content)
    with RunLock(tmp_path, "t" * 16, tmp_path) as held:
        assert held.stale is None


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="access rights are POSIX")
def test_a_read_only_folder_is_told_in_one_line():
    root = Path(tempfile.mkdtemp())
    try:
        store = Store(root / "results")
        store.declare(Study(("a",), ("svm",)))
        for path in [root, *root.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # the system lets its administrator write everywhere
        try:
            for attempt in (
                lambda: RunLock(store.root, "t" * 16, root).__enter__(),
                lambda: RunLock(root / "other", "t" * 16, root).__enter__(),
                lambda: store.declare(Study(("b",), ("svm",))),
                lambda: store.write_run(run()),
            ):
                with pytest.raises(ResultsError, match="cannot be written") as caught:
                    attempt()
                assert "\n" not in str(caught.value)
        finally:
            if user == 0:
                os.seteuid(0)
    finally:
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(root)


FULL = """
    import resource, sys
    from pathlib import Path
    from tests.bench.results.test_recovery import run
    from bench.protocol.errors import ResultsError
    from bench.protocol.record import Trial
    from bench.results.store import Store

    store = Store(Path(sys.argv[1]))
    for size in range(0, 6000, 400):  # a disk that is full after so many bytes of a file
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            store.write_run(run(Trial("a", "svm", 100 + size)))
        except ResultsError as error:
            assert "cannot be written" in str(error), error
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_disk_that_is_full_at_any_point_of_a_write_leaves_all_or_nothing(store):
    code = [sys.executable, "-c", textwrap.dedent(FULL), str(store.root)]
    subprocess.run(code, check=True, cwd=Path(__file__).parents[3])
    assert recover(store) == []
    assert not list(store.root.rglob(".incomplete*"))
    for trial in store.trials():
        assert store.run(trial).predictions.probabilities.shape == (6, 2)
    assert 2 <= len(list(store.trials())) < 17
