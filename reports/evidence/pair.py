"""The difference of two methods on one data set, with every test of it."""

import math
from dataclasses import dataclass
from typing import Literal

from bench.protocol.scoring import Measure
from reports.evidence.estimate import Estimate
from reports.statistics.contrast import Difference
from reports.statistics.logistic import CLIP

PairMeasure = Measure | Literal["dice"]
"""What two methods are compared by: of segmentation mean Dice, else a measure of classification."""

DICE: Literal["dice"] = "dice"


def largest_difference(measure: PairMeasure, classes: int = 2) -> float:
    """What a difference cannot exceed: its limits are shown no further.

    MCC lies between −1 and 1, Brier's score of more than two classes, a sum over them, between 0
    and 2; the log loss takes no probability as less than 1e-7.

    >>> largest_difference("accuracy"), largest_difference("mcc"), largest_difference("brier", 3)
    (1.0, 2.0, 2.0)
    """
    if measure == "log-loss":
        return -math.log(CLIP)
    return 2.0 if measure == "mcc" or (measure == "brier" and classes > 2) else 1.0


def primary_symbol(measure: PairMeasure) -> str:
    """What a difference of the primary measure is called.

    >>> primary_symbol("auc"), primary_symbol("dice")
    ('ΔAUC', 'ΔDice')
    """
    return "ΔDice" if measure == DICE else "ΔAUC"


@dataclass(frozen=True)
class HypothesisTest:
    """One test of a difference, with the interval that says the same.

    Attributes:
        p: not corrected.
        p_holm: after Holm's correction over the data sets of the claim that the pair belongs to,
            or over the pairs of one data set where all of them are compared.
        low, high: of the interval that decides alike: p < alpha exactly where it excludes what
            the test denies (apart from a permutation test, whose p may be larger).
        level: of that interval, 1 − alpha for two-sided tests and 1 − 2 alpha for one-sided ones.
    """

    p: float
    p_holm: float
    low: float
    high: float
    level: float


@dataclass(frozen=True)
class Posterior:
    """Where the true difference probably lies: what readers take a p value for.

    A flat prior before these data, and no adjustment for several data sets; the three sum to 1.

    Attributes:
        below: probability that d < −margin.
        within: that |d| < margin.
        above: that d > margin.
    """

    below: float
    within: float
    above: float


@dataclass(frozen=True)
class PairTest:
    """Method a against method b on the same test cases; d is above 0 where a is better.

    d = value of a − value of b, and value of b − value of a where less is better (losses).

    Attributes:
        a, b: names of the methods.
        measure: what is compared.
        value_a, value_b: mean of the measure of each as it is, a loss not turned round; of the AUC
            with its interval.
        difference: d with its interval of level 1 - alpha. Not symmetric around d near an AUC of
            1, and where the same seeds chose a champion that are tested.
        se: standard error of d.
        se_cases, se_seeds: its two parts, se² = se_cases² + se_seeds². With `resamples` the second
            is that of resampled trainings, their seeds included; with folds it holds overlapping
            training parts and draws of the folds, too.
        df: degrees of freedom of the t distribution, None for the normal one.
        test: name of the procedure behind the tests, for the reader; with the least error of so
            many cases and the wider interval of Zou & Donner where they gave the numbers.
        superiority: two-sided, of no difference.
        margin_superiority: two-sided, of |d| ≤ margin: below alpha exactly where the interval lies
            beyond ±margin.
        equivalence: two one-sided tests (TOST) against ±margin.
        non_inferiority_a: one-sided, of d ≤ −margin.
        non_inferiority_b: one-sided, of d ≥ margin.
        posterior: probabilities that d lies below, within and above ±margin.
        margin, alpha: the claim's margin and the study's error rate.
        minimum_detectable: smallest |d| that would be found with 80 % power at level alpha (not
            corrected for several data sets), whichever of the two were better, if the worse AUC,
            the correlation of the two methods and the seeds' variance are those estimated here;
            None where not even an AUC of 1 would be found better, and where both methods rank
            alike.
        cases_for_difference: about how many test cases like these (with as many of them per
            patient) find a difference of the margin with 80 % power, whatever difference was seen
            and whichever were better. None where 10,000 times as many do not (the seeds vary too
            much), no AUC is so much better, and with folds; and not worked out where both rank all
            cases alike, both AUCs are 1 or one is 0, although the interval narrows there too.
        cases_for_interval: about how many give an interval of d ± margin or less, or None.
        stretch_below, stretch_above, seeds_below, seeds_above: by how much the error of the cases
            and that of the seeds is larger for what lies below and above d; see
            `reports.statistics.contrast.Difference`.
        resamples: bootstrap samples of the training part whose variance is in the error, or 0.
    """

    a: str
    b: str
    measure: PairMeasure
    value_a: Estimate
    value_b: Estimate
    difference: Estimate
    se: float
    se_cases: float
    se_seeds: float
    df: float | None
    test: str
    superiority: HypothesisTest
    margin_superiority: HypothesisTest
    equivalence: HypothesisTest
    non_inferiority_a: HypothesisTest
    non_inferiority_b: HypothesisTest
    posterior: Posterior
    margin: float
    alpha: float
    minimum_detectable: float | None
    cases_for_difference: int | None
    cases_for_interval: int | None
    stretch_below: float = 1.0
    stretch_above: float = 1.0
    seeds_below: float = 1.0
    seeds_above: float = 1.0
    resamples: int = 0

    def estimated(self) -> Difference:
        """d with its error, as it was tested: its intervals are those of the tests here."""
        return Difference(
            self.difference.value,
            self.se_cases,
            self.se_seeds,
            math.inf if self.df is None else self.df,
            self.stretch_below,
            self.stretch_above,
            self.seeds_below,
            self.seeds_above,
        )
