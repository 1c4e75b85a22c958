"""A folder of the user's images → `Dataset`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
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
from bench.data.cache.near_duplicates import twins_of_images
from bench.data.cache.table import Recipe, Table
from bench.data.cache.truth import write_with_targets
from bench.data.dataset import Dataset, FileFacts, Provenance, Split
from bench.data.folders.case import Case
from bench.data.folders.files import KEY, quick_keys
from bench.data.folders.manifest import cases, manifest_of
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.data.folders.target_classes import classes_of, named_classes
from bench.data.near_duplicates import Twins
from bench.data.splits import automatic, refuse_too_few, validation
from bench.data.strata import strata
from bench.data.twins import keeping_twins
from bench.machine.cache_folder import cache
from bench.protocol.errors import DataError, DataUnsuitable
from bench.protocol.preprocessing import Resize, in_order
from bench.protocol.study import Task

DEFAULT_SIZE = 64
"""Pixels per side where the user names none."""

SEGMENTATION_SIZE = 256
"""The same for segmentation."""


@dataclass
class Problems:
    """What is wrong with a folder that is read all the same, to be looked at.

    Attributes:
        unreadable: a line for each image that cannot be read; it is left out.
        shared: patients that the manifest has put into several parts; groups are left out then.
    """

    unreadable: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)


_FROM_FILES = (
    "Patients were taken from the files: frames and slices of one file, and DICOM files with one "
    "PatientID, count as one. A column 'group' of a manifest.csv says otherwise."
)
_REUSED = 3  # earlier entries from which decoded images are taken

Rows = NDArray[np.intp]


def load(
    root: Path,
    size: int | None = None,
    split_seed: int = 0,
    resize: Resize = "letterbox",
    preprocess: Sequence[str] = (),
    reading: Reading = AS_IT_IS,
    problems: Problems | None = None,
    task: Task = "classification",
) -> Dataset:
    """Read a folder with one sub-folder per class, or with a manifest; for segmentation one of
    images and masks.

    The images are gray if all of them are, else RGB; a mask channel is added if any image has a
    mask. Splits are taken from the manifest (or from sub-folders train, val and test), a validation
    part is cut from train where none is given, and all three are made where no split is given.
    Where no groups are given, the files may tell them, see `bench.data.cache.grouping`.

    Pixels are decoded once, and found in the user's cache from then on.

    Args:
        root: the folder; its name is the data set's.
        size: pixels per side, by default 64, and for segmentation 256.
        split_seed: random state of the parts that are made here.
        resize: how images reach that size.
        preprocess: steps to take, see `bench.data.preprocessing`.
        reading: how its manifest is to be read.
        problems: takes what would be refused otherwise.
        task: what is to be learned of it.

    Raises:
        DataError: if the folder, its manifest or an image cannot be used; names the file.
    """
    listing = cases(root, reading, task)
    found = listing.cases
    classifies = task == "classification"
    names = tuple(sorted({case.label for case in found}))
    if classifies and len(names) < 2:
        raise DataUnsuitable(f"Folder {root} has one class only, {names[0]!r}; two are needed.")
    side = size or (DEFAULT_SIZE if classifies else SEGMENTATION_SIZE)
    recipe = Recipe(side, resize, in_order(preprocess), task)
    if "crop-to-mask" in recipe.steps and not any(case.masks for case in found):
        raise DataError(f"Folder {root}: the step 'crop-to-mask' needs masks, and there is none.")
    shared = shared_groups(found)
    if shared and problems is None:
        raise _in_two_parts(root, shared)
    if shared and problems is not None:
        problems.shared += sorted(shared)
        found = [replace(case, group="") for case in found]
    if not found[0].split and classifies:
        _refuse_too_few(found, names)
    work = _Work(root, found, names, recipe, split_seed)
    entry = work.remembered()
    data = work.decoded(problems) if entry is None else work.dataset(entry)
    if data.files is None:
        return data
    return data.with_files(replace(data.files, said=listing.findings))


class _Work:
    """One folder on its way to a data set."""

    def __init__(
        self,
        root: Path,
        found: Sequence[Case],
        names: tuple[str, ...],
        recipe: Recipe,
        split_seed: int,
    ) -> None:
        self.root = root
        self.found = found
        self.names = names
        self.recipe = recipe
        self.split_seed = split_seed
        self.quick = quick_keys(root, found)
        self.home = decoded.home(cache(), root.resolve().name, recipe)
        self.named = {} if recipe.task == "classification" else _named(root)
        self.arrangement = _arrangement(found, split_seed, self.named)

    def remembered(self) -> Entry | None:
        """The entry of the cache for just these files, if it is there and intact."""
        for entry in decoded.entries(self.home):
            same = entry.arrangement == self.arrangement
            if same and np.array_equal(entry.quick, self.quick) and decoded.is_intact(entry):
                decoded.use(entry)
                return entry
        return None

    def decoded(self, problems: Problems | None) -> Dataset:
        """The data set, decoded as far as need be, and kept."""
        with decoded.incomplete(self.home) as made:
            return self._decoded_in(made, problems)

    def _decoded_in(self, made: Path, problems: Problems | None) -> Dataset:
        earlier = [e for e in decoded.entries(self.home)[:_REUSED] if decoded.is_intact(e)]
        reused = earlier and self.recipe.task == "classification"
        known = Before(earlier) if reused else None
        raw = made / "raw"
        table, shape, bits = decode_to(
            raw, self.root, self.found, self.recipe, self.quick, known, problems is not None
        )
        if problems is not None:
            problems.unreadable += [table.unreadable[row] for row in sorted(table.unreadable)]
        groups = self._groups(table, problems)
        readable = np.array([row not in table.unreadable for row in range(len(self.found))])
        pixels = np.memmap(raw, np.uint8, "r", shape=shape)
        labels, names = self._labels(table.mask_share)
        rows = self._parts(table, groups, np.flatnonzero(readable), pixels, (labels, names))
        order = np.concatenate(rows).astype(np.int64)
        facts: dict[str, NDArray[Any]] = {}
        if self.recipe.task == "classification":
            decoded.write_images(raw, shape, order, made / "images.npy")
        else:
            classes = classes_of(self.root, self.named, table.masks.found, table.masks.told)
            write_with_targets(raw, shape, order, made / "images.npy", classes)
            facts = truth.facts(table.masks, classes, table.remarks)
            shape = (*shape[:3], shape[3] - 1)
        raw.unlink()
        entry = Entry(
            folder=made,
            arrangement=self.arrangement,
            quick=self.quick,
            content=table.content,
            order=order,
            parts=(len(rows[0]), len(rows[1]), len(rows[2])),
            shape=shape[1:],
            bits=bits,
            facts={**_facts(table, groups), **facts},
        )
        entry = replace(entry, fingerprint=self.dataset(entry).fingerprint)
        if table.unreadable:  # what is incomplete is not kept, and lives as long as its maps
            return self.dataset(entry)
        decoded.write_about(entry)
        folder = decoded.publish(made, self.home)
        decoded.forget_old(cache(), self.home, folder)
        return self.dataset(replace(entry, folder=folder))

    def _groups(self, table: Table, problems: Problems | None) -> NDArray[np.str_] | None:
        """The groups that the files tell where they are not given."""
        groups = None if self.found[0].group else groups_of_files(self.found, table)
        if groups is None or not self.found[0].split:
            return groups
        shared = shared_groups(self.found, groups)
        if shared and problems is None:
            raise _in_two_parts(self.root, shared)
        if shared and problems is not None:
            problems.shared += sorted(shared)
            return None
        return groups

    def _parts(
        self,
        table: Table,
        groups: NDArray[np.str_] | None,
        readable: Rows,
        pixels: NDArray[np.uint8],
        classes: tuple[NDArray[np.int64], tuple[str, ...]],
    ) -> tuple[Rows, Rows, Rows]:
        """Rows of the cases in train, val and test; near twins stay together in parts made here."""
        if not len(readable):
            raise DataError(f"Folder {self.root}: no image can be read.")
        found = [self.found[row] for row in readable]
        labels, names = classes[0][readable], classes[1]
        if self.recipe.task == "segmentation":
            pixels = pixels[..., :-1]
        given = np.array([c.group for c in found]) if found[0].group else None
        grouped = given if groups is None else groups[readable]
        digests = table.digests[readable]
        if not found[0].split:
            seed = self.split_seed
            try:
                parts = keeping_twins(
                    self._twins(pixels, readable),
                    digests,
                    lambda alike: automatic(labels, names, grouped, alike, seed),
                )
            except DataError as error:
                raise error if groups is None else DataError(f"{error} {_FROM_FILES}") from None
            return readable[parts[0]], readable[parts[1]], readable[parts[2]]
        split = np.array([case.split for case in found])
        for needed in ("train", "test"):
            if needed not in split:
                raise DataError(f"Folder {self.root}: no image is in the split {needed!r}.")
        train, val, test = (np.flatnonzero(split == name) for name in ("train", "val", "test"))
        if not len(val):
            rest, seed = train, self.split_seed
            train, val = keeping_twins(
                self._twins(pixels, readable),
                digests,
                lambda alike: validation(rest, labels, grouped, alike, names, seed),
            )
        return readable[train], readable[val], readable[test]

    def _twins(self, pixels: NDArray[np.uint8], readable: Rows) -> Twins | None:
        ends = np.flatnonzero(np.diff(readable) > 1) + 1  # what cannot be read is left out
        return twins_of_images([pixels[own[0] : own[-1] + 1] for own in np.split(readable, ends)])

    def _labels(self, mask_share: NDArray[np.float32]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """What the cases are dealt by: their classes, or for segmentation their strata."""
        if self.recipe.task == "segmentation":
            return strata(np.nan_to_num(mask_share))
        index = {name: i for i, name in enumerate(self.names)}
        return np.array([index[case.label] for case in self.found], dtype=np.int64), self.names

    def dataset(self, entry: Entry) -> Dataset:
        """The data set of an entry."""
        labels, names = self._labels(entry.facts["mask_share"])
        segments = self.recipe.task == "segmentation"
        ids = np.array([case.id for case in self.found])
        groups = np.array([c.group for c in self.found]) if self.found[0].group else None
        groups = entry.facts.get("groups", groups)
        parts = []
        for i in range(3):
            rows = entry.rows(i)
            own = None if groups is None else groups[rows]
            part = Split(entry.images(i), labels[rows], ids[rows], own)
            parts.append(replace(part, targets=truth.targets(entry, i)) if segments else part)
        name = self.root.resolve().name
        data = Dataset(
            name=name,
            class_names=names,
            train=parts[0],
            val=parts[1],
            test=parts[2],
            provenance=Provenance(
                source=f"images in the folder {name}",
                split="given" if self.found[0].split else "automatic",
                preprocessing=_preprocessing(self.found, self.recipe, entry),
            ),
            task=self.recipe.task,
            target_names=truth.target_names(entry) if segments else (),
        )
        if segments:
            data = data.with_originals(truth.originals(entry))
        columns = [field.name for field in fields(FileFacts) if field.name != "said"]
        facts: dict[str, Any] = {name: entry.facts[name][entry.order] for name in columns}
        data = data.with_files(FileFacts(**facts))
        if entry.fingerprint:
            data.recall(entry.fingerprint)
        return data


def _in_two_parts(root: Path, shared: Mapping[str, tuple[str, str]]) -> DataError:
    name, (one, other) = next(iter(shared.items()))
    return DataError(
        f"Folder {root}: group {name!r} is in {one} and in {other}. Images of one patient must "
        "stay together: correct the split column, or remove it to have the split made with "
        "groups kept together."
    )


def _refuse_too_few(found: Sequence[Case], names: tuple[str, ...]) -> None:
    """Refuse a class that cannot be in each part before hours go into decoding."""
    labels = np.array([names.index(case.label) for case in found])
    groups = np.array([case.group for case in found]) if found[0].group else None
    refuse_too_few(labels, names, groups, 3, groups is not None)


def _named(root: Path) -> dict[int, str]:
    return named_classes(root, manifest_of(root))


def _arrangement(found: Sequence[Case], split_seed: int, named: Mapping[int, str]) -> str:
    digest = hashlib.blake2b(f"{split_seed}".encode(), digest_size=KEY)
    if named:
        digest.update(f"{sorted(named.items())}".encode())
    for case in found:
        digest.update(f"{case.id}\0{case.label}\0{case.split}\0{case.group}\0".encode())
    return digest.hexdigest()


def _facts(table: Table, groups: NDArray[np.str_] | None) -> dict[str, NDArray[np.generic]]:
    names = ("digests", "bits", "width", "height", "size", "formats", "mask_share", "mask_border")
    facts = {name: getattr(table, name) for name in names}
    facts["remarks"] = np.array(table.remarks)
    return facts if groups is None else {**facts, "groups": groups}


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
