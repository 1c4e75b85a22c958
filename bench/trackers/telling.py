"""Trackers by name, told in threads of their own, so that none holds up a run."""

import importlib
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.protocol.errors import UsageError, did_you_mean, one_line
from bench.protocol.record import Run
from bench.protocol.study import Study
from bench.results.layout import Layout
from bench.trackers.ended_trial import EndedTrial, Tracker, ended_trial

PATIENCE = 60.0
"""Seconds that a tracker has to finish once the run has ended."""


@dataclass(frozen=True)
class _Kind:
    package: str
    module: str
    name: str


_KINDS = {
    "mlflow": _Kind("mlflow", "bench.trackers.mlflow", "MLflow"),
    "tensorboard": _Kind("tensorboard", "bench.trackers.tensorboard", "TensorBoard"),
    "wandb": _Kind("wandb", "bench.trackers.wandb", "WeightsAndBiases"),
}
NAMES = tuple(_KINDS)
"""What `--tracker` takes."""


class Trackers:
    """All trackers of a run. Used as a context manager.

    What a tracker raises ends that tracker and not the run, and is said in a line; so is one that
    has not finished a minute after the run has.

    Args:
        names: of them, as "mlflow".
        results: the results folder; what they keep on disk lies below its `trackers/`.
        say: prints a line.
        patience: seconds that a tracker has to finish once the run has ended.

    Raises:
        UsageError: if a name is unknown, or its package is not installed.
    """

    def __init__(
        self,
        names: Sequence[str],
        results: Path,
        say: Callable[[str], object],
        patience: float = PATIENCE,
    ) -> None:
        for name in names:
            if name not in _KINDS:
                raise UsageError(f"--tracker {name}: {did_you_mean(name, NAMES)}")
            found = find_spec(_KINDS[name].package)
            if found is None or found.origin is None:  # a folder `wandb` here is no package
                raise UsageError(
                    f"--tracker {name} needs the package {_KINDS[name].package}: "
                    f"pip install 'classical-vs-deep[{name}]'."
                )
        self._layout = Layout(results)
        self._told = [
            _Told(name, results / "trackers" / name, say, patience) for name in dict.fromkeys(names)
        ]

    def __enter__(self) -> "Trackers":
        for each in self._told:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._told:
            each.end()

    def ended(self, run: Run, study: Study, scores: Mapping[str, float | None]) -> None:
        """Tell all of them of a trial that has ended; returns at once."""
        folder = self._layout.run_folder(run.trial).absolute()
        trial = ended_trial(run, study, scores, str(folder))
        for each in self._told:
            each.tell(trial)


class _Told:
    """One tracker and its thread."""

    def __init__(
        self, name: str, folder: Path, say: Callable[[str], object], patience: float
    ) -> None:
        self._patience = patience
        self._name, self._folder, self._say = name, folder, say
        self._waiting: queue.SimpleQueue[EndedTrial | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"tracker {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, trial: EndedTrial) -> None:
        self._waiting.put(trial)

    def end(self) -> None:
        self._waiting.put(None)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            self._say(
                f"--tracker {self._name}: has not finished after {self._patience:g} s and is left "
                "alone; results are complete, the tracker's log may not be"
            )

    def _work(self) -> None:
        try:
            tracker: Tracker | None = None
            while (trial := self._waiting.get()) is not None:
                tracker = self._opened() if tracker is None else tracker
                tracker.log(trial)
            if tracker is not None:
                tracker.close()
        except BaseException as error:  # some libraries end the program by SystemExit
            self._say(
                f"--tracker {self._name}: failed ({one_line(error)}); nothing more is logged "
                "there, the run goes on"
            )

    def _opened(self) -> Tracker:
        """The tracker, whose package is loaded when the first trial has ended."""
        kind = _KINDS[self._name]
        tracker: Tracker = getattr(importlib.import_module(kind.module), kind.name)(self._folder)
        return tracker
