"""AUCs on the same test cases where the mean of several methods may stand for a side."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from reports.analysis.pairs.single_split import SingleSplit

FloatArray = NDArray[np.float64]


class FamilySplit(SingleSplit):
    """`SingleSplit`, for methods and for means of them, which have the same tests.

    A mean of methods is the unweighted mean of their means over seeds. Which methods there are is
    taken as given, so that they add no error of their own; their seeds do.
    """

    def name(self, methods: Collection[str]) -> str:
        """What to call the mean of these methods in `tested`; one method has its own name."""
        return "\n".join(sorted(methods))

    def _members(self, name: str) -> list[str]:
        return name.split("\n")

    def _mean(self, method: str) -> FloatArray:
        each = [super(FamilySplit, self)._mean(member) for member in self._members(method)]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)

    def _seeds(self, method: str) -> tuple[float, int]:
        """Variance of the mean, and the smallest number of seeds that shows some of it."""
        each = [super(FamilySplit, self)._seeds(member) for member in self._members(method)]
        varying = [count for variance, count in each if variance > 0]
        return sum(variance for variance, _ in each) / len(each) ** 2, min(varying, default=1)

    def _columns(self, method: str) -> FloatArray:
        return np.concatenate(
            [super(FamilySplit, self)._columns(member) for member in self._members(method)]
        )

    def _swap_weights(self, a: str, b: str) -> FloatArray:
        """Mean over the pairs of methods, of each over the pairs of their runs."""
        parent = super()._swap_weights
        each = [parent(x, y) for x in self._members(a) for y in self._members(b)]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)
