"""The masks of the cases of a folder as they are found while images are decoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.segment_numbers import SegmentNumbers
from bench.data.folders.target_classes import Seen
from bench.data.formats.label_values import Colour, LabelValues
from bench.protocol.label_maps import encode

MASKS_ARE_OPTIONAL = (
    "Masks are optional for classification: to do without, move all of them out of the folder, or "
    "leave the column of masks out of the manifest."
)
"""What is said behind why a mask cannot be read, unless a step needs it."""


@dataclass(frozen=True)
class TwoReadings:
    """The masks of a case where they can be read as labels or as soft ones, see
    `bench.data.formats.label_values.Readings`.

    Attributes:
        labels, soft: either as a PNG.
        gradual: whether one of the masks on its own looks like a soft one.
        steps, between, seam, gaps: of all of them.
        gray: whether one of them has areas of gray beside a gradual border.
    """

    labels: bytes
    soft: bytes
    gradual: bool
    steps: int
    between: int
    gray: bool
    seam: int
    gaps: int


@dataclass(frozen=True, eq=False)
class Masks:
    """What was found out about the masks of n cases while they were decoded.

    Attributes:
        pngs: the values of each at the size of its file.
        spacings: `(n, 2)` mm, NaN where it is not known.
        paths: of the first mask of each.
        counts: value → pixels of each, without 0.
        segments: labels that files of DICOM segments have.
        told: value → name by these labels.
        readings: row → both readings, where there are two.
        sources: row → value → the path of the mask that has it, of cases with several masks.
        colours: row → value → colour, of indices of palettes.
    """

    pngs: list[bytes]
    spacings: NDArray[np.float64]
    paths: list[str]
    counts: list[dict[int, int]]
    segments: SegmentNumbers
    told: dict[int, str]
    readings: dict[int, TwoReadings]
    sources: dict[int, dict[int, str]] = field(default_factory=dict)
    colours: dict[int, Mapping[int, Colour]] = field(default_factory=dict)

    @classmethod
    def of(cls, n: int) -> "Masks":
        """Those of n cases, of which nothing is known."""
        nothing: list[dict[int, int]] = [{}] * n
        return cls([b""] * n, np.full((n, 2), np.nan), [""] * n, nothing, SegmentNumbers(), {}, {})

    def note(self, row: int, values: NDArray[np.uint8]) -> None:
        """Keep the values of a mask, and count them."""
        self.pngs[row] = encode(values)
        counts = np.bincount(values.ravel(), minlength=256)
        present = 1 + np.flatnonzero(counts[1:])
        self.counts[row] = {value: int(counts[value]) for value in present.tolist()}

    def found(self) -> dict[int, Seen]:
        """Of all values but 0, how often masks have them."""
        found: dict[int, Seen] = {}
        for row, counts in enumerate(self.counts):
            for value, pixels in counts.items():
                path = self.sources.get(row, {}).get(value, self.paths[row])
                seen = found.setdefault(value, Seen(path))
                seen.path = min(seen.path, path)
                seen.masks += 1
                seen.pixels += pixels
        return found


def by_value(paths: Sequence[str], each: Sequence[LabelValues]) -> dict[int, str]:
    """Value → the first of several masks of an image that has it."""
    found: dict[int, str] = {}
    for path, one in zip(paths, each, strict=True):
        for value in np.unique(one.values).tolist():
            found.setdefault(value, path)
    return found


def joined(values: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The label values of several masks of an image; where two say something, the later one's."""
    whole = values[0].copy()
    for other in values[1:]:
        np.copyto(whole, other, where=other > 0)
    return whole


def two_readings(each: Sequence[LabelValues]) -> TwoReadings | None:
    """Both readings of the masks of an image, joined; None where there is but one."""
    readings = [one.readings for one in each if one.readings is not None]
    if not readings:
        return None
    labels = joined([one.readings.labels if one.readings else one.values for one in each])
    soft = joined([one.readings.soft if one.readings else one.values for one in each])
    return TwoReadings(
        encode(labels),
        encode(soft),
        any(one.gradual for one in readings),
        sum(one.steps for one in readings),
        sum(one.between for one in readings),
        any(one.gray for one in readings),
        sum(one.seam for one in readings),
        sum(one.gaps for one in readings),
    )
