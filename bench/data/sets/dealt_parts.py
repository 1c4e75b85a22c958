"""The cases of a folder dealt into its parts: as the folder says, or as they are made here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.near_duplicates import twins_of_images
from bench.data.folders.case import Case
from bench.data.folders.reading import SplitColumn
from bench.data.likeness.clusters import keeping_twins
from bench.data.likeness.near_duplicates import Twins
from bench.data.rare_classes import showing_all
from bench.data.sets.problems import lacking_part
from bench.data.splits import Rows, automatic, validation
from bench.data.too_few import Owner
from bench.protocol.errors import DataError
from bench.protocol.metadata import EXTERNAL

_FROM_FILES = (
    "Patients were taken from the files: frames and slices of one file, and DICOM files with one "
    "PatientID, count as one. A column 'group' of a manifest.csv says otherwise."
)


@dataclass(frozen=True, eq=False)
class DealtBy:
    """What the n cases of a folder are dealt by.

    Attributes:
        labels: `(n,)` their classes, or for segmentation their strata.
        names: of these.
        groups: `(n,)` what files tell of patients, None where they are given or not known.
        digests: `(n,)` of the images.
        shows: `(n, k)` which classes of pixels but the background each shows; `(n, 0)` where that
            is not asked.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    groups: NDArray[np.str_] | None
    digests: NDArray[np.uint64]
    shows: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Dealing:
    """A folder whose cases are to be dealt.

    Attributes:
        root: the folder.
        found: its cases.
        external: names of its external parts.
        segments: whether masks are what is to be found.
        split_given: whether the folder says the parts.
        split_seed: random state of the parts that are made here.
        split: the column that tells them, None where there is none.
    """

    root: Path
    found: Sequence[Case]
    external: tuple[str, ...]
    segments: bool
    split_given: bool
    split_seed: int
    split: SplitColumn | None = None

    def parts(self, readable: Rows, pixels: NDArray[np.uint8], by: DealtBy) -> tuple[Rows, ...]:
        """Rows of the cases in train, val and test, then in each external part; near twins stay
        together in parts made here. A folder of an external part alone is in all three.

        Args:
            readable: rows of the cases that could be read, one or more.
            pixels: `(n, h, w, c)` of all cases.
            by: of all cases.

        Raises:
            DataError: if a part cannot be made.
        """
        names = np.array([self.found[row].external for row in readable])
        external = [readable[names == name] for name in self.external]
        for name, rows in zip(self.external, external, strict=True):
            if not len(rows):
                raise DataError(f"Folder {self.root}: no image of {EXTERNAL}{name} can be read.")
        own = readable[names == ""]
        if all(case.external for case in self.found):
            return own, own, own, *external
        return *self._three_parts(own, pixels, by), *external

    def _three_parts(
        self, readable: Rows, pixels: NDArray[np.uint8], by: DealtBy
    ) -> tuple[Rows, Rows, Rows]:
        """The same of train, val and test."""
        found = [self.found[row] for row in readable]
        labels, names, shows = by.labels[readable], by.names, by.shows[readable]
        given = np.array([c.group for c in found]) if found[0].group else None
        grouped = given if by.groups is None else by.groups[readable]
        digests = by.digests[readable]
        owner = Owner(f"Folder {self.root}: ", self.segments)
        if self.segments:
            pixels = pixels[..., :-1]
        if not self.split_given:
            twins = self._twins(pixels, readable, grouped)

            def deal(seed: int) -> tuple[Rows, Rows, Rows]:
                return keeping_twins(
                    twins,
                    digests,
                    lambda alike: automatic(labels, names, grouped, alike, seed, owner),
                    grouped,
                )

            try:
                made = showing_all(deal, lambda some: (some[:1], some[1:]), shows, self.split_seed)
            except DataError as error:
                raise error if by.groups is None else DataError(f"{error} {_FROM_FILES}") from None
            return readable[made[0]], readable[made[1]], readable[made[2]]
        split = np.array([case.split for case in found])
        if absent := {"train", "test"}.difference(split.tolist()):
            raise lacking_part(self.root, found, max(absent), self.split)
        train, val, test = (np.flatnonzero(split == name) for name in ("train", "val", "test"))
        if not len(val):
            rest, twins = train, self._twins(pixels, readable, grouped)

            def set_aside(seed: int) -> tuple[Rows, Rows]:
                return keeping_twins(
                    twins,
                    digests,
                    lambda alike: validation(rest, labels, grouped, alike, names, seed, owner),
                    grouped,
                )

            train, val = showing_all(
                set_aside, lambda some: (some[:1], some[1:]), shows, self.split_seed
            )
        return readable[train], readable[val], readable[test]

    def _twins(
        self, pixels: NDArray[np.uint8], readable: Rows, groups: NDArray[np.str_] | None
    ) -> Twins | None:
        ends = np.flatnonzero(np.diff(readable) > 1) + 1  # what cannot be read is left out
        parts = [pixels[own[0] : own[-1] + 1] for own in np.split(readable, ends)]
        return twins_of_images(parts, groups=groups)
