import json
from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.errors import ResultsError
from bench.protocol.predictions import Activations, Predictions, Thumbnails
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store

pytestmark = pytest.mark.slow

STUDY = Study(("a",), ("svm",))


def predictions(groups=True):
    rng = np.random.default_rng(0)
    p = rng.random(6)
    return Predictions(
        case_ids=np.array([f"case-{i}" for i in range(6)]),
        split=np.array(["val"] * 2 + ["test"] * 4),
        labels=np.array([0, 1, 0, 1, 1, 0]),
        groups=np.array(["p1", "p1", "p2", "p2", "p3", "p3"]) if groups else None,
        probabilities=np.column_stack([1 - p, p]),
    )


def run(**changes):
    values = {
        "trial": Trial("a", "svm", seed=1),
        "method": MethodCard("svm", "classical", "An SVM.", "dist", "1.0"),
        "status": "ok",
        "data_fingerprint": "f00",
        "budget": "standard",
        "environment": Environment("3.11", "Linux", "CPU", 2, 1, "cpu", {"numpy": "2"}),
        "started": "2026-01-01T00:00:00+00:00",
        "parameters": {"C": 1.0, "kernel": "rbf"},
        "fit_info": {"loss": [0.5, np.float32(0.25)]},
        "fit_seconds": 1.5,
        "predictions": predictions(),
    }
    return Run(**(values | changes))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(STUDY, "python -m bench run")
    return store


def test_a_run_comes_back_as_it_was_stored(store):
    store.write_run(run())
    back = store.run(Trial("a", "svm", seed=1))
    assert replace(back, predictions=None, fit_info={}).as_json() == (
        replace(run(), predictions=None, fit_info={}).as_json()
    )
    assert back.fit_info == {"loss": [0.5, 0.25]}
    for name in ("case_ids", "split", "labels", "groups", "probabilities"):
        np.testing.assert_array_equal(getattr(back.predictions, name), getattr(predictions(), name))


def test_predictions_without_patients_come_back_without(store):
    store.write_run(run(predictions=predictions(groups=False)))
    assert store.run(Trial("a", "svm", seed=1)).predictions.groups is None


def test_a_run_replaces_the_failed_one_before_it(store):
    store.write_run(run(status="failed", error="boom", predictions=None))
    assert store.run(Trial("a", "svm", seed=1)).error == "boom"
    store.write_run(run())
    assert store.run(Trial("a", "svm", seed=1)).status == "ok"
    assert list(store.trials()) == [Trial("a", "svm", seed=1)]


@pytest.mark.parametrize("name", ["timm:resnet18", "<script>alert(1)</script>", "..", "a/b", "é %"])
def test_any_name_makes_a_folder_inside_the_store(store, name):
    trial = Trial(name, name)
    store.write_run(run(trial=trial))
    assert store.run(trial).trial == trial
    assert list(store.trials()) == [trial]
    (path,) = store.root.rglob("run.json")
    assert len(path.relative_to(store.root).parts) == 5


def test_a_changed_prediction_is_noticed(store):
    store.write_run(run())
    (path,) = store.root.rglob("predictions.parquet")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ResultsError, match="damaged"):
        store.run(Trial("a", "svm", seed=1))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "trial": 3}'])
def test_a_damaged_run_is_named(store, text):
    store.write_run(run())
    (path,) = store.root.rglob("run.json")
    path.write_text(text)
    with pytest.raises(ResultsError, match="svm"):
        store.run(Trial("a", "svm", seed=1))


def test_nothing_incomplete_is_remaining_children(store):
    store.write_run(run())
    store.write_run(run())
    assert not [p for p in store.root.rglob("*") if p.name.startswith(".")]


def test_studies_are_listed_with_the_last_one_current(store):
    other = Study(("a", "b"), ("svm",))
    store.declare(other, "second", ("data set c: broken",))
    store.declare(STUDY, "third")
    assert [(e.study, e.times) for e in store.studies()] == [(other, 1), (STUDY, 2)]
    assert store.current.command == "third"
    store.declare(STUDY, "fourth", scores=False)
    assert (store.current.times, store.current.command) == (2, "fourth")
    assert store.studies()[0].left_out == ("data set c: broken",)


