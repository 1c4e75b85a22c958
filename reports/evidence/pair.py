"""The difference of two methods on one data set, with every test of it."""

from dataclasses import dataclass

from reports.evidence.method import Estimate


@dataclass(frozen=True)
class PairTest:
    """Method a against method b on the same test cases; d = AUC of a − AUC of b.

    Holm's corrections run over the data sets of the claim that the pair belongs to, or over the
    pairs of one data set where all of them are compared.

    Attributes:
        a, b: names of the methods.
        auc_a, auc_b: mean AUC of each with its interval.
        difference: d with its interval of level 1 - alpha.
        se: standard error of d.
        se_cases, se_seeds: its two parts, se² = se_cases² + se_seeds².
        df: degrees of freedom of the t distribution, None for the normal one.
        test: name of the procedure behind p, for the reader.
        p, p_holm: two-sided, of no difference.
        p_equivalence, p_equivalence_holm: two one-sided tests against ±margin.
        p_margin, p_margin_holm: of |d| ≤ margin, two-sided: below alpha exactly where the
            interval lies beyond ±margin.
        p_a_not_worse, p_a_not_worse_holm: one-sided, of d ≤ −margin.
        p_b_not_worse: one-sided, of d ≥ margin.
        margin, alpha: the claim's margin and the study's error rate.
        minimum_detectable: smallest |d| that would be found with 80 % power; None where se is 0.
        additional_cases: about how many more test cases would settle it; None where more cases
            cannot, or with folds.
    """

    a: str
    b: str
    auc_a: Estimate
    auc_b: Estimate
    difference: Estimate
    se: float
    se_cases: float
    se_seeds: float
    df: float | None
    test: str
    p: float
    p_holm: float
    p_equivalence: float
    p_equivalence_holm: float
    p_margin: float
    p_margin_holm: float
    p_a_not_worse: float
    p_a_not_worse_holm: float
    p_b_not_worse: float
    margin: float
    alpha: float
    minimum_detectable: float | None
    additional_cases: int | None
