"""The cases of a folder, decoded, dealt into parts, and kept in the cache."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data import preprocessing, resizing
from bench.data.cache import decoded, truth
from bench.data.cache.before import Before
from bench.data.cache.decoded import Entry
from bench.data.cache.decoding import decode_to
from bench.data.cache.grouping import groups_of_files, shared_groups
from bench.data.cache.one_reading import read_alike
from bench.data.cache.table import Recipe, Table
from bench.data.dataset import SPLITS, Dataset, Provenance, Split
from bench.data.file_facts import FileFacts
from bench.data.folders.case import Case
from bench.data.folders.files import KEY, quick_keys
from bench.data.folders.listing import manifest_of
from bench.data.folders.reading import SplitColumn
from bench.data.folders.target_classes import (
    TargetClasses,
    classes_of,
    named_classes,
)
from bench.data.pseudonyms import salt_of
from bench.data.sets.dealt_parts import Dealing, DealtBy
from bench.data.sets.problems import Problems, without_unreadable
from bench.data.strata import strata
from bench.machine.cache_folder import cache
from bench.protocol.errors import DataError
from bench.protocol.metadata import Columns

_REUSED = 3  # earlier entries from which decoded images are taken

Classes = tuple[NDArray[np.int64], tuple[str, ...]]
"""`(n,)` labels, and what they are called."""

Look = Callable[[NDArray[np.uint8]], None]
"""Takes the pixels `(n, h, w, c)` of the cases, in their order; raises what is to be raised."""


class FolderParts:
    """One folder on its way to a data set.

    Args:
        root: the folder.
        found: its cases.
        names: of the classes, in their order.
        recipe: what is done to the images.
        split_seed: random state of the parts that are made here.
        metadata: further columns, in the order of the cases.
        skip_absent: whether files that are not there are left out and told, see `entry`.
        split: the column that tells the parts, None where there is none.
    """

    def __init__(
        self,
        root: Path,
        found: Sequence[Case],
        names: tuple[str, ...],
        recipe: Recipe,
        split_seed: int,
        metadata: Columns,
        skip_absent: bool = False,
        split: SplitColumn | None = None,
    ) -> None:
        self.root = root
        self.found = found
        self.names = names
        self.recipe = recipe
        self.split_seed = split_seed
        self.metadata = metadata
        self.split = split
        self.inside = np.array([not case.external for case in found])
        self.external = tuple(dict.fromkeys(case.external for case in found if case.external))
        self.split_given = any(case.split and not case.external for case in found)
        self.quick = quick_keys(root, found, skip_absent)
        self.home = decoded.home(cache(), root.resolve().name, recipe)
        named = named_classes(root, manifest_of(root)) if self.segments else ({}, None)
        self.named, self.named_in = named
        self.arrangement = _arrangement(found, split_seed, self.named)

    @property
    def segments(self) -> bool:
        """Whether the masks are what is to be found."""
        return self.recipe.task == "segmentation"

    def entry(self, problems: Problems | None, look: Look | None = None) -> Entry:
        """The folder decoded, from the cache as far as it is there.

        Args:
            problems: takes what would be refused otherwise.
            look: looks at the images where not all are found in the cache.

        Raises:
            DataError: if an image cannot be read, or the cases cannot be dealt into parts.
        """
        found = self._remembered()
        if found is not None:
            return found
        with decoded.incomplete(self.home) as made:
            return self._decoded_in(made, problems, look)

    def _remembered(self) -> Entry | None:
        """The entry of the cache for just these files, if it is there and intact."""
        for entry in decoded.entries(self.home):
            same = entry.arrangement == self.arrangement
            if same and np.array_equal(entry.quick, self.quick) and decoded.is_intact(entry):
                decoded.use(entry)
                return entry
        return None

    def _decoded_in(self, made: Path, problems: Problems | None, look: Look | None) -> Entry:
        earlier = [e for e in decoded.entries(self.home)[:_REUSED] if decoded.is_intact(e)]
        known = Before(earlier) if earlier and not self.segments else None
        raw = made / "raw"
        table, shape, bits = decode_to(
            raw, self.root, self.found, self.recipe, self.quick, known, problems is not None
        )
        if problems is not None:
            problems.unreadable += [table.unreadable[row] for row in sorted(table.unreadable)]
        groups = self._groups(table, problems)
        if self.segments:
            whole = np.memmap(raw, np.uint8, "r+", shape=shape)
            read_alike(self.root, self.named, table, self.recipe, whole)
            whole.flush()
        readable = np.array([row not in table.unreadable for row in range(len(self.found))])
        pixels = np.memmap(raw, np.uint8, "r", shape=shape)
        if look is not None:
            look(pixels)
        classes, shown = TargetClasses((), ()), {}
        if self.segments and readable.any():
            classes = classes_of(self.root, self.named, table.masks.found(), table.masks.told)
            shown = truth.shown(table.masks, classes, pixels[..., -1])
        shows = truth.shows(classes, shown, len(readable))
        by = DealtBy(*self._labels(table.mask_share), groups, table.digests, shows)
        try:
            if not readable.any():
                first = table.unreadable[min(table.unreadable)]
                raise DataError(f"Folder {self.root}: no image can be read. The first: {first}")
            rows = self._dealing().parts(np.flatnonzero(readable), pixels, by)
        except DataError as error:
            raise without_unreadable(self.root, len(self.found), table.unreadable, error) from None
        order = np.concatenate(rows).astype(np.int64)
        facts: dict[str, NDArray[Any]] = {}
        if self.segments:
            truth.write_with_targets(raw, shape, order, made / "images.npy", classes)
            facts = truth.facts(table.masks, classes, table.remarks) | shown
            shape = (*shape[:3], shape[3] - 1)
        else:
            masked = shape[-1] % 2 == 0
            facts = truth.shown_inside(table.mask_share, pixels[..., -1] if masked else None)
            decoded.write_images(raw, shape, order, made / "images.npy")
        raw.unlink()
        entry = Entry(
            folder=made,
            arrangement=self.arrangement,
            quick=self.quick,
            content=table.content,
            order=order,
            parts=tuple(map(len, rows)),
            shape=shape[1:],
            bits=bits,
            facts={**table.facts(groups), **facts},
        )
        if self.inside.any():
            entry = replace(entry, fingerprint=self.dataset(entry).fingerprint)
        if table.unreadable:  # what is incomplete is not kept, and lives as long as its maps
            targets = (truth.targets(entry, i) for i in range(len(rows) if self.segments else 0))
            images = tuple(map(entry.images, range(len(rows))))
            return replace(entry, open=images, open_targets=tuple(targets))
        decoded.write_about(entry)
        folder = decoded.publish(made, self.home)
        decoded.forget_old(cache(), self.home, folder)
        return replace(entry, folder=folder)

    def _groups(self, table: Table, problems: Problems | None) -> NDArray[np.str_] | None:
        """The groups that the files tell where they are not given."""
        groups = None if self.found[0].group else groups_of_files(self.found, table)
        if groups is None or not (self.split_given or self.external):
            return groups
        shared = shared_groups(self.found, groups)
        if shared and problems is None:
            raise in_two_parts(self.root, shared, self.split)
        if shared and problems is not None:
            problems.shared += sorted(shared)
            return None
        return groups

    def _dealing(self) -> Dealing:
        return Dealing(
            self.root,
            self.found,
            self.external,
            self.segments,
            self.split_given,
            self.split_seed,
            self.split,
        )

    def _labels(self, mask_share: NDArray[np.float32]) -> Classes:
        """What the cases are dealt by: their classes, or for segmentation their strata."""
        if self.segments:
            return strata(np.nan_to_num(mask_share))
        index = {name: i for i, name in enumerate(self.names)}
        return np.array([index[case.label] for case in self.found], dtype=np.int64), self.names

    def dataset(self, entry: Entry) -> Dataset:
        """The data set of an entry."""
        labels, names = self._labels(entry.facts["mask_share"])
        ids = np.array([case.id for case in self.found])
        groups = np.array([c.group for c in self.found]) if self.found[0].group else None
        groups = entry.facts.get("groups", groups)

        def part(place: int) -> Split:
            rows = entry.rows(place)
            own = None if groups is None else groups[rows]
            known = {name: values[rows] for name, values in self.metadata.items()}
            targets = truth.targets(entry, place) if self.segments else None
            return Split(entry.images(place), labels[rows], ids[rows], own, known, targets)

        if self.segments:
            named_in = str(self.named_in or "")
            truth.refuse_absent(self.root, entry, self.recipe.side, named_in, self.split_given)
        name = self.root.resolve().name
        external = {name: part(len(SPLITS) + i) for i, name in enumerate(self.external)}
        data = Dataset(
            name=name,
            class_names=names,
            train=part(0),
            val=part(1),
            test=part(2),
            provenance=Provenance(
                source=f"images in the folder {name}",
                split="given" if self.split_given else "automatic",
                preprocessing=_preprocessing(self.found, self.recipe, entry),
            ),
            external=external,
            task=self.recipe.task,
            target_names=truth.target_names(entry) if self.segments else (),
            originals=truth.originals(entry) if self.segments else None,
        )
        inside = entry.order[: sum(entry.parts[: len(SPLITS)])]
        facts: dict[str, Any] = {name: entry.facts[name][inside] for name in FileFacts.columns()}
        facts["salt"], facts["groups_given"] = salt_of(entry.content), bool(self.found[0].group)
        data = data.with_files(FileFacts(**facts))
        if entry.fingerprint:
            data.recall(entry.fingerprint)
        return data

    def external_part(self, entry: Entry) -> Split:
        """The cases of a folder that is an external part as a whole."""
        rows = entry.rows(len(SPLITS))
        ids = np.array([case.id for case in self.found])
        groups = np.array([c.group for c in self.found]) if self.found[0].group else None
        groups = entry.facts.get("groups", groups)
        known = {name: values[rows] for name, values in self.metadata.items()}
        images = entry.images(len(SPLITS))
        own = None if groups is None else groups[rows]
        labels = self._labels(entry.facts["mask_share"])[0][rows]
        return Split(images, labels, ids[rows], own, known)


def in_two_parts(
    root: Path, shared: Mapping[str, tuple[str, str]], split: SplitColumn | None
) -> DataError:
    """The message that a patient is in two parts."""
    name, (one, other) = next(iter(shared.items()))
    one, other = (part or "the parts that are made here" for part in (one, other))
    told = f"Folder {root}: group {name!r} is in {one} and in {other}"
    if split is None:
        return DataError(
            f"{told}. Images of one patient must stay together: move them below one folder, or "
            "write a manifest.csv without a column 'split' to have the split made with groups kept "
            "together."
        )
    return DataError(
        f"{told}{split.behind}. Images of one patient must stay together: correct the column "
        f"{split.name!r}, or {split.without} to have the split made with groups kept together."
    )


def _arrangement(found: Sequence[Case], split_seed: int, named: Mapping[int, str]) -> str:
    digest = hashlib.blake2b(f"{split_seed}".encode(), digest_size=KEY)
    if named:
        digest.update(f"{sorted(named.items())}".encode())
    for case in found:
        digest.update(f"{case.id}\0{case.label}\0{case.split}\0{case.group}\0".encode())
    return digest.hexdigest()


def _preprocessing(found: Sequence[Case], recipe: Recipe, entry: Entry) -> tuple[str, ...]:
    steps = []
    if entry.bits > 8:
        steps.append(f"the upper 8 of {entry.bits} bits kept")
    before = [step for step in recipe.steps if step != "clahe"]
    steps += [preprocessing.DONE[step] for step in before]
    steps.append(f"{resizing.DONE[recipe.resize]} to {recipe.side}×{recipe.side} px")
    steps += [preprocessing.DONE[step] for step in recipe.steps if step == "clahe"]
    if recipe.task == "segmentation":
        steps.append("masks in the same way, by the nearest pixel")
    elif any(case.masks for case in found):
        steps.append("masks added as the last channel")
    return tuple(steps)
