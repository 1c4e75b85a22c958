"""A data set as a study wants it: loaded, described and laid out for the workers."""

import errno
import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.near_duplicates import twins_of, twins_of_all
from bench.data.checks.audit import check
from bench.data.checks.card import describe, known_of_predicted, parts_in_numbers
from bench.data.dataset import Dataset
from bench.data.likeness.clusters import keeping_twins, marks
from bench.data.likeness.near_duplicates import Twins
from bench.data.likeness.shared_images import small_pictures
from bench.data.likeness.suggested_groups import suggest
from bench.data.memory_maps import open_memory_maps, write_fold, write_memory_maps
from bench.data.one_class import against_the_rest
from bench.data.preprocessed import preprocessed
from bench.data.pseudonyms import pseudonymised
from bench.data.rare_classes import showing_all
from bench.data.splits import Fold, Pooled, draw_seed, folds, image_digests
from bench.data.targets import absent_from_fold, shown_by
from bench.data.thumbnails import of_test_cases
from bench.data.transport.external import with_external
from bench.data.transport.leave_out import without
from bench.data.truth import targets_of
from bench.methods.sources import Source
from bench.protocol.cards import DatasetCard
from bench.protocol.errors import BenchError, DataError, DataUnsuitable, one_line
from bench.protocol.label_maps import Targets
from bench.protocol.metadata import Metadata
from bench.protocol.predictions import Thumbnails
from bench.protocol.study import Study
from bench.run.external_parts import among_own_parts, external_parts, with_marks


@dataclass(frozen=True)
class Prepared:
    """A data set that is laid out for the workers, or the reason why it is not.

    Attributes:
        name: of the data set.
        folders: one per fold, those of each repeat after those of the one before, or a single one;
            empty on failure.
        card: what the report says of it, None on failure.
        error: "" if it is ready.
        thumbnails: of its test images, None on failure.
        pictures: of a sample of its images, to be compared with those of other data sets, see
            `bench.data.likeness.shared_images`.
        unsuitable: whether nothing is broken, but its images have no classes.
        metadata: what is known of the cases that are predicted, None where nothing is. It is for
            the results alone: what is laid out for the workers does not hold it.
        targets: of segmentation what is true of the cases that are predicted, at the size of their
            files.
    """

    name: str
    folders: tuple[Path, ...] = ()
    card: DatasetCard | None = None
    error: str = ""
    thumbnails: Thumbnails | None = None
    pictures: NDArray[np.uint8] | None = None
    unsuitable: bool = False
    metadata: Metadata | None = None
    targets: Targets | None = None


