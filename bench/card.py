"""A data set in numbers and samples, for the report."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.dataset import SPLITS, Dataset, Split
from bench.record import DatasetCard, PartCard
from bench.splits import image_digests

SAMPLES = 4
"""Training images shown of each class."""
_LARGEST = 64  # px, side of a sample
_CONTOUR = (230, 159, 0)  # colour of the lesion's outline, distinct for colour-blind readers


def describe(data: Dataset) -> DatasetCard:
    """What the report says of a data set."""
    answer = data.known_answer
    scores: dict[str, float] = {}
    if answer is not None and answer.ideal_scores is not None:
        ids = data.test.case_ids.tolist()
        scores = dict(zip(ids, answer.ideal_scores.tolist(), strict=True))
    about = data.provenance
    return DatasetCard(
        name=data.name,
        class_names=data.class_names,
        positive=data.positive,
        image_shape=data.image_shape,
        parts={name: _part(part, len(data.class_names)) for name, part in data.parts()},
        fingerprint=data.fingerprint,
        source=about.source,
        licence=about.licence,
        citation=about.citation,
        split=about.split,
        checksum=about.checksum,
        preprocessing=about.preprocessing,
        duplicates_across_parts=duplicates_across_parts(data),
        known_answer="" if answer is None else answer.statement,
        ideal_auc=None if answer is None else answer.ideal_auc,
        samples={name: _samples(data.train, k) for k, name in enumerate(data.class_names)},
        ideal_scores=scores,
    )


def duplicates_across_parts(data: Dataset) -> int:
    """Val and test images with an identical twin in train, and test images with one in val."""
    seen: set[str] = set()
    found = 0
    for name in SPLITS:
        digests = image_digests(getattr(data, name).images).tolist()
        found += sum(digest in seen for digest in digests)
        seen.update(digests)
    return found


def _part(part: Split, k: int) -> PartCard:
    groups = None if part.groups is None else len(np.unique(part.groups))
    per_class = np.bincount(part.labels, minlength=k).tolist()
    return PartCard(len(part), groups, tuple(per_class))


def _samples(part: Split, label: int) -> list[str]:
    rows = np.flatnonzero(part.labels == label)
    spread = rows[np.linspace(0, len(rows) - 1, min(SAMPLES, len(rows))).astype(int)]
    return [_png(part.images[row]) for row in spread]


def _png(image: NDArray[np.uint8]) -> str:
    """A small PNG, the lesion's outline drawn in where there is a mask, as base64 text."""
    channels = image.shape[2]
    colours = image[..., : channels - (channels % 2 == 0)]
    picture = Image.fromarray(colours[..., 0] if colours.shape[2] == 1 else colours)
    picture.thumbnail((_LARGEST, _LARGEST))
    if channels % 2 == 0:
        mask = Image.fromarray(image[..., -1]).resize(picture.size, Image.Resampling.NEAREST)
        inside = np.pad(np.asarray(mask) > 0, 1)
        core = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
        drawn = np.array(picture.convert("RGB"))
        drawn[inside[1:-1, 1:-1] & ~core] = _CONTOUR
        picture = Image.fromarray(drawn)
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
