"""What trials took on this machine, in all results folders: so that a plan knows how long it takes.

A file of JSON lines in the user's cache. It decides nothing but estimates, so that one that cannot
be written or read is done without.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.machine.cache_folder import cache
from bench.protocol.cards import FAMILIES, Family
from bench.protocol.errors import BenchError
from bench.protocol.record import Trial
from bench.workers.schedule import PlannedTrial

MOST = 2000
"""Trials that are kept, the latest ones."""


@dataclass(frozen=True)
class Took:
    """A trial that has ended.

    Attributes:
        method, family, dataset, fraction: of it.
        size: see `PlannedTrial`.
        tune: configurations that were tried, 0 for the declared parameters alone.
        budget: of its study.
        seconds: of a worker's time, without what a worker does only once.
    """

    method: str
    family: Family
    dataset: str
    fraction: float
    size: float
    tune: int
    budget: str
    seconds: float


def remember(trials: Iterable[Took]) -> None:
    """Keep what some trials took."""
    lines = "".join(json.dumps(asdict(one)) + "\n" for one in trials)
    with suppress(OSError, BenchError):
        path = _file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)
        kept = _text(path).splitlines(keepends=True)
        if len(kept) > 2 * MOST:
            path.write_text("".join(kept[-MOST:]), encoding="utf-8")


def recall(planned: Sequence[PlannedTrial], budget: str) -> list[tuple[PlannedTrial, float]]:
    """What is known of methods that are planned, as trials and their seconds.

    Args:
        planned: what is to be run.
        budget: of the study; others say nothing.
    """
    tunes = {each.trial.method: each.tune for each in planned}
    found: dict[tuple[str, str, float], tuple[PlannedTrial, float]] = {}
    with suppress(OSError, BenchError):
        for line in _text(_file()).splitlines()[-MOST:]:
            took = _read(line)
            if took is None or took.budget != budget or tunes.get(took.method) != took.tune:
                continue
            trial = Trial(f"{took.dataset} before", took.method, None, fraction=took.fraction)
            earlier = PlannedTrial(trial, took.family, size=took.size, tune=took.tune)
            found[took.method, took.dataset, took.fraction] = (earlier, took.seconds)
    return list(found.values())


def _file() -> Path:
    return cache() / "times.jsonl"


def _text(path: Path) -> str:
    """What can be read of it: a power cut may leave anything in a file that is not synced."""
    return path.read_text(encoding="utf-8", errors="replace")


def _read(line: str) -> Took | None:
    try:
        took = Took(**json.loads(line))
        numbers = (took.fraction, took.size, took.seconds)
        sound = all(isinstance(n, int | float) and n >= 0 for n in numbers)
        return took if sound and took.family in FAMILIES else None
    except (ValueError, TypeError):
        return None
