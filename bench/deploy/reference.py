"""What images of the same kind look like to the models: kept for the watch, and for distances.

Every list of values is sorted, of each patient by itself and the patients among each other, so that
no value of one statistic can be put beside one of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bench.deploy.novelty import Novelty
from bench.deploy.storage.extras import needed
from bench.protocol.errors import BundleError

FloatArray = NDArray[np.float64]

MOST = 2_000
"""Values of a statistic that are kept, and patients."""

MOST_OF_A_PATIENT = 32
"""Values of a statistic that are kept of one patient."""

SEVERAL = 6
"""Images of a patient whose mean is watched besides one image, where most patients have as many."""

_MOST_PATIENTS = 0.75  # share of the patients that are remembered who must have so many images
_FEWEST = 5  # patients of whom means are remembered

DISAGREEMENT = "disagreement"
"""The statistic that is 1 for an image on which two models decide otherwise, else 0."""

DISTANCE = "distance"
"""The statistic that is the distance of an image from those of the training."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What is known of images: of all parts what no model has to do with, and what feature families
    say, which learn nothing; else of images that the models were not trained on.

    Attributes:
        statistics: name → ascending values: "brightness", "contrast" and "border" of the images;
            "MODEL/family:NAME" of a feature family; "MODEL/probability:CLASS" of the test part;
            of two models `DISAGREEMENT`.
        novelty: model → distances.
        patients: name → `(p, q)` the same values of each of p patients, NaN behind the last, and
            "MODEL/distance"; {} where patients are not known.
    """

    statistics: dict[str, FloatArray]
    novelty: dict[str, Novelty]
    patients: dict[str, FloatArray] = field(default_factory=dict)

    def remembered(self, seed: int = 0) -> dict[str, FloatArray]:
        """What new images are compared with: name → a value of one image of each patient, drawn by
        lot; of all images where patients are not known.

        Args:
            seed: of the lots.
        """
        all_of_them = dict(self.statistics)
        for model, novelty in self.novelty.items():
            all_of_them[f"{model}/{DISTANCE}"] = novelty.held_out
        drawn = {
            name: _drawn(rows, np.random.default_rng([seed, i]))
            for i, (name, rows) in enumerate(sorted(self.patients.items()))
        }
        return {name: v for name, v in sorted((all_of_them | drawn).items()) if len(v)}

    @property
    def several(self) -> int:
        """How many images of a patient are watched by their mean: `SEVERAL` or as many as three
        quarters of the patients have; 1 where that is one, or patients are not known."""
        if not self.patients:
            return 1
        numbers = [_numbers(rows) for rows in self.patients.values()]
        most = np.sort(max(numbers, key=len))
        return min(SEVERAL, int(most[int((1 - _MOST_PATIENTS) * len(most))]))

    def means(self, seed: int = 0) -> dict[str, FloatArray]:
        """Name → the mean of `several` images of each patient who has so many, drawn by lot.

        Means of as many images are exchangeable between patients; of all images they are not, since
        those of many images vary less. Of a statistic with fewer than five such patients there are
        none.

        Args:
            seed: of the lots.
        """
        k = self.several
        if k < 2:
            return {}
        found = {}
        for i, (name, rows) in enumerate(sorted(self.patients.items())):
            random = np.random.default_rng([seed, i, k])
            enough = rows[_numbers(rows) >= k]
            lots = np.where(np.isnan(enough), np.inf, random.random(enough.shape))
            chosen = np.argsort(lots, axis=1)[:, :k]
            if len(enough) >= _FEWEST:
                found[name] = np.take_along_axis(enough, chosen, axis=1).mean(axis=1)
        return found

    def encoded(self) -> bytes:
        """The bytes of `reference.safetensors`."""
        with needed("safetensors"):
            from safetensors.numpy import save

        arrays = {f"statistic/{name}": values for name, values in self.statistics.items()}
        arrays |= {f"patients/{name}": rows for name, rows in self.patients.items()}
        for model, novelty in self.novelty.items():
            arrays |= {f"novelty/{model}/{key}": a for key, a in novelty.arrays().items()}
        return bytes(
            save({name: np.require(a, np.float64, "C") for name, a in sorted(arrays.items())})
        )

    @classmethod
    def decoded(cls, data: bytes, models: tuple[str, ...], what: str) -> Self:
        """What `encoded` wrote.

        Raises:
            BundleError: if it cannot be understood.
        """
        with needed("safetensors"):
            from safetensors.numpy import load

        try:
            arrays: Mapping[str, FloatArray] = load(data)
            statistics, patients = (
                {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
                for start in ("statistic/", "patients/")
            )
            if any(rows.ndim != 2 or np.isnan(rows[:, :1]).any() for rows in patients.values()):
                raise ValueError("a patient has no value")
            novelty = {}
            for model in models:
                start = f"novelty/{model}/"
                own = {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
                novelty[model] = Novelty.from_arrays(own)
        except Exception:  # the library raises errors of its own kinds
            raise BundleError(f"{what} is damaged: its reference cannot be understood.") from None
        return cls(statistics, novelty, patients)


def kept(values: FloatArray) -> FloatArray:
    """Values in ascending order, evenly thinned to `MOST`."""
    return _thinned(np.sort(np.asarray(values, dtype=np.float64)), MOST)


def by_patient(values: FloatArray, groups: NDArray[np.str_]) -> FloatArray:
    """Values `(n,)` of images, and their patients → `(p, q)` as in `Reference.patients`."""
    own = [np.sort(values[groups == name]) for name in np.unique(groups)]
    thinned = [_thinned(one, MOST_OF_A_PATIENT) for one in own]
    thinned.sort(key=lambda one: (float(one.mean()), *one))
    if len(thinned) > MOST:
        thinned = [thinned[i] for i in _places(len(thinned), MOST)]
    rows = np.full((len(thinned), max(map(len, thinned))), np.nan)
    for row, one in zip(rows, thinned, strict=True):
        row[: len(one)] = one
    return rows


def _thinned(ordered: FloatArray, most: int) -> FloatArray:
    if len(ordered) <= most:
        return ordered
    return np.asarray(ordered[_places(len(ordered), most)])


def _places(n: int, most: int) -> NDArray[np.int64]:
    return np.linspace(0, n - 1, most).round().astype(np.int64)


def _drawn(rows: FloatArray, random: np.random.Generator) -> FloatArray:
    """Of each row one value that is not NaN."""
    chosen = (random.random(len(rows)) * _numbers(rows)).astype(np.int64)
    return np.asarray(rows[np.arange(len(rows)), chosen])


def _numbers(rows: FloatArray) -> NDArray[np.int64]:
    """`(p,)` how many values there are of each patient."""
    return np.asarray((~np.isnan(rows)).sum(axis=1), dtype=np.int64)
