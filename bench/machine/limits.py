"""What one trial may take of the machine."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.protocol.errors import UsageError

PROCESSES = 64
"""Processes that one trial may have at a time, its own included."""

_SHARE = 0.85  # of the machine's memory for all trials together; the rest is the system's and ours
_LEAST = 2 * 10**9  # bytes; importing torch and compiling kernels takes up to half of it
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


@dataclass(frozen=True)
class Limits:
    """What one task may take; None is without limit.

    Attributes:
        seconds: from its start to its end, or of each of its parts (`bench.workers.slot.new_part`);
            loading has at least five minutes (`bench.workers.slot.loading`).
        memory: bytes of its process and of those that it starts, together.
        processes: number of these.
    """

    seconds: float | None = None
    memory: int | None = None
    processes: int | None = None


def parse_bytes(text: str, option: str = "--memory ") -> int:
    """Bytes from text such as "4GB", "500 MB" or "1.5GiB"; `option` is for messages.

    Raises:
        UsageError: if it is nothing of the kind, or less than 1 MB.

    >>> parse_bytes("4GB"), parse_bytes("1.5 GiB")
    (4000000000, 1610612736)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise UsageError(f"{option}{text}: write a size such as 4GB or 800MB.")
    size = int(float(found[1]) * unit)
    if size < 10**6:
        raise UsageError(f"{option}{text}: at least 1MB; write a size such as 4GB.")
    return size


def machine_memory() -> int:
    """Bytes of memory that this process could have at most: the machine's, or its control group's.

    A container often sees the memory of its host but may use less.
    """
    least = int(psutil.virtual_memory().total)
    for path in _limit_files():
        with suppress(OSError):
            text = path.read_text(encoding="ascii").strip()
            if text.isdigit():
                least = min(least, int(text))
    return least


def _limit_files() -> Iterator[Path]:
    """Where the control groups of this process, and those above them, keep their limits."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if "memory" in controllers.split(","):  # version 1
            root, name = Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"
        elif not controllers:  # version 2
            root, name = Path("/sys/fs/cgroup"), "memory.max"
        else:
            continue
        folder = root / place.lstrip("/")
        yield from (
            each / name for each in (folder, *folder.parents) if root in (each, *each.parents)
        )


def memory_share(jobs: int, memory: int | None = None) -> int:
    """Bytes for each of so many trials side by side, where the user says nothing.

    Args:
        jobs: number of trials.
        memory: bytes that there are for all of them together; None for the machine's.
    """
    return max(_LEAST, int((memory or machine_memory()) * _SHARE / jobs))


def format_bytes(size: float) -> str:
    """Bytes for people.

    >>> format_bytes(4_000_000_000), format_bytes(350_000_000)
    ('4.0 GB', '350 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
