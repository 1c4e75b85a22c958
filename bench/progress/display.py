"""How a run is shown while it goes on: bars on a terminal, plain lines elsewhere."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from bench.progress.eta import Eta
from bench.protocol.record import Run
from bench.workers.heartbeat import running_trials


class Progress(Protocol):
    """What the engine tells while it runs. Used as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def say(self, text: str) -> None:
        """Print a line."""

    def begin(self, total: int, eta: Eta, heartbeats: Path) -> None:
        """How many trials will be run, how long they take, and where their heartbeats are."""

    def finished(self, run: Run, score: float | None) -> None:
        """A trial has ended; `score` is its validation metric."""


class ProgressLines:
    """One line per trial, for logs and pipes."""

    def __init__(self, out: Callable[[str], Any] = print) -> None:
        self._out = out
        self._total = self._done = 0
        self._eta: Eta | None = None
        self._heartbeats: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """Print a line."""
        self._out(text)
        sys.stdout.flush()

    def begin(self, total: int, eta: Eta, heartbeats: Path) -> None:
        """Remember how many there are."""
        self._total, self._done = total, 0
        self._eta, self._heartbeats = eta, heartbeats

    def finished(self, run: Run, score: float | None) -> None:
        """Print what came of the trial, and how long the rest will take."""
        self._done += 1
        left = None
        if self._eta is not None and self._heartbeats is not None:
            _record(self._eta, run)
            left = self._eta.seconds(running_trials(self._heartbeats))
        width = len(str(self._total))
        tail = f"  {duration(left)} left" if left and self._done < self._total else ""
        self.say(f"[{self._done:{width}d}/{self._total}] {summary(run, score)}{tail}")


class ProgressBars:
    """A bar with the time left, and a line for each trial that runs; only failures stay."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[elapsed_text]}"),
        )
        self._task: Any = None
        self._last = ""
        self._heartbeats: Path | None = None
        self._eta: Eta | None = None
        self._start = 0.0
        self._live = Live(
            console=Console(highlight=False, soft_wrap=True),
            get_renderable=self.renderable,
            refresh_per_second=2,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._heartbeats = None
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._live.console.print(text, markup=False)

    def begin(self, total: int, eta: Eta, heartbeats: Path) -> None:
        """Show the bar."""
        self._eta = eta
        self._heartbeats = heartbeats
        self._start = time.monotonic()
        self._task = self._bar.add_task("trials", total=total, elapsed_text="")

    def finished(self, run: Run, score: float | None) -> None:
        """Move the bar on."""
        if self._eta is not None:
            _record(self._eta, run)
        if run.status != "ok":
            self.say(summary(run, score))
        self._last = summary(run, score)
        self._bar.update(self._task, advance=1)

    def renderable(self) -> Any:
        """The bar and a line per running trial, for rich."""
        from rich.console import Group
        from rich.text import Text

        if self._task is None:
            return Group()
        items = running_trials(self._heartbeats) if self._heartbeats is not None else []
        left = self._eta.seconds(items) if self._eta is not None else None
        text = duration(time.monotonic() - self._start)
        text += f", {duration(left)} left" if left is not None else ""
        self._bar.update(self._task, elapsed_text=text)
        lines = [
            Text(f"  {item.trial}  {duration(item.seconds)}  {item}", no_wrap=True)
            for item in items
        ]
        return Group(self._bar, Text(f"  {self._last}", no_wrap=True, style="dim"), *lines)


def _record(eta: Eta, run: Run) -> None:
    if run.seconds_when_warm is None:
        eta.skip(run.trial)
    else:
        eta.learn(run.trial, run.seconds_when_warm)


def plural(number: int, noun: str) -> str:
    """A number of things with their noun.

    >>> plural(1, "trial"), plural(3, "trial")
    ('1 trial', '3 trials')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def for_output() -> Progress:
    """ProgressBars if standard output is a terminal that can be drawn on, else lines."""
    dumb = os.environ.get("TERM", "") in ("dumb", "unknown")
    return ProgressBars() if sys.stdout.isatty() and not dumb else ProgressLines()


def summary(run: Run, score: float | None) -> str:
    """What came of a trial, in one line."""
    if run.status != "ok":
        return f"{run.trial}: {run.status}: {run.error}"
    measure = "AUC" if run.label_maps is None else "Dice"
    shown = "" if score is None else f"validation {measure} {score:.3f}, "
    return f"{run.trial}: {shown}fit {duration(run.fit_seconds or 0)}"


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> [duration(s) for s in (0.42, 7.1, 75, 3700)]
    ['0.4 s', '7.1 s', '1 min 15 s', '1 h 1 min']
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
