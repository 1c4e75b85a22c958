"""The interval of a proportion of independent cases."""

from statsmodels.stats.proportion import proportion_confint


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
    return _interval(successes, trials, level, "wilson")


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
    return _interval(successes, trials, level, "beta")


def _interval(successes: float, trials: float, level: float, method: str) -> tuple[float, float]:
    if not trials > 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    low, high = proportion_confint(successes, trials, alpha=1 - level, method=method)
    rate = successes / trials
    # The limits at 0 and 1 come with rounding.
    return min(max(0.0, float(low)), rate), max(min(1.0, float(high)), rate)
