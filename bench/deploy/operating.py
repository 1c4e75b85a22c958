"""What is decided on validation and then frozen: threshold, calibration, and sets of classes.

Threshold and calibration map are found by the functions of the report, which the command line hands
in; applying them is here. Sets of classes are split conformal, one quantile for each class (Vovk
2012, Conditional validity of inductive conformal predictors, "Mondrian").
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as in the report."""


OUTSIDE = "the decision is not in the set of classes: threshold and sets have limits of their own"
"""What is said of an image of which that is so."""
CALIBRATED_OTHERWISE = "after calibration another class is the most probable: {}"
"""The same, with the name of that class."""


class CalibrationMap(Protocol):
    """A map of probabilities as the report's procedure finds it."""

    @property
    def slope(self) -> float:
        """Of log p."""

    @property
    def intercepts(self) -> tuple[float, ...]:
        """One for each class."""


@dataclass(frozen=True)
class Rules:
    """How threshold and calibration are found on validation.

    Attributes:
        threshold: (labels `(n,)`, probabilities `(n, k)`, positive) → threshold, NaN where the most
            probable class is taken.
        calibration: (labels, probabilities) → map.
    """

    threshold: Callable[[IntArray, FloatArray, int | None], float]
    calibration: Callable[[IntArray, FloatArray], CalibrationMap]


@dataclass(frozen=True)
class Operating:
    """What turns probabilities into answers.

    Attributes:
        positive: of two classes the one to be found, None for more.
        threshold: at or above it a case is positive; None where the most probable class is taken.
        slope, intercepts: of the calibration, softmax(slope · log p + intercepts).
        coverage: share of the cases of each class whose set holds it.
        quantiles: for each class the largest 1 − p with which it is in the set; None where there
            are too few validation cases to leave it out of any.
    """

    positive: int | None
    threshold: float | None
    slope: float
    intercepts: tuple[float, ...]
    coverage: float
    quantiles: tuple[float | None, ...]

    def decisions(self, probabilities: FloatArray) -> IntArray:
        """`(n,)` decided classes of `(n, k)` probabilities, before calibration as in the report."""
        if self.positive is None or self.threshold is None:
            return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
        found = probabilities[:, self.positive] >= self.threshold
        return np.asarray(np.where(found, self.positive, 1 - self.positive), dtype=np.int64)

    def calibrated(self, probabilities: FloatArray) -> FloatArray:
        """`(n, k)` calibrated probabilities; rows sum to 1."""
        logs = self.slope * np.log(np.clip(probabilities, CLIP, 1 - CLIP))
        logs += np.array(self.intercepts)
        logs -= logs.max(axis=1, keepdims=True)
        grown = np.exp(logs)
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float64)

    def sets(self, probabilities: FloatArray) -> NDArray[np.bool_]:
        """`(n, k)` which classes are in the set of each case."""
        limits = np.array([math.inf if q is None else q for q in self.quantiles])
        return np.asarray(1 - probabilities <= limits)

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "positive": self.positive,
            "threshold": self.threshold,
            "slope": self.slope,
            "intercepts": list(self.intercepts),
            "coverage": self.coverage,
            "quantiles": list(self.quantiles),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `as_json` described."""
        return cls(
            positive=None if data["positive"] is None else int(data["positive"]),
            threshold=None if data["threshold"] is None else float(data["threshold"]),
            slope=float(data["slope"]),
            intercepts=tuple(map(float, data["intercepts"])),
            coverage=float(data["coverage"]),
            quantiles=tuple(None if q is None else float(q) for q in data["quantiles"]),
        )

    def unbounded(self, classes: Sequence[str], cases: Sequence[int]) -> list[str]:
        """Which classes are in every set, and how many validation cases that would take, a sentence
        each.

        Args:
            classes: their names.
            cases: how many validation cases each had; empty where nobody knows.
        """
        found = []
        for c, name in enumerate(classes):
            if self.quantiles[c] is None:
                had = (
                    f"{cases[c]:,} validation cases, and" if cases else "too few validation cases;"
                )
                found.append(
                    f"“{name}” is in every set of classes, whatever an image shows: it had {had} "
                    f"at least {fewest_cases(self.coverage):,} are needed for sets that hold "
                    f"{100 * self.coverage:g} % of its cases."
                )
        return found


def contradictions(
    decision: str, inside: Collection[str], calibrated: Mapping[str, float]
) -> list[str]:
    """What has to be said of a decision beside what else is answered of an image.

    Of two classes the calibrated probabilities contradict no decision: a threshold need not be a
    half.

    Args:
        decision: a class.
        inside: the classes of its set.
        calibrated: class → calibrated probability, of all classes.

    >>> contradictions("b", ["a", "b"], {"a": 0.5, "b": 0.3, "c": 0.2})
    ['after calibration another class is the most probable: a']
    >>> contradictions("b", ["a", "b"], {"a": 0.6, "b": 0.4})
    []
    """
    said = [OUTSIDE] if inside and decision not in inside else []
    if len(calibrated) > 2:
        likeliest = max(calibrated, key=calibrated.__getitem__)
        if calibrated[likeliest] > calibrated[decision]:
            said.append(CALIBRATED_OTHERWISE.format(likeliest))
    return said


def operating(
    labels: IntArray,
    probabilities: FloatArray,
    positive: int | None,
    coverage: float,
    rules: Rules,
) -> Operating:
    """What is frozen, from validation cases that the fit has not seen.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.
        positive: of two classes the one to be found.
        coverage: wanted of the sets, between 0 and 1.
        rules: of the report.
    """
    threshold = rules.threshold(labels, probabilities, positive)
    found = rules.calibration(labels, probabilities)
    scores = 1 - probabilities[np.arange(len(labels)), labels]
    k = probabilities.shape[1]
    return Operating(
        positive=positive,
        threshold=None if math.isnan(threshold) else threshold,
        slope=float(found.slope),
        intercepts=tuple(map(float, found.intercepts)),
        coverage=coverage,
        quantiles=tuple(conformal_quantile(scores[labels == c], coverage) for c in range(k)),
    )


def conformal_quantile(scores: FloatArray, coverage: float) -> float | None:
    """The ⌈(n + 1) coverage⌉-th smallest of n scores; None where n is too small for one.

    >>> conformal_quantile(np.arange(1.0, 10.0), 0.9)
    9.0
    >>> conformal_quantile(np.arange(8.0), 0.9) is None
    True
    """
    rank = _rank(len(scores), coverage)
    return None if rank > len(scores) else float(np.sort(scores)[rank - 1])


def fewest_cases(coverage: float) -> int:
    """With how many scores there is a quantile, see `conformal_quantile`.

    >>> fewest_cases(0.9), fewest_cases(0.95), fewest_cases(0.999)
    (9, 19, 999)
    """
    return next(n for n in count(1) if _rank(n, coverage) <= n)


def _rank(n: int, coverage: float) -> int:
    return math.ceil((n + 1) * coverage - 1e-9)
