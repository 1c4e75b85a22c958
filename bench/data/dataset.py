"""What a method is trained and tested on: images, labels, patients, and where they came from."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks
from bench.data.file_facts import FileFacts
from bench.data.positive import positive_class
from bench.data.targets import Originals, fault
from bench.protocol.choices import TASKS, Task
from bench.protocol.errors import DataError, did_you_mean
from bench.protocol.metadata import EXTERNAL, Columns

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Split:
    """One part of a data set.

    Attributes:
        images: `(n, h, w, c)` uint8; may be a read-only memory map. c = 1 gray, 2 gray + mask,
            3 RGB, 4 RGB + mask: the last channel of an even count is the lesion mask (> 0 inside).
        labels: `(n,)` int64 in `0..k-1`; for segmentation the strata of the cases, which splits and
            samples keep in their proportions, see `bench.data.strata`.
        case_ids: `(n,)` strings that identify an image across methods, so that every comparison
            is paired.
        groups: `(n,)` patient or lesion ids as strings, or None where they are not known.
        metadata: name of a column → its `(n,)` values, see `bench.protocol.metadata.Columns`; of
            all parts of a data set the same columns, or none. No method sees them.
        targets: for segmentation `(n, h, w)` uint8, the class of every pixel, 0 for the background;
            may be a read-only memory map.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    case_ids: NDArray[np.str_]
    groups: NDArray[np.str_] | None = None
    metadata: Columns = field(default_factory=dict)
    targets: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.intp]) -> "Split":
        """The part that consists of these rows, in this order."""
        groups = None if self.groups is None else self.groups[rows]
        metadata = {name: values[rows] for name, values in self.metadata.items()}
        targets = None if self.targets is None else self.targets[rows]
        return replace(
            self,
            images=self.images[rows],
            labels=self.labels[rows],
            case_ids=self.case_ids[rows],
            groups=groups,
            metadata=metadata,
            targets=targets,
        )


@dataclass(frozen=True)
class Provenance:
    """Where a data set came from.

    Attributes:
        source: what it is and where it was published, in one line.
        licence: the licence of the images.
        citation: the publication to cite, or "".
        split: who made the split: "official" (published with the data), "given" (a column of the
            manifest), "automatic" (by this program) or "cross-validation".
        checksum: "matched" or "differs" against a published checksum; "none" where none is.
        preprocessing: what was done to the pixels on loading, in the order in which it was done.
        generated: whether the images were made by a program rather than of patients.
        origin: which photographs or patients these are, in a word, so that data sets of the same
            origin are known to be one source; "" where it is not known.
        modality: how the images were made, in a word such as "ultrasound"; "" where it is not said.
    """

    source: str
    licence: str = "not stated"
    citation: str = ""
    split: Literal["official", "given", "automatic", "cross-validation"] = "automatic"
    checksum: Literal["matched", "differs", "none"] = "none"
    preprocessing: tuple[str, ...] = ()
    generated: bool = False
    origin: str = ""
    modality: str = ""


