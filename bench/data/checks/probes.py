"""Simple classifiers that should fail: if one succeeds, so can any method, by a shortcut.

Each looks at most at `MOST` cases; `bench.data.checks.probe_auc` says how it is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.checks.probe_auc import Auc, Table, probe
from bench.data.dataset import Dataset
from bench.data.likeness.vectors import averaged
from bench.data.splits import Pooled
from bench.protocol.cards import CheckFinding, Level

MOST = 2_000
"""Cases that a probe looks at."""

SOME, MUCH = 0.55, 0.70
"""From these on, the lower limit of a probe's AUC is a note, or serious."""

_SIDE = 16  # px of the pictures that are looked at
_EDGE = 1 / 16  # of the side: how wide the border is
_STRETCHES = 8  # of the border along each side
_OF_CONTENT = ("bytes", "bytes per pixel")

Features = Callable[[NDArray[np.uint8]], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Sample:
    """At most `MOST` cases of a data set, drawn at random from all parts.

    Attributes:
        pooled: the cases of all parts.
        rows: ascending rows of those that were drawn.
    """

    pooled: Pooled
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, data: Dataset) -> "Sample":
        """Those of a data set, always the same."""
        pooled = Pooled.of(data)
        n = len(pooled.labels)
        if n <= MOST:
            return cls(pooled, np.arange(n))
        return cls(pooled, np.sort(np.random.default_rng(0).choice(n, MOST, replace=False)))

    @property
    def labels(self) -> NDArray[np.int64]:
        """`(n,)` their classes."""
        return self.pooled.labels[self.rows]

    @property
    def groups(self) -> NDArray[np.str_] | None:
        """`(n,)` their patients, or None."""
        return None if self.pooled.groups is None else self.pooled.groups[self.rows]

    def described(self, features: Features) -> Table:
        """`(n, d)` what a function of images says of them, asked about some at a time."""
        few = max(1, (1 << 23) // int(np.prod(self.pooled.data.image_shape)))
        return np.concatenate(
            [
                np.asarray(features(self.pooled.images(self.rows[start : start + few])), np.float64)
                for start in range(0, len(self.rows), few)
            ]
        )

    def pictures(self) -> Table:
        """`(n, d)` gray levels averaged to 16×16, and the mean colour."""
        return self.described(_small_and_colour)


def which_split(data: Dataset) -> CheckFinding:
    """Can it be told whether an image is of the test part? It should not."""
    check, title = "which-split", "Which split is it from?"
    sample = Sample.of(data)
    is_test = (sample.rows >= len(data.train) + len(data.val)).astype(np.int64)
    auc = probe(sample.pictures(), is_test, sample.groups)
    if auc is None:
        return _too_few(check, title)
    level = _level(auc)
    if level == "fine":
        text = f"Small pictures do not tell test images from the others: {auc}."
        return CheckFinding(check, title, level, text, values=auc.values)
    return CheckFinding(
        check,
        title,
        level,
        f"Small pictures tell test images from the others: {auc}; 0.5 is chance.",
        "The parts differ (another hospital, device, year or way of saving?). If that is meant, it "
        "is a test of transfer, and to be called one. If not, split anew.",
        values=auc.values,
    )


def border(data: Dataset) -> CheckFinding:
    """Can the class be told from the outermost pixels alone?"""
    check, title = "border", "Class from the border alone"
    sample = Sample.of(data)
    auc = probe(sample.described(border_features), sample.labels, sample.groups)
    if auc is None:
        return _too_few(check, title)
    h, w, _ = data.image_shape
    edge = max(1, round(min(h, w) * _EDGE))
    width = f"The outermost {edge} px"
    level = _level(auc)
    if level == "fine":
        return CheckFinding(
            check, title, level, f"{width} do not tell the class: {auc}.", values=auc.values
        )
    return CheckFinding(
        check,
        title,
        level if auc.low >= MUCH else "note",
        f"{width} tell the class: {auc}; 0.5 is chance.",
        "Look at borders, corners, letters and rulers of each class. Where the border shows the "
        "body this can be right; crop closer (--preprocess crop-to-mask, --resize crop) to see "
        "whether the verdict stays.",
        values=auc.values,
    )


def metadata(data: Dataset) -> CheckFinding:
    """Can the class be told without looking at the picture: by its file and mean brightness?"""
    check, title = "metadata", "Class from the file alone"
    sample = Sample.of(data)
    labels, groups = sample.labels, sample.groups
    brightness = {"mean brightness": sample.described(_mean_level)[:, 0]}
    of_file = _file_columns(data, sample.rows)
    alone = {
        name: probe(column[:, None], labels, groups, "tree")
        for name, column in {**of_file, **brightness}.items()
    }
    known = {name: auc for name, auc in alone.items() if auc is not None}
    if not known:
        return _too_few(check, title)
    strongest = max(known, key=lambda name: known[name].value)
    together = _together(of_file, labels, groups)
    values = {f"{name}/auc": auc.value for name, auc in known.items()}
    if together is None:  # no file, or all files are alike
        auc = known["mean brightness"]
        level: Level = "fine" if auc.low < SOME else "note"
        text = f"Of the file nothing tells the class; mean brightness has {auc}."
        advice = "" if level == "fine" else _BRIGHTNESS
        return CheckFinding(check, title, level, text, advice, values={**values, **auc.values})
    level = _level(together)
    text = f"Size, bytes and format of the files have {together}"
    text += f"; the strongest alone is {strongest} with {known[strongest]}."
    advice = "" if level == "fine" else _SAVED
    if level != "fine" and not _saved_differently(of_file, labels, groups, level):
        level, advice = "note", _LENGTH
    if level == "fine" and known["mean brightness"].low >= SOME:
        level, advice = "note", _BRIGHTNESS
    return CheckFinding(check, title, level, text, advice, values={**values, **together.values})


_SAVED = (
    "Classes were collected or saved differently. Save all images the same way (size, format, "
    "quality) and see whether the verdict stays."
)
_LENGTH = (
    "Sizes, formats and qualities do not say as much, but how many bytes the images take: that is "
    "texture and noise, which may be part of the disease, or of the device. Were all classes "
    "recorded alike?"
)
_BRIGHTNESS = (
    "Brightness may be part of the disease, or of the device. The control mean-brightness shows in "
    "the report how far it goes."
)


def _level(auc: Auc) -> Level:
    if auc.low >= MUCH:
        return "serious"
    return "note" if auc.low >= SOME else "fine"


def _too_few(check: str, title: str) -> CheckFinding:
    return CheckFinding(check, title, "fine", "Too few cases to tell.")


def _small_and_colour(images: NDArray[np.uint8]) -> Table:
    c = images.shape[3]
    colours = images[..., : c - (c % 2 == 0)]
    small = averaged(images, _SIDE).reshape(len(images), -1)
    return np.concatenate([small, colours.mean(axis=(1, 2)), colours.std(axis=(1, 2))], axis=1)


def border_features(images: NDArray[np.uint8]) -> Table:
    """`(n, d)` mean levels of stretches of the border of images `(n, h, w, c)`, and their spread.

    The border is a sixteenth of the shorter side wide, 1 px at least; a mask is left out.
    """
    _, h, w, c = images.shape
    colours = images[..., : c - (c % 2 == 0)].astype(np.float64)
    edge = max(1, round(min(h, w) * _EDGE))
    strips = [colours[:, :edge], colours[:, -edge:]]
    strips += [s.swapaxes(1, 2) for s in (colours[:, :, :edge], colours[:, :, -edge:])]
    columns = []
    for strip in strips:  # (n, edge, length, channels)
        for stretch in np.array_split(strip, _STRETCHES, axis=2):
            columns += [stretch.mean(axis=(1, 2)), stretch.std(axis=(1, 2))]
    return np.concatenate(columns, axis=1)


def _mean_level(images: NDArray[np.uint8]) -> Table:
    level: Table = averaged(images, 1).reshape(-1, 1).astype(np.float64)
    return level


def _saved_differently(
    columns: Mapping[str, Table],
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
    level: Level,
) -> bool:
    """Whether what does not depend on the content of files tells the class as well."""
    ways = {name: column for name, column in columns.items() if name not in _OF_CONTENT}
    auc = _together(ways, labels, groups)
    return auc is not None and _level(auc) in (level, "serious")


def _file_columns(data: Dataset, rows: NDArray[np.intp]) -> dict[str, Table]:
    """What differs between the files, by name; {} where they are alike or there is none."""
    if data.files is None:
        return {}
    width = data.files.width[rows].astype(float)
    height = data.files.height[rows].astype(float)
    size = data.files.size[rows].astype(float)
    columns = {
        "width": width,
        "height": height,
        "aspect ratio": width / np.maximum(height, 1),
        "bytes": size,
        "bytes per pixel": size / np.maximum(width * height, 1),
        "quality": data.files.coarseness[rows].astype(float),
    }
    formats, code = np.unique(data.files.formats[rows], return_inverse=True)
    if len(formats) > 1:
        columns["format"] = code.astype(float)
    return {name: column for name, column in columns.items() if np.ptp(column) > 0}


def _together(
    columns: Mapping[str, Table], labels: NDArray[np.int64], groups: NDArray[np.str_] | None
) -> Auc | None:
    if not columns:
        return None
    return probe(np.stack(list(columns.values()), axis=1), labels, groups, "forest")
