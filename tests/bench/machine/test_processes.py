"""What a worker has started is found, wherever it has gone, and killed with it."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from bench.machine import processes

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX"),
]

MARK = "test-of-processes/0;"
WORKER = """
import os, psutil, subprocess, sys, time
pids = []
for options in {options}:
    pids.append(subprocess.Popen(["sleep", "60"], **options).pid)
if {orphan}:
    child = subprocess.Popen([sys.executable, "-c",
        "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"],
        stdout=subprocess.PIPE, text=True)
    pids.append(int(child.stdout.readline()))
    child.wait()
if {zombie}:
    pids.append(subprocess.Popen(["true"]).pid)
    while psutil.Process(pids[-1]).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
print(*pids, flush=True)
time.sleep(60)
"""


@pytest.fixture
def start():
    """Starts a worker with a mark and tells its pid and those of what it has started."""
    workers = []

    def started(options=(), orphan=False, zombie=False):
        code = WORKER.format(options=[*options], orphan=orphan, zombie=zombie)
        worker = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, processes.MARK: MARK},
            start_new_session=True,
        )
        workers.append(worker)
        return worker.pid, [int(pid) for pid in worker.stdout.readline().split()]

    yield started
    for worker in workers:
        processes.kill_tree(worker.pid, MARK)
        worker.wait()
        worker.stdout.close()


def test_children_are_found_also_when_their_parent_has_ended(start):
    worker, (child, orphan) = start([{}], orphan=True)
    assert sorted(processes.trees([worker])[worker]) == sorted([worker, child, orphan])


def test_what_has_left_the_session_is_found_by_a_thorough_look(start):
    worker, (child,) = start([{"start_new_session": True}])
    assert processes.trees([worker])[worker] == [worker]
    assert sorted(processes.trees([worker], thorough=True)[worker]) == [worker, child]


def test_a_process_that_has_ended_is_not_counted(start):
    worker, (zombie,) = start(zombie=True)
    assert psutil.Process(zombie).status() == psutil.STATUS_ZOMBIE
    assert processes.trees([worker], thorough=True)[worker] == [worker]
    assert processes.remaining_children(worker, MARK) == set()


def test_each_worker_has_its_own_tree(start):
    (first, (a,)), (second, (b,)) = start([{}]), start([{}])
    found = processes.trees([first, second], thorough=True)
    assert {root: set(pids) for root, pids in found.items()} == {
        first: {first, a},
        second: {second, b},
    }


def test_what_remains_of_a_task_is_found_in_whatever_session(start):
    worker, pids = start([{}, {"start_new_session": True}, {"env": {}}], orphan=True)
    assert processes.remaining_children(worker, MARK) == {*pids}


def test_a_worker_is_killed_with_all_that_it_has_started(start):
    away = {"start_new_session": True}
    worker, pids = start([{}, away, {"env": {}}, {**away, "env": {}}], orphan=True)
    processes.kill_tree(worker, MARK)
    limit = time.monotonic() + 10
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < limit:
        time.sleep(0.02)  # init has to take note of their end
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert processes.marked(MARK) == []


def test_a_process_is_told_from_a_later_one_of_the_same_number():
    me = psutil.Process()
    assert processes.is_running(me.pid, me.create_time())
    assert not processes.is_running(me.pid, me.create_time() - 60)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere shared memory is not told apart")
def test_memory_that_two_processes_share_is_counted_once_where_it_matters(tmp_path):
    code = """
import os, sys, time
held = bytearray(os.urandom(1)) * 120_000_000
child = os.fork()
print(child or "", flush=True) if child else None
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    try:
        alone = processes.memory([parent.pid], 10**9)
        assert 120e6 < alone < 200e6
        assert processes.memory([parent.pid, child], 10**9) > 1.8 * alone
        assert processes.memory([parent.pid, child], 150_000_000) < 1.3 * alone
    finally:
        processes.kill([parent.pid, child])
        parent.wait()
        parent.stdout.close()
