"""Whatever a task does to its process costs that task and no other."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psutil
import pytest

from bench.machine import processes
from bench.machine.limits import Limits
from bench.workers.pool import Workers
from bench.workers.slot import loading, new_part

LIMITS = Limits(seconds=120, memory=400_000_000, processes=12)


class Ill(Exception):
    """Pickles, and cannot be put together again."""

    def __init__(self, a, b):
        super().__init__(f"{a}{b}")

    def __reduce__(self):
        return (Ill, ("only one",))


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def task(what):
    if what == "exit":
        os._exit(7)
    if what == "system exit":
        raise SystemExit(3)
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        while True:
            pass
    if what == "deaf":
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        while True:
            pass
    if what == "raise":
        raise ValueError("no\nluck")
    if what == "mute":
        raise Mute
    if what == "unpicklable":
        return lambda: None
    if what == "ill":
        return Ill("a", "b")
    if what == "print":
        for _ in range(1024):
            sys.stdout.write("x" * 2**20)
        os.system("echo loud; echo loud >&2")
    if what == "hog":
        hold = []
        while True:
            hold.append(bytearray(os.urandom(1)) * 20_000_000)
            time.sleep(0.01)
    if what == "hog in a child":
        code = "hold = b'x' * 700_000_000; import time; time.sleep(60)"
        subprocess.run([sys.executable, "-c", code], env={})
    if what == "bomb":
        for _ in range(200):  # enough to show, and no danger if the limit should not hold
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        time.sleep(60)
    if what == "fork":
        os.fork()
    if what == "no pipes":
        os.closerange(0, 64)
    if what == "daemon":
        subprocess.Popen(["sleep", "61.25"], start_new_session=True)
    if what == "threads":
        return os.environ["OMP_NUM_THREADS"]
    return what


ENDLESS = ["hang", "deaf"]
NAMES = ["exit", "fine", "system exit", "crash", "kill", "raise", "mute"]
NAMES += ["unpicklable", "ill", "print", "hog", "hog in a child", "bomb", "fork", "no pipes"]
NAMES += ["daemon", "threads", "fine too"]

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX"),
]


@pytest.fixture(scope="module")
def ended():
    with Workers(2, threads=1) as workers:
        found = {NAMES[o.index]: o for o in workers.run(task, [(n,) for n in NAMES], LIMITS)}
        late = workers.run(task, [(n,) for n in ENDLESS], replace(LIMITS, seconds=6))
        found |= {ENDLESS[o.index]: o for o in late}
    assert len(found) == len(NAMES) + len(ENDLESS)
    return found, workers.token


@pytest.fixture
def outcomes(ended):
    return ended[0]


@pytest.mark.parametrize("name", ["fine", "print", "fork", "daemon", "fine too"])
def test_tasks_beside_a_crash_are_done(outcomes, name):
    assert outcomes[name].value == name


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("exit", "failed", "exit status 7"),
        ("system exit", "failed", "SystemExit: 3"),
        ("crash", "failed", "SIGSEGV"),
        ("kill", "out-of-memory", "killed"),
        ("hang", "timeout", "limit of 6 s"),
        ("deaf", "timeout", "limit of 6 s"),
        ("raise", "failed", "ValueError: no luck"),
        ("mute", "failed", "Mute"),
        ("unpicklable", "failed", "cannot be handed over"),
        ("ill", "failed", "cannot be read"),
        ("hog", "out-of-memory", "more than the limit of 400 MB"),
        ("hog in a child", "out-of-memory", "more than the limit of 400 MB"),
        ("bomb", "failed", "the limit is 12"),
        ("no pipes", "failed", "ended its process"),
    ],
)
def test_what_went_wrong_is_told(outcomes, name, status, text):
    assert (outcomes[name].status, text in outcomes[name].error) == (status, True), outcomes[name]
    assert "\n" not in outcomes[name].error


def test_threads_are_limited(outcomes):
    assert outcomes["threads"].value == "1"


def test_nothing_is_left_running(ended):
    assert processes.marked(ended[1]) == []


def pid_and_wait(seconds):
    time.sleep(seconds)
    return os.getpid()


def test_workers_are_used_again():
    with Workers(1) as workers:
        assert len({o.value for o in workers.run(pid_and_wait, [(0,)] * 5)}) == 1


def test_a_task_whose_worker_is_killed_from_outside_is_run_once_more():
    with Workers(1) as workers:
        (first,) = workers.run(pid_and_wait, [(0,)])
        threading.Timer(0.5, os.kill, (first.value, signal.SIGKILL)).start()
        (outcome,) = workers.run(pid_and_wait, [(1.5,)])
    assert outcome.status == "ok"
    assert outcome.value != first.value
    assert 1.5 <= outcome.seconds < 5


def load_and_wait(to_load, to_work):
    loading()
    time.sleep(to_load)
    new_part()
    time.sleep(to_work)


def test_what_a_new_worker_loads_does_not_count_against_the_limit_of_its_task():
    limits = Limits(seconds=0.5)
    with Workers(1) as workers:
        loaded, hung = workers.run(load_and_wait, [(1.2, 0.0), (0.0, 30.0)], limits)
    assert (loaded.status, hung.status) == ("ok", "timeout")
    assert hung.error == "took longer than the limit of 0.5 s"


class SlowToRead:
    def __reduce__(self):
        return time.sleep, (1.2,)


def test_nor_does_what_its_arguments_import():
    with Workers(1) as workers:
        (outcome,) = workers.run(pid_and_wait, [(SlowToRead(),)], Limits(seconds=0.5))
    assert outcome.status == "failed"  # a sleep of None seconds is none: it was called
    assert "TypeError" in outcome.error


def test_loading_has_a_limit_too(monkeypatch):
    monkeypatch.setattr("bench.workers.slot._LOADING_SECONDS", 1.0)
    with Workers(1) as workers:
        (outcome,) = workers.run(load_and_wait, [(30.0, 0.0)], Limits(seconds=0.5))
    assert (outcome.status, outcome.error) == ("timeout", "took longer than 1 s to be loaded")


def test_a_task_that_leaves_children_behind_does_not_leave_them_to_the_next_one():
    with Workers(1) as workers:
        list(workers.run(task, [("daemon",)]))
        assert not [p for p in processes.marked(workers.token) if "sleep" in _name(p)]


def _name(pid):
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""


def test_what_a_killed_main_process_leaves_behind_is_ended():
    code = (
        "from bench.workers.pool import Workers\n"
        "from tests.bench.workers.test_pool import task\n"
        "with Workers(2) as workers:\n"
        "    print(workers.token, flush=True)\n"
        "    list(workers.run(task, [('daemon',), ('deaf',), ('deaf',)]))\n"
    )
    main = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    token = main.stdout.readline().strip()
    limit = time.monotonic() + 20
    while len(processes.marked(token)) < 2 and time.monotonic() < limit:
        time.sleep(0.05)
    time.sleep(0.5)
    assert processes.marked(token)
    main.kill()
    main.wait()
    main.stdout.close()
    while processes.marked(token) and time.monotonic() < limit:
        time.sleep(0.05)
    assert processes.marked(token) == []


def where(seconds):
    start = time.monotonic()
    time.sleep(seconds)
    return os.environ.get("CUDA_VISIBLE_DEVICES"), start, time.monotonic()


def test_a_gpu_takes_one_task_at_a_time_while_others_run_on_the_cores(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with Workers(2) as workers:
        workers.add_gpus(1, 1)
        resources = ["gpu", "cpu", "gpu", "cpu", "gpu"]
        found = {o.index: o.value for o in workers.run(where, [(0.4,)] * 5, resources=resources)}
    assert [found[i][0] for i in range(5)] == ["0", None, "0", None, "0"]
    on_gpu = sorted(found[i][1:] for i in (0, 2, 4))
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(on_gpu))
    assert min(found[1][1], found[3][1]) < on_gpu[0][1]  # a core was used while the GPU was
