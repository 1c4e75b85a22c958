"""Lesion masks as segmenters make them, each of a segmenter that was not trained on its image."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Split
from bench.data.resizing import fit
from bench.data.splits import Pooled
from bench.data.truth import targets_of
from bench.methods.sources import Source
from bench.protocol.cards import MaskCard
from bench.protocol.errors import DataError
from bench.protocol.label_maps import LabelMaps, Map, Targets, decode
from bench.protocol.record import Trial
from bench.results.store import Store
from bench.run.loading import load
from bench.run.segmented import dice_of_files, missed_in_files, score_of_maps

_INSIDE = 255


@dataclass(frozen=True, eq=False)
class SegmentedMasks:
    """Masks of every case of a data set.

    Attributes:
        maps: case id → `(side, side)` class indices; more than 0 is inside.
        card: which segmenters made them, and how well.
        fingerprint: of all maps.
    """

    maps: Mapping[str, Map]
    card: MaskCard
    fingerprint: str


def to_segment(source: Source) -> Source:
    """The same images, of which masks are learned: those without a label, too."""
    reading = replace(source.reading, drop_unlabelled=False)
    return replace(source, task="segmentation", reading=reading)


def segmented_masks(source: Source, family: str, results: Store, folder: Path) -> SegmentedMasks:
    """The masks of a data set by the best segmenter of a side in each fold.

    Args:
        source: of the data set.
        family: "classical" or "deep". In each fold the segmenter with the highest mean Dice on its
            validation cases makes the masks of its test cases, whose patients it has not seen.
        results: of a segmentation study with folds.
        folder: for images that are changed after loading.

    Raises:
        DataError: if a fold has no segmenter of that side that ended well, or a case no mask.
    """
    study = results.current.study
    data = load(to_segment(source), study, folder / "segmented")
    pooled = Pooled.of(data)
    cases = pooled.case_ids.tolist()
    k = len(data.target_names)
    truth = targets_of(data, in_folds=True)
    maps: dict[str, Map] = {}
    chosen: Counter[str] = Counter()
    for fold in range(study.folds):
        best = _best(results, source.name, family, fold, truth, k)
        if best is None:
            raise DataError(
                f"no {family} segmenter has ended well in fold {fold + 1} of {study.folds}; "
                f"see {results.root}"
            )
        trial, own = best
        chosen[trial.method] += 1
        tested = own.part("test")
        maps |= dict(zip(tested.case_ids.tolist(), map(decode, tested.pngs), strict=True))
    lacking = next((case for case in cases if case not in maps), None)
    if lacking is not None:
        raise DataError(f"no segmenter has predicted {lacking!r}; see {results.root}")
    made = np.stack([maps[case] for case in cases])
    digest = hashlib.blake2b(made.tobytes(), digest_size=16)
    digest.update("\0".join(cases).encode())
    card = MaskCard(
        masks=family,
        segmenters=dict(sorted(chosen.items())),
        folds=study.folds,
        dice=dice_of_files(pooled.case_ids, made, truth, study.resize, k),
        missed=missed_in_files(pooled.case_ids, made, truth, study.resize),
        side=made.shape[1],
    )
    return SegmentedMasks(maps, card, digest.hexdigest())


def with_masks(data: Dataset, maps: Mapping[str, Map]) -> Dataset:
    """The data set with these masks in the place of its own.

    Args:
        data: with a mask channel.
        maps: case id → `(side, side)` class indices of the same image in a square.

    Raises:
        DataError: if it is not square, or lacks one.
    """
    h, w, _ = data.image_shape
    if h != w:
        raise DataError(f"its images are {h} × {w} px, and masks are predicted in squares")

    def changed(part: Split) -> NDArray[np.uint8]:
        absent = next((case for case in part.case_ids.tolist() if case not in maps), None)
        if absent is not None:
            raise DataError(f"the segmentation study has no image {absent!r}")
        images = np.array(part.images)
        for own, case in zip(images, part.case_ids.tolist(), strict=True):
            inside = np.where(maps[case] > 0, np.uint8(_INSIDE), np.uint8(0))
            own[..., -1] = fit(inside, (h, w), "squash", smooth=False)
        return images

    return _with_images(data, changed)


def without_masks(data: Dataset) -> Dataset:
    """The data set, which has a mask channel, without it."""
    return _with_images(data, lambda part: np.ascontiguousarray(part.images[..., :-1]))


def _with_images(data: Dataset, change: Callable[[Split], NDArray[np.uint8]]) -> Dataset:
    train, val, test = (replace(part, images=change(part)) for _, part in data.parts())
    return replace(data, train=train, val=val, test=test)


def _best(
    results: Store, dataset: str, family: str, fold: int, truth: Targets, classes: int
) -> tuple[Trial, LabelMaps] | None:
    """The trial of a side with the best Dice on the validation cases of a fold, with its maps."""
    study, card = results.current.study, results.card(dataset)
    best: tuple[float, Trial, LabelMaps] | None = None
    for trial in sorted(results.trials(), key=lambda each: (each.method, each.key)):
        ours = (trial.dataset, trial.fold, trial.repeat) == (dataset, fold, 0)
        if not ours or trial.method not in study.methods or trial.fraction != 1.0:
            continue
        if trial.seed not in (None, *study.seeds) or trial.resample is not None:
            continue
        run = results.record(trial)
        if run is None or run.method.family != family or card is None:
            continue
        if run.status != "ok" or run.data_fingerprint != card.fingerprint:
            continue
        own = results.label_maps(trial)
        if own is None:
            continue
        score = score_of_maps(own, truth, study.resize, classes)
        if best is None or score > best[0]:
            best = score, trial, own
    return None if best is None else best[1:]
