"""The best model of each side on the same test cases, beyond the AUC. Never the verdict."""

from dataclasses import dataclass

from reports.evidence.estimate import Estimate


@dataclass(frozen=True)
class BrierDifference:
    """Difference of two Brier scores on the same cases.

    Attributes:
        difference: Brier score of b − that of a, above 0 where a's probabilities are nearer the
            truth, with its interval (cases or patients, and seeds).
        p: two-sided, of no difference; not adjusted.
    """

    difference: Estimate
    p: float


@dataclass(frozen=True)
class BenefitDifference:
    """Net benefit of a − that of b, by the probability at which one would act.

    Attributes:
        thresholds: probabilities at or above which one acts.
        difference: in true positives per case.
        low, high: limits, threshold by threshold (Bayesian bootstrap of cases or patients).
        probability: that acting on a does more good than acting on b.
    """

    thresholds: tuple[float, ...]
    difference: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    probability: tuple[float, ...]


@dataclass(frozen=True)
class ProbabilityPair:
    """Probabilities of two methods, as they are and after the same recalibration.

    Attributes:
        a, b: names of the methods.
        brier, brier_recalibrated: whose are nearer the truth; the latter None without validation
            cases.
        benefit, benefit_recalibrated: whose are worth more where they are acted on; None for more
            than two classes.
    """

    a: str
    b: str
    brier: BrierDifference
    brier_recalibrated: BrierDifference | None
    benefit: BenefitDifference | None
    benefit_recalibrated: BenefitDifference | None


@dataclass(frozen=True)
class PartialAucDifference:
    """Difference of two raw partial AUCs.

    Attributes:
        specificity: from which the area counts, up to 1.
        a, b: the areas, mean over seeds; at most 1 − specificity.
        difference: a − b, with its interval.
        p: two-sided, of no difference; not adjusted.
    """

    specificity: float
    a: float
    b: float
    difference: Estimate
    p: float


@dataclass(frozen=True)
class FixedSpecificity:
    """Sensitivities on test at thresholds that reach a specificity on validation.

    Every run has its own threshold, the lowest at which its validation part has this specificity.

    Attributes:
        aimed_at: that specificity.
        sensitivity_a, sensitivity_b: on test, mean over seeds.
        difference: sensitivity of a − that of b, with its interval.
        p: two-sided, of equal sensitivity; not adjusted.
        test: name of the procedure behind p.
        specificity_a, specificity_b: what was reached on test.
        specificity_difference: of them, with its interval: where it is not near 0 the
            sensitivities are not of the same specificity.
    """

    aimed_at: float
    sensitivity_a: float
    sensitivity_b: float
    difference: Estimate
    p: float
    test: str
    specificity_a: float
    specificity_b: float
    specificity_difference: Estimate


@dataclass(frozen=True)
class FewFalseAlarms:
    """Two methods of two classes where few false alarms are allowed.

    Attributes:
        a, b: names of the methods.
        partial: None with folds, whose scores are those of several fitted methods.
        fixed: one for each specificity aimed at; () without negative validation cases.
    """

    a: str
    b: str
    partial: PartialAucDifference | None
    fixed: tuple[FixedSpecificity, ...]
