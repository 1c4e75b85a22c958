"""The calibration curve without bins, and how far it lies from the diagonal.

The share of positives as a smooth function of the probability: local linear regression with
tricube weights over the nearest three quarters of the cases (loess, Cleveland 1979, JASA 74:829),
of which Austin & Steyerberg 2019 (Statistics in Medicine 38:4051) take the integrated calibration
index: ICI is the mean of |curve(p) − p| over the cases, E50 its median, E90 its 90th percentile.
The curve is evaluated on quantiles of the probabilities and interpolated between them. The band and
the intervals are those of a bootstrap by patient, the curve fitted anew in every sample. ICI, E50
and E90 are above 0 for perfect probabilities too, since a curve of few cases is never the diagonal;
so is their whole interval.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reports.statistics.cases import check_probability

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SPAN = 0.75
"""Share of the cases that the curve looks at in any place, as in R's `loess`."""

REPETITIONS = 500
_NODES = 40  # where the curve is worked out
_LEAST = 10  # fewer distinct places make no curve
_GROUPS = 500  # of neighbouring cases, a fifth of a percent of them each, that stand in one place
_CHUNK = 2_000_000  # cases drawn at a time, which bounds the memory


class Index(NamedTuple):
    """A number with its percentile interval."""

    value: float
    low: float
    high: float


