"""How a run is shown while it goes on: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from bench.live import running
from bench.record import Run, Trial


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

    def begin(self, trials: Iterable[Trial], jobs: int, live: Sequence[Path]) -> None:
        """The trials that will be run, that many at a time, and where each is announced."""

    def finished(self, run: Run, score: float | None) -> None:
        """A trial has ended; `score` is its validation metric."""


class Remaining:
    """Estimate of the time that is left, from what trials of the same method have taken."""

    def __init__(self, trials: Iterable[Trial], jobs: int) -> None:
        self._left: dict[str, int] = defaultdict(int)
        for trial in trials:
            self._left[trial.method] += 1
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._jobs = jobs

    def finished(self, run: Run) -> None:
        """Learn from a trial that has ended."""
        self._left[run.trial.method] -= 1
        self._seconds[run.trial.method].append((run.fit_seconds or 0) + (run.predict_seconds or 0))

    def seconds(self) -> float | None:
        """Seconds until the last trial ends, None before the first one has."""
        taken = [s for each in self._seconds.values() for s in each]
        if not taken:
            return None
        usual = sum(taken) / len(taken)
        total = 0.0
        for method, left in self._left.items():
            own = self._seconds.get(method)
            total += left * (sum(own) / len(own) if own else usual)
        return total / self._jobs


class Lines:
    """One line per trial, for logs and pipes."""

    def __init__(self, out: Callable[[str], Any] = print) -> None:
        self._out = out
        self._total = self._done = 0
        self._remaining: Remaining | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """Print a line."""
        self._out(text)
        sys.stdout.flush()

    def begin(self, trials: Iterable[Trial], jobs: int, live: Sequence[Path]) -> None:  # noqa: ARG002
        """Remember how many there are."""
        trials = list(trials)
        self._total, self._done = len(trials), 0
        self._remaining = Remaining(trials, jobs)

    def finished(self, run: Run, score: float | None) -> None:
        """Print what came of the trial, and how long the rest will take."""
        self._done += 1
        left = None
        if self._remaining is not None:
            self._remaining.finished(run)
            left = self._remaining.seconds()
        width = len(str(self._total))
        tail = f"  {duration(left)} left" if left and self._done < self._total else ""
        self.say(f"[{self._done:{width}d}/{self._total}] {outcome(run, score)}{tail}")


class Bars:
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
        self._places: Sequence[Path] = ()
        self._remaining: Remaining | None = None
        self._start = 0.0
        self._live = Live(
            console=Console(highlight=False, soft_wrap=True),
            get_renderable=self._shown,
            refresh_per_second=2,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._places = ()
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._live.console.print(text, markup=False)

    def begin(self, trials: Iterable[Trial], jobs: int, live: Sequence[Path]) -> None:
        """Show the bar."""
        trials = list(trials)
        self._remaining = Remaining(trials, jobs)
        self._places = live
        self._start = time.monotonic()
        self._task = self._bar.add_task("trials", total=len(trials), elapsed_text="")

    def finished(self, run: Run, score: float | None) -> None:
        """Move the bar on."""
        if self._remaining is not None:
            self._remaining.finished(run)
        if run.status != "ok":
            self.say(outcome(run, score))
        self._last = outcome(run, score)
        self._bar.update(self._task, advance=1)

    def _shown(self) -> Any:
        from rich.console import Group
        from rich.text import Text

        if self._task is None:
            return Group()
        left = self._remaining.seconds() if self._remaining is not None else None
        text = duration(time.monotonic() - self._start)
        text += f", {duration(left)} left" if left is not None else ""
        self._bar.update(self._task, elapsed_text=text)
        lines = [
            Text(f"  {item.trial}  {duration(item.seconds)}  {item}", no_wrap=True)
            for item in running(self._places)
        ]
        return Group(self._bar, Text(f"  {self._last}", no_wrap=True, style="dim"), *lines)


def choose() -> Progress:
    """Bars if standard output is a terminal, else lines."""
    return Bars() if sys.stdout.isatty() else Lines()


def outcome(run: Run, score: float | None) -> str:
    """What came of a trial, in one line."""
    if run.status != "ok":
        return f"{run.trial}: {run.status}: {run.error}"
    shown = "" if score is None else f"validation AUC {score:.3f}, "
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
