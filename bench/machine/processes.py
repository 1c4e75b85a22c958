"""Processes and what descends from them: found, measured and killed.

Every worker is started with a mark in its environment, which its descendants inherit, and as the
leader of a session of its own. So they are found even when they were left behind by their parents.
"""

import os
import signal
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress

import psutil

MARK = "BENCH_WORKER"
"""Environment variable of workers and their descendants: the run's token, "/", the slot."""

_LINUX = sys.platform.startswith("linux")
_ROUNDS = 100  # of killing what keeps starting itself anew


def is_running(pid: int, created: float) -> bool:
    """Whether the process that was created then still runs, and not another of the same number."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - created) < 2)
    except psutil.Error:
        return False


def trees(roots: Collection[int], thorough: bool = False) -> dict[int, list[int]]:
    """Process → itself and what it has started that is alive: the members of its session.

    Args:
        roots: leaders of sessions.
        thorough: whether to look also for descendants that have left the session. That takes
            fifty times as long.
    """
    members: dict[int, set[int]] = {root: set() for root in roots}
    for pid in psutil.pids():
        if (leader := _session(pid)) in members:
            members[leader].add(pid)
    if thorough or not hasattr(os, "getsid"):
        children = defaultdict(list)
        for process in psutil.process_iter(["ppid"]):
            children[process.info["ppid"]].append(process.pid)
        for root, found in members.items():
            todo = [*found, root]
            while todo:
                pid = todo.pop()
                found.add(pid)
                todo += [child for child in children[pid] if child not in found]
    return {root: _alive(found) for root, found in members.items()}


def remaining_children(root: int, mark: str) -> set[int]:
    """What a worker has started that still runs, whether or not it is still its parent."""
    found = {*trees([root])[root], *marked(mark)}
    with suppress(psutil.Error):
        found |= {child.pid for child in psutil.Process(root).children(recursive=True)}
    return {*_alive(found - {root})}


def marked(prefix: str) -> list[int]:
    """The processes whose mark begins so, this one left out."""
    if not _LINUX:
        return [p.pid for p in psutil.process_iter() if _mark_of(p).startswith(prefix)]
    wanted = f"{MARK}={prefix}".encode()
    found = []
    for pid in psutil.pids():
        # a tenth of the time that psutil takes to make a dictionary of it
        with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            environment = file.read()
            if environment.startswith(wanted) or b"\0" + wanted in environment:
                found.append(pid)
    return [pid for pid in found if pid != os.getpid()]


def memory(pids: Collection[int], limit: int) -> int:
    """Bytes that processes hold together, pages of files not counted: those can be dropped.

    Memory that several of them share is counted once where the sum would exceed the limit, since
    finding that out takes longer. psutil tells neither apart.
    """
    total = sum(_resident(pid) for pid in pids)
    if total > limit and len(pids) > 1 and _LINUX:
        return sum(_proportional(pid) for pid in pids)
    return total


def kill(pids: Iterable[int]) -> None:
    """Kill processes that may have ended already."""
    for process in _processes(pids):
        with suppress(psutil.Error):
            process.kill()


def kill_tree(root: int, mark: str) -> None:
    """Kill a worker and whatever descends from it.

    The group is killed at one stroke, so that what starts itself anew all the time cannot escape.
    """
    found = trees([root], thorough=True)[root]  # first: they are strangers once their parent ends
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(root, signal.SIGKILL)
    kill(found)
    kill_marked(mark)


def kill_marked(prefix: str) -> int:
    """Kill all processes with such a mark, until none is left; the number that was found first."""
    first = 0
    for attempt in range(_ROUNDS):
        pids = _alive(marked(prefix))
        first = first or len(pids)
        if not pids:
            break
        kill(pids)
        if attempt:  # a killed process takes a moment to go
            psutil.wait_procs(_processes(pids), timeout=0.05)
    return first


def _session(pid: int) -> int:
    try:
        return os.getsid(pid) if hasattr(os, "getsid") else 0
    except OSError:
        return 0


def _processes(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            found.append(psutil.Process(pid))
    return found


def _alive(pids: Iterable[int]) -> list[int]:
    """Those that have not ended; one that its parent has not waited for has."""
    alive = []
    for process in _processes(pids):
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process.pid)
    return alive


def _mark_of(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARK, "")) if process.pid != os.getpid() else ""
    except (psutil.Error, OSError):
        return ""


def _resident(pid: int) -> int:
    if not _LINUX:
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return 0
    fields = _kilobytes(f"/proc/{pid}/status")
    return 1024 * (fields.get("RssAnon", fields.get("VmRSS", 0)) + fields.get("RssShmem", 0))


def _proportional(pid: int) -> int:
    fields = _kilobytes(f"/proc/{pid}/smaps_rollup")
    if "Pss_Anon" not in fields:
        return _resident(pid)
    return 1024 * (fields["Pss_Anon"] + fields.get("Pss_Shmem", 0))


def _kilobytes(path: str) -> dict[str, int]:
    """The lines "name: number kB" of a file."""
    found = {}
    with suppress(OSError, ValueError), open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            name, _, value = line.partition(":")
            if value.endswith(" kB\n"):
                found[name] = int(value.split()[0])
    return found