class SmoothCalibration(NamedTuple):
    """A calibration curve.

    Attributes:
        predicted: `(g,)` rising probabilities, from the smallest to the largest.
        observed: `(g,)` the share of positives there.
        low, high: `(g,)` band of the wanted level, point by point.
        ici, e50, e90: distances of the curve from the diagonal.
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    ici: Index
    e50: Index
    e90: Index


class _Grouped(NamedTuple):
    """Cases in order of their probability, neighbours together where there are many.

    Attributes:
        x: `(m,)` probability of each group.
        cases, hits: `(u, m)` cases and positives of every unit in every group.
        nodes: `(g,)` where the curve is worked out.
        reach: `(g,)` as of `_reach`.
    """

    x: FloatArray
    cases: sparse.csr_array
    hits: sparse.csr_array
    nodes: FloatArray
    reach: FloatArray


def smooth_calibration(
    is_positive: BoolArray,
    probability: FloatArray,
    units: IntArray | None = None,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> SmoothCalibration | None:
    """The curve of one method with its band and distances.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the band and the intervals.
        repetitions, random_state: of the bootstrap.

    Returns:
        None with fewer than ten distinct probabilities, or cases of one class only.

    Raises:
        ValueError: if there are no cases, or a probability is not in [0, 1].
    """
    grouped = _grouped(is_positive, probability, units)
    if grouped is None:
        return None
    nodes, reach = grouped.nodes, grouped.reach
    observed, distances = _one(grouped)
    curves, resampled = [], []
    for weights, hits in _samples(grouped, repetitions, random_state):
        fitted = _fitted(grouped.x, weights, hits, nodes, reach)  # (b, g)
        curves.append(fitted)
        resampled.append(_distances(grouped.x, nodes, fitted, weights))
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(curves), [tail, 1 - tail], axis=0)
    limits = np.quantile(np.concatenate(resampled), [tail, 1 - tail], axis=0)
    ici, e50, e90 = (
        Index(float(value), min(float(value), float(a)), max(float(value), float(b)))
        for value, a, b in zip(distances, *limits, strict=True)
    )
    return SmoothCalibration(
        nodes, observed, np.minimum(low, observed), np.maximum(high, observed), ici, e50, e90
    )


def curve_distances(
    is_positive: BoolArray, probability: FloatArray
) -> tuple[float, float, float] | None:
    """ICI, E50 and E90 alone, without the bootstrap; arguments, None and errors as above."""
    grouped = _grouped(is_positive, probability, None)
    if grouped is None:
        return None
    ici, e50, e90 = _one(grouped)[1].tolist()
    return ici, e50, e90


def loess(x: FloatArray, y: FloatArray, at: FloatArray, span: float = SPAN) -> FloatArray:
    """`(g,)` local linear regression, cut to [0, 1].

    Args:
        x: `(n,)` rising.
        y: `(n,)`.
        at: `(g,)` places.
        span: share of the cases whose distance sets the width of the weights.
    """
    fitted = _fitted(x, np.ones((1, len(x))), y[None], at, _reach(x, at, span))
    return np.asarray(fitted[0], dtype=np.float64)


def _reach(x: FloatArray, at: FloatArray, span: float = SPAN) -> FloatArray:
    """`(g,)` distance of the farthest of the nearest cases, a little above 0.

    The nearest k stand side by side in x, which rises: of all that do, those that reach least far.
    """
    k = min(len(x), max(2, int(np.floor(span * len(x) + 1e-9))))
    lowest, highest = x[: len(x) - k + 1], x[k - 1 :]
    reach = [np.maximum(place - lowest, highest - place).min() for place in at]
    return np.maximum(np.array(reach, dtype=np.float64), 1e-9)


def _grouped(
    is_positive: BoolArray, probability: FloatArray, units: IntArray | None
) -> _Grouped | None:
    """The cases in order, neighbours together where there are many."""
    check_probability(is_positive, probability)
    if len(np.unique(probability)) < _LEAST or is_positive.all() or not is_positive.any():
        return None
    order = np.argsort(probability, kind="stable")
    x, y = probability[order], is_positive[order].astype(float)
    own = np.arange(len(x)) if units is None else units[order]
    nodes = np.unique(np.quantile(x, np.linspace(0, 1, _NODES)))
    place = np.arange(len(x)) * min(len(x), _GROUPS) // len(x)
    shape = int(own.max()) + 1, int(place[-1]) + 1
    cases = sparse.csr_array((np.ones(len(x)), (own, place)), shape=shape)
    hits = sparse.csr_array((y, (own, place)), shape=shape)
    middle = np.bincount(place, weights=x) / np.bincount(place)
    return _Grouped(middle, cases, hits, nodes, _reach(x, nodes))


def _one(grouped: _Grouped) -> tuple[FloatArray, FloatArray]:
    """The curve `(g,)` of the cases as they are, and its distances `(3,)`."""
    weights, hits = (part.sum(axis=0)[None] for part in (grouped.cases, grouped.hits))
    curve = _fitted(grouped.x, weights, hits, grouped.nodes, grouped.reach)
    return curve[0], _distances(grouped.x, grouped.nodes, curve, weights)[0]


def _samples(
    grouped: _Grouped, repetitions: int, random_state: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Cases and positives `(b, m)` of every group of neighbours, in samples of the units."""
    rng = np.random.default_rng(random_state)
    n, left = grouped.cases.shape[0], repetitions
    while left:
        rows = min(left, max(1, _CHUNK // n))
        drawn = rng.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        counts = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        yield counts @ grouped.cases, counts @ grouped.hits
        left -= rows


def _fitted(
    x: FloatArray, weights: FloatArray, hits: FloatArray, at: FloatArray, reach: FloatArray
) -> FloatArray:
    """`(b, g)` fits of many sets of weights: sums of products with the kernels, no loop."""
    gap = (x[None, :] - at[:, None]) / reach[:, None]  # (g, m)
    kernel = np.clip(1 - np.abs(gap) ** 3, 0, None) ** 3
    s0, s1, s2 = (weights @ (kernel * part).T for part in (1.0, gap, gap**2))  # (b, g)
    t0, t1 = (hits @ (kernel * part).T for part in (1.0, gap))
    determinant = s0 * s2 - s1**2
    flat = determinant <= 1e-9 * np.maximum(s0 * s2, 1e-300)
    line = (s2 * t0 - s1 * t1) / np.where(flat, 1.0, determinant)
    mean = t0 / np.where(s0 > 0, s0, 1.0)
    return np.asarray(np.clip(np.where(flat, mean, line), 0, 1), dtype=np.float64)


def _distances(
    x: FloatArray, nodes: FloatArray, curves: FloatArray, weights: FloatArray
) -> FloatArray:
    """`(b, 3)` ICI, E50 and E90 of every curve over the cases as they are weighted."""
    before = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
    part = np.clip((x - nodes[before]) / (nodes[before + 1] - nodes[before]), 0.0, 1.0)
    away = np.abs(curves[:, before] * (1 - part) + curves[:, before + 1] * part - x)
    order = np.argsort(away, axis=1)
    rising, own = (np.take_along_axis(each, order, axis=1) for each in (away, weights))
    whole = own.sum(axis=1)
    share = (np.cumsum(own, axis=1) - own / 2) / whole[:, None]
    mean = (own * rising).sum(axis=1) / whole
    return np.stack([mean, *(_at(wanted, share, rising) for wanted in (0.5, 0.9))], axis=1)


def _at(wanted: float, share: FloatArray, values: FloatArray) -> FloatArray:
    """`(b,)` of every row of values, interpolated where its share, which rises, is the wanted."""
    last = share.shape[1] - 1
    upper = np.minimum((share < wanted).sum(axis=1), last)
    lower = np.maximum(upper - 1, 0)
    rows = np.arange(len(share))
    low, high = share[rows, lower], share[rows, upper]
    width = high - low
    part = np.divide(wanted - low, width, out=np.zeros(len(rows)), where=width > 0)
    part = np.clip(part, 0.0, 1.0)
    return np.asarray(values[rows, lower] * (1 - part) + values[rows, upper] * part)
