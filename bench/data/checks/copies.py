"""Identical and near-identical images: within a part, between parts, and between classes."""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.likeness.near_duplicates import Twins
from bench.data.splits import Pooled
from bench.protocol.cards import CheckFinding

_EXAMPLES = 5
_ADVICE_SAME = "Keep one of each; which class is right has to be looked up."
_ADVICE_PARTS = (
    "Keep all of them in one part, or leave the copies out: a method is tested on what it has "
    "learnt from. A test image with a twin elsewhere does not decide the verdict."
)
_ADVICE_CLASSES = "The same picture has two labels: look up which is right, or leave both out."
_ADVICE_WITHIN = "Keep one of each, or give them one group: they count as several cases now."


def identical(data: Dataset, twins: Twins) -> CheckFinding:
    """Images with the same pixels."""
    _, kind, times = np.unique(twins.digests, return_inverse=True, return_counts=True)
    order = np.argsort(kind, kind="stable")
    first = np.full(len(times), -1)
    pairs: list[tuple[int, int]] = []
    for row in order[times[kind[order]] > 1].tolist():
        group = kind[row]
        if first[group] < 0:
            first[group] = row
        else:
            pairs.append((int(first[group]), row))
    columns = np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)
    return _finding(data, columns[:, 0], columns[:, 1], None, near=False)


def near(data: Dataset, twins: Twins) -> CheckFinding:
    """Images that are nearly the same, as they are or mirrored."""
    found = _finding(data, twins.first, twins.second, twins.mirrored, near=True)
    if twins.complete:
        return found
    return CheckFinding(
        found.check,
        found.title,
        "serious",
        f"More than {len(twins.first):,} pairs, as the frames of a film have; the first of them: "
        + found.text,
        found.advice,
        found.examples,
        found.values,
    )


def not_searched(data: Dataset) -> CheckFinding:
    """What is said where there are too many images to compare."""
    n = sum(len(part) for _, part in data.parts())
    text = f"Not searched for: {n:,} images are too many to compare each with each."
    return CheckFinding("near-duplicates", "Near-duplicates", "note", text)


def _finding(
    data: Dataset,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    mirrored: NDArray[np.bool_] | None,
    near: bool,
) -> CheckFinding:
    check, title = ("near-duplicates", "Near-duplicates") if near else ("identical", "Identical")
    if not near:
        title = "Identical images"
    if not len(first):
        return CheckFinding(check, title, "fine", "None.")
    pooled = Pooled.of(data)
    part = np.repeat(np.arange(3), [len(p) for _, p in data.parts()])
    parts = part[first] != part[second]
    classes = (pooled.labels[first] != pooled.labels[second]) & (data.task == "classification")
    grouped = np.zeros(len(first), dtype=bool)
    if pooled.groups is not None:
        grouped = pooled.groups[first] == pooled.groups[second]
    images = len(np.union1d(first, second))
    text = f"{len(first):,} {'pair' if len(first) == 1 else 'pairs'} of {images:,} images"
    if mirrored is not None and mirrored.any():
        text += f", {int(mirrored.sum()):,} of them mirrored"
    text += (
        f": {int(parts.sum()):,} across parts, {int(classes.sum()):,} across classes, "
        f"{int((~parts & ~classes).sum()):,} within a part and class"
    )
    if grouped.any():
        text += f" ({int(grouped.sum()):,} of one patient)"
    worst = np.argsort(-(2 * parts + classes), kind="stable")[:_EXAMPLES]
    examples = []
    for i in worst.tolist():
        a, b = int(first[i]), int(second[i])
        names = tuple(data.class_names[pooled.labels[row]] for row in (a, b))
        places = tuple(("train", "val", "test")[part[row]] for row in (a, b))
        how = " mirrored" if mirrored is not None and mirrored[i] else ""
        examples.append(
            f"{pooled.case_ids[a]} ({names[0]}, {places[0]}) = "
            f"{pooled.case_ids[b]} ({names[1]}, {places[1]}){how}"
        )
    if parts.any():
        advice = _ADVICE_PARTS + (" " + _ADVICE_CLASSES if classes.any() else "")
    elif classes.any():
        advice = _ADVICE_CLASSES if near else _ADVICE_SAME
    else:
        advice = "" if grouped.all() else _ADVICE_WITHIN
    values = {
        "pairs": float(len(first)),
        "images": float(images),
        "across parts": float(parts.sum()),
        "across classes": float(classes.sum()),
    }
    level = "serious" if parts.any() or classes.any() else "fine" if grouped.all() else "note"
    return CheckFinding(check, title, level, text + ".", advice, tuple(examples), values)  # type: ignore[arg-type]
