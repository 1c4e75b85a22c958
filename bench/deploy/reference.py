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

DISAGREEMENT = "disagreement"
"""The statistic that is 1 for an image on which two models decide otherwise, else 0."""

DISTANCE = "distance"
"""The statistic that is the distance of an image from those of the training."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What is known of images: of all parts what no model has to do with, else of those that the
    models were not trained on (validation and test parts).

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
    numbers = (~np.isnan(rows)).sum(axis=1)
    chosen = (random.random(len(rows)) * numbers).astype(np.int64)
    return np.asarray(rows[np.arange(len(rows)), chosen])
