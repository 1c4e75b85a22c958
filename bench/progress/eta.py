"""How long the rest of a run will take, from what its trials have taken so far.

The logarithm of a trial's seconds is modelled as

    family + method + data set + slope · log(size of the data set)
    + (family × data set) + (method × data set) + noise

with a normal prior on each term (ridge regression, which shrinks what is not known yet towards what
is usual). What is left is then the makespan of the planned order on the machine.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import Family
from bench.protocol.record import Trial
from bench.workers.heartbeat import RunningTrial
from bench.workers.schedule import Capacity, Cell, PlannedTrial, cell_of, makespan

# Means and standard deviations of the terms, in log seconds. A prior only has to be right within a
# factor of ten or so: it counts as much as one trial of a method that was not yet seen.
_USUAL: dict[Family, float] = {"deep": 15.0, "hybrid": 12.0, "classical": 1.5, "control": 0.1}
_FAMILY_SD = 0.8
_LEVEL_SD = 1.5  # how fast this machine is, and how large this budget
_METHOD_SD = 0.9
_DATASET_SD = 0.4
_SLOPE, _SLOPE_SD = 0.7, 0.3
_BOTH_SD = 0.2
_CELL_SD = 0.3
_NOISE_SD = 0.25
_LEAST = 0.02  # seconds; below this the logarithm would say more than the clock
_OVERTIME = 1.5
_ROUGH = 3.0  # by which an estimate without any trial is off, either way


@dataclass(frozen=True, eq=False)
class _Posterior:
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


class Eta:
    """Estimate of the time that is left.

    Args:
        planned: every trial that is to be run or was run, in the order in which they are started.
        capacity: what there is to run them on.
    """

    def __init__(self, planned: Sequence[PlannedTrial], capacity: Capacity) -> None:
        self._planned = {each.trial: each for each in planned}
        self._capacity = capacity
        self._waiting = dict(self._planned)
        self._sums: dict[Cell, tuple[int, float]] = {}
        self._examples = {cell_of(each.trial): each for each in planned}
        sizes = [_log_size(each) for each in planned]
        self._usual_size = sum(sizes) / max(len(sizes), 1)
        self._columns = self._all_columns()
        self._fitted: _Posterior | None = None

    def learn(self, trial: Trial, seconds: float) -> None:
        """Take note of a trial that has ended, now or in an earlier run."""
        self._waiting.pop(trial, None)
        if trial not in self._planned:
            return
        cell = cell_of(trial)
        count, total = self._sums.get(cell, (0, 0.0))
        self._sums[cell] = (count + 1, total + math.log(max(seconds, _LEAST)))
        self._fitted = None

    def skip(self, trial: Trial) -> None:
        """Take note that a trial need not be run, or ended without telling how long one takes."""
        self._waiting.pop(trial, None)

    def seconds(self, running: Sequence[RunningTrial] = ()) -> float | None:
        """Seconds until the last trial ends; None before any has.

        Args:
            running: what the trials that run at the moment say of themselves.
        """
        if not self._sums:
            return None
        by_name = {str(trial): planned for trial, planned in self._waiting.items()}
        at_work = [
            (planned, item) for item in running if (planned := by_name.pop(item.trial, None))
        ]
        posterior = self._fit([(planned, item.seconds) for planned, item in at_work])
        return makespan(
            [(planned.resource, self._left(planned, item, posterior)) for planned, item in at_work],
            [
                (planned.resource, _mean(*self._log(planned, posterior)))
                for planned in by_name.values()
            ],
            self._capacity,
        )

    @property
    def known(self) -> float:
        """Share of the methods that wait of which some trial is known."""
        waiting = {each.trial.method for each in self._waiting.values()}
        seen = {method for method, *_ in self._sums}
        return len(waiting & seen) / len(waiting) if waiting else 1.0

    def rough(self) -> tuple[float, float]:
        """Seconds until the last trial ends, by what is usual: a range that may be wrong."""
        posterior = self._fit()
        waiting = [
            (planned.resource, _mean(*self._log(planned, posterior)))
            for planned in self._waiting.values()
        ]
        usual = makespan([], waiting, self._capacity)
        return usual / _ROUGH, usual * _ROUGH

    def expected(self, trial: Trial) -> float:
        """Seconds that a planned trial will take, on average over what is not known."""
        return _mean(*self._log(self._planned[trial], self._fit()))

    def _log(self, planned: PlannedTrial, posterior: _Posterior) -> tuple[float, float]:
        """Mean and variance of the logarithm of a trial's seconds."""
        x = self._row(planned)
        mean, variance = float(x @ posterior.mean), float(x @ posterior.covariance @ x)
        count, total = self._sums.get(cell_of(planned.trial), (0, 0.0))
        weight = 0.0
        if count:
            weight = _CELL_SD**2 / (_CELL_SD**2 + _NOISE_SD**2 / count)
            mean += weight * (total / count - mean)
        return mean, (1 - weight) * (variance + _CELL_SD**2) + _NOISE_SD**2

    def _left(self, planned: PlannedTrial, item: RunningTrial, posterior: _Posterior) -> float:
        begun = item.configuration > 1 or (item.epoch or 0) > 1
        if begun and item.progress > 0:
            return max(0.0, item.seconds * (1 / item.progress - 1))
        mean, variance = self._log(planned, posterior)
        return _mean_beyond(mean, variance, item.seconds) - item.seconds

    def _all_columns(self) -> dict[Hashable, int]:
        names: list[Hashable] = ["level", "slope"]
        for each in self._planned.values():
            names += [("family", each.family), ("method", each.trial.method)]
            names += [("dataset", each.trial.dataset)]
            names += [("both", each.family, each.trial.dataset)]
        return {name: i for i, name in enumerate(dict.fromkeys(names))}

    def _row(self, planned: PlannedTrial) -> NDArray[np.float64]:
        x = np.zeros(len(self._columns))
        trial = planned.trial
        x[self._columns["level"]] = 1
        x[self._columns["slope"]] = _log_size(planned) - self._usual_size
        x[self._columns["family", planned.family]] = 1
        x[self._columns["method", trial.method]] = 1
        x[self._columns["dataset", trial.dataset]] = 1
        x[self._columns["both", planned.family, trial.dataset]] = 1
        return x

    def _fit(self, running: Sequence[tuple[PlannedTrial, float]] = ()) -> _Posterior:
        """The posterior of the terms.

        A trial that has run longer than was expected, of a method and data set of which none has
        ended, counts as if it ended after half as long again.
        """
        if self._fitted is None:
            self._fitted = self._posterior(self._sums)
        late = {
            cell_of(planned.trial): (1, math.log(_OVERTIME * seconds))
            for planned, seconds in running
            if cell_of(planned.trial) not in self._sums
            and seconds > _mean(*self._log(planned, self._fitted))
        }
        return self._posterior({**self._sums, **late}) if late else self._fitted

    def _posterior(self, sums: Mapping[Cell, tuple[int, float]]) -> _Posterior:
        mean, precision = self._prior()
        matrix, right = np.diag(precision), precision * mean
        for cell, (count, total) in sums.items():
            x = self._row(self._examples[cell])
            weight = 1 / (_CELL_SD**2 + _NOISE_SD**2 / count)
            matrix += weight * np.outer(x, x)
            right = right + weight * x * (total / count)
        covariance = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        return _Posterior(covariance @ right, covariance)

    def _prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, sd = np.zeros(len(self._columns)), np.zeros(len(self._columns))
        spread = {"family": _FAMILY_SD, "method": _METHOD_SD, "dataset": _DATASET_SD}
        spread["both"] = _BOTH_SD
        for name, i in self._columns.items():
            if name == "level":
                sd[i] = _LEVEL_SD
            elif name == "slope":
                mean[i], sd[i] = _SLOPE, _SLOPE_SD
            elif isinstance(name, tuple):
                sd[i] = spread[name[0]]
                if name[0] == "family":
                    mean[i] = math.log(_USUAL[name[1]])
        return mean, 1 / sd**2


def _log_size(planned: PlannedTrial) -> float:
    return math.log(max(planned.size * planned.trial.fraction, 1.0))


def _mean(mean: float, variance: float) -> float:
    """Of a log-normal variable; where next to nothing is known, not much above its median."""
    return math.exp(mean + min(variance, 0.7) / 2)


def _mean_beyond(mean: float, variance: float, least: float) -> float:
    """Of a log-normal variable that is known to exceed `least`."""
    sd = math.sqrt(variance)
    z = (mean - math.log(max(least, _LEAST))) / sd
    above = _normal(z)
    if above < 1e-6:
        return 1.1 * least
    return max(_mean(mean, variance) * _normal(z + sd) / above, 1.05 * least)


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
