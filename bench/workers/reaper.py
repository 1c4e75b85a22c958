"""Ends the workers of a run whose main process is gone, whatever ended it.

A process of its own that waits for the end of its standard input, which only the main process
holds open. It is started by its path with Python's smallest start-up, so it imports nothing of ours
and nothing heavy.
"""

import os
import signal
import sys
import time

_ROUNDS = 100


def main(mark: str) -> None:
    """Wait for the main process to end, then kill every process whose environment has the mark."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # for the main process, which it outlives
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:  # "+pid" and "-pid" of workers, until the main process is gone
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    for _ in range(_ROUNDS):
        found = {*groups, *_marked(mark.encode())}
        if not found:
            break
        for pid in found:
            _kill(pid, pid in groups)
        groups.clear()
        time.sleep(0.02)


def _marked(mark: bytes) -> list[int]:
    """The processes with the mark; none where the system does not show their environment."""
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if mark in file.read():
                    found.append(int(name))
        except OSError:
            continue
    return found


def _kill(pid: int, group: bool) -> None:
    hard = getattr(signal, "SIGKILL", signal.SIGTERM)
    try:
        if group and hasattr(os, "killpg"):
            os.killpg(pid, hard)
        else:
            os.kill(pid, hard)
    except OSError:
        return


if __name__ == "__main__":
    main(sys.argv[1])
