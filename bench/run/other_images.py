"""The data sets of a study at its other image sizes, and with its other lesion masks, with the
same cases in every part."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.data.dataset import SPLITS, Dataset
from bench.data.memory_maps import open_memory_maps, write_fold, write_memory_maps
from bench.data.splits import Fold, Pooled
from bench.methods.sources import Source
from bench.protocol.cards import MaskCard
from bench.protocol.choices import Masks
from bench.protocol.errors import BenchError, DataError, one_line
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.loading import Prepared, load
from bench.run.other_masks import segmented_masks, with_masks, without_masks
from bench.workers.pool import Workers

Key = tuple[str, int, str]
"""Name of a data set, side in pixels and masks, as `Trial` has them."""


@dataclass(frozen=True)
class OtherImages:
    """A data set with other images, laid out for the workers, or the reason why it is not.

    Attributes:
        folders: one per fold of the first draw, or a single one; empty on failure.
        fingerprint: of its images and of how they are split.
        error: "" if it is ready.
        masks: where its masks come from, None for the data set's own or for none.
    """

    folders: tuple[Path, ...] = ()
    fingerprint: str = ""
    error: str = ""
    masks: MaskCard | None = None


def key_of(trial: Trial) -> Key:
    """Which images a trial sees."""
    return trial.dataset, trial.size, trial.masks


def prepare_other_images(
    sources: Sequence[Source],
    data: Mapping[str, Prepared],
    study: Study,
    workers: Workers,
    folder: Path,
    segmented: Store | None,
) -> dict[Key, OtherImages]:
    """Every data set of a study at each of its other sizes, and with each of its other masks.

    Args:
        sources: data sets.
        data: the same at the study's size, of those that can be used.
        study: the protocol.
        workers: look at them.
        folder: for what is laid out.
        segmented: results of the segmentation study that predicted masks come from; where it has
            not run yet, None, and they are left out.
    """
    made = () if segmented is None else study.predicted_masks
    masks = [one for one in study.other_masks if one == "none" or one in made]
    wanted: list[tuple[Source, int, Masks | str]] = [
        (source, side, "")
        for source in sources
        if source.name in data
        for side in study.other_sizes
    ]
    wanted += [(source, 0, one) for source in sources if source.name in data for one in masks]
    tasks = [
        (source, study, side, one, data[source.name], folder / f"other-{i}", segmented)
        for i, (source, side, one) in enumerate(wanted)
    ]
    found: dict[Key, OtherImages] = {}
    for outcome in workers.run(prepare_other, tasks):
        source, side, one = wanted[outcome.index]
        ready = outcome.value if outcome.status == "ok" else OtherImages(error=outcome.error)
        found[source.name, side, one] = ready
    return found


def prepare_other(
    source: Source,
    study: Study,
    side: int,
    masks: str,
    like: Prepared,
    folder: Path,
    segmented: Store | None = None,
) -> OtherImages:
    """Load a data set with other images and lay it out with the cases of `like` in each part.

    Args:
        source, study, like: the data set as the verdict sees it.
        side: in pixels, 0 for the study's.
        masks: see `bench.protocol.choices.MASKS`, "" for the data set's own.
        folder: for what is laid out.
        segmented: see `prepare_other_images`.
    """
    places = like.folders[: max(1, study.folds)]
    try:
        if masks:
            return _with_other_masks(source, masks, like, places, folder, segmented)
        data = load(source, replace(study, size=side, sizes=()), folder)
        for i, place in enumerate(places):
            _write_like(data, open_memory_maps(place), folder / f"part-{i}")
        return _ready(places, folder, data.fingerprint, like)
    except KeyError as error:
        return OtherImages(error=f"it lacks the image {error} that it has with {study.size} px")
    except BenchError as error:
        return OtherImages(error=str(error))
    except (Exception, SystemExit) as error:
        return OtherImages(error=one_line(error))


def unready(others: Mapping[Key, OtherImages]) -> list[str]:
    """A line for each size and each mask that a data set cannot be had with."""
    return [
        f"data set {name} with {f'{side} px' if side else f'masks of {masks!r}'}: {ready.error}"
        for (name, side, masks), ready in others.items()
        if ready.error
    ]


def can_be_run(trial: Trial, others: Mapping[Key, OtherImages]) -> bool:
    """Whether the images of a trial are there, or are not looked for yet."""
    ready = others.get(key_of(trial))
    return ready is None or not ready.error


def with_mask_cards(
    data: Mapping[str, Prepared], others: Mapping[Key, OtherImages]
) -> dict[str, Prepared]:
    """The data sets, each card telling which segmenters made masks of it."""
    noted = dict(data)
    for (name, _, _), other in sorted(
        others.items(), key=lambda each: each[0]
    ):  # classical, then deep
        card = noted[name].card
        if other.masks is not None and card is not None:
            noted[name] = replace(noted[name], card=replace(card, masks=(*card.masks, other.masks)))
    return noted


def with_fingerprints(
    data: Mapping[str, Prepared], others: Mapping[Key, OtherImages]
) -> dict[str, Prepared]:
    """The data sets, each card telling what its runs see, with each of the other images too."""
    noted = dict(data)
    for name, ready in data.items():
        if ready.card is not None:
            fold = 0 if ready.card.folds else None
            seen = {Trial(name, "", fold=fold).seen: ready.card.fingerprint}
            for (other, size, masks), images in others.items():
                if other == name and images.fingerprint:
                    trial = Trial(name, "", fold=fold, size=size, masks=masks)
                    seen[trial.seen] = images.fingerprint
            noted[name] = replace(ready, card=replace(ready.card, seen=seen))
    return noted


def _ready(places: Sequence[Path], folder: Path, images: str, like: Prepared) -> OtherImages:
    split = like.card.fingerprint if like.card else ""
    digest = hashlib.sha256(f"{images} as {split}".encode()).hexdigest()[:32]
    return OtherImages(tuple(folder / f"part-{i}" for i in range(len(places))), digest)


def _with_other_masks(
    source: Source,
    masks: str,
    like: Prepared,
    places: Sequence[Path],
    folder: Path,
    segmented: Store | None,
) -> OtherImages:
    """The laid-out images of a data set with other masks, or with none."""
    if like.card is not None and like.card.image_shape[2] % 2:
        raise DataError("it has no lesion masks of its own to compare with")
    found = None
    if masks != "none":
        assert segmented is not None  # else such masks are not looked for
        found = segmented_masks(source, masks, segmented, folder)
    for i, place in enumerate(places):
        data = open_memory_maps(place)
        changed = without_masks(data) if found is None else with_masks(data, found.maps)
        write_memory_maps(changed, folder / f"part-{i}")
    told = "none" if found is None else found.fingerprint
    ready = _ready(places, folder, f"masks {told}", like)
    return ready if found is None else replace(ready, masks=found.card)


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
