"""What the trials that run at the moment are doing, told through small files.

A worker announces its trial in a file. A method that has a parameter `progress_file` is given a
second one, which it replaces after each epoch by a JSON object with any of `epoch`, `epochs`,
`loss` and `images_per_second`. The main process reads both and removes them when the trial ends;
`python -m bench status` reads them too. Times are of the monotonic clock, which all processes of a
machine share and which no correction of the time of day moves.
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.protocol.record import Trial

_TUNING = ("configuration", "configurations")


@dataclass(frozen=True)
class Running:
    """A trial that runs.

    Attributes:
        trial: in words.
        seconds: since it began.
        configuration, configurations: which one of how many it tries.
        epoch, epochs: how far the training of that is; None where the method does not say.
        loss: of the last epoch.
        images_per_second: of the training.
    """

    trial: str
    seconds: float
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    images_per_second: float | None = None
    configuration: int = 1
    configurations: int = 1

    @property
    def progress(self) -> float:
        """Share of the trial that is done, as far as it is told; 0 where nothing is."""
        epoch = (self.epoch or 0) / self.epochs if self.epochs else 0.0
        return (self.configuration - 1 + epoch) / self.configurations

    def __str__(self) -> str:
        told = []
        if self.configurations > 1:
            told.append(f"configuration {self.configuration} of {self.configurations}")
        if self.epoch is not None:
            told.append(f"epoch {self.epoch}" + (f" of {self.epochs}" if self.epochs else ""))
        if self.loss is not None:
            told.append(f"loss {self.loss:.3f}")
        if self.images_per_second is not None:
            told.append(f"{self.images_per_second:,.0f} images/s")
        return ", ".join(told)


def announce(place: Path, trial: Trial) -> None:
    """Say that a trial begins. What cannot be written is not shown, and costs nothing else."""
    _write(place, {"trial": str(trial), "started": time.monotonic()})


def begin_configuration(place: Path, number: int, of: int) -> None:
    """Say which of its configurations an announced trial tries now, from 1."""
    _remove(training_file(place))  # what the one before has told
    _write(place, _read(place) | {"configuration": number, "configurations": of})


def pass_on(place: Path, trial: str, seconds: float, told: dict[str, Any]) -> None:
    """Announce a trial of another machine, which began so long ago, and what it told."""
    tuning = {name: told[name] for name in _TUNING if name in told}
    _write(place, {"trial": trial, "started": time.monotonic() - seconds} | tuning)
    if told.keys() - tuning.keys():
        _write(training_file(place), told)
    else:
        _remove(training_file(place))  # of the configuration before


def told_of(place: Path) -> dict[str, Any]:
    """What is told of the trial announced at `place`, for `pass_on`."""
    announced = _read(place)
    tuning = {name: announced[name] for name in _TUNING if name in announced}
    return _read(training_file(place)) | tuning


def training_file(place: Path) -> Path:
    """Where the method of the trial announced at `place` tells of its training."""
    return place.with_suffix(".training.json")


def end(place: Path) -> None:
    """Take back what was said of a trial."""
    for path in (place, training_file(place)):
        _remove(path)


def running(folder: Path) -> list[Running]:
    """The trials that are announced in a folder, the oldest first."""
    found = []
    for place in folder.glob("*.json"):
        announced = _read(place)
        if "trial" in announced and "started" in announced:
            seconds = max(0.0, time.monotonic() - float(announced["started"]))
            told = _read(training_file(place))
            found.append(
                Running(
                    str(announced["trial"]),
                    seconds,
                    _number(told, "epoch", int),
                    _number(told, "epochs", int),
                    _number(told, "loss", float),
                    _number(told, "images_per_second", float),
                    _number(announced, "configuration", int) or 1,
                    _number(announced, "configurations", int) or 1,
                )
            )
    return sorted(found, key=lambda item: -item.seconds)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _write(path: Path, content: dict[str, Any]) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        os.replace(temporary, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _number(told: dict[str, Any], name: str, kind: type) -> Any:
    value = told.get(name)
    return kind(value) if isinstance(value, int | float) else None