def test_a_study_changed_by_hand_is_noticed(store):
    path = store.root / "study.json"
    data = json.loads(path.read_text())
    data["studies"][0]["study"]["margin"] = 0.1
    path.write_text(json.dumps(data))
    with pytest.raises(ResultsError, match="changed by hand"):
        store.studies()


def test_results_of_another_version_are_refused(store):
    path = store.root / "study.json"
    path.write_text(path.read_text().replace('"schema": 2', '"schema": 99'))
    with pytest.raises(ResultsError, match="version 99"):
        store.declare(STUDY)


def test_a_folder_that_holds_something_else_is_not_written_to(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ResultsError, match="not a results folder"):
        Store(tmp_path).declare(STUDY)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(ResultsError, match="is a file"):
        Store(tmp_path / "results").declare(STUDY)


def test_reading_an_empty_folder_says_how_results_are_made(tmp_path):
    with pytest.raises(ResultsError, match="bench run"):
        Store(tmp_path).studies()


def test_a_card_comes_back_as_it_was_stored(store):
    card = DatasetCard(
        name="a",
        class_names=("n", "y"),
        positive=1,
        image_shape=(28, 28, 1),
        parts={"train": PartCard(10, None, (5, 5)), "test": PartCard(4, 2, (2, 2))},
        fingerprint="f00",
        source="generated",
        licence="CC0",
        citation="",
        split="automatic",
        checksum="none",
        samples={"n": ["abc"]},
        ideal_scores={"case-1": 0.5},
    )
    store.write_card(card)
    assert store.card("a").as_json() == card.as_json()
    assert store.card("b") is None


def maps():
    grids = np.random.default_rng(0).integers(0, 256, (2, 3, 5), dtype=np.uint8)
    return Activations(np.array(["case-3", "case-5"]), np.array([1, 0]), grids)


def test_activation_maps_come_back_as_they_were_stored(store):
    store.write_run(run(activations=maps()))
    back = store.activations(Trial("a", "svm", seed=1))
    for name in ("case_ids", "targets", "grids"):
        np.testing.assert_array_equal(getattr(back, name), getattr(maps(), name))
    store.write_run(run())
    assert store.activations(Trial("a", "svm", seed=1)) is None


@pytest.mark.parametrize("damage", ["flip", "cut", "delete"])
def test_damaged_activation_maps_are_damage_of_the_run(store, damage):
    store.write_run(run(activations=maps()))
    (path,) = store.root.rglob("activations.parquet")
    _damage(path, damage)
    with pytest.raises(ResultsError, match="activations"):
        store.run(Trial("a", "svm", seed=1))


def _damage(path, how):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    if how != "delete":
        path.write_bytes(content if how == "flip" else content[: len(content) // 2])


def pictures():
    return Thumbnails(np.array(["case-2", "bild-ä"]), (b"\x89PNG one", b"\x89PNG two"))


def bare_card(name="a/b"):
    return DatasetCard(name, ("x", "y"), 1, (8, 8, 1), {}, "f", "s", "", "", "official", "none")


def test_thumbnails_come_back_as_they_were_stored(store):
    store.write_card(bare_card(), pictures())
    back = store.thumbnails("a/b")
    assert back.case_ids.tolist() == ["case-2", "bild-ä"]
    assert back.pngs == pictures().pngs
    assert store.card("a/b").as_json() == bare_card().as_json() | {"class_names": ("x", "y")}
    assert store.thumbnails("elsewhere") is None


def test_thumbnails_of_an_earlier_card_are_not_shown_with_a_later_one(store):
    store.write_card(bare_card(), pictures())
    store.write_card(bare_card())
    assert store.thumbnails("a/b") is None


@pytest.mark.parametrize("damage", ["flip", "cut", "delete"])
def test_damaged_thumbnails_are_named(store, damage):
    store.write_card(bare_card(), pictures())
    (path,) = store.root.rglob("*.thumbnails.parquet")
    _damage(path, damage)
    with pytest.raises(ResultsError, match=r"thumbnails\.parquet is damaged"):
        store.thumbnails("a/b")
