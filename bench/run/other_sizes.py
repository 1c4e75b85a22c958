"""The data sets of a study at its other image sizes, with the same cases in every part."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.data.dataset import SPLITS, Dataset
from bench.data.memory_maps import open_memory_maps, write_fold, write_memory_maps
from bench.data.splits import Fold, Pooled
from bench.methods.discovery import Source
from bench.protocol.errors import BenchError, one_line
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.run.inspection import Prepared, load
from bench.workers.pool import Workers


@dataclass(frozen=True)
class OtherSize:
    """A data set at another size, laid out for the workers, or the reason why it is not.

    Attributes:
        folders: one per fold of the first draw, or a single one; empty on failure.
        fingerprint: of its images and of how they are split.
        error: "" if it is ready.
    """

    folders: tuple[Path, ...] = ()
    fingerprint: str = ""
    error: str = ""


OtherSizes = Mapping[tuple[str, int], OtherSize]
"""Name of a data set and side in pixels → that."""


def prepare_other_sizes(
    sources: Sequence[Source],
    data: Mapping[str, Prepared],
    study: Study,
    workers: Workers,
    folder: Path,
) -> dict[tuple[str, int], OtherSize]:
    """Every data set of a study at each of its other sizes.

    Args:
        sources: data sets.
        data: the same at the study's size, of those that can be used.
        study: the protocol.
        workers: look at them.
        folder: for what is laid out.
    """
    wanted = [
        (source, side) for source in sources if source.name in data for side in study.other_sizes
    ]
    tasks = [
        (source, study, side, data[source.name], folder / f"size-{i}")
        for i, (source, side) in enumerate(wanted)
    ]
    found: dict[tuple[str, int], OtherSize] = {}
    for outcome in workers.run(prepare_other_size, tasks):
        source, side = wanted[outcome.index]
        ready = outcome.value if outcome.status == "ok" else OtherSize(error=outcome.error)
        found[source.name, side] = ready
    return found


def prepare_other_size(
    source: Source, study: Study, side: int, like: Prepared, folder: Path
) -> OtherSize:
    """Load a data set at another size and lay it out with the cases of `like` in each part."""
    try:
        data = load(source, replace(study, size=side, sizes=()), folder)
        places = []
        for i, place in enumerate(like.folders[: max(1, study.folds)]):
            _write_like(data, open_memory_maps(place), folder / f"part-{i}")
            places.append(folder / f"part-{i}")
        split = like.card.fingerprint if like.card else ""
        digest = hashlib.sha256(f"{data.fingerprint} as {split}".encode()).hexdigest()[:32]
        return OtherSize(tuple(places), digest)
    except KeyError as error:
        return OtherSize(error=f"it lacks the image {error} that it has with {study.size} px")
    except BenchError as error:
        return OtherSize(error=str(error))
    except (Exception, SystemExit) as error:
        return OtherSize(error=one_line(error))


def unready(sizes: OtherSizes) -> list[str]:
    """A line for each size that a data set cannot be had in."""
    return [
        f"data set {name} with {side} px: {ready.error}"
        for (name, side), ready in sizes.items()
        if ready.error
    ]


def can_be_run(trial: Trial, sizes: OtherSizes) -> bool:
    """Whether the images of a trial are there."""
    return not trial.size or not sizes[trial.dataset, trial.size].error


def _write_like(data: Dataset, other: Dataset, place: Path) -> None:
    """Write the images of one data set in the parts of another.

    Raises:
        KeyError: if a case of the other is not there.
    """
    pairs = [(getattr(data, name).case_ids, getattr(other, name).case_ids) for name in SPLITS]
    if all(np.array_equal(one, two) for one, two in pairs):
        write_memory_maps(data, place)  # copies no pixels
        return
    pooled = Pooled.of(data)
    rows = {case: i for i, case in enumerate(pooled.case_ids.tolist())}
    train, val, test = (np.array([rows[case] for case in ids.tolist()]) for _, ids in pairs)
    write_fold(pooled, Fold(train, val, test), place)
