"""Whatever a task does to its process costs that task and no other."""

import os
import signal
import sys
import time

import pytest

from bench.workers import Workers


def task(what):
    if what == "exit":
        os._exit(7)
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        time.sleep(600)
    if what == "raise":
        raise ValueError("no\nluck")
    if what == "unpicklable":
        return lambda: None
    if what == "print":
        sys.stdout.write("x" * 1_000_000)
        os.system("echo loud")
    if what == "threads":
        return os.environ["OMP_NUM_THREADS"]
    return what


@pytest.fixture(scope="module")
def outcomes():
    names = ["exit", "fine", "crash", "kill", "hang", "raise", "unpicklable", "print", "threads"]
    with Workers(2, threads=1) as workers:
        found = {
            names[o.index]: o for o in workers.run(task, [(name,) for name in names], timeout=5)
        }
    assert len(found) == len(names)
    return found


def test_tasks_beside_a_crash_are_done(outcomes):
    assert outcomes["fine"].value == "fine"
    assert outcomes["print"].value == "print"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("exit", "failed", "exit status 7"),
        ("crash", "failed", "SIGSEGV"),
        ("kill", "out-of-memory", "killed"),
        ("hang", "timeout", "limit of 5 s"),
        ("raise", "failed", "ValueError: no luck"),
        ("unpicklable", "failed", "ended its process"),
    ],
)
def test_what_went_wrong_is_told(outcomes, name, status, text):
    assert outcomes[name].status == status
    assert text in outcomes[name].error


def test_threads_are_limited(outcomes):
    assert outcomes["threads"].value == "1"
