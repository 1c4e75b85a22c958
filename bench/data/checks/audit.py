"""All checks of a data set, in the order in which they are shown."""

from collections.abc import Sequence

from bench.data.checks import content, copies, masks, patients, probes, reading, shortcuts
from bench.data.checks.sizes import sizes
from bench.data.dataset import Dataset
from bench.data.likeness.near_duplicates import Twins
from bench.protocol.cards import CheckFinding
from bench.protocol.preprocessing import Resize


def check(
    data: Dataset,
    twins: Twins | None,
    unreadable: Sequence[str] = (),
    shared: Sequence[str] = (),
    folds: int = 0,
    resize: Resize = "letterbox",
    mend_split: str = "",
) -> tuple[CheckFinding, ...]:
    """What every check finds.

    Args:
        data: the data set.
        twins: what `find_twins` found in it, None where there were too many images.
        unreadable: a line for each image that could not be read, and for each folder that could not
            be looked into; they are not in `data`.
        shared: patients that the manifest has put into several parts.
        folds: of cross-validation, of which `data` is the first; 0 where it has one split.
        resize: how its images reached their size.
        mend_split: what to do about those patients, a sentence.
    """
    if data.task == "segmentation":
        return _of_segmentation(data, twins, unreadable, shared, folds, resize, mend_split)
    found = [
        content.counts(data, folds),
        content.balance(data),
        sizes(data, resize),
        content.unreadable(list(unreadable)),
        content.constant(data),
        reading.depth(data),
        reading.remarks(data),
        masks.masks(data),
        *(data.files.said if data.files is not None else ()),
    ]
    if twins is None:
        found.append(copies.not_searched(data))
    else:
        found += [copies.identical(data, twins), copies.near(data, twins)]
    found += [
        patients.groups(data, shared, mend_split),
        patients.file_names(data),
        # folds were dealt at random
        content.in_folds(data, twins, folds) if folds else probes.which_split(data),
        probes.border(data),
        probes.metadata(data),
        *([shortcuts.shortcuts(data)] if data.train.metadata else []),
    ]
    return tuple(found)


def _of_segmentation(
    data: Dataset,
    twins: Twins | None,
    unreadable: Sequence[str],
    shared: Sequence[str],
    folds: int,
    resize: Resize,
    mend_split: str,
) -> tuple[CheckFinding, ...]:
    """What those checks find that do not ask about classes of images."""
    found = [
        content.counts(data, folds),
        sizes(data, resize),
        content.unreadable(list(unreadable)),
        content.constant(data),
        reading.depth(data),
        reading.remarks(data),
        masks.masks(data),
        *(data.files.said if data.files is not None else ()),
    ]
    if twins is None:
        found.append(copies.not_searched(data))
    else:
        found += [copies.identical(data, twins), copies.near(data, twins)]
    return (*found, patients.groups(data, shared, mend_split), patients.file_names(data))
