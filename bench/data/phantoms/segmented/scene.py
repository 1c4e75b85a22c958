"""What the phantoms for segmentation share: outlines of lesions, and a data set made of scenes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import assembly, outline
from bench.data.phantoms.outline import Outline
from bench.data.strata import strata

SIZES = assembly.counts(train=120, val=40, test=100)
NATIVE = 64
LEAST = 32
NAMES = ("background", "lesion")

Scene = Callable[[np.random.Generator], tuple[NDArray[np.float64], NDArray[np.uint8]]]
"""Random stream → gray values `(size, size)` and classes of pixels `(size, size)`."""

_ORDERS = np.arange(2, 7)
_ROUGHNESS = 0.05  # standard deviation of each harmonic of the outline's radius


def lesion(size: int, rng: np.random.Generator, share: tuple[float, float]) -> Outline:
    """A lesion somewhere in the image.

    Args:
        size: of the image, px.
        rng: source of its place and shape.
        share: of the image that it takes, least and most.
    """
    bumps = rng.normal(0, _ROUGHNESS, (2, len(_ORDERS)))
    shape = outline.ellipse(rng.uniform(0.6, 1), rng.uniform(0, np.pi))
    shape = shape * np.exp(outline.harmonics(_ORDERS, *bumps))
    radius = outline.of_area(shape, rng.uniform(*share) * size**2)
    margin = min(radius.max() + 1, size / 2)
    centre = rng.uniform(margin, max(size - margin, margin + 1e-9), 2)
    return Outline((float(centre[0]), float(centre[1])), radius)


def dataset(name: str, what: str, seed: int, scene: Scene, answer: KnownAnswer | None) -> Dataset:
    """A data set of scenes, each drawn from the random stream of its part.

    Args:
        name: of the data set.
        what: was generated, in words.
        seed: of all of it.
        scene: draws one.
        answer: what is known of it.
    """

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        drawn = [scene(rng) for _ in range(n)]
        images = assembly.gray_levels(np.stack([gray for gray, _ in drawn]))
        targets = np.stack([classes for _, classes in drawn])
        labels = np.zeros(n, np.int64)
        return Split(images, labels, assembly.case_ids(part, n), targets=targets)

    parts = assembly.paint(seed, SIZES, painter)
    painted = [parts["train"], parts["val"], parts["test"]]
    shares = [(part.targets > 0).mean(axis=(1, 2)) for part in painted if part.targets is not None]
    labels, names = strata(np.concatenate(shares))
    ends = np.cumsum([len(part) for part in painted])
    dealt = np.split(labels, ends[:-1])
    train, val, test = (
        Split(part.images, own, part.case_ids, targets=part.targets)
        for part, own in zip(painted, dealt, strict=True)
    )
    return Dataset(
        name=name,
        class_names=names,
        train=train,
        val=val,
        test=test,
        provenance=assembly.provenance(what, seed),
        known_answer=answer,
        task="segmentation",
        target_names=NAMES,
    )
