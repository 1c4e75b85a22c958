"""Labels and scores as arrays → the same predictions that a file gives, checked in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.protocol.cards import FAMILIES
from bench.protocol.errors import DataError, did_you_mean
from reports.external.predicted import Cases, Model, Predictions
from reports.external.predictions import NEGATIVE, POSITIVE

FloatArray = NDArray[np.float64]


def from_arrays(
    y: ArrayLike,
    scores: Mapping[str, ArrayLike],
    *,
    groups: ArrayLike | None = None,
    seeds: Sequence[int] | None = None,
    families: Mapping[str, str] | None = None,
    positive: Any = None,
) -> Predictions:
    """The predictions of several models on the same test cases.

    Args:
        y: `(n,)` the truth: numbers or names.
        scores: of each model `(n,)`, higher means positive, or `(s, n)` of s runs that differ in
            their seed; for any number of classes `(n, k)` or `(s, n, k)`, columns in the order of
            the sorted labels.
        groups: `(n,)` patients.
        seeds: of the s runs; None for 0, 1, ….
        families: of models: "deep", "classical", "hybrid" or "control".
        positive: of two labels the one to be found; None for 1 of 0 and 1.

    Raises:
        DataError: if something does not fit together.
    """
    labels = np.asarray(y)
    if labels.ndim != 1 or not len(labels):
        raise DataError(f"y must be one label per case, not an array of shape {labels.shape}.")
    if not scores:
        raise DataError("scores must hold at least one model, as {'resnet18': p}.")
    try:
        values, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        raise DataError("y holds labels of several kinds; use numbers or names.") from None
    if labels.dtype.kind == "f" and not np.all(np.isfinite(labels)):
        raise DataError("y holds a label that is not a finite number.")
    classes = tuple(str(value) for value in values.tolist())
    if len(classes) < 2:
        raise DataError(f"y has the one label {classes[0]!r}; an AUC needs two classes.")
    found = _positive(classes, positive)
    people = None if groups is None else np.asarray(groups).astype(np.str_)
    if people is not None and people.shape != labels.shape:
        raise DataError(f"groups has {len(people)} entries for {len(labels)} cases.")
    ids = np.array([f"{i:012d}" for i in range(len(labels))], dtype=np.str_)
    none = Cases(np.array([], dtype=np.str_), np.array([], dtype=np.int64), None)
    models = []
    for name, given in scores.items():
        test = _runs(str(name), given, len(labels), len(classes), found)
        own = range(len(test)) if seeds is None else seeds
        if len(test) > 1 and len(list(own)) != len(test):
            raise DataError(
                f"Model {name!r} has {len(test)} runs and there are {len(list(own))} seeds."
            )
        models.append(
            Model(
                name=str(name),
                family=_family(str(name), families),
                seeds=tuple(int(seed) for seed in own) if len(test) > 1 else (None,),
                validation=np.empty((len(test), 0, len(classes))),
                test=test,
            )
        )
    return Predictions(
        classes=classes,
        positive=found,
        validation=none,
        test=Cases(ids, codes.astype(np.int64), people),
        models=tuple(models),
    )


def _positive(classes: tuple[str, ...], positive: Any) -> int | None:
    if len(classes) > 2:
        if positive is not None:
            raise DataError(f"positive={positive!r}: there are {len(classes)} classes, not two.")
        return None
    if positive is not None:
        name = str(positive)
        if name not in classes:
            raise DataError(f"positive={positive!r}: no such label. {did_you_mean(name, classes)}")
        return classes.index(name)
    for place, name in enumerate(classes):
        if name.lower() in POSITIVE and classes[1 - place].lower() in NEGATIVE:
            return place
    raise DataError(
        f"The labels are {classes[0]!r} and {classes[1]!r}: say which is positive, for example "
        f"positive={classes[1]!r}."
    )


def _family(name: str, families: Mapping[str, str] | None) -> str:
    given = "" if families is None else families.get(name, "")
    if given and given not in FAMILIES:
        raise DataError(
            f"Model {name!r} has the unknown family {given!r}. {did_you_mean(given, FAMILIES)}"
        )
    return given


def _runs(name: str, given: ArrayLike, n: int, k: int, positive: int | None) -> FloatArray:
    """`(s, n, k)` of what was given in one of four shapes."""
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"The scores of model {name!r} are not all numbers.") from None
    if not np.all(np.isfinite(values)):
        bad = int(np.argmin(np.isfinite(values).ravel()))
        raise DataError(f"Model {name!r} has a score that is not a finite number, at {bad}.")
    if values.shape == (n,) or (values.ndim == 2 and values.shape[1] == n != k):
        if positive is None:
            raise DataError(
                f"Model {name!r} has one score per case, for {k} classes; give {k} columns."
            )
        one = np.atleast_2d(values)  # (s, n)
        columns = [one if place == positive else -one for place in range(2)]
        return np.stack(columns, axis=2)
    if values.shape == (n, k):
        return values[np.newaxis]
    if values.ndim == 3 and values.shape[1:] == (n, k):
        return values
    raise DataError(
        f"The scores of model {name!r} have the shape {values.shape}; for {n} cases of {k} classes "
        f"it must be ({n},), (runs, {n}), ({n}, {k}) or (runs, {n}, {k})."
    )
