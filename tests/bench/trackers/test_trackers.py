"""Each tracker with its real package, which writes to a folder of the test."""

import socket
import sys
from pathlib import Path

import pytest

from bench.cli.main import run_command
from bench.protocol.cards import MethodCard
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.trackers.ended_trial import ended_trial
from bench.trackers.telling import Trackers

STUDY = Study(("busi",), ("svm",))
SCORES = {"validation": 0.75, "test": 0.625}


def run(**changes):
    values = {
        "trial": Trial("busi", "svm", seed=1),
        "method": MethodCard("svm", "classical", "An SVM.", "dist", "1.0"),
        "status": "ok",
        "data_fingerprint": "f00",
        "budget": "standard",
        "environment": Environment("3.11", "Linux", "CPU", 2, 1, "cpu"),
        "started": "2026-01-01T00:00:00+00:00",
        "parameters": {"svc__C": 1.0, "svc__kernel": "rbf"} | {f"p{i}": i for i in range(120)},
        "fit_seconds": 1.5,
    }
    return Run(**(values | changes))


FAILED = {"trial": Trial("busi", "svm", seed=2), "status": "timeout", "error": "took too long"}


def told(name, folder):
    """What was said while a tracker heard of a trial that succeeded and of one that failed."""
    said = []
    with Trackers([name], folder, said.append) as trackers:
        trackers.ended(run(), STUDY, SCORES)
        trackers.ended(run(**FAILED), STUDY, {"validation": None, "test": None})
    return said


def test_metrics_say_which_part_they_are_of_and_parameters_what_was_run(tmp_path):
    trial = ended_trial(run(n_train=7), STUDY, SCORES, str(tmp_path))
    assert trial.metrics == {
        "validation/auc": 0.75,
        "test/auc": 0.625,
        "seconds/fit": 1.5,
        "images/train": 7,
    }
    assert trial.parameters["dataset"] == "busi"
    assert trial.parameters["parameter/svc__C"] == 1.0
    assert trial.tags == {"status": "ok", "study": STUDY.hash, "files": str(tmp_path)}


def test_tensorboard_shows_metrics_parameters_and_failures(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert told("tensorboard", tmp_path) == []
    place = tmp_path / "trackers" / "tensorboard" / STUDY.hash / "busi" / "svm"
    good, bad = (EventAccumulator(str(place / key)).Reload() for key in ("seed-1", "seed-2"))
    assert set(good.Tags()["scalars"]) == {"validation/auc", "test/auc", "seconds/fit"}
    assert good.Scalars("test/auc")[0].value == 0.625
    told_of = good.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    assert b"parameter/svc__kernel" in told_of
    assert bad.Tags()["scalars"] == ["seconds/fit"]
    assert bad.Tensors("error/text_summary")[0].tensor_proto.string_val == [b"took too long"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of MLflow and what it imports
def test_mlflow_has_a_run_for_each_trial(tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy", reason="MLflow's database needs it")
    from mlflow.tracking import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert told("mlflow", tmp_path) == []
    client = MlflowClient(f"sqlite:///{tmp_path}/trackers/mlflow/mlflow.db")
    experiment = client.get_experiment_by_name("classical-vs-deep").experiment_id
    by_name = {found.info.run_name: found for found in client.search_runs([experiment])}
    good, bad = by_name["svm on busi (seed-1)"], by_name["svm on busi (seed-2)"]
    assert good.data.metrics == {"validation/auc": 0.75, "test/auc": 0.625, "seconds/fit": 1.5}
    assert good.data.params["parameter/svc__kernel"] == "rbf"
    assert good.data.params["parameter/p119"] == "119"
    assert good.info.status == "FINISHED"
    assert (bad.info.status, bad.data.tags["error"]) == ("FAILED", "took too long")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of wandb, which leaves sockets to the collector
def test_wandb_keeps_runs_on_this_machine(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    assert told("wandb", tmp_path) == []
    kept = sorted((tmp_path / "trackers" / "wandb").glob("wandb/offline-run-*/run-*.wandb"))
    texts = [path.read_bytes() for path in kept]
    good = next(text for text in texts if b"svm on busi (seed-1)" in text)
    bad = next(text for text in texts if b"svm on busi (seed-2)" in text)
    assert b"test/auc" in good
    assert b"0.625" in good
    assert b"parameter/svc__kernel" in good
    assert b"took too long" in bad


def test_a_tracker_that_fails_is_said_once_and_the_run_goes_on(tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "trackers").write_text("no folder")
    said = told("tensorboard", tmp_path)
    assert len(said) == 1
    assert said[0].startswith("--tracker tensorboard: failed (")
    assert said[0].endswith("; nothing more is logged there, the run goes on")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of MLflow and what it imports
def test_a_tracker_that_hangs_is_left_alone_and_holds_nothing_up(tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    said = []
    with socket.create_server(("127.0.0.1", 0)) as server:  # which never answers
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.getsockname()[1]}")
        with Trackers(["mlflow"], tmp_path, said.append, patience=0.2) as trackers:
            for seed in range(20):
                trackers.ended(run(trial=Trial("busi", "svm", seed=seed)), STUDY, SCORES)
            assert said == []
    assert said[:1] == [
        "--tracker mlflow: has not finished after 0.2 s and is left alone; results are complete, "
        "the tracker's log may not be"
    ]


def refusal(capsys, *arguments):
    command = ["run", "--dataset", "phantom-null", "--method", "class-prior", "--out", "out"]
    assert run_command([*command, *arguments]) == 2
    assert not Path("out").exists()
    return capsys.readouterr().err


def test_a_mistyped_tracker_is_named_before_anything_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert refusal(capsys, "--tracker", "mlfow") == (
        "Error: --tracker mlfow: Did you mean 'mlflow'?\n"
    )


@pytest.mark.parametrize("there", ["nothing", "a folder of that name"])
def test_without_its_package_the_extra_is_named(there, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for name in [name for name in sys.modules if name.partition(".")[0] == "wandb"]:
        monkeypatch.delitem(sys.modules, name)
    if there != "nothing":
        Path("wandb").mkdir()
    assert refusal(capsys, "--tracker", "wandb") == (
        "Error: --tracker wandb needs the package wandb: pip install 'classical-vs-deep[wandb]'.\n"
    )


@pytest.mark.slow
def test_a_run_logs_its_trials(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)
    command = ["run", "--dataset", "phantom-null", "--method", "mean-brightness", "--no-report"]
    assert run_command([*command, "--tracker", "tensorboard"]) == 0
    (file,) = Path("results", "trackers").rglob("events.*")
    shown = EventAccumulator(str(file.parent)).Reload()
    assert 0 <= shown.Scalars("validation/auc")[0].value <= 1
    assert 0 <= shown.Scalars("test/auc")[0].value <= 1