@dataclass(frozen=True, eq=False)
class KnownAnswer:
    """What is true of a generated data set, known from how it was made.

    Attributes:
        statement: the answer in one sentence, shown in the report.
        ideal_auc: the AUC of the ideal observer, the best that any method can reach, or None.
        ideal_scores: `(n_test,)` the ideal observer's score of each test image (higher means the
            positive class), or None.
        ideal_dice: of segmentation the mean Dice of the best threshold on gray levels, which a
            method can therefore reach; None where it is not known.
        expected: of segmentation "deep" where deep learning must be better, "not-deep" where it
            cannot be, "" where neither is known.
    """

    statement: str
    ideal_auc: float | None = None
    ideal_scores: NDArray[np.float64] | None = None
    ideal_dice: float | None = None
    expected: Literal["", "deep", "not-deep"] = ""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images for classification or segmentation in three parts. Building one checks it.

    Attributes:
        name: unique, as used on the command line.
        class_names: `k` names; label i is `class_names[i]`. For segmentation they are strata.
        train, val, test: the parts. Methods see train; thresholds and champions are chosen on val.
        provenance: where it came from.
        positive: of two classes the index of the one to be found; None for more than two.
        known_answer: what is true of it, where that is known.
        files: of the files that the images were read from, in the order train, val, test; None
            where they were not read from files, see `with_files`. No method sees them.
        external: name → further test part, from another place than the others; classes may be
            absent from it.
        left_out: which value of which column is the external part, as "site=DU", where the data set
            is one of several that leave out each value once; else "".
        task: "classification" of images, each of one class, or "segmentation" of their pixels.
        target_names: for segmentation the names of the classes of pixels, first the background.
        originals: for segmentation the true label maps at the size of their files, in the order of
            `all_parts`; None where that is the size of the images.

    Raises:
        DataError: on wrong shapes or dtypes, labels or targets out of range, a class that is absent
            from train, a case twice, or a group in two parts.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    val: Split
    test: Split
    provenance: Provenance
    positive: int | None = field(default=None)
    known_answer: KnownAnswer | None = None
    files: FileFacts | None = field(default=None, init=False)
    external: Mapping[str, Split] = field(default_factory=dict)
    left_out: str = ""
    task: Task = "classification"
    target_names: tuple[str, ...] = ()
    originals: Originals | None = None

    def __post_init__(self) -> None:
        _check(self)
        two = self.task == "classification" and len(self.class_names) == 2
        if self.positive is None and two:
            object.__setattr__(self, "positive", positive_class(self.class_names))

    def parts(self) -> Iterator[tuple[SplitName, Split]]:
        """The three parts with their names."""
        for name in SPLITS:
            yield name, getattr(self, name)

    def all_parts(self) -> Iterator[tuple[str, Split]]:
        """The three parts, then the external ones as "external:NAME"."""
        yield from self.parts()
        for name, part in self.external.items():
            yield f"{EXTERNAL}{name}", part

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(h, w, c) of one image."""
        h, w, c = self.train.images.shape[1:]
        return h, w, c

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest of everything a method can see, pixels, labels, groups, classes, parts, and
        of the external parts; for segmentation of the targets in place of the labels.

        A source that knows it from an earlier start sets it with `recall`.
        """
        digest = hashlib.blake2b(digest_size=16)
        digest.update("\0".join(self.target_names or self.class_names).encode())
        for name, part in self.all_parts():
            digest.update(f"{name}{part.images.shape}".encode())
            for images in chunks(part.images):
                digest.update(np.ascontiguousarray(images).data)
            if part.targets is None:
                digest.update(np.ascontiguousarray(part.labels).data)
            else:
                for targets in chunks(part.targets):
                    digest.update(np.ascontiguousarray(targets).data)
            digest.update("\0".join(part.case_ids).encode())
            if part.groups is not None:
                digest.update("\0".join(part.groups).encode())
        return digest.hexdigest()

    def with_files(self, files: FileFacts) -> "Dataset":
        """The same data set, which was read from these files."""
        known = copy(self)
        object.__setattr__(known, "files", files)
        return known

    def with_positive(self, wanted: Collection[str]) -> "Dataset":
        """The same data set, of whose two classes the one among those wanted is positive.

        Unchanged where it has other classes, or more than two.

        Raises:
            DataError: if both classes are wanted.
        """
        named = [i for i, name in enumerate(self.class_names) if name in wanted]
        if len(self.class_names) != 2 or not named or named == [self.positive]:
            return self
        if len(named) == 2:
            both = " and ".join(map(repr, self.class_names))
            raise DataError(f"Data set {self.name!r}: {both} cannot both be positive. Name one.")
        known = copy(self)
        object.__setattr__(known, "positive", named[0])
        answer = self.known_answer
        if answer is not None and answer.ideal_scores is not None:
            answer = replace(answer, ideal_scores=-answer.ideal_scores)
            object.__setattr__(known, "known_answer", answer)
        return known

    def recall(self, fingerprint: str) -> None:
        """Take a fingerprint from an earlier start, of the same content, instead of making it."""
        vars(self)["fingerprint"] = fingerprint