def prepare(source: Source, study: Study, folder: Path) -> Prepared:
    """Load a data set, describe it and lay it out below `folder`, as a study wants it."""
    try:
        data = load(source, study, folder)
        all_twins = twins_of_all(data)
        twins = among_own_parts(data, all_twins)
        known = known_of_predicted(data, study.folds > 0)
        true = targets_of(data, study.folds > 0) if data.task == "segmentation" else None
        if study.folds:
            ready = _in_folds(data, twins, study, folder)
            dealt = ready.card and with_marks(ready.card, data, all_twins, in_folds=True)
            return replace(ready, card=dealt, metadata=known, targets=true)
        card = _with_suggested(describe(data, twins), data, data.test.case_ids, twins)
        card = with_marks(card, data, all_twins, in_folds=False)
        checked = check(data, twins, resize=study.resize)
        card = replace(card, checked=checked, one_class=_one_class(data, study))
        write_memory_maps(data, folder / "whole")
        pictures = of_test_cases([data.test])
        places = (folder / "whole",)
        small = small_pictures(data)
        return Prepared(
            source.name, places, card, "", pictures, small, metadata=known, targets=true
        )
    except BenchError as error:
        unsuitable = isinstance(error, DataUnsuitable)
        return Prepared(source.name, error=str(error), unsuitable=unsuitable)
    except MemoryError:
        return Prepared(source.name, error=f"Data set {source.name!r} does not fit into memory.")
    except OSError as error:
        # NumPy tells of a write that was cut short without a number
        if error.errno not in (None, errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        text = (
            f"Data set {source.name!r} cannot be laid out in the temporary folder {folder.parent}: "
            f"{error.strerror or error}. Free some space there, or name another folder in TMPDIR."
        )
        return Prepared(source.name, error=text)
    except (Exception, SystemExit) as error:
        if source.kind != "plugin":
            raise
        text = f"Data set {source.name!r} ({source.distribution}) failed: {one_line(error)}"
        return Prepared(source.name, error=text)


def load(source: Source, study: Study, folder: Path) -> Dataset:
    """The images of a source as a study wants them.

    Args:
        source: the data set.
        study: for size, resizing, preprocessing, the positive class, or the one class.
        folder: for images that are changed after loading, which those of folders are not.

    Raises:
        BenchError: if it cannot be used.
    """
    data = source.load(study.size, study.split_seed, study.resize, study.preprocess)
    if study.preprocess and source.folder is None:
        data = preprocessed(data, study.preprocess, study.resize, folder)
    if source.modality:
        about = replace(data.provenance, modality=source.modality)
        data = _changed(data, provenance=about)
    if source.external:
        data = with_external(data, external_parts(source, data, study), folder)
    data = pseudonymised(data, source.reading.hash_ids)
    if source.left_out:
        place = folder / "left-out"
        data = without(data, source.left_out, twins_of(data), study.split_seed, place)
    data = data if data.name == source.name else _changed(data, name=source.name)
    if study.one_class:
        return against_the_rest(data, study.one_class)
    return data.with_positive(study.positive)


def _changed(data: Dataset, **fields: Any) -> Dataset:
    """The data set with another name or provenance, of which the fingerprint does not speak."""
    changed = replace(data, **fields)
    changed.recall(data.fingerprint)
    return changed if data.files is None else changed.with_files(data.files)


def _in_folds(data: Dataset, twins: Twins | None, study: Study, folder: Path) -> Prepared:
    """The data set dealt into folds, once for each repeat, and described as it was dealt."""
    pooled = Pooled.of(data)
    digests = [image_digests(part.images) for _, part in data.parts()] if twins is None else []
    identical = np.concatenate(digests) if twins is None else twins.digests
    dealt: list[Fold] = []
    targets = [part.targets for _, part in data.parts() if part.targets is not None]
    shows = shown_by(data.target_names, targets) if targets else np.zeros((len(identical), 0), bool)

    def deal(seed: int) -> list[Fold]:
        once = partial(folds, pooled, study.folds, seed)
        return keeping_twins(twins, identical, once, pooled.groups)

    for repeat in range(study.repeats):
        seed = draw_seed(study.split_seed, repeat)
        dealt += showing_all(deal, lambda made: ([fold.train for fold in made], ()), shows, seed)
    problem = absent_from_fold(data.target_names, shows, [fold.train for fold in dealt])
    if targets and problem:
        raise DataError(f"Data set {data.name!r}, {problem}")
    places = tuple(folder / f"fold-{i}" for i in range(len(dealt)))
    for fold, place in zip(dealt, places, strict=True):
        write_fold(pooled, fold, place)
    parts = [open_memory_maps(place) for place in places]
    first, rows = parts[0], np.concatenate([dealt[0].train, dealt[0].val, dealt[0].test])
    if data.files is not None:
        first = first.with_files(data.files.take(rows))
    in_numbers = tuple(parts_in_numbers(part) for part in parts)
    seen = describe(first)
    digest = hashlib.sha256(f"{data.fingerprint} {study.folds} {study.split_seed}".encode())
    for fold in dealt[: study.folds]:
        digest.update(fold.test.tobytes())
    card = replace(
        describe(data, twins, marks(pooled.case_ids, dealt, twins)),
        split=seen.split,
        parts=seen.parts,
        folds=in_numbers,
        samples=seen.samples,
        duplicates_across_parts=seen.duplicates_across_parts,
        fingerprint=digest.hexdigest()[:32],
        ideal_scores={},
        checked=check(
            first,
            None if twins is None else twins_of(first),
            folds=study.folds,
            resize=study.resize,
        ),
        one_class=_one_class(data, study),
    )
    card = _with_suggested(card, data, pooled.case_ids, twins)
    pictures = of_test_cases([part.test for part in parts[: study.folds]])
    return Prepared(data.name, places, card, "", pictures, small_pictures(data))


def _one_class(data: Dataset, study: Study) -> str:
    """The class that methods are trained on alone, as the data set spells it."""
    return data.class_names[0] if study.one_class else ""


def _with_suggested(
    card: DatasetCard, data: Dataset, tested: NDArray[np.str_], twins: Twins | None
) -> DatasetCard:
    """The card with the patients that the images suggest, where none are known."""
    pooled = Pooled.of(data)
    if pooled.groups is not None or data.provenance.generated:
        return card
    found = suggest([part.images for _, part in data.parts()], twins, data.files)
    if found is None:
        return card
    members: dict[int, list[str]] = {}
    is_tested = np.isin(pooled.case_ids, tested)
    for row in np.flatnonzero(is_tested).tolist():
        members.setdefault(int(found.groups[row]), []).append(str(pooled.case_ids[row]))
    groups = tuple(tuple(cases) for cases in members.values() if len(cases) > 1)
    return replace(card, suggested_groups=found.number, suggested_test_groups=groups)
