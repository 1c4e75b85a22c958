"""Where a difference probably lies: what readers take a p value for.

With a flat prior the posterior of a difference whose estimate is normal, or t distributed, has its
tails where the one-sided tests have theirs: P(d > c) is one less the p value of d ≤ c. Over folds,
with Nadeau and Bengio's error, it is the Bayesian correlated t-test (Corani & Benavoli 2015,
Machine Learning 100:285; Benavoli et al. 2017, JMLR 18:77).
"""

from typing import NamedTuple, Protocol


class Tails(Protocol):
    """An estimate with one-sided tests."""

    def p_above(self, bound: float) -> float:
        """One-sided p of the value not being above a bound."""
        ...


class Posterior(NamedTuple):
    """Probabilities of where a difference lies; they sum to 1.

    Attributes:
        below: below −margin.
        within: between, where the two are practically equivalent.
        above: above margin.
    """

    below: float
    within: float
    above: float


def posterior(difference: Tails, margin: float) -> Posterior:
    """Probabilities that a difference lies below, within and above ±margin.

    Args:
        difference: its estimate. One without any error is a point.
        margin: at least 0.

    Raises:
        ValueError: if the margin is below 0.

    >>> from reports.statistics.contrast import Difference
    >>> [round(p, 3) for p in posterior(Difference(0.02, 0.01), 0.02)]
    [0.0, 0.5, 0.5]
    """
    if not margin >= 0:
        raise ValueError(f"a margin is at least 0, not {margin}")
    below = difference.p_above(-margin)
    above = 1 - difference.p_above(margin)
    return Posterior(below, max(0.0, 1 - below - above), above)
