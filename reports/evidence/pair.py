"""The difference of two methods on one data set, with every test of it."""

from dataclasses import dataclass

from reports.evidence.estimate import Estimate


@dataclass(frozen=True)
class PairTest:
    """Method a against method b on the same test cases; d = AUC of a − AUC of b.

    Holm's corrections run over the data sets of the claim that the pair belongs to, or over the
    pairs of one data set where all of them are compared.

    Attributes:
        a, b: names of the methods.
        auc_a, auc_b: mean AUC of each with its interval.
        difference: d with its interval of level 1 - alpha. Not symmetric around d near an AUC of
            1, and where the same seeds chose a champion that are tested.
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
        minimum_detectable: smallest |d| that would be found with 80 % power at level alpha (not
            corrected for several data sets) if the worse AUC, the correlation of the two methods
            and the seeds' variance are those estimated here; None where not even an AUC of 1 would
            be found better, and where both methods rank alike.
        additional_cases: about how many more test cases like these (with as many of them per
            patient) would settle it with 80 % power if the two AUCs are what they seem: show that
            they differ, or that d lies within ±margin, whichever takes fewer. 0 where there are
            enough; None where 10,000 times as many do not (the seeds vary too much), and with
            folds.
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
