"""Values of any range → 256 gray levels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

TAILS = (0.5, 99.5)
"""Percentiles that become black and white where a file does not say what shall."""

Values = NDArray[np.float64]


def between(values: Values, low: float, high: float) -> NDArray[np.uint8]:
    """Gray levels of values, `low` and less black, `high` and more white; what is no number is
    black."""
    if high <= low:
        return np.where(values > high, 255, 0).astype(np.uint8)
    with np.errstate(invalid="ignore"):
        scaled = np.clip((values - low) / (high - low), 0, 1)
    levels: NDArray[np.uint8] = np.rint(255 * np.nan_to_num(scaled)).astype(np.uint8)
    return levels


def between_percentiles(
    values: Values, counted: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Gray levels of values between their 0.5 and 99.5 percentiles.

    Args:
        values: infinite ones, and what is no number, do not count.
        counted: where they count; None for everywhere.

    Raises:
        ValueError: if none is finite.
    """
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError("no value is finite")
    kept: NDArray[Any] = finite if counted is None else finite & counted
    low, high = np.percentile(values[kept if kept.any() else finite], TAILS)
    return between(values, float(low), float(high))
