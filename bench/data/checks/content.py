"""How many images there are, of which classes, and whether they show anything."""

import numpy as np

from bench.data.chunks import chunks
from bench.data.dataset import Dataset
from bench.data.folders.tree import CLOSED
from bench.data.likeness.clusters import clusters
from bench.data.likeness.near_duplicates import Twins
from bench.data.splits import groups_of, units_of
from bench.data.strata import IN_WORDS
from bench.protocol.cards import CheckFinding

FEW = 20
"""A class with fewer images in the test part says little."""
LEFT_OUT = 10
"""Of more than two classes, one with fewer test cases is in no verdict."""
RARE = 0.05
"""A class with a smaller share of all images is pointed out."""
_EXAMPLES = 5


def counts(data: Dataset, folds: int = 0) -> CheckFinding:
    """Images of each part and class.

    Args:
        data: the data set.
        folds: of cross-validation, of which `data` is the first; 0 where it has one split.
    """
    k = len(data.class_names)
    per_class = {name: np.bincount(part.labels, minlength=k) for name, part in data.parts()}
    total = sum(len(part) for _, part in data.parts())
    parts = ", ".join(f"{name} {len(part):,}" for name, part in data.parts())
    test = sum(per_class.values(), np.zeros(k, np.int64)) if folds else per_class["test"]
    few = [data.class_names[i] for i in np.flatnonzero(test < FEW)]
    text = f"{total:,} images: {parts}."
    if folds:
        text = f"{total:,} images, each tested once in {folds} folds; in the first {parts}."
    values = {
        f"{name}/{c}": float(n[i])
        for name, n in per_class.items()
        for i, c in enumerate(data.class_names)
    }
    if not few:
        return CheckFinding("counts", "Number of images", "fine", text, values=values)
    where, smallest = "all" if folds else "the test part", int(test.min())
    told = f"In {where} {_listed(few)} {'has' if len(few) == 1 else 'have'} fewer than {FEW}"
    if data.task == "segmentation":
        kinds = " and of ".join(IN_WORDS[name] for name in few)
        told = f"Of {kinds} there are fewer than {FEW} in {where}"
    return CheckFinding(
        "counts",
        "Number of images",
        "note",
        f"{text} {told} (least: {smallest}).",
        "Expect wide intervals; "
        + ("" if folds else "use cross-validation (--folds 5), ")
        + ("add images." if data.task == "segmentation" else "add images or merge classes."),
        values=values,
    )


def in_folds(data: Dataset, twins: Twins | None, folds: int) -> CheckFinding:
    """Whether every fold can have the two cases (patients) of each class that a verdict needs.

    Args:
        data: the data set.
        twins: what was found in it, near twins counting as one; None where nobody looked.
        folds: of cross-validation.
    """
    parts = [part for _, part in data.parts()]
    labels, groups = np.concatenate([part.labels for part in parts]), groups_of(parts)
    units = units_of(len(labels), groups, None if twins is None else clusters(twins))
    k = len(data.class_names)
    found = np.array([len(np.unique(units[labels == label])) for label in range(k)])
    counts = np.ones(k, bool) if k == 2 else np.bincount(labels, minlength=k) >= LEFT_OUT
    title = "Cases in folds"
    short = np.flatnonzero(counts & (found < 2 * folds))
    if not len(short):
        text = f"Every class has enough for two in each of {folds} folds."
        return CheckFinding("folds", title, "fine", text)
    least = int(found[counts].min())
    who = "images" if groups is None else "patients"
    each = " and ".join(f"“{data.class_names[i]}” has {found[i]:,}" for i in short)
    fewer = f"take --folds {least // 2}" if least >= 4 else "take one split (no --folds)"
    return CheckFinding(
        "folds",
        title,
        "serious",
        f"No verdict can come of {folds} folds: each needs 2 test {who} of every class, "
        f"{2 * folds} in all, and {each}.",
        f"Give more {who} of it, or {fewer}.",
    )


def balance(data: Dataset) -> CheckFinding:
    """Shares of the classes, and whether they differ between the parts."""
    k = len(data.class_names)
    counted = [np.bincount(part.labels, minlength=k) for _, part in data.parts()]
    shares = np.sum(counted, axis=0) / np.sum(counted)
    order = np.argsort(-shares, kind="stable")
    text = ", ".join(f"{data.class_names[i]} {100 * shares[i]:.1f} %" for i in order) + "."
    values = {name: float(share) for name, share in zip(data.class_names, shares, strict=True)}
    rest, test = counted[0] + counted[1], counted[2]
    apart = np.abs(rest / rest.sum() - test / test.sum())
    error = np.sqrt(shares * (1 - shares) * (1 / rest.sum() + 1 / test.sum()))
    shifted = np.flatnonzero(apart > np.maximum(4 * error, 0.02))
    if len(shifted):
        i = int(shifted[apart[shifted].argmax()])
        return CheckFinding(
            "class-balance",
            "Class balance",
            "note",
            f"{text} The parts differ: “{data.class_names[i]}” is "
            f"{100 * rest[i] / rest.sum():.1f} % of training and validation and "
            f"{100 * test[i] / test.sum():.1f} % of test.",
            "Ask how the split was made. Thresholds and probabilities do not carry over.",
            values=values,
        )
    if shares.min() < RARE:
        return CheckFinding(
            "class-balance",
            "Class balance",
            "note",
            f"{text} Always naming the commonest class is right in {100 * shares.max():.1f} %.",
            "Do not judge by accuracy; the report compares AUCs.",
            values=values,
        )
    return CheckFinding("class-balance", "Class balance", "fine", text, values=values)


def constant(data: Dataset) -> CheckFinding:
    """Images whose pixels are all the same."""
    found: list[str] = []
    number = 0
    for _, part in data.parts():
        row = 0
        for images in chunks(part.images):
            colours = images[..., : images.shape[3] - (images.shape[3] % 2 == 0)]
            flat = colours.reshape(len(images), -1)
            same = np.flatnonzero((flat == flat[:, :1]).all(axis=1))
            number += len(same)
            found += [str(part.case_ids[row + i]) for i in same[: _EXAMPLES - len(found)]]
            row += len(images)
    if not number:
        return CheckFinding("constant", "Constant images", "fine", "None.")
    return CheckFinding(
        "constant",
        "Constant images",
        "serious",
        f"{number:,} {'image shows' if number == 1 else 'images show'} one colour only.",
        "Look at the files; remove those that show nothing.",
        tuple(found),
        {"images": float(number)},
    )


def unreadable(lines: list[str]) -> CheckFinding:
    """Files that cannot be read as images, and folders that cannot be looked into."""
    if not lines:
        return CheckFinding("unreadable", "Unreadable files", "fine", "None.")
    folders = sum(CLOSED in line for line in lines)
    images = len(lines) - folders
    counted = ((images, "image"), (folders, "folder"))
    told = " and ".join(f"{n:,} {what}{'s' * (n > 1)}" for n, what in counted if n)
    return CheckFinding(
        "unreadable",
        "Unreadable files",
        "serious",
        f"{told} cannot be read; all other checks are made without "
        f"{'it' if len(lines) == 1 else 'them'}.",
        "Replace or remove them: a run stops at the first one.",
        tuple(lines),
        {"images": float(images), "folders": float(folders)},
    )


def _listed(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
