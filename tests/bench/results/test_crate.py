"""Results as an RO-Crate, as the package `rocrate` reads it."""

import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from bench.cli.main import run_command
from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.label_maps import Targets
from bench.protocol.metadata import Metadata
from bench.protocol.predictions import Predictions, Thumbnails
from bench.protocol.record import Environment, Run, Trial, Tried
from bench.protocol.study import Study
from bench.results.store import Store


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two runs on one data set, of which one failed, and what no crate has."""
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / "results")
    store.declare(Study(("busi",), ("svm", "cnn")), "python -m bench run")
    part = PartCard(4, {"a": 2, "b": 2}, None)
    store.write_card(
        DatasetCard(
            name="busi",
            class_names=("a", "b"),
            positive=1,
            image_shape=(8, 8, 1),
            parts={"train": part, "val": part, "test": part},
            fingerprint="f00",
            source="BUSI",
            licence="CC-BY-4.0",
            citation="Al-Dhabyani 2020",
            split="given",
            checksum="none",
        )
    )
    p = np.linspace(0, 1, 4)
    predictions = Predictions(
        case_ids=np.array([f"case {i}" for i in range(4)]),
        split=np.array(["val", "val", "test", "test"]),
        labels=np.array([0, 1, 0, 1]),
        groups=None,
        probabilities=np.column_stack([1 - p, p]),
    )
    common = {"data_fingerprint": "f00", "budget": "standard", "seconds": 2.0}
    common |= {"environment": Environment("3.11", "Linux", "CPU", 2, 1, "cpu")}
    common |= {"started": "2026-01-01T23:59:59+00:00"}
    svm = MethodCard("svm", "classical", "An SVM.", "dist", "1.0")
    cnn = MethodCard("cnn", "deep", "A network.", "dist", "1.0")
    store.write_run(Run(Trial("busi", "svm"), svm, "ok", predictions=predictions, **common))
    failed = Run(Trial("busi", "cnn", seed=1), cnn, "failed", error="no luck", **common)
    store.write_run(failed)
    for name in ("trackers/wandb/run", "damaged/run.json", ".slurm/bench.err"):
        (store.root / name).parent.mkdir(parents=True, exist_ok=True)
        (store.root / name).write_text("not for others")
    return store.root


AUTHOR = "Jane Doe <0000-0002-1825-0097>"


@pytest.mark.parametrize("out", ["crate", "crate.zip"])
def test_a_crate_is_valid_and_has_every_file_with_its_digest(results, out, tmp_path):
    rocrate = pytest.importorskip("rocrate.rocrate")
    options = ["--author", AUTHOR, "--author", "Richard Roe", "--licence", "CC-BY-4.0"]
    assert run_command(["crate", "results", out, *options]) == 0
    place = tmp_path / out
    if out.endswith(".zip"):
        place = tmp_path / "unpacked"
        with zipfile.ZipFile(tmp_path / out) as archive:
            archive.extractall(place)
    crate = rocrate.ROCrate(place)
    assert [author["name"] for author in crate.root_dataset["author"]] == [
        "Jane Doe",
        "Richard Roe",
    ]
    assert crate.license["name"] == "CC-BY-4.0"
    assert crate.mainEntity.id == "study.json"
    files = [entity for entity in crate.get_entities() if entity.type == "File"]
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert {file["name"] for file in files} | {"ro-crate-metadata.json"} == there
    assert not any("not for others" in (place / n).read_text("latin1") for n in there)
    for file in files:
        content = (place / file["name"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == str(len(content))


def test_a_run_is_an_action_that_links_data_method_study_and_files(results):
    rocrate = pytest.importorskip("rocrate.rocrate")
    assert run_command(["crate", "results", "crate", "--licence", "CC0-1.0"]) == 0
    crate = rocrate.ROCrate("crate")
    actions = {action["name"]: action for action in crate.root_dataset["mentions"]}
    run = actions["svm on busi (once)"]
    assert [tool["name"] for tool in run["instrument"]] == ["classical-vs-deep", "svm"]
    data, study = run["object"]
    assert (data["identifier"], data["citation"]) == ("f00", "Al-Dhabyani 2020")
    assert data["license"]["name"] == "CC-BY-4.0"
    assert study.id == "study.json"
    assert {file["name"].rpartition("/")[2] for file in run["result"]} == {
        "run.json",
        "predictions.parquet",
    }
    assert (run["startTime"], run["endTime"]) == (
        "2026-01-01T23:59:59+00:00",
        "2026-01-02T00:00:01+00:00",
    )
    failed = actions["cnn on busi (seed-1)"]
    assert (failed["error"], failed["actionStatus"]) == (
        "no luck",
        "http://schema.org/FailedActionStatus",
    )


@pytest.mark.parametrize(("known", "ended"), [(1.0, "2026-01-02T00:00:00+00:00"), (None, None)])
def test_what_was_tried_before_a_search_went_on_is_not_in_its_time(results, known, ended):
    store = Store(results)
    run = store.run(Trial("busi", "svm"))
    tried = (Tried({}, 0.5, 1.0), Tried({"C": 2}, 0.6, 0.9, chosen=True))
    store.write_run(replace(run, tuning=tried, tune=2, known_seconds=known))
    assert run_command(["crate", "results", "crate"]) == 0
    with open("crate/ro-crate-metadata.json", encoding="utf-8") as file:
        told = {entity.get("name"): entity for entity in json.load(file)["@graph"]}
    assert told["svm on busi (once)"].get("endTime") == ended


def test_every_reference_leads_somewhere(results):
    assert run_command(["crate", "results", "crate"]) == 0
    with open("crate/ro-crate-metadata.json", encoding="utf-8") as file:
        graph = json.load(file)["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert len(set(ids)) == len(ids)

    def references(value):
        if isinstance(value, list):
            return {one for each in value for one in references(each)}
        return {value["@id"]} if isinstance(value, dict) else set()

    named = {one for entity in graph for value in entity.values() for one in references(value)}
    assert {one for one in named - set(ids) if not one.startswith("http")} == set()


def test_without_a_licence_the_crate_says_that_there_is_none(results, capsys):
    assert run_command(["crate", "results", "crate"]) == 0
    assert "Without --licence nobody may use it" in capsys.readouterr().out
    with open("crate/ro-crate-metadata.json", encoding="utf-8") as file:
        told = {entity["@id"]: entity for entity in json.load(file)["@graph"]}
    assert "No licence was stated" in told[told["./"]["license"]["@id"]]["description"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resutls", "crate"], "Did you mean 'results'?"),
        (["results", "results/crate"], "lies in the results folder itself"),
        (["results", "taken"], "taken exists and is not overwritten"),
        (["results", "crate", "--author", "Doe <0000-0002-1825-0098>"], "write a name, or with an"),
        (["results", "crate", "--author", " "], "write a name, or with an ORCID"),
    ],
)
def test_wrong_usage_is_refused_and_nothing_written(results, arguments, message, tmp_path, capsys):
    (tmp_path / "taken").mkdir()
    assert run_command(["crate", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"results", "taken"}
    assert not list((tmp_path / "taken").iterdir())


def test_runs_of_other_images_are_left_out_as_of_the_report(results, capsys):
    store = Store(results)
    run = store.run(Trial("busi", "svm"))
    store.write_run(replace(run, trial=Trial("busi", "old"), data_fingerprint="of before"))
    assert run_command(["crate", "results", "crate"]) == 0
    assert (
        "1 stored run of other images or parts is left out: old on busi" in capsys.readouterr().out
    )
    crate = results.parent / "crate"
    assert {path.parts[-2] for path in crate.glob("runs/busi/*/*")} == {"svm", "cnn"}
    described = (crate / "ro-crate-metadata.json").read_text()
    assert "runs/busi/svm" in described
    assert "runs/busi/old" not in described


@pytest.mark.parametrize("table", ["predictions", "thumbnails", "metadata", "targets"])
def test_damaged_results_make_no_crate(results, tmp_path, capsys, table):
    store = Store(results)
    ids, split = np.array(["a", "b"]), np.array(["val", "test"])
    store.write_card(
        store.card("busi"),
        Thumbnails(ids, (b"one", b"two")),
        Metadata(ids, split, {"site": np.array(["Bern", "Chur"])}),
        Targets(ids, split, None, (b"one", b"two"), *np.full((2, 2), 8), np.full((2, 2), np.nan)),
    )
    (file,) = results.rglob(f"*{table}.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert run_command(["crate", "results", "crate"]) == 2
    assert "is damaged or was changed by hand" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"results"}
