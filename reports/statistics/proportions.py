"""The interval of a proportion of independent cases."""

import math

from scipy.special import betainccinv, betaincinv, ndtri


def wilson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Score interval (Wilson 1927, JASA 22:209).

    Args:
        successes: between 0 and `trials`; fractions (means over seeds) are allowed.
        trials: more than 0.
        level: for example 0.95.

    Raises:
        ValueError: if there is no trial, or there are more successes than trials.

    >>> low, high = wilson(12, 12)
    >>> round(low, 3), high
    (0.758, 1.0)
    """
    _check(successes, trials)
    rate, z = successes / trials, -float(ndtri((1 - level) / 2))
    shrink = 1 + z**2 / trials
    middle = (rate + z**2 / (2 * trials)) / shrink
    half = z * math.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2)) / shrink
    return _around(rate, middle - half, middle + half)


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval (Clopper & Pearson 1934, Biometrika 26:404): covers at least the level.

    Args:
        successes: between 0 and `trials`.
        trials: more than 0.
        level: for example 0.95.

    Raises:
        ValueError: if there is no trial, or there are more successes than trials.

    >>> low, high = clopper_pearson(0, 12)
    >>> low, round(high, 3)
    (0.0, 0.265)
    """
    _check(successes, trials)
    tail, failures = (1 - level) / 2, trials - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes > 0 else 0.0
    high = float(betainccinv(successes + 1, failures, tail)) if failures > 0 else 1.0
    return _around(successes / trials, low, high)


def _check(successes: float, trials: float) -> None:
    if not trials > 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")


def _around(rate: float, low: float, high: float) -> tuple[float, float]:
    """The limits without what rounding puts beyond 0, 1 and the rate."""
    return min(max(0.0, low), rate), max(min(1.0, high), rate)
