"""Masks: how large they are in each class, which are empty, alike, or touch the border."""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.file_facts import FileFacts
from bench.protocol.cards import CheckFinding

_EXAMPLES = 5
_MUCH = 0.05  # of the images that show a class may lose it without a finding being serious
_FEWEST = 3  # two images of one lesion, in register, may share a mask


def masks(data: Dataset) -> CheckFinding:
    """The share of an image that is inside its masks, by class, as its files have it."""
    title = "Masks"
    shown = data.image_shape[2] % 2 == 0 or data.task == "segmentation"
    if not shown or data.files is None:
        return CheckFinding("masks", title, "fine", "There are none.")
    share, border = data.files.mask_share, data.files.mask_border
    labels = np.concatenate([part.labels for _, part in data.parts()])
    ids = np.concatenate([part.case_ids for _, part in data.parts()])
    masked = ~np.isnan(share)
    empty = masked & (share == 0)
    drawn = masked & ~empty
    values: dict[str, float] = {
        "without a mask": float(np.sum(~masked)),
        "empty": float(np.sum(empty)),
        "at the border": float(np.sum(drawn & border)),
    }
    areas = []
    for label, name in enumerate(data.class_names):
        rows = drawn & (labels == label)
        if rows.any():
            low, middle, high = np.percentile(100 * share[rows], (5, 50, 95))
            areas.append(f"{name} {middle:.1f} % of the image ({low:.1f} to {high:.1f} %)")
            values[f"median/{name}"] = float(middle / 100)
        values[f"empty/{name}"] = float(np.sum(empty & (labels == label)))
    text = f"Median area (5th to 95th percentile): {', '.join(areas)}." if areas else ""
    text += f" {int(values['empty']):,} empty, {int(values['at the border']):,} touch the border, "
    text += f"{int(values['without a mask']):,} images have none."
    only = [
        name for name in data.class_names if values[f"empty/{name}"] or not _drawn(values, name)
    ]
    advice = ""
    if data.task == "segmentation":
        only = []
    if 0 < len(only) < len(data.class_names) and any(_drawn(values, n) for n in data.class_names):
        advice = (
            "Where only some classes have empty masks, the mask alone tells the class: do not show "
            "it to methods, or compare within the others."
        )
    elif values["at the border"]:
        advice = "Look whether lesions at the border are cut off, or masks inverted."
    level = "note" if advice or values["empty"] else "fine"
    rows = np.flatnonzero(empty if empty.any() else drawn & border)
    said, lost = _vanished(data)
    values |= {f"vanished/{name}": float(len(gone)) for name, gone in lost.items()}
    if said:
        text += f" {said}"
        advice += " Take a larger --size: what is gone cannot be found."
        rows = np.unique(np.concatenate(list(lost.values())))
        shows = _rows(data.files.mask_shows)
        much = any(len(gone) > _MUCH * len(shows[name]) for name, gone in lost.items())
        level = "serious" if much else "note"
    if data.task == "segmentation" and drawn.any() and (share[drawn] == 1).all():
        level = "serious"
        text += " Every pixel of every mask is of a class; there is no background."
        advice += " Look whether a class is the background: it has to have the value 0."
    same = _most_frequent(data.files, drawn)
    values["same"] = float(len(same))
    if len(same) >= _FEWEST and len(same) > drawn.sum() / 2:
        level, rows = "serious", same
        text += f" {len(same):,} images have the very same mask, which is not empty."
        advice += " Give each image a mask of its own: one outline fits one image."
    return CheckFinding(
        "masks",
        title,
        level,  # type: ignore[arg-type]
        text.strip(),
        advice.strip(),
        tuple(str(case) for case in ids[rows][:_EXAMPLES]),
        values,
    )


def _vanished(data: Dataset) -> tuple[str, dict[str, NDArray[np.intp]]]:
    """What is gone at the size of the images, in words, and class → the images that lost it."""
    if data.files is None:
        return "", {}
    lost, shows = _rows(data.files.mask_lost), _rows(data.files.mask_shows)
    side = data.image_shape[0]
    said = [
        f"{'the mask' if name == 'mask' else repr(name)} vanishes at {side} px in {len(rows):,} of "
        f"{len(shows[name]):,} images that show it"
        for name, rows in lost.items()
    ]
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else "", lost


def _rows(names: NDArray[np.str_]) -> dict[str, NDArray[np.intp]]:
    """Name → the rows that have it, of `(n,)` names separated by line breaks."""
    found: dict[str, list[int]] = {}
    for row, own in enumerate(names.tolist()):
        for name in filter(None, own.split("\n")):
            found.setdefault(name, []).append(row)
    return {name: np.array(rows) for name, rows in found.items()}


def _most_frequent(files: FileFacts, drawn: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The images that have the mask which most have, of those whose mask is not empty."""
    rows = np.flatnonzero(drawn)
    if not len(rows):
        return rows
    _, kind, times = np.unique(files.mask_digest[rows], return_inverse=True, return_counts=True)
    return np.asarray(rows[kind == np.argmax(times)], dtype=np.intp)


def _drawn(values: dict[str, float], name: str) -> bool:
    return f"median/{name}" in values
