"""How far a training is, in a file that whoever waits for it may read."""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass

REPORT_SECONDS = 0.5
"""Least time between two reports."""


@dataclass(frozen=True)
class EpochReport:
    """What is known at the end of an epoch.

    Attributes:
        epoch: epochs done.
        epochs: epochs to do.
        loss: mean training loss of the last one.
        images_per_second: trained on so far.
    """

    epoch: int
    epochs: int
    loss: float
    images_per_second: float


class Progress:
    """Writes a report of a training to a file, whole or not at all, and never fails.

    Parameters
    ----------
    file : str or None
        One JSON object `{"epoch", "epochs", "loss", "images_per_second"}`; None writes nothing.
    """

    def __init__(self, file: str | None = None) -> None:
        self.file = file
        self._written = -REPORT_SECONDS
        self._part, self._parts = 0, 1

    def part(self, index: int, parts: int) -> "Progress":
        """That of one of several equally long trainings, as a part of the whole."""
        whole = Progress(self.file)
        whole._part, whole._parts = index, parts
        return whole

    @property
    def due(self) -> bool:
        """Whether the last report is old enough for another one."""
        return time.monotonic() - self._written >= REPORT_SECONDS

    def write(self, report: EpochReport) -> None:
        """Replace the file by this report; a disk that is full or gone is no error."""
        self._written = time.monotonic()
        if self.file is None:
            return
        content = {
            "epoch": self._part * report.epochs + report.epoch,
            "epochs": self._parts * report.epochs,
            "loss": report.loss,
            "images_per_second": round(report.images_per_second, 1),
        }
        temporary = f"{self.file}.{os.getpid()}"
        with suppress(OSError):
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(content, file)
            os.replace(temporary, self.file)
            return
        with suppress(OSError):
            os.remove(temporary)
