"""Metadata and predictions of corrupted images come back as they were stored."""

from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.errors import DamagedResults
from bench.protocol.metadata import Metadata
from bench.protocol.predictions import CorruptedPredictions, Predictions
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.recovery import recover
from bench.results.store import Store

CARD = DatasetCard(
    name="a/b",
    class_names=("no", "yes"),
    positive=1,
    image_shape=(16, 16, 1),
    parts={name: PartCard(4, None, (2, 2)) for name in ("train", "val", "test", "external:Basel")},
    fingerprint="f00",
    source="made for a test",
    licence="",
    citation="",
    split="given",
    checksum="none",
    external=("Basel",),
    left_out="site=Basel",
    metadata=("age", "site"),
    external_near_duplicates={"Basel": ("case-5",)},
    external_twin_groups={"Basel": (("case-4", "case-5"),)},
    modality="mri",
)
KNOWN = Metadata(
    case_ids=np.array(["v0", "t0", "t1", "e0"]),
    split=np.array(["val", "test", "test", "external:Basel"]),
    columns={
        "age": np.array([1.5, np.nan, 3.0, 4.0]),
        "site": np.array(["", "Ünal", "b", "b"]),
        "split": np.array(["x", "y", "", "z"]),
        "case_id": np.array([1.0, 2.0, 3.0, np.nan]),
    },
)
PREDICTED = Predictions(
    case_ids=KNOWN.case_ids,
    split=KNOWN.split,
    labels=np.array([0, 1, 0, 1]),
    groups=None,
    probabilities=np.array([[0.5, 0.5], [0.25, 0.75], [1, 0], [0, 1]]),
)
CORRUPTED = CorruptedPredictions(
    case_ids=np.array(["t0", "t1"]),
    kinds=("noise", "blur"),
    severities=(1, 3, 5),
    probabilities=np.random.default_rng(0).random((2, 3, 2, 2)).astype(np.float32),
)
RUN = Run(
    trial=Trial("a/b", "svm"),
    method=MethodCard("svm", "classical", "An SVM.", "dist", "1.0"),
    status="ok",
    data_fingerprint="f00",
    budget="standard",
    environment=Environment("3.11", "Linux", "CPU", 2, 1, "cpu", {"numpy": "2"}),
    started="2026-01-01T00:00:00+00:00",
    predictions=PREDICTED,
    corrupted=CORRUPTED,
    corrupt=("noise", "blur"),
    corrupted_seconds=2.5,
)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("a/b",), ("svm",)), "python -m bench run")
    return store


def test_metadata_come_back_with_what_is_missing_and_whatever_their_columns_are_called(store):
    store.write_card(CARD, metadata=KNOWN)
    back = store.metadata("a/b")
    assert back.case_ids.tolist() == KNOWN.case_ids.tolist()
    assert back.split.tolist() == KNOWN.split.tolist()
    assert list(back.columns) == list(KNOWN.columns)
    for name, values in KNOWN.columns.items():
        np.testing.assert_array_equal(back.columns[name], values)
        assert back.columns[name].dtype.kind == values.dtype.kind


def test_a_column_in_which_everything_is_missing_keeps_its_kind(store):
    nothing = {"age": np.full(4, np.nan), "site": np.full(4, "")}
    store.write_card(CARD, metadata=replace(KNOWN, columns=nothing))
    for name, values in store.metadata("a/b").columns.items():
        np.testing.assert_array_equal(values, nothing[name])


def test_metadata_that_are_given_up_are_gone_from_the_disk(store):
    store.write_card(CARD, metadata=KNOWN)
    store.write_card(CARD)
    assert store.metadata("a/b") is None
    assert not list(store.root.rglob("metadata.parquet"))


def test_a_card_comes_back_with_its_external_parts(store):
    store.write_card(CARD)
    assert store.card("a/b").as_json() == CARD.as_json()
    assert store.card("a/b").external_twin_groups == CARD.external_twin_groups


def test_a_run_comes_back_with_external_parts_and_its_corrupted_images_beside_it(store):
    store.write_run(RUN)
    back = store.run(RUN.trial)
    assert back.predictions.externals() == ("Basel",)
    assert back.predictions.part("external:Basel").case_ids.tolist() == ["e0"]
    assert back.predictions.part("test").case_ids.tolist() == ["t0", "t1"]
    assert back.corrupted is None
    assert (back.corrupt, back.corrupted_seconds) == (("noise", "blur"), 2.5)
    corrupted = store.corrupted(RUN.trial)
    assert (corrupted.kinds, corrupted.severities) == (CORRUPTED.kinds, CORRUPTED.severities)
    assert corrupted.case_ids.tolist() == ["t0", "t1"]
    assert corrupted.probabilities.dtype == np.float32
    np.testing.assert_array_equal(corrupted.probabilities, CORRUPTED.probabilities)


def test_a_run_without_corrupted_images_has_none(store):
    store.write_run(replace(RUN, corrupted=None, corrupt=()))
    assert store.corrupted(RUN.trial) is None


def test_changed_metadata_are_set_aside_with_their_card(store):
    store.write_card(CARD, metadata=KNOWN)
    path = store.layout.metadata_file("a/b")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedResults):
        store.metadata("a/b")
    assert len(recover(store)) == 2
    assert store.card("a/b") is None
    assert store.metadata("a/b") is None


def test_a_changed_table_of_corrupted_images_sets_the_run_aside(store):
    store.write_run(RUN)
    path = store.layout.run_folder(RUN.trial) / "corrupted.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedResults):
        store.run(RUN.trial)
    assert len(recover(store)) == 1
    assert store.run(RUN.trial) is None
