"""The electrical power that a process draws, from the counters of processor and GPU.

Processors count the energy of a whole package (RAPL), on which other processes run, too. A process
is charged with the share that its CPU time has in that of all processes, so that all of them
together are charged with everything. Nothing is asked over a network.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

POWERCAP = Path("/sys/class/powercap")
"""Where Linux shows the counters; root alone may read them unless a system says otherwise."""

_INTERVAL = 20.0  # seconds between readings; at 400 W a counter of 262 kJ wraps after 11 minutes


@dataclass(frozen=True)
class Zone:
    """One counter of a processor.

    Attributes:
        file: its energy in µJ.
        wraps_at: the number of µJ at which it begins again.
    """

    file: Path
    wraps_at: int

    def read(self) -> int:
        """The counter. Raises `OSError` or `ValueError`."""
        return int(self.file.read_text(encoding="ascii"))


def zones(root: Path | None = None) -> tuple[Zone, ...]:
    """The counters of all packages and of their memory; empty where one cannot be read."""
    found = []
    for folder in sorted((root or POWERCAP).glob("intel-rapl:*")):
        try:
            name = (folder / "name").read_text(encoding="ascii").strip()
            if not (name.startswith("package") or name == "dram"):
                continue  # parts of a package, and the whole machine
            limit = int((folder / "max_energy_range_uj").read_text(encoding="ascii"))
            zone = Zone(folder / "energy_uj", limit)
            zone.read()
        except (OSError, ValueError):
            return ()
        found.append(zone)
    return tuple(found)


def used(before: int, after: int, wraps_at: int) -> int:
    """µJ between two readings of a counter, which has begun again once at most.

    >>> used(10, 25, 100), used(90, 5, 100)
    (15, 15)
    """
    return after - before if after >= before else after + wraps_at - before


class PowerMeter:
    """Context manager that finds the mean power of this process and its children.

    Args:
        gpu: whether a GPU is used, whose whole energy counts as this process's.
    """

    def __init__(self, gpu: bool = False) -> None:
        self._zones = zones()
        self._gpu = _GpuCounter.open() if gpu and self._zones else None
        self._works = bool(self._zones) and (not gpu or self._gpu is not None)
        self._joules = 0.0
        self._watts: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="power", daemon=True)

    def __enter__(self) -> Self:
        if self._works:
            self._counters = self._read()
            self._begin = self._usage()
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._works:
            return
        self._over.set()
        self._thread.join()
        self._add()
        before, now = self._begin, self._usage()
        seconds, busy = now.time - before.time, now.busy - before.busy
        if self._works and seconds > 0:
            share = min(1.0, max(0.0, now.own - before.own) / busy) if busy > 0 else 0.0
            self._watts = (self._joules * share + now.gpu - before.gpu) / seconds

    @property
    def watts(self) -> float | None:
        """The mean power; None before the end, and where it could not be measured."""
        return self._watts

    @property
    def source(self) -> str:
        """What was read: "RAPL", or "RAPL and NVML"; "" where nothing was."""
        return "" if self.watts is None else "RAPL" if self._gpu is None else "RAPL and NVML"

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL):
            self._add()

    def _read(self) -> tuple[int, ...]:
        try:
            return tuple(zone.read() for zone in self._zones)
        except (OSError, ValueError):  # gone, or no number; what is not known is not guessed
            self._works = False
            return ()

    def _add(self) -> None:
        """Add what the processor has used since the last reading.

        This alone is done between begin and end: to look for children reads a file of every process
        of the machine, for each of which a thread waits its turn beside one that computes.
        """
        last, self._counters = self._counters, self._read()
        if self._works:
            read = zip(self._zones, last, self._counters, strict=True)
            self._joules += sum(used(old, new, zone.wraps_at) for zone, old, new in read) / 1e6

    def _usage(self) -> "_Usage":
        try:
            gpu = 0.0 if self._gpu is None else self._gpu.joules()
            return _Usage(time.monotonic(), _busy(), _own(), gpu)
        except Exception:  # of NVML, of many kinds
            self._works = False
            return _Usage(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Usage:
    time: float
    busy: float
    own: float
    gpu: float


def _busy() -> float:
    """Seconds of CPU time that all processes of the machine have used."""
    told = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq")
    return float(sum(getattr(told, name, 0.0) for name in names))


def _own() -> float:
    """The same of this process and of its children, those that have ended included."""
    me = psutil.Process()
    told = me.cpu_times()
    total = sum(getattr(told, name, 0.0) for name in ("user", "system"))
    total += sum(getattr(told, f"children_{name}", 0.0) for name in ("user", "system"))
    for child in me.children(recursive=True):
        with suppress(psutil.Error):
            own = child.cpu_times()
            total += own.user + own.system
    return float(total)


class _GpuCounter:
    """The energy of the one GPU that this process sees."""

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle

    @classmethod
    def open(cls) -> "_GpuCounter | None":
        """The counter; None without the package nvidia-ml-py, or where it tells no energy."""
        try:
            import pynvml

            pynvml.nvmlInit()
            if pynvml.nvmlDeviceGetCount() != 1:
                return None  # which one is used is not told here
            counter = cls(pynvml, pynvml.nvmlDeviceGetHandleByIndex(0))
            counter.joules()
        except Exception:  # no package, no driver, an old GPU
            return None
        return counter

    def joules(self) -> float:
        """J since the driver was loaded."""
        return float(self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / 1000
