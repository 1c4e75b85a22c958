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


def families(roots: Collection[int], thorough: bool = False) -> dict[int, list[int]]:
    """Process → itself and its descendants that are alive, those in its session included.

    Args:
        roots: the processes.
        thorough: whether to look also at processes with lower numbers, which are descendants only
            where numbers have begun again from the bottom.
    """
    if not _LINUX:
        return {root: _descendants(root) for root in roots}
    later = _pids() if thorough else _started_after(min(roots, default=0))
    told = {pid: facts for pid in later if (facts := _parent_and_session(pid))}
    children = defaultdict(list)
    for pid, (parent, session) in told.items():
        children[session if session in roots and pid != session else parent].append(pid)
    found = {}
    for root in roots:
        members, todo = [], [root] if root in told else []
        while todo:
            pid = todo.pop()
            members.append(pid)
            todo += children[pid]
        found[root] = members
    return found


def left_behind(root: int, mark: str) -> set[int]:
    """What a worker has started that still runs, whether or not it is still its parent."""
    if not _LINUX:
        return {*_descendants(root), *marked(mark)} - {root}
    return {*families([root])[root], *_with_mark(_started_after(root), mark)} - {root}


def marked(prefix: str) -> list[int]:
    """The processes whose mark begins so, this one left out."""
    if not _LINUX:
        return [p.pid for p in psutil.process_iter() if _mark_of(p).startswith(prefix)]
    return _with_mark(_pids(), prefix)


def _with_mark(pids: Iterable[int], prefix: str) -> list[int]:
    wanted = f"{MARK}={prefix}".encode()
    found = []
    for pid in pids:
        with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            environment = file.read()
            if environment.startswith(wanted) or b"\0" + wanted in environment:
                found.append(pid)
    return [pid for pid in found if pid != os.getpid()]


def memory(pids: Collection[int], limit: int) -> int:
    """Bytes that processes hold together, pages of files not counted: those can be dropped.

    Memory that several of them share is counted once where the sum would exceed the limit, since
    finding that out takes longer.
    """
    total = sum(_resident(pid) for pid in pids)
    if total > limit and len(pids) > 1 and _LINUX:
        return sum(_proportional(pid) for pid in pids)
    return total


def kill(pids: Iterable[int]) -> None:
    """Kill processes that may have ended already."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def kill_family(root: int, mark: str) -> None:
    """Kill a worker and whatever descends from it.

    The group is killed at one stroke, so that what starts itself anew all the time cannot escape.
    """
    others = families([root])[root]  # found first: they are strangers once their parent is gone
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(root, signal.SIGKILL)
    kill(others)
    kill_marked(mark)


def kill_marked(prefix: str) -> int:
    """Kill all processes with such a mark, until none is left; the number that was found first."""
    first = 0
    for attempt in range(_ROUNDS):
        pids = [pid for pid in marked(prefix) if not _is_zombie(pid)]
        first = first or len(pids)
        if not pids:
            break
        kill(pids)
        if attempt:  # a killed process takes a moment to go
            psutil.wait_procs(_known(pids), timeout=0.05)
    return first


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _started_after(root: int) -> list[int]:
    """A process and those that were started after it; numbers are given in rising order.

    Looking at these only is ten times as fast where a machine has many processes. Where numbers
    have begun again from the bottom, it is all of them.
    """
    with suppress(OSError, ValueError), open("/proc/loadavg", encoding="ascii") as file:
        if int(file.read().split()[-1]) >= root:  # the number given last
            return [pid for pid in _pids() if pid >= root]
    return _pids()


def _parent_and_session(pid: int) -> tuple[int, int] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the name of the program stands in brackets and may hold anything
            state, parent, _, session = file.read().rpartition(b")")[2].split()[:4]
    except (OSError, ValueError):
        return None
    return None if state == b"Z" else (int(parent), int(session))


def _is_zombie(pid: int) -> bool:
    return _LINUX and _parent_and_session(pid) is None


def _known(pids: Iterable[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            found.append(psutil.Process(pid))
    return found


def _descendants(root: int) -> list[int]:
    try:
        process = psutil.Process(root)
        return [root, *(child.pid for child in process.children(recursive=True))]
    except psutil.Error:
        return []


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
