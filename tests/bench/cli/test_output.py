"""Output to a full disk or a closed pipe: a status of its own, and no run is lost."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import cli
from bench.results.store import Store
from tests.bench.data.folders.pictures import sixteen

FULL = "/dev/full"
SAID = (
    "Error: Standard output cannot be written ({}), and part of it is lost. The command went on to "
    "its end all the same, and what it stores is stored.\n"
)

needs_full = pytest.mark.skipif(not os.path.exists(FULL), reason="there is no /dev/full")


def bench(*arguments, folder, out, err=subprocess.PIPE, flags=()):
    return subprocess.run(
        [sys.executable, *flags, "-m", "bench", *arguments],
        cwd=folder,
        env=os.environ
        | {"BENCH_CACHE": str(folder / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=out,
        stderr=err,
        text=True,
        check=False,
    )


def test_statuses_are_told_wherever_they_are_listed():
    root = Path(__file__).parents[3]
    table = (root / "docs" / "running.md").read_text().partition("## Exit status")[2]
    cells = re.findall(r"^\| ([\d, ]+) \|", table.partition("\n## ")[0], re.MULTILINE)
    there = set(", ".join(cells).split(", "))
    assert there == {"0", "1", "2", "3", "129", "130", "143"}
    readme = (root / "README.md").read_text().partition("Exit status:")[2].partition(".")[0]
    told = cli.help.partition("Exit status:")[2]
    for text in (readme, told):
        assert set(re.findall(r"\d+", text)) == there


@needs_full
@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_full_disk_takes_no_list(tmp_path, flags):
    with open(FULL, "w") as full:
        ended = bench("list", folder=tmp_path, out=full, flags=flags)
    assert ended.stderr == SAID.format("No space left on device")
    assert ended.returncode == 3


def test_nobody_reads_a_pipe(tmp_path):
    read, write = os.pipe()
    os.close(read)
    try:
        ended = bench("list", folder=tmp_path, out=write)
    finally:
        os.close(write)
    assert ended.stderr == ""  # who closed it wants no more
    assert ended.returncode == 3


@needs_full
def test_a_refusal_keeps_its_status(tmp_path):
    with open(FULL, "w") as full:
        ended = bench("lst", folder=tmp_path, out=full)
        assert ended.returncode == 2
        assert "Unknown command 'lst'" in ended.stderr
        assert bench("lst", folder=tmp_path, out=full, err=full).returncode == 2


@pytest.mark.slow
@needs_full
def test_a_run_that_nobody_sees_is_stored(tmp_path):
    sixteen(tmp_path / "set")
    run = ("run", "--data", "set", "--size", "16", "--method", "class-prior", "--no-report")
    with open(FULL, "w") as full:
        ended = bench(*run, folder=tmp_path, out=full)
    assert ended.stderr.endswith(SAID.format("No space left on device"))
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 3
    assert [run.status for run in Store(tmp_path / "results").records()] == ["ok"]
