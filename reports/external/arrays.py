"""Labels and scores as arrays → the same predictions that a file gives, checked in the same way."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.protocol.cards import FAMILIES
from bench.protocol.errors import DataError, did_you_mean
from reports.external.given import (
    as_array,
    refuse_gaps,
    refuse_other_columns,
    refuse_other_order,
)
from reports.external.predicted import Cases, Model, Predictions
from reports.external.predictions import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


def from_arrays(
    y: ArrayLike,
    scores: "Mapping[str, ArrayLike] | pd.DataFrame",
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
            the sorted labels. A DataFrame holds a model in every column.
        groups: `(n,)` patients.
        seeds: of the s runs; None for 0, 1, ….
        families: of models: "deep", "classical", "hybrid" or "control".
        positive: of two labels the one to be found; None for 1 of 0 and 1.

    Raises:
        DataError: if something does not fit together.
    """
    labels = as_array("y", y)
    if labels.ndim != 1 or not len(labels):
        raise DataError(f"y must be one label per case, not an array of shape {labels.shape}.")
    refuse_gaps("y", y, "Give every case the truth, or leave it out.")
    by_model = _by_model(scores)
    refuse_other_order(y, scores, groups)
    _refuse_unknown_models(families, by_model)
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
    people = _people(groups, len(labels))
    names = _seeds(seeds)
    ids = np.array([f"{i:012d}" for i in range(len(labels))], dtype=np.str_)
    none = Cases(np.array([], dtype=np.str_), np.array([], dtype=np.int64), None)
    models = []
    for name, given in by_model.items():
        refuse_other_columns(name, given, classes)
        test = _runs(name, given, len(labels), len(classes), found)
        own = tuple(range(len(test))) if names is None else names
        if len(test) > 1 and len(own) != len(test):
            raise DataError(f"Model {name!r} has {len(test)} runs and there are {len(own)} seeds.")
        models.append(
            Model(
                name=name,
                family=_family(name, families),
                seeds=own if len(test) > 1 else (None,),
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


def _by_model(scores: Any) -> dict[str, Any]:
    """Name → scores, of a mapping or of a DataFrame.

    Raises:
        DataError: if it is neither, or holds no model, or two of one name.
    """
    is_frame = hasattr(scores, "columns") and hasattr(scores, "items")
    if not is_frame and not isinstance(scores, Mapping):
        raise DataError(
            "scores must say whose they are, as {'resnet18': p, 'svm': q}, or be a DataFrame with "
            f"a column per model; a {type(scores).__name__} does not."
        )
    pairs = [(str(name), given) for name, given in scores.items()]
    if not pairs:
        raise DataError("scores must hold at least one model, as {'resnet18': p}.")
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"Two models are called {twice[0]!r}.")
    return dict(pairs)


def _refuse_unknown_models(families: Any, models: Iterable[str]) -> None:
    if families is None:
        return
    if not isinstance(families, Mapping):
        raise DataError("families must be a family of each model, as {'resnet18': 'deep'}.")
    for name in map(str, families):
        if name not in models:
            raise DataError(f"families: there is no model {name!r}. {did_you_mean(name, models)}")


def _people(groups: Any, n: int) -> NDArray[np.str_] | None:
    if groups is None:
        return None
    people = as_array("groups", groups)
    if people.ndim != 1:
        raise DataError(
            f"groups must be one patient per case, for {n} cases, not of shape {people.shape}."
        )
    if len(people) != n:
        raise DataError(f"groups has {len(people)} entries for {n} cases.")
    refuse_gaps("groups", groups, "Name the patient of every case, or leave groups out.")
    return people.astype(np.str_)


def _seeds(seeds: Any) -> tuple[int, ...] | None:
    if seeds is None:
        return None
    wrong = f"seeds must be a list of whole numbers, one of each run; got {seeds!r}."
    try:
        given = list(seeds)
        found = tuple(int(seed) for seed in given)
        if any(number != seed for number, seed in zip(found, given, strict=True)):
            raise DataError(wrong)
    except (TypeError, ValueError, OverflowError):
        raise DataError(wrong) from None
    twice = next((seed for seed in found if found.count(seed) > 1), None)
    if twice is not None:
        raise DataError(f"seeds has {twice} twice; each run has a seed of its own.")
    return found


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
    named = {str(model): family for model, family in (families or {}).items()}
    given = named.get(name) or ""
    if given and given not in FAMILIES:
        hint = did_you_mean(str(given), FAMILIES)
        raise DataError(f"Model {name!r} has the unknown family {given!r}. {hint}")
    return given


def _runs(name: str, given: ArrayLike, n: int, k: int, positive: int | None) -> FloatArray:
    """`(s, n, k)` of what was given in one of four shapes."""
    try:
        raw = as_array(f"scores of model {name!r}", given)
        if raw.dtype.kind == "c":
            raise TypeError("complex")
        values = raw.astype(np.float64)
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
