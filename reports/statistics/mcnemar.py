"""Two methods' decisions on the same cases: who is right where the other is wrong.

McNemar 1947 (Psychometrika 12:153) in the four forms that Fagerland, Lydersen & Laake 2013 (BMC
Medical Research Methodology 13:91) compare. They recommend the mid-p form; the exact one is
conservative.
"""

from typing import NamedTuple

from scipy.special import bdtr, betainc, chdtrc


class McNemar(NamedTuple):
    """Two-sided p values of equal accuracy.

    Attributes:
        only_a, only_b: cases that only one of the two gets right.
        exact: binomial.
        mid_p: the exact one, at most 1, less the probability of what was seen; 1 without discordant
            cases. (Fagerland et al. take off only half of it where the two counts are equal.)
        asymptotic: chi-squared with one degree of freedom, as `mcnemar.test(correct = FALSE)` of R;
            None without discordant cases.
        corrected: the same with Edwards' continuity correction, R's default.
    """

    only_a: int
    only_b: int
    exact: float
    mid_p: float
    asymptotic: float | None
    corrected: float | None


def mcnemar(only_a: int, only_b: int) -> McNemar:
    """All four forms from the discordant counts.

    Args:
        only_a, only_b: cases that only one of the two methods gets right.

    Raises:
        ValueError: if a count is negative.

    >>> round(mcnemar(0, 5).exact, 4), round(mcnemar(0, 5).mid_p, 5)
    (0.0625, 0.03125)
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"counts are not negative: {only_a}, {only_b}")
    n = only_a + only_b
    if n == 0:
        return McNemar(only_a, only_b, 1.0, 1.0, None, None)
    fewer = min(only_a, only_b)
    at_most = float(bdtr(fewer, n, 0.5))
    below = float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0
    exact = min(1.0, 2 * at_most)
    mid_p = min(at_most, 1 - at_most) + below  # exact less (at_most - below)
    gap = abs(only_a - only_b)
    asymptotic = float(chdtrc(1, gap**2 / n))
    # R takes the correction back where it would overshoot.
    corrected = float(chdtrc(1, max(gap - 1, 0) ** 2 / n))
    return McNemar(only_a, only_b, exact, mid_p, asymptotic, corrected)


def false_claim(only_a: float, only_b: float) -> float:
    """Probability that the claim "a is more accurate than b" is false.

    Christodoulou et al. 2025 (arXiv 2505.04720): with a uniform prior on the shares of cases that
    only a, only b, both or none gets right, the posterior is a Dirichlet distribution, and which
    share is the larger of the first two depends on the discordant cases alone: the tail below 0.5
    of Beta(only_a + 1, only_b + 1). 0.5 without discordant cases.

    Args:
        only_a, only_b: cases that only one of the two gets right; means over seeds may be
            fractions.

    Raises:
        ValueError: if a count is negative.

    >>> false_claim(0, 0), round(false_claim(9, 3), 4)
    (0.5, 0.0461)
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"counts are not negative: {only_a}, {only_b}")
    return float(betainc(only_a + 1, only_b + 1, 0.5))
