"""`--slurm` with commands of SLURM that run jobs on this machine, see `fake_slurm`."""

import os
import sys
from pathlib import Path

import pytest

for package in ("distributed", "dask_jobqueue", "cryptography"):
    pytest.importorskip(package)

from bench.cli.main import run_command  # noqa: E402
from bench.cluster.slurm import SlurmJobs  # noqa: E402
from bench.protocol.errors import UsageError  # noqa: E402
from bench.results.store import Store  # noqa: E402
from tests.bench.cluster import fake_slurm  # noqa: E402

RUN = ["run", "--dataset", "phantom-null", "--method", "mean-brightness", "--method", "class-prior"]
RUN += ["--no-report", "--slurm"]
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="the fake commands are bash's")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The folder in which the fake keeps its jobs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    place = fake_slurm.install(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "slurm"


def test_keys_are_those_of_sbatch_and_the_rest_has_defaults():
    assert SlurmJobs.of("partition=gpu  gres=gpu:a100:1 --mem=32GB jobs=4") == SlurmJobs(
        partition="gpu", gres="gpu:a100:1", mem="32GB", jobs=4
    )
    assert SlurmJobs.of("") == SlurmJobs(time="08:00:00", cpus=4, jobs=1)
    assert SlurmJobs.of("cpus=8").bytes == 32 * 10**9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partiton=gpu", "--slurm partiton=gpu: unknown key. Did you mean 'partition'?"),
        ("gpu", '--slurm gpu: write KEY=VALUE pairs, as "partition=gpu gres=gpu:1".'),
        ("partition=", '--slurm partition=: write KEY=VALUE pairs, as "partition=gpu gres=gpu:1".'),
        ("partition=a partition=b", "--slurm: partition is given twice."),
        ("gres=gpu:2", "--slurm gres=gpu:2: a job has one GPU, gres=gpu:1 or gres=gpu:TYPE:1; "
         "with jobs=N there are N."),
        ("time=8h", "--slurm time=8h: write it as sbatch does: MINUTES, HH:MM:SS or "
         "DAYS-HH:MM:SS."),
        ("mem=lots", "--slurm mem=lots: write a size such as 4GB or 800MB."),
        ("jobs=0", "--slurm jobs=0: must be a whole number from 1 to 10,000."),
        ("cpus=²", "--slurm cpus=\\xb2: a value has letters, digits and _ . : , / @ % + - [ ] "
         "only."),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_refused(text, message):
    with pytest.raises(UsageError) as told:
        SlurmJobs.of(text)
    assert str(told.value) == message


@pytest.mark.parametrize(
    "value",
    [
        *("a;reboot", "$(reboot)", "`reboot`", "a&reboot", "a|b", "a>b", "a'b", 'a"b', "a\\b"),
        *("a\n#SBATCH", "a\tb", "a\0b", "a\rb", "-x", "é", "*", "~", "{a,b}", "!1", "#"),
    ],
)
@pytest.mark.parametrize("key", ["partition", "account", "nodelist", "interface"])
def test_nothing_that_a_shell_or_sbatch_could_misread_is_taken(key, value):
    with pytest.raises(UsageError, match="a value has letters, digits"):
        SlurmJobs.of(f"{key}={value}")


def test_a_constraint_may_name_alternatives():
    assert SlurmJobs.of("constraint=a100|h100&ib").constraint == "a100|h100&ib"


def test_without_sbatch_a_run_says_so_before_anything_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_command([*RUN, "partition=gpu"]) == 2
    assert capsys.readouterr().err == (
        "Error: --slurm: there is no command sbatch on this machine. Run this on a login node of "
        "the cluster, or leave --slurm out.\n"
    )
    assert list(tmp_path.iterdir()) == []


@needs_bash
def test_a_folder_that_directives_cannot_hold_is_refused(fake, capsys):
    assert run_command([*RUN, "partition=gpu", "--out", "my results"]) == 2
    assert "Choose another folder with --out." in capsys.readouterr().err
    assert not Path("my results").exists()


@needs_bash
@pytest.mark.slow
@pytest.mark.processes
class TestJobs:
    """Jobs that are sent."""

    pytestmark = pytest.mark.filterwarnings("ignore")  # dask's sockets are left to the collector

    def test_trials_run_in_jobs_which_are_cancelled_at_the_end(self, fake, capsys):
        assert run_command([*RUN, "partition=gpu gres=gpu:1 cpus=2 mem=3GB jobs=2 time=30"]) == 0
        assert "2 trial(s) run, 0 reused, 0 failed" in capsys.readouterr().out
        runs = [Store(Path("results")).record(t) for t in Store(Path("results")).trials()]
        assert [run.status for run in runs] == ["ok", "ok"]
        scripts = [file.read_text() for file in sorted((fake / "jobs").glob("*.sh"))]
        assert len(scripts) == 2
        lines = scripts[0].splitlines()
        for directive in ("-p gpu", "-t 30", "--cpus-per-task=2", "--mem=3G", "--gres=gpu:1"):
            assert f"#SBATCH {directive}" in lines
        assert "--nthreads 2" in lines[-1]  # in one worker, which announces the one GPU
        assert "--resources GPU=1" in lines[-1]
        assert "--nworkers" not in lines[-1]
        assert "tls://" in lines[-1]
        assert sorted((fake / "cancelled").read_text().split()) == ["100", "101"]
        assert list(Path("results", ".slurm").glob("keys-*")) == []

    def test_what_sbatch_says_is_passed_on(self, fake, monkeypatch, capsys):
        monkeypatch.setenv("FAKE_SLURM_REFUSES", "invalid partition specified: gpuu")
        assert run_command([*RUN, "partition=gpuu"]) == 2
        assert capsys.readouterr().err == (
            "Error: --slurm: sbatch refuses the job: sbatch: error: invalid partition specified: "
            "gpuu.\n"
        )
        assert not (fake / "jobs").exists()

    def test_jobs_that_end_at_once_are_told_with_their_last_words(self, fake, monkeypatch, capsys):
        monkeypatch.setenv("FAKE_SLURM_BREAKS", "python: command not found")
        assert run_command([*RUN, "partition=cpu"]) == 2
        told = capsys.readouterr().err
        assert "all jobs ended before a worker was there: python: command not found." in told
        Store(Path("results")).refuse_foreign()  # does not raise: it may be used again
