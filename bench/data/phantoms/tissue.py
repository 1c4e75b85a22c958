"""phantom-texture: two tissues that differ in the exponent of their power spectrum alone.

Mammographic parenchyma has a power-law spectrum with an exponent near 3 (Burgess, Jacobson and Judy
2001, Medical Physics 28:419). Both classes are Gaussian, with the same mean, the same variance of a
pixel and the same variance of an image's mean; the exponent of the second is chosen so that the
ideal observer's AUC is `TARGET`. An image is small and the exponents are close, so even the ideal
observer errs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import assembly
from bench.data.phantoms.fields import coloured, power_law
from bench.data.phantoms.observer import ideal_auc, log_likelihood_ratio

NAME = "phantom-texture"
SEED = 20010419
SIZES = assembly.counts(train=400, val=200, test=1000)
NATIVE = 32
TARGET = 0.95

MEAN = 128.0
"""Expected gray level of a pixel."""
TISSUE = 24.0
"""Standard deviation of the tissue within an image, gray levels."""
BRIGHTNESS = 8.0
"""Standard deviation of the mean of an image, gray levels: useless to tell the classes apart."""
NOISE = 8.0
"""Standard deviation of the white noise of the detector, gray levels."""
EXPONENT = 2.8
"""Exponent of the first class."""
_ROUNDING = 1 / 12
"""Variance that rounding to whole gray levels adds (Sheppard 1898)."""


@dataclass(frozen=True, eq=False)
class Model:
    """Two Gaussian classes.

    Attributes:
        exponents: of the power spectra of class 0 and 1.
        variances: `(2, size, size)` variance of each coefficient of the orthonormal FFT of the
            stored image less `MEAN`, noise and rounding included.
        auc: of the ideal observer.
    """

    exponents: tuple[float, float]
    variances: NDArray[np.float64]
    auc: float


def model(size: int) -> Model:
    """The two classes at `size` px, second exponent in steps of 0.0001."""
    from scipy.optimize import brentq

    first = _variances(size, EXPONENT)

    def excess(step: float) -> float:
        return ideal_auc(first, _variances(size, EXPONENT + step)) - TARGET

    upper = 0.01
    while excess(upper) < 0:
        upper *= 2
    second = round(EXPONENT + brentq(excess, 0.0, upper, xtol=1e-6), 4)
    variances = np.stack([first, _variances(size, second)])
    return Model((EXPONENT, second), variances, ideal_auc(*variances))


def sample(model: Model, labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One image for each label: `(n, size, size, 1) uint8`."""
    size = model.variances.shape[-1]
    before_rounding = model.variances - _ROUNDING
    images = np.empty((len(labels), size, size, 1), dtype=np.uint8)
    for start in range(0, len(labels), 256):
        rows = slice(start, start + 256)
        white = rng.standard_normal((len(labels[rows]), size, size))
        images[rows] = assembly.gray_levels(MEAN + coloured(white, before_rounding[labels[rows]]))
    return images


def texture(size: int | None = None) -> Dataset:
    """Gaussian random field tissue of two roughnesses, with the ideal observer's AUC.

    Args:
        size: side in pixels, 16 to 256; None for 32. The second exponent is chosen for each size,
            so that the best possible AUC stays the same.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, NATIVE, least=16)
    classes = model(side)

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        labels = assembly.dealt_labels(n, n // 2, rng)
        return Split(sample(classes, labels, rng), labels, assembly.case_ids(part, n))

    parts = assembly.paint(SEED, SIZES, painter)
    scores = log_likelihood_ratio(parts["test"].images[..., 0], MEAN, *classes.variances)
    a, b = classes.exponents
    answer = (
        f"The classes differ only in the exponent of their power spectrum ({a:g} and {b:g}): "
        f"no method can reach an AUC above {classes.auc:.3f} but by chance, and second-order "
        "statistics of neighbouring pixels hold what there is to find."
    )
    return Dataset(
        name=NAME,
        class_names=("rough", "smooth"),
        provenance=assembly.provenance("Gaussian random field tissue", SEED),
        positive=1,
        known_answer=KnownAnswer(answer, classes.auc, scores),
        train=parts["train"],
        val=parts["val"],
        test=parts["test"],
    )


def _variances(size: int, exponent: float) -> NDArray[np.float64]:
    variances = power_law(size, exponent, TISSUE) + NOISE**2 + _ROUNDING
    variances[0, 0] += BRIGHTNESS**2 * size**2
    return variances
