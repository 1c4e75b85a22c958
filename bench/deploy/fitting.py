"""What a worker does for `train`: lay out the data, fit, ask, take the estimator apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.near_duplicates import twins_of
from bench.data.dataset import Dataset, Split
from bench.data.likeness.clusters import marks_of_split
from bench.data.memory_maps import open_memory_maps, write_memory_maps
from bench.deploy import known_answers
from bench.deploy.description import (
    Described,
    describe,
    family_statistics,
    left_out_statistics,
    plain_statistics,
)
from bench.deploy.novelty import Novelty
from bench.deploy.reference import DISTANCE
from bench.deploy.storage.parts import put_together, take_apart
from bench.machine import environment
from bench.methods.discovery import Method
from bench.methods.parameters import configure, leaf_parameters, named
from bench.methods.probabilities import check_probabilities
from bench.methods.sources import Source
from bench.methods.spec import MethodSpec
from bench.methods.tuning import change
from bench.methods.weights import pin
from bench.protocol.columns import FAMILY
from bench.protocol.errors import BenchError, BundleError, DataError, one_line
from bench.protocol.plan import ResolvedWeights
from bench.protocol.study import Study
from bench.run import loading
from bench.run.other_masks import without_masks

FloatArray = NDArray[np.float64]

_ASKED = 256  # images that are described at a time


@dataclass(frozen=True, eq=False)
class LaidOut:
    """A data set that is ready to be trained on.

    Attributes:
        folder: of its memory maps.
        name, classes, positive, fingerprint, source, licence, citation: of the data set.
        shape: (h, w, c).
        bits: that the values of its files take.
        stretched: whether of any of its files its own percentiles became black and white.
        cases: number of images of each part.
        patients: number of patients of the test part, None where they are not known.
        val_twins: `(n_val,)` whether a validation case has a near twin in train.
    """

    folder: Path
    name: str
    classes: tuple[str, ...]
    positive: int | None
    fingerprint: str
    source: str
    licence: str
    citation: str
    shape: tuple[int, int, int]
    bits: int
    stretched: bool
    cases: dict[str, int]
    patients: int | None
    val_twins: NDArray[np.bool_]


def lay_out(source: Source, study: Study, folder: Path, without_masks: bool) -> LaidOut:
    """Load a data set as a study wants it, and write its memory maps.

    Raises:
        BenchError: if it cannot be used.
    """
    try:
        data = loading.load(source, study, folder)
    except BenchError:
        raise
    except Exception as error:  # a plugin's code
        raise DataError(f"Data set {source.name!r} cannot be loaded: {one_line(error)}.") from None
    bits = 8 if data.files is None else int(data.files.bits.max())
    stretched = data.files is not None and bool(data.files.stretched.any())
    marks = marks_of_split(data, twins_of(data))
    twins = marks.val[0] if marks is not None and marks.val else ()
    fingerprint = data.fingerprint
    if without_masks:
        data = _unmasked(data)
    write_memory_maps(data, folder / "whole")
    about = data.provenance
    return LaidOut(
        folder=folder / "whole",
        name=data.name,
        classes=data.class_names,
        positive=data.positive,
        fingerprint=fingerprint,
        source=about.source,
        licence=about.licence,
        citation=about.citation,
        shape=data.image_shape,
        bits=bits,
        stretched=stretched,
        cases={name: len(part) for name, part in data.parts()},
        patients=None if data.test.groups is None else len(np.unique(data.test.groups)),
        val_twins=np.isin(data.val.case_ids, np.array(twins, dtype=np.str_)),
    )


def _unmasked(data: Dataset) -> Dataset:
    if data.image_shape[2] % 2:
        raise DataError(f"Data set {data.name!r} has no masks that could be left out.")
    return without_masks(data)


@dataclass(frozen=True)
class FitJob:
    """What is to be fitted.

    Attributes:
        method: how to load it.
        weights: pretrained weights, resolved.
        changes: parameter → value, that differ from the declared ones.
        data: folder of the memory maps.
        seed: random state.
        device, budget: as for a run.
        cache_folder: where features are kept between the two fits.
        both: whether it is fitted again on train and validation together.
    """

    method: Method
    weights: tuple[ResolvedWeights, ...]
    changes: Mapping[str, Any]
    data: Path
    seed: int
    device: str
    budget: str
    cache_folder: Path
    both: bool


@dataclass(frozen=True, eq=False)
class Fitted:
    """What came of it.

    Attributes:
        tree, files: the estimator of the bundle.
        parameters: every leaf parameter that it was fitted with.
        val: `(n_val, k)` probabilities of the fit on train alone, with `val_labels` and `val_ids`.
        test_first, test: `(n_test, k)` of the fit on train alone, and of the bundle's.
        test_labels: `(n_test,)`.
        known: probabilities of the known-answer images.
        images: these.
        novelty: distances.
        statistics: name → values of the images of `whole`, in their order: "brightness",
            "contrast", "border" and families'; and of those of `held_out` the distance.
        patients: "whole" (all parts), "held_out" (those that the models were not trained on) and
            "test" → whom each image is of; {} where patients are not known.
        versions: of Python and of packages.
    """

    tree: dict[str, Any]
    files: dict[str, bytes]
    parameters: dict[str, Any]
    val: FloatArray
    val_labels: NDArray[np.int64]
    val_ids: NDArray[np.str_]
    test_first: FloatArray
    test: FloatArray
    test_labels: NDArray[np.int64]
    known: FloatArray
    images: NDArray[np.uint8]
    novelty: Novelty
    statistics: dict[str, FloatArray]
    patients: dict[str, NDArray[np.str_]]
    versions: dict[str, str]


def fit(job: FitJob) -> Fitted:
    """Fit a method once on train, for what is frozen, and again on all that may be trained on.

    Raises:
        BenchError: if the method cannot be stored.
        Exception: what the method raises.
    """
    data = open_memory_maps(job.data)
    k = len(data.class_names)
    first = _fitted(job, data.train)
    val, test_first = (_probabilities(first, part, k) for part in (data.val, data.test))
    shipped = _fitted(job, _joined(data.train, data.val)) if job.both else first
    test_seen = _described(shipped, data.test)
    test = _checked(shipped, test_seen, k)
    train_seen = _described(shipped, data.train)
    held_out, seen = test_seen.features, [train_seen, test_seen]
    if test_seen.families or not job.both:
        seen.insert(1, _described(shipped, data.val))
    if not job.both:  # else a network has been trained on the validation images
        held_out = np.concatenate([seen[1].features, held_out])
    novelty = Novelty.of(train_seen.features, held_out)
    statistics = _plain(data) | _of_families(novelty, seen, data.train.groups)
    statistics[DISTANCE] = novelty.distances(held_out)
    level, spread = _levels(data.train)
    images = known_answers.generated(data.image_shape, level, spread)
    known = _checked(shipped, describe(shipped, images), k)
    parameters = leaf_parameters(shipped)
    _forget_this_machine(shipped)
    what = f"Method {job.method.name!r}"
    tree, files = take_apart(shipped, what)
    _refuse_other_answers(what, put_together(tree, files, what), data.test, test_seen)
    return Fitted(
        tree=tree,
        files=files,
        parameters=parameters,
        val=val,
        val_labels=np.array(data.val.labels),
        val_ids=np.array(data.val.case_ids),
        test_first=test_first,
        test=test,
        test_labels=np.array(data.test.labels),
        known=known,
        images=images,
        novelty=novelty,
        statistics=statistics,
        patients=_patients(data, both=job.both),
        versions=environment.versions(),
    )


def _fitted(job: FitJob, part: Split) -> Any:
    build: Any = job.method.load()
    spec = MethodSpec.of(build)
    estimator = build()
    pin(estimator, job.weights, spec)
    if spec.warm_up:
        spec.warm_up()
    change(estimator, job.changes)
    configure(estimator, job.seed, job.device, job.budget, str(job.cache_folder))
    return estimator.fit(part.images, part.labels)


def _joined(train: Split, val: Split) -> Split:
    """Train and validation as one part."""
    return Split(
        images=np.concatenate([train.images, val.images]),
        labels=np.concatenate([train.labels, val.labels]),
        case_ids=np.concatenate([train.case_ids, val.case_ids]),
    )


def _probabilities(estimator: Any, part: Split, k: int) -> FloatArray:
    raw = estimator.predict_proba(part.images)
    return check_probabilities(raw, len(part), getattr(estimator, "classes_", None), k)


def _described(estimator: Any, part: Split) -> Described:
    """A part described, some images at a time."""
    found = [
        describe(estimator, part.images[start : start + _ASKED])
        for start in range(0, len(part), _ASKED)
    ]
    return Described(
        np.concatenate([each.raw for each in found]),
        np.concatenate([each.features for each in found]),
        found[0].families,
    )


def _checked(estimator: Any, described: Described, k: int) -> FloatArray:
    classes = getattr(estimator, "classes_", None)
    return check_probabilities(described.raw, len(described.raw), classes, k)


def _plain(data: Dataset) -> dict[str, FloatArray]:
    """Brightness, contrast and border of all images, which no method has to do with."""
    of_images = [
        plain_statistics(part.images[start : start + _ASKED])
        for part in (data.train, data.val, data.test)
        for start in range(0, len(part), _ASKED)
    ]
    return {name: np.concatenate([each[name] for each in of_images]) for name in of_images[0]}


def _of_families(
    novelty: Novelty, seen: Sequence[Described], groups: NDArray[np.str_] | None
) -> dict[str, FloatArray]:
    """What feature families are watched by, of all images: no family is learned.

    Args:
        novelty: has mean and scale of the training images.
        seen: train, whose patients are `groups`, val and test.
    """
    found = [left_out_statistics(seen[0], groups)]
    found += [family_statistics(each, novelty.mean, novelty.scale) for each in seen[1:]]
    return {FAMILY + name: np.concatenate([each[name] for each in found]) for name in found[0]}


def _patients(data: Dataset, both: bool) -> dict[str, NDArray[np.str_]]:
    """See `Fitted.patients`; `both` as in `FitJob`."""
    train, val, test = (part.groups for part in (data.train, data.val, data.test))
    if train is None or val is None or test is None:
        return {}
    held_out = test if both else np.concatenate([val, test])
    return {"whole": np.concatenate([train, val, test]), "held_out": held_out, "test": test}


def _levels(part: Split) -> tuple[float, float]:
    values = plain_statistics(part.images[:: -(-len(part) // 500)])
    return float(values["brightness"].mean()), float(values["contrast"].mean())


def _forget_this_machine(estimator: Any) -> None:
    """Take the folders and files of this training out of the parameters."""
    for name in ("cache_folder", "progress_file"):
        estimator.set_params(**dict.fromkeys(named(estimator, name)))


def _refuse_other_answers(what: str, again: Any, part: Split, seen: Described) -> None:
    """Refuse to write an estimator that does not answer the same, bit for bit."""
    few = part.images[:_ASKED]
    if not np.array_equal(describe(again, few).raw, seen.raw[: len(few)]):
        raise BundleError(
            f"{what} cannot be stored in a bundle: what comes back gives other probabilities."
        )
