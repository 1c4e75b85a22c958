"""Which trial runs next and where, as pure functions.

A trial needs a core, or a place on a GPU. Each GPU takes a number of trials at a time. A trial on a
GPU keeps a core busy too, so it takes one away from the others, but never the last one where more
than one job is allowed: classical methods go on beside it.
"""

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.protocol.cards import Family
from bench.protocol.record import Trial

Place = Literal["cpu", "gpu"]
Cell = tuple[str, str, float]
"""Method, data set and fraction: trials that differ in seed or fold only take about the same."""


def cell_of(trial: Trial) -> Cell:
    """The cell of a trial."""
    return trial.method, trial.dataset, trial.fraction


@dataclass(frozen=True)
class Planned:
    """A trial as far as its duration depends on it.

    Attributes:
        trial: which one.
        family: of its method.
        place: where it runs.
        size: number of pixels of the images it is trained on and applied to.
        tune: configurations that are tried, 0 for the declared parameters alone.
    """

    trial: Trial
    family: Family
    place: Place = "cpu"
    size: float = 1.0
    tune: int = 0


@dataclass(frozen=True)
class Lanes:
    """What there is to run trials on.

    Attributes:
        jobs: trials side by side on the cores.
        gpus: number of GPUs.
        per_gpu: trials at a time on each of them.
    """

    jobs: int
    gpus: int = 0
    per_gpu: int = 1

    def has_room(self, place: Place, running: Sequence[Place]) -> bool:
        """Whether one more trial may start there beside those that run.

        >>> Lanes(2, gpus=1).has_room("cpu", ["gpu"]), Lanes(2, gpus=1).has_room("gpu", ["gpu"])
        (True, False)
        """
        on_gpu = sum(each == "gpu" for each in running)
        if self.jobs == 1:
            return not running and (place == "cpu" or self.gpus > 0)
        if place == "gpu":
            return on_gpu < self.gpus * self.per_gpu
        return len(running) - on_gpu < max(1, self.jobs - on_gpu)


def order(planned: Sequence[Planned], known: Collection[Cell] = ()) -> list[Planned]:
    """The order in which trials are started.

    First one trial of each method on its smallest data set, then one on each other data set, so
    that soon it is known how long each takes, and a run that is cut short has compared them all;
    then the other seeds and folds. Within that by family, the slowest first, so that the lanes end
    together, and within a family the larger data sets first.

    Args:
        planned: the trials.
        known: cells of which it is known how long a trial takes.
    """
    slow_first = {"deep": 0, "hybrid": 1, "classical": 2, "control": 3}
    by_size = sorted(planned, key=lambda p: (slow_first[p.family], p.size * p.trial.fraction))
    seen = {method for method, _, _ in known}
    pilots = {p.trial.method: p for p in reversed(by_size) if p.trial.method not in seen}
    rest = sorted(by_size, key=lambda p: (slow_first[p.family], -p.size * p.trial.fraction))
    firsts = {cell_of(p.trial): p for p in reversed(planned) if cell_of(p.trial) not in known}
    rest.sort(key=lambda p: firsts.get(cell_of(p.trial)) is not p)
    first = [p for p in by_size if pilots.get(p.trial.method) is p]
    return first + [p for p in rest if pilots.get(p.trial.method) is not p]


def pick(waiting: Sequence[Place], running: Sequence[Place], lanes: Lanes) -> int | None:
    """Position of the first waiting trial that may start now, None if none may.

    >>> pick(["gpu", "gpu", "cpu"], ["gpu"], Lanes(jobs=2, gpus=1))
    2
    """
    for place in ("gpu", "cpu"):
        if place in waiting and lanes.has_room(place, running):
            return waiting.index(place)
    return None


def makespan(
    running: Sequence[tuple[Place, float]],
    waiting: Sequence[tuple[Place, float]],
    lanes: Lanes,
) -> float:
    """Seconds until the last trial ends, where each takes what it is expected to take.

    Args:
        running: place and seconds left of the trials that run.
        waiting: place and seconds of those that wait, in their order.
        lanes: what there is to run them on.

    >>> makespan([("cpu", 1.0)], [("cpu", 2.0), ("cpu", 3.0)], Lanes(jobs=2))
    4.0
    """
    clock = 0.0
    ends = [(seconds, i, place) for i, (place, seconds) in enumerate(running)]
    heapq.heapify(ends)
    queues: dict[Place, list[float]] = {"gpu": [], "cpu": []}
    for place, seconds in reversed(waiting):
        queues[place].append(seconds)
    number = len(ends)
    while ends or queues["gpu"] or queues["cpu"]:
        while True:
            places = [place for place in ("gpu", "cpu") if queues[place]]  # at most one of each
            position = pick(places, [place for _, _, place in ends], lanes)  # type: ignore[arg-type]
            if position is None:
                break
            place = places[position]  # type: ignore[assignment]
            number += 1
            heapq.heappush(ends, (clock + queues[place].pop(), number, place))
        if not ends:
            break  # nothing may ever start
        clock = heapq.heappop(ends)[0]
    return clock
