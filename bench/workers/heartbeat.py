"""What the trials that run at the moment are doing, read from small files.

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
class RunningTrial:
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
        """Share of the trial that is done, as far as it is known; 0 where nothing is."""
        epoch = (self.epoch or 0) / self.epochs if self.epochs else 0.0
        return (self.configuration - 1 + epoch) / self.configurations

    def __str__(self) -> str:
        parts = []
        if self.configurations > 1:
            parts.append(f"configuration {self.configuration} of {self.configurations}")
        if self.epoch is not None:
            parts.append(f"epoch {self.epoch}" + (f" of {self.epochs}" if self.epochs else ""))
        if self.loss is not None:
            parts.append(f"loss {self.loss:.3f}")
        if self.images_per_second is not None:
            parts.append(f"{self.images_per_second:,.0f} images/s")
        return ", ".join(parts)


def start(path: Path, trial: Trial) -> None:
    """Write that a trial begins. What cannot be written is not shown, and costs nothing else."""
    _write(path, {"trial": str(trial), "started": time.monotonic()})


def start_configuration(path: Path, number: int, of: int, changes: dict[str, Any]) -> None:
    """Write which of its configurations a trial tries now, from 1, and what it changes."""
    _remove(training_file(path))  # of the configuration before
    trying = {"changes": changes, "started": time.monotonic()}
    told = {"configuration": number, "configurations": of, "trying": trying}
    _write(path, _read(path) | told)


def end_configuration(path: Path) -> None:
    """Write that the last configuration has ended, and what else the trial does has begun."""
    content = _read(path)
    if content.pop("trying", None) is not None:
        _write(path, content)


def trying(path: Path) -> tuple[dict[str, Any], float] | None:
    """What the configuration changes that a trial tries, and seconds since it began."""
    told = _read(path).get("trying")
    if not isinstance(told, dict) or not isinstance(told.get("changes"), dict):
        return None
    return told["changes"], max(0.0, time.monotonic() - float(told.get("started", 0.0)))


def relay(path: Path, trial: str, seconds: float, progress: dict[str, Any]) -> None:
    """Write the files of a trial on another machine, which began so long ago, from its progress."""
    tuning = {name: progress[name] for name in _TUNING if name in progress}
    _write(path, {"trial": trial, "started": time.monotonic() - seconds} | tuning)
    if progress.keys() - tuning.keys():
        _write(training_file(path), progress)
    else:
        _remove(training_file(path))  # of the configuration before


def read(path: Path) -> dict[str, Any]:
    """What the files of a trial say of its progress, for `relay`."""
    content = _read(path)
    tuning = {name: content[name] for name in _TUNING if name in content}
    return _read(training_file(path)) | tuning


def training_file(heartbeat_file: Path) -> Path:
    """Where the method of a trial writes the progress of its training."""
    return heartbeat_file.with_suffix(".training.json")


def stop(path: Path) -> None:
    """Remove the files of a trial that has ended."""
    for each in (path, training_file(path)):
        _remove(each)


def running_trials(folder: Path) -> list[RunningTrial]:
    """The trials whose files are in a folder, the oldest first."""
    found = []
    for path in folder.glob("*.json"):
        content = _read(path)
        if "trial" in content and "started" in content:
            seconds = max(0.0, time.monotonic() - float(content["started"]))
            progress = _read(training_file(path))
            found.append(
                RunningTrial(
                    str(content["trial"]),
                    seconds,
                    _number(progress, "epoch", int),
                    _number(progress, "epochs", int),
                    _number(progress, "loss", float),
                    _number(progress, "images_per_second", float),
                    _number(content, "configuration", int) or 1,
                    _number(content, "configurations", int) or 1,
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


def _number(values: dict[str, Any], name: str, kind: type) -> Any:
    value = values.get(name)
    return kind(value) if isinstance(value, int | float) else None
