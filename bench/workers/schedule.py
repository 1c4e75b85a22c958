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

Resource = Literal["cpu", "gpu"]
"""What a trial needs: a core, or a place on a GPU."""

Cell = tuple[str, str, float, int, str]
"""Method, data set, fraction, size and masks; trials that differ in seed or fold take alike."""


def cell_of(trial: Trial) -> Cell:
    """The cell of a trial."""
    return trial.method, trial.dataset, trial.fraction, trial.size, trial.masks


@dataclass(frozen=True)
class PlannedTrial:
    """A trial as far as its duration depends on it.

    Attributes:
        trial: which one.
        family: of its method.
        resource: what it runs on.
        size: number of pixels of the images it is trained on and applied to.
        tune: configurations that are tried, 0 for the declared parameters alone.
        corrupted: how often the test images are predicted again, corrupted.
    """

    trial: Trial
    family: Family
    resource: Resource = "cpu"
    size: float = 1.0
    tune: int = 0
    corrupted: int = 0


@dataclass(frozen=True)
class Capacity:
    """What there is to run trials on.

    Attributes:
        jobs: trials side by side on the cores.
        gpus: number of GPUs.
        per_gpu: trials at a time on each of them.
    """

    jobs: int
    gpus: int = 0
    per_gpu: int = 1

    def has_room(self, resource: Resource, running: Sequence[Resource]) -> bool:
        """Whether one more trial may start there beside those that run.

        >>> capacity = Capacity(2, gpus=1)
        >>> capacity.has_room("cpu", ["gpu"]), capacity.has_room("gpu", ["gpu"])
        (True, False)
        """
        on_gpu = sum(each == "gpu" for each in running)
        if self.jobs == 1:
            return not running and (resource == "cpu" or self.gpus > 0)
        if resource == "gpu":
            return on_gpu < self.gpus * self.per_gpu
        return len(running) - on_gpu < max(1, self.jobs - on_gpu)


def order(
    planned: Sequence[PlannedTrial], known: Collection[Cell] = (), jobs: int = 1
) -> list[PlannedTrial]:
    """The order in which trials are started.

    First one trial of each method on its smallest data set, the slowest at once on all places but
    one, which begins with the quickest, so that something is seen soon. Then one on each other data
    set, so that it is known how long each takes, and a run that is cut short has compared them all.
    Then the other seeds and folds, one data set after the other, the smallest first, so that each
    is complete early. Within that by family, the slowest first, so that all cores are busy to the
    end, and within a family the larger trials first.

    Args:
        planned: the trials.
        known: cells of which it is known how long a trial takes.
        jobs: trials side by side.
    """
    slow_first = {"deep": 0, "hybrid": 1, "classical": 2, "control": 3}
    by_size = sorted(planned, key=lambda p: (slow_first[p.family], p.size * p.trial.fraction))
    seen = {method for method, *_ in known}
    pilots = {p.trial.method: p for p in reversed(by_size) if p.trial.method not in seen}
    rest = sorted(by_size, key=lambda p: (slow_first[p.family], -p.size * p.trial.fraction))
    firsts = {cell_of(p.trial): p for p in reversed(planned) if cell_of(p.trial) not in known}
    first = [p for p in by_size if pilots.get(p.trial.method) is p]
    rest = [p for p in rest if pilots.get(p.trial.method) is not p]
    others = [p for p in rest if firsts.get(cell_of(p.trial)) is p]
    last = [p for p in rest if firsts.get(cell_of(p.trial)) is not p]
    last.sort(key=lambda p: (p.size, p.trial.dataset))
    return first[: jobs - 1] + first[jobs - 1 :][::-1] + others + last


def pick(
    waiting: Sequence[Resource], running: Sequence[Resource], capacity: Capacity
) -> int | None:
    """Position of the first waiting trial that may start now, None if none may.

    >>> pick(["gpu", "gpu", "cpu"], ["gpu"], Capacity(jobs=2, gpus=1))
    2
    """
    for resource in ("gpu", "cpu"):
        if resource in waiting and capacity.has_room(resource, running):
            return waiting.index(resource)
    return None


def makespan(
    running: Sequence[tuple[Resource, float]],
    waiting: Sequence[tuple[Resource, float]],
    capacity: Capacity,
) -> float:
    """Seconds until the last trial ends, where each takes what it is expected to take.

    Args:
        running: resource and seconds left of the trials that run.
        waiting: resource and seconds of those that wait, in their order.
        capacity: what there is to run them on.

    >>> makespan([("cpu", 1.0)], [("cpu", 2.0), ("cpu", 3.0)], Capacity(jobs=2))
    4.0
    """
    clock = 0.0
    ends = [(seconds, i, resource) for i, (resource, seconds) in enumerate(running)]
    heapq.heapify(ends)
    queues: dict[Resource, list[float]] = {"gpu": [], "cpu": []}
    for resource, seconds in reversed(waiting):
        queues[resource].append(seconds)
    number = len(ends)
    while ends or queues["gpu"] or queues["cpu"]:
        while True:
            resources = [resource for resource in ("gpu", "cpu") if queues[resource]]
            position = pick(resources, [resource for _, _, resource in ends], capacity)  # type: ignore[arg-type]
            if position is None:
                break
            resource = resources[position]  # type: ignore[assignment]
            number += 1
            heapq.heappush(ends, (clock + queues[resource].pop(), number, resource))
        if not ends:
            break  # nothing may ever start
        clock = heapq.heappop(ends)[0]
    return clock
