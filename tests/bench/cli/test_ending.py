"""A command that the system ends is ended as by Ctrl-C: workers are gone, what was stored stays."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bench.machine import ending, processes
from bench.results import lock
from bench.results.store import Store
from tests.bench.data.folders.pictures import sixteen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX are sent")

SLOW = """
import time
from sklearn.dummy import DummyClassifier

class Slow(DummyClassifier):
    def fit(self, X, y):
        open("fits", "w").close()
        time.sleep(600)

def build():
    return Slow()
"""


def heeding():
    """Where the tests run in the background of a shell, what they start ignores some signals."""
    for number in (signal.SIGINT, *ending.signals()):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [("SIGTERM", 143, "Ended by SIGTERM."), ("SIGHUP", 129, "Ended by SIGHUP.")],
)
def test_a_run_that_the_system_ends_keeps_what_is_done(name, status, said, tmp_path):
    sixteen(tmp_path / "set")
    (tmp_path / "slow.py").write_text(SLOW.replace('"fits"', repr(str(tmp_path / "fits"))))
    command = [sys.executable, "-m", "bench", "run", "--data", "set", "--size", "16"]
    command += ["--method", "class-prior", "--plugin", "slow.py:build", "--seeds", "1"]
    process = subprocess.Popen(
        [*command, "--jobs", "2", "--no-report"],
        cwd=tmp_path,
        env=os.environ
        | {"BENCH_CACHE": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeding,
    )
    results = tmp_path / "results"
    limit = time.monotonic() + 240
    while time.monotonic() < limit and process.poll() is None:
        if (tmp_path / "fits").exists() and list(results.glob("runs/*/*/*/run.json")):
            break
        time.sleep(0.1)
    token = lock.lock_owner(results).token
    assert processes.marked(token)
    for _ in range(2):  # as when a terminal is closed
        process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, out + err
    assert f"{said} What had ended is kept; the same command goes on from there.\n" in err
    assert "Traceback" not in out + err
    assert processes.marked(token) == []
    assert [run.status for run in Store(results).records()] == ["ok"]


def test_what_was_ignored_stays_ignored_and_a_second_signal_at_once_is_the_same(monkeypatch):
    before = {number: signal.getsignal(number) for number in ending.signals()}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup has it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        ending.heed()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert ending.received() == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert ending.received() == signal.SIGTERM
        monkeypatch.setattr("bench.machine.ending._AT_ONCE", 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        child = os.fork()
        if child == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
