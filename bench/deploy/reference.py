"""What images of the same kind look like to the models: kept for the watch, and for distances.

Every list of values is sorted, so that nothing of it belongs to one patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bench.deploy.novelty import Novelty
from bench.deploy.storage.extras import needed
from bench.protocol.errors import BundleError

FloatArray = NDArray[np.float64]

MOST = 2_000
"""Values of a statistic that are kept."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What is known of images that the models were not trained on (validation and test parts).

    Attributes:
        statistics: name → ascending values: "brightness", "contrast" and "border" of the images;
            "MODEL/family:NAME" of a feature family; "MODEL/probability:CLASS" of the test part.
        novelty: model → distances.
    """

    statistics: dict[str, FloatArray]
    novelty: dict[str, Novelty]

    def encoded(self) -> bytes:
        """The bytes of `reference.safetensors`."""
        with needed("safetensors"):
            from safetensors.numpy import save

        arrays = {f"statistic/{name}": values for name, values in self.statistics.items()}
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
            statistics = {
                name.removeprefix("statistic/"): values
                for name, values in arrays.items()
                if name.startswith("statistic/")
            }
            novelty = {}
            for model in models:
                start = f"novelty/{model}/"
                own = {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
                novelty[model] = Novelty.from_arrays(own)
        except Exception:  # the library raises errors of its own kinds
            raise BundleError(f"{what} is damaged: its reference cannot be understood.") from None
        return cls(statistics, novelty)


def kept(values: FloatArray) -> FloatArray:
    """Values in ascending order, evenly thinned to `MOST`."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if len(ordered) <= MOST:
        return ordered
    thinned: FloatArray = ordered[np.linspace(0, len(ordered) - 1, MOST).round().astype(int)]
    return thinned
