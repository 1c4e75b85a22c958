"""A real scheduler and several worker processes, which see nothing of this machine's folders."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from PIL import Image

distributed = pytest.importorskip("distributed")

from bench.cli import main  # noqa: E402
from bench.cluster.dask import Cluster, find_device  # noqa: E402
from bench.machine.limits import Limits  # noqa: E402
from bench.protocol.errors import UsageError  # noqa: E402
from bench.results.store import Store  # noqa: E402

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform == "win32", reason="workers are killed by POSIX signals"),
    # dask deprecates and leaves sockets to the collector in its own threads
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PLUGIN = '''
import os, time
import numpy as np

class Slow:
    def __init__(self, random_state=None, progress_file=None):
        self.random_state, self.progress_file = random_state, progress_file
    def get_params(self, deep=True):
        return {"random_state": self.random_state, "progress_file": self.progress_file}
    def set_params(self, **values):
        vars(self).update(values)
        return self
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.weight_ = np.random.default_rng(self.random_state).random(X[0].size)
        self.fit_info_ = {"file": __file__}
        time.sleep(0.3)
        return self
    def predict_proba(self, X):
        p = (X.reshape(len(X), -1) / 255 * self.weight_).mean(axis=1)
        return np.stack([1 - p, p], axis=1)

def build():
    """Slow, and the same for the same seed."""
    return Slow()
'''

ELSEWHERE = """
from bench.cluster import remote_tasks
remote_tasks.is_here = lambda job: False  # as on another machine, which has no such folder
"""


@contextmanager
def cluster_of(folder, workers):
    """Address of a scheduler with workers of these further options, and what starts one more."""
    (folder / "elsewhere.py").write_text(ELSEWHERE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "DASK_DISTRIBUTED__WORKER__DAEMON": "false",
        "DASK_DISTRIBUTED__COMM__RETRY__COUNT": "1",
    }
    running = []
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w"))
        stack.callback(end, running)

        def start(module, *arguments):
            command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
            running.append(
                subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
            )
            return running[-1]

        def start_worker(*options):
            return start(
                *("dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"),
                *("--preload", str(folder / "elsewhere.py"), "--memory-limit", "2GB"),
                *("--local-directory", str(folder), *options),
            )

        start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        for options in workers:
            start_worker(*options)
        with distributed.Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(len(workers), timeout=60)
        yield address, start_worker


def end(running):
    """The workers, then the scheduler."""
    for process in reversed(running):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    workers = [("--name", "w0", "--resources", "GPU=1"), ("--name", "w1"), ("--name", "w2")]
    with cluster_of(folder, workers) as (address, _):
        yield address


def where():
    return os.environ.get("WHERE"), os.getppid()


def ends():
    os._exit(3)


def hangs():
    time.sleep(100)


def naps():
    time.sleep(1)


def holds_much():
    held = np.ones(3 * 10**8)
    time.sleep(100)
    return len(held)


def test_tasks_for_a_gpu_go_to_the_worker_that_announces_one(scheduler, tmp_path):
    with Cluster(scheduler, 1, True, tmp_path) as cluster:
        assert (cluster.capacity.jobs, cluster.capacity.gpus) == (3, 1)
        resources = ["gpu", "cpu", "cpu", "cpu"] * 2
        found = {o.index: o.value for o in cluster.run(where, [()] * 8, resources=resources)}
        client = cluster.client
        workers = client.scheduler_info(n_workers=-1)["workers"]
        (gpu,) = (address for address, told in workers.items() if told["resources"].get("GPU"))
        pid = client.run(os.getpid, workers=[gpu])[gpu]
    assert {found[0][1], found[4][1]} == {pid}
    assert find_device(scheduler, "cpu").kind == "cpu"


def test_a_crash_costs_one_task_and_limits_hold(scheduler, tmp_path):
    with Cluster(scheduler, 1, True, tmp_path) as cluster:
        before = cluster.capacity
        (crashed,) = cluster.run(ends, [()])
        (slow,) = cluster.run(hangs, [()], Limits(seconds=1))
        (greedy,) = cluster.run(holds_much, [()])
        (fine,) = cluster.run(where, [()])
        assert cluster.capacity == before
        assert cluster.differences() == []
    assert (crashed.status, slow.status, fine.status) == ("failed", "timeout", "ok")
    assert greedy.status == "out-of-memory"
    assert "more than the limit of 2.0 GB" in greedy.error
    assert "exit status 3" in crashed.error
    assert "limit of 1 s" in slow.error


def test_a_run_gives_the_same_bytes_as_a_local_one_though_a_worker_is_killed(
    scheduler, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("BENCH_DATA", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for label, low in (("dark", 0), ("light", 60)):
        (tmp_path / "images" / label).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(low, low + 150, (16, 16)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / label / f"{i}.png")
    (tmp_path / "slow.py").write_text(PLUGIN)
    arguments = ["run", "--data", "images", "--size", "16", "--plugin", "slow.py", "--method"]
    arguments += ["slow", "--seeds", "12", "--no-report"]
    assert main.run_command([*arguments, "--out", "local", "--jobs", "2"]) == 0

    def kill_one_in_mid_run():
        limit = time.monotonic() + 60
        while len(list((tmp_path / "remote").glob("runs/*/*/*/run.json"))) < 3:
            if time.monotonic() > limit:
                return
            time.sleep(0.02)
        with distributed.Client(scheduler, set_as_default=False) as client:
            workers = client.scheduler_info(n_workers=-1)["workers"]
            (address,) = (a for a, w in workers.items() if w["name"] == "w1")
            killed.append(client.run(os.getpid, workers=[address])[address])
            os.kill(killed[0], signal.SIGKILL)

    killed = []
    killer = threading.Thread(target=kill_one_in_mid_run)
    killer.start()
    status = main.run_command([*arguments, "--out", "remote", "--cluster", scheduler])
    killer.join()
    assert status == 0, capsys.readouterr()
    assert killed
    local, remote = Store(tmp_path / "local"), Store(tmp_path / "remote")
    trials = list(local.trials())
    assert len(trials) == 12
    assert list(remote.trials()) == trials
    for trial in trials:
        a, b = (s.layout.run_folder(trial) / "predictions.parquet" for s in (local, remote))
        assert a.read_bytes() == b.read_bytes()
        # the method's file travelled too
        assert "bench-" in remote.run(trial).fit_info["file"]
        assert str(tmp_path / "slow.py") == local.run(trial).fit_info["file"]


def test_a_run_whose_workers_are_all_lost_says_so_and_goes_on_with_the_next(tmp_path):
    said = []
    with cluster_of(tmp_path, [("--name", "only")]) as (address, start_worker):

        def replace_worker():
            limit = time.monotonic() + 60
            while not said and time.monotonic() < limit:
                time.sleep(0.1)
            start_worker("--name", "next")

        with Cluster(address, 1, True, tmp_path, said.append) as cluster:
            pid = cluster.client.run(os.getpid)
            outcomes = cluster.run(naps, [()] * 3)
            first = next(outcomes)
            os.kill(next(iter(pid.values())), signal.SIGKILL)
            helper = threading.Thread(target=replace_worker)
            helper.start()
            rest = list(outcomes)
            helper.join()
    assert [first.status, *(each.status for each in rest)] == ["ok"] * 3
    assert said[0].startswith("no worker is left in the cluster; the run waits for one.")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("bench.cluster.dask.SCHEDULER_TIMEOUT", 1)
    with pytest.raises(UsageError, match="no scheduler answers"):
        find_device("tcp://127.0.0.1:9", "auto")


@pytest.mark.parametrize("address", ["foo", "tcp://host", "tcp://", "host:port", ""])
def test_what_is_no_address_is_refused_at_once(address):
    with pytest.raises(UsageError, match=r"no address of a scheduler; it is like tcp://HOST:8786"):
        find_device(address, "auto")
