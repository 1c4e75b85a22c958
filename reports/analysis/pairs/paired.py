"""What can be asked of methods that were scored on the same test cases.

Three answer: `single_split` for the AUC on one split with several seeds, `folds` for the AUC over
folds, and `reports.analysis.measures.by_measure` for the other measures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reports.evidence import Estimate
from reports.evidence.pair import PairMeasure
from reports.statistics.contrast import Difference
from reports.statistics.power import TestModel

IDENTICAL = "least error of so many cases (identical ranks)"
"""Name of the procedure where two methods rank all cases alike; what was added may follow."""

LEAST_ERROR = "with the least error of so many cases"
WIDER_LIMITS = "Zou and Donner's interval where wider"
SEEDS = "with seed variance"
OVERLAPPING = "with overlapping training parts"
DRAWS = "with the variance between draws of the folds"

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Tested:
    """A difference and its test.

    Attributes:
        difference: with its standard error; above 0 where the first is better.
        p: two-sided, of no difference.
        test: name of the procedure behind p.
        resamples: bootstrap samples of the training part whose variance is in the error.
    """

    __test__ = False  # not a test, whatever its name says

    difference: Difference
    p: float
    test: str
    resamples: int = 0


def procedure(base: str, difference: Difference, *further: str) -> str:
    """The name of what was done, with what raised the error or widened the interval.

    Args:
        base: the procedure without it.
        difference: of AUCs.
        further: what else was done, "" for nothing.

    >>> procedure("DeLong", Difference(0.1, 0.02, stretch_below=1.2, at_least=True), SEEDS)
    "DeLong, with the least error of so many cases, Zou and Donner's interval where wider, with \
seed variance"
    """
    told = [base]
    if difference.at_least and not base.startswith(IDENTICAL):
        told.append(LEAST_ERROR)
    if max(difference.stretch_below, difference.stretch_above) > 1 + _ROUNDING:
        told.append(WIDER_LIMITS)
    return ", ".join([*told, *filter(None, further)])


class Paired(Protocol):
    """A measure of methods on the same cases."""

    @property
    def measure(self) -> PairMeasure:
        """Which."""
        ...

    def value(self, method: str) -> Estimate:
        """Mean over runs of the measure, with its interval where there is one."""
        ...

    def tested(
        self, pairs: Sequence[tuple[str, str]], n_candidates: Mapping[str, int] | None = None
    ) -> list[Tested]:
        """By how much the first of every pair is better than the second.

        Args:
            pairs: methods.
            n_candidates: method → among how many methods with several seeds it was chosen on
                validation, itself included; those that nobody chose may be missing.
        """
        ...

    def model(
        self, a: str, b: str, n_candidates: Mapping[str, int] | None = None
    ) -> TestModel | None:
        """What the test of a pair could show, None with folds; arguments as of `tested`."""
        ...


def class_sizes(labels: NDArray[np.int64], units: NDArray[np.int64] | None) -> tuple[int, ...]:
    """Cases (patients) of each class that is present."""
    present = np.unique(labels)
    if units is None:
        return tuple(int((labels == label).sum()) for label in present)
    return tuple(len(np.unique(units[labels == label])) for label in present)
