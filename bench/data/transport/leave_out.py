"""A data set that leaves out one value of a column of its metadata: one site is the external part.

The others are split as before where a split was given, else anew, patients and near twins together.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import SPLITS, Dataset, Split
from bench.data.likeness.clusters import keeping_twins, restricted
from bench.data.likeness.near_duplicates import Twins
from bench.data.memory_maps import open_memory_maps, write_parts
from bench.data.splits import Pooled, Rows, automatic, image_digests, refuse_too_few
from bench.data.strata import strata
from bench.data.too_few import Owner
from bench.protocol.errors import DataError, DataUnsuitable, did_you_mean
from bench.protocol.metadata import (
    EXTERNAL,
    Columns,
    is_missing,
    is_number,
    problem_of_name,
)

MOST_VALUES = 50
"""Values of a column that may be left out in turn; each of them is a data set."""


def name_of(dataset: str, column: str, value: str) -> str:
    """What the data set without a value is called.

    >>> name_of("brain", "site", "DU")
    'brain:site=DU'
    """
    return f"{dataset}:{column}={value}"


def values_of(where: str, metadata: Columns, column: str) -> tuple[str, ...]:
    """The values of a column, each of which can be left out.

    Raises:
        DataError: if there is no such column, or it has one value or too many.
    """
    if not metadata:
        raise DataError(
            f"{where}: --leave-out {column}: nothing is known of its cases. Columns come with a "
            "manifest.csv."
        )
    if column not in metadata:
        raise DataError(
            f"{where}: --leave-out {column}: there is no such column. "
            f"{did_you_mean(column, metadata)}"
        )
    found = sorted({value for value in as_words(metadata[column]).tolist() if value})
    if len(found) < 2:
        only = f"one value only, {found[0]!r}" if found else "no value"
        raise DataError(
            f"{where}: --leave-out {column}: the column has {only}; at least two are needed, so "
            "that there is something to train on."
        )
    for value in found:
        if problem := problem_of_name(value):
            raise DataError(f"{where}: --leave-out {column}: the value {value[:80]!r}: {problem}.")
    if len(found) > MOST_VALUES:
        raise DataError(
            f"{where}: --leave-out {column}: the column has {len(found)} values, each of which "
            f"would be a data set; {MOST_VALUES} are the most. Take a column of few places."
        )
    return tuple(found)


def as_words(values: NDArray[np.generic]) -> NDArray[np.str_]:
    """A column as words, "" where a value is missing; 3.0 is "3"."""
    if not is_number(values):
        return values.astype(np.str_)
    missing = is_missing(values)
    pairs = zip(values.tolist(), missing.tolist(), strict=True)
    return np.array(["" if absent else f"{value:g}" for value, absent in pairs], dtype=np.str_)


def without(
    data: Dataset, left_out: tuple[str, str], twins: Twins | None, seed: int, place: Path
) -> Dataset:
    """The data set whose external part is one value of a column; its cases of no value are gone.

    Args:
        data: with a split of its own.
        left_out: column and value.
        twins: what `find_twins` found in it, None where they were not searched for.
        seed: random state of parts that are made here.
        place: a new folder for the images in their new order.

    Raises:
        DataUnsuitable: if what is left cannot be split, lacks a class, or shares a patient with
            what is left out.
    """
    column, value = left_out
    said = f"{column}={value}"
    pooled = Pooled.of(data)
    words = as_words(np.concatenate([part.metadata[column] for _, part in data.parts()]))
    away, rest = np.flatnonzero(words == value), np.flatnonzero((words != value) & (words != ""))
    if pooled.groups is not None:
        both = np.intersect1d(pooled.groups[away], pooled.groups[rest]).tolist()
        if both:
            raise DataUnsuitable(
                f"{said}: patient {both[0]!r} has images there and elsewhere. Leave some out."
            )
    for label, name in enumerate(() if data.task == "segmentation" else data.class_names):
        if not (pooled.labels[rest] == label).any():
            raise DataUnsuitable(f"{said}: all images of the class {name!r} are there.")
    try:
        parts = _parts(data, pooled, rest, twins, seed)
    except DataError as error:
        raise DataUnsuitable(f"{said}: {error}") from None
    rows = dict(zip(SPLITS, parts, strict=True)) | {f"{EXTERNAL}{value}": away}
    write_parts(pooled, rows, place)
    laid_out = open_memory_maps(place)
    known = _pooled_metadata(data)

    def with_known(part: Split, own: Rows) -> Split:
        return replace(part, metadata={name: values[own] for name, values in known.items()})

    origin = data.provenance.origin or data.name
    made = replace(
        laid_out,
        name=name_of(data.name, column, value),
        provenance=replace(data.provenance, origin=origin),
        left_out=said,
        train=with_known(laid_out.train, rows["train"]),
        val=with_known(laid_out.val, rows["val"]),
        test=with_known(laid_out.test, rows["test"]),
        external={
            name: with_known(part, away) if name == value else data.external[name]
            for name, part in laid_out.external.items()
        },
    )
    if data.originals is not None:
        made = replace(made, originals=data.originals.take(np.concatenate([*parts, away])))
    if data.files is not None:
        made = made.with_files(data.files.take(np.concatenate(parts)))
    return made


def _parts(
    data: Dataset, pooled: Pooled, rest: Rows, twins: Twins | None, seed: int
) -> tuple[Rows, ...]:
    """Rows of train, val and test among the rest: those that were given, or new ones."""
    if data.provenance.split != "automatic":
        ends = np.cumsum([0, *(len(part) for _, part in data.parts())])
        given = [rest[(rest >= ends[i]) & (rest < ends[i + 1])] for i in range(3)]
        for name, rows in zip(SPLITS, given, strict=True):
            if not len(rows):
                raise DataError(f"no image is left in {name}, as the parts were given.")
        return tuple(given)
    labels, names = pooled.labels[rest], data.class_names
    groups = None if pooled.groups is None else pooled.groups[rest]
    owner = Owner(segments=data.task == "segmentation")
    if owner.segments:
        labels, names = strata(np.array([(one > 0).mean() for one in pooled.targets(rest)]))
    else:
        refuse_too_few(labels, names, groups, 3, groups is not None)
    own = None if twins is None else restricted(twins, rest)
    digests = (
        np.concatenate([image_digests(part.images) for _, part in data.parts()])[rest]
        if own is None
        else own.digests
    )
    dealt = keeping_twins(
        own,
        digests,
        lambda alike: automatic(labels, names, groups, alike, seed, owner),
        groups,
    )
    return tuple(rest[rows] for rows in dealt)


def _pooled_metadata(data: Dataset) -> dict[str, NDArray[np.generic]]:
    return {
        name: np.concatenate([part.metadata[name] for _, part in data.parts()])
        for name in data.train.metadata
    }
