"""Labels, patients and scores of models whose origin is not known, in one order of cases."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases of one part, sorted by id.

    Attributes:
        ids: `(n,)` strings.
        labels: `(n,)` in 0..k-1.
        groups: `(n,)` patients, or None.
    """

    ids: NDArray[np.str_]
    labels: IntArray
    groups: NDArray[np.str_] | None


@dataclass(frozen=True, eq=False)
class Model:
    """What one model says of every case.

    Attributes:
        name: of the model.
        family: "deep", "classical", "hybrid" or "control", or "" where it is not given.
        seeds: of its runs, sorted; (None,) where it has a single one.
        validation: `(s, v, k)` scores, `(s, 0, k)` without validation cases.
        test: `(s, n, k)`; of two classes with one score, the other column is its negative.
    """

    name: str
    family: str
    seeds: tuple[int | None, ...]
    validation: FloatArray
    test: FloatArray


@dataclass(frozen=True, eq=False)
class Predictions:
    """All of a file.

    Attributes:
        classes: names in the order of the columns.
        positive: of two classes the one to be found, else None.
        validation, test: the cases of both parts; validation may have none.
        models: in the order of the file.
        unlabelled: number of cases that are left out since they have no label.
        files: whether nobody named patients, and groups are frames of one file.
    """

    classes: tuple[str, ...]
    positive: int | None
    validation: Cases
    test: Cases
    models: tuple[Model, ...]
    unlabelled: int = 0
    files: bool = False

    @property
    def empty_classes(self) -> tuple[str, ...]:
        """Classes of which there is no test case."""
        held = set(self.test.labels.tolist())
        return tuple(name for code, name in enumerate(self.classes) if code not in held)

    def without_classes(self, names: Collection[str]) -> "Predictions":
        """The same on the test cases of the other classes."""
        if not names:
            return self
        codes = [code for code, name in enumerate(self.classes) if name in names]
        kept = ~np.isin(self.test.labels, codes)
        groups = None if self.test.groups is None else self.test.groups[kept]
        return replace(
            self,
            test=Cases(self.test.ids[kept], self.test.labels[kept], groups),
            models=tuple(replace(model, test=model.test[:, kept]) for model in self.models),
        )