def _check(data: Dataset) -> None:
    where = f"Data set {data.name!r}"
    k = len(data.class_names)
    if data.task not in TASKS:
        raise DataError(f"{where}: unknown task {data.task!r}. {did_you_mean(data.task, TASKS)}")
    if data.task == "segmentation":
        _check_targets(where, data)
    elif any(part.targets is not None for _, part in data.all_parts()):
        raise DataError(f"{where} has targets, but its task is classification.")
    elif k < 2:
        raise DataError(f"{where} has {k} class(es): classification needs at least two.")
    if len(set(data.class_names)) < k:
        raise DataError(f"{where} has two classes of the same name: {list(data.class_names)}.")
    for name, part in data.all_parts():
        _check_part(f"{where}, {name} part", part, k)
        if set(part.metadata) != set(data.train.metadata):
            raise DataError(
                f"{where}: the columns of the metadata are {sorted(data.train.metadata)} in train "
                f"but {sorted(part.metadata)} in {name}; all parts need the same."
            )
        if part.images.shape[1:] != data.train.images.shape[1:]:
            raise DataError(
                f"{where}: images are {data.train.images.shape[1:]} in train but "
                f"{part.images.shape[1:]} in {name}; all parts need one shape."
            )
    absent = sorted(set(range(k)) - set(data.train.labels.tolist()))
    if absent and data.task == "classification":
        raise DataError(
            f"{where}: class {data.class_names[absent[0]]!r} has no training image. "
            "Give it some, or leave the class out."
        )
    ids = np.concatenate([part.case_ids for _, part in data.all_parts()])
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise DataError(f"{where}: case {str(values[counts > 1][0])!r} is listed more than once.")
    _check_groups(where, data)


def _check_part(where: str, part: Split, k: int) -> None:
    images = part.images
    if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 2, 3, 4):
        raise DataError(
            f"{where}: images are {images.dtype} {images.shape}; "
            "needed is uint8 (n, h, w, c) with 1 to 4 channels."
        )
    n = len(images)
    if n == 0:
        raise DataError(f"{where} is empty.")
    if min(images.shape[1:3]) < 8:
        raise DataError(f"{where}: images of {images.shape[1]}×{images.shape[2]} px; 8 is least.")
    if part.labels.shape != (n,) or part.labels.dtype != np.int64:
        raise DataError(
            f"{where}: labels are {part.labels.dtype} {part.labels.shape}; "
            f"needed is int64 ({n},), one class per image (multi-label data is not supported)."
        )
    if part.labels.min() < 0 or part.labels.max() >= k:
        raise DataError(
            f"{where}: labels run from {part.labels.min()} to {part.labels.max()}; "
            f"with {k} classes they must lie in 0..{k - 1}."
        )
    for what, values in (("case ids", part.case_ids), ("groups", part.groups)):
        if values is not None and values.shape != (n,):
            raise DataError(f"{where}: {len(values)} {what} for {n} images.")
    for column, known in part.metadata.items():
        if known.shape != (n,) or known.dtype.kind not in "fU":
            raise DataError(
                f"{where}: the metadata {column!r} are {known.dtype} {known.shape}; needed are {n} "
                "numbers (float64) or words (str)."
            )


def _check_groups(where: str, data: Dataset) -> None:
    seen: dict[str, str] = {}
    for name, part in data.all_parts():
        if part.groups is None:
            continue
        for group in np.unique(part.groups).tolist():
            if group in seen:
                raise DataError(
                    f"{where}: group {group!r} is in {seen[group]} and in {name}. Images of one "
                    "patient must stay together: correct the split column, or remove it to have "
                    "the split made with groups kept together."
                )
            seen[group] = name


def _check_targets(where: str, data: Dataset) -> None:
    parts = [(name, part.images.shape, part.targets) for name, part in data.all_parts()]
    problem = fault(data.target_names, parts)
    if problem:
        raise DataError(f"{where}{problem}")
