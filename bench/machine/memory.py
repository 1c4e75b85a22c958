"""The highest resident memory of this process while something runs."""

import threading
from typing import Self

import psutil

_INTERVAL = 0.02  # seconds between two looks


class PeakMemory:
    """Context manager that watches resident memory from a thread of its own.

    Attributes:
        peak: bytes, of the whole process, highest seen so far.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._stop.wait(_INTERVAL):
            self._look()

    def _look(self) -> None:
        self.peak = max(self.peak, self._process.memory_info().rss)
