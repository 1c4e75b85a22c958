"""Published results on official splits, to stand beside ours."""

from dataclasses import dataclass

CITATION = (
    "Yang et al. 2023, MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical "
    "image classification, Scientific Data 10:41"
)
RECIPE = (
    "Their ResNets: Adam, learning rate 0.001 divided by 10 after 50 and 75 of 100 epochs, batch "
    "128, no augmentation, the epoch with the best validation AUC kept."
)


@dataclass(frozen=True)
class PublishedResult:
    """One method of a publication: AUC and accuracy on the official test part."""

    method: str
    auc: float
    accuracy: float


@dataclass(frozen=True)
class PublishedSet:
    """What was published of a data set.

    Attributes:
        test_cases: size of the official test part; another size is another test.
        results: per method.
    """

    test_cases: int
    results: tuple[PublishedResult, ...]


_METHODS = (
    "ResNet-18 (28 px)",
    "ResNet-50 (28 px)",
    "auto-sklearn (raw pixels)",
    "AutoKeras",
    "Google AutoML Vision",
)

_TABLE: dict[str, tuple[int, tuple[tuple[float, float], ...]]] = {
    "breastmnist": (
        156,
        ((0.901, 0.863), (0.857, 0.812), (0.836, 0.803), (0.871, 0.831), (0.919, 0.861)),
    ),
    "pneumoniamnist": (
        624,
        ((0.944, 0.854), (0.948, 0.854), (0.942, 0.855), (0.947, 0.878), (0.991, 0.946)),
    ),
    "retinamnist": (
        400,
        ((0.717, 0.524), (0.726, 0.528), (0.690, 0.515), (0.719, 0.503), (0.750, 0.531)),
    ),
    "dermamnist": (
        2005,
        ((0.917, 0.735), (0.913, 0.735), (0.902, 0.719), (0.915, 0.749), (0.914, 0.768)),
    ),
    "bloodmnist": (
        3421,
        ((0.998, 0.958), (0.997, 0.956), (0.984, 0.878), (0.998, 0.961), (0.998, 0.966)),
    ),
    "organamnist": (
        17778,
        ((0.997, 0.935), (0.997, 0.935), (0.963, 0.762), (0.994, 0.905), (0.990, 0.886)),
    ),
    "organcmnist": (
        8216,
        ((0.992, 0.900), (0.992, 0.905), (0.976, 0.829), (0.990, 0.879), (0.988, 0.877)),
    ),
    "organsmnist": (
        8827,
        ((0.972, 0.782), (0.972, 0.770), (0.945, 0.672), (0.974, 0.813), (0.964, 0.749)),
    ),
}


def published(dataset: str) -> PublishedSet | None:
    """What was published of the data set of this name, or None.

    >>> published("breastmnist").results[0]
    PublishedResult(method='ResNet-18 (28 px)', auc=0.901, accuracy=0.863)
    """
    entry = _TABLE.get(dataset.lower())
    if entry is None:
        return None
    test_cases, pairs = entry
    return PublishedSet(
        test_cases,
        tuple(
            PublishedResult(method, auc, accuracy)
            for method, (auc, accuracy) in zip(_METHODS, pairs, strict=True)
        ),
    )
