"""What is decided: at the rule that was fixed on validation, and at any other threshold."""

from dataclasses import dataclass

from reports.evidence.estimate import Estimate


@dataclass(frozen=True)
class AtPrevalence:
    """What an answer would mean where the condition is so frequent.

    Attributes:
        prevalence: share of the cases that have the condition.
        ppv: probability of the condition after a positive answer, with its interval; None where
            no case was ever called positive.
        npv: probability of its absence after a negative answer, likewise.
    """

    prevalence: float
    ppv: Estimate | None
    npv: Estimate | None


@dataclass(frozen=True)
class OperatingPoint:
    """Test performance at a decision rule that was fixed on validation; means over seeds.

    The folds of a seed are put together first, so that every case counts once. For more than two
    classes sensitivity, specificity, precision, NPV and F1 are unweighted means over the classes
    (one against the rest).

    Attributes:
        rule: how the decision was fixed, in words, for example "Youden index on validation".
        thresholds: per run, in the order of `MethodEvidence.scores`; empty for argmax.
        accuracy, sensitivity, specificity, precision, npv: for two classes the rates of the
            confusion matrix below, with Wilson intervals. Seeds do not add cases: the interval is
            that of one run at the mean rate. Images of a patient are taken into account by a
            design effect. Precision or NPV is None where nothing was ever predicted positive or
            negative. For more classes accuracy is the same, the others as the next three.
        f1, balanced_accuracy, mcc: means of the seeds' values. For two classes the interval of F1
            is that of the Bayesian bootstrap of cases (patients), that of balanced accuracy
            combines those of the recalls, that of MCC is the bootstrap's, stretched as far as that
            of balanced accuracy is wider. For more classes it is that of a proportion of as many
            cases as have the variance of the mean over classes. Without where a seed lacks a fold.
        class_recalls: of more than two classes the recall of each, mean over seeds, with Wilson's
            interval or that of patients; None for a class without test cases. () for two classes,
            of which they are sensitivity and specificity, and where no seed has every fold.
        confusion: `(k, k)` counts on test, rows are the truth, columns the decision, mean over
            seeds (hence not always whole numbers).
        at_prevalence: PPV and NPV at stated prevalences, from sensitivity and specificity; () for
            more than two classes. `precision` and `npv` are those at the test part's own.
    """

    rule: str
    thresholds: tuple[float, ...]
    accuracy: Estimate
    sensitivity: Estimate
    specificity: Estimate
    precision: Estimate | None
    npv: Estimate | None
    f1: Estimate
    balanced_accuracy: Estimate
    mcc: Estimate
    class_recalls: tuple[Estimate | None, ...]
    confusion: tuple[tuple[float, ...], ...]
    at_prevalence: tuple[AtPrevalence, ...] = ()

    @property
    def recall(self) -> Estimate:
        """Another name of sensitivity."""
        return self.sensitivity


@dataclass(frozen=True)
class ThresholdCounts:
    """Decisions on test at any threshold, for two classes.

    One and the same threshold is applied to every run of the method; the folds of a seed are put
    together, and counts are means over seeds. At `chosen` they are those of `OperatingPoint` only
    where all runs chose the same threshold: there every run uses its own.

    Attributes:
        thresholds: descending; a case whose probability is at or above is called positive. At the
            first none is, at the last all are.
        true_positives, false_positives: test cases called positive at each.
        chosen: mean of the thresholds that the runs fixed on validation; one of `thresholds`.
    """

    thresholds: tuple[float, ...]
    true_positives: tuple[float, ...]
    false_positives: tuple[float, ...]
    chosen: float


@dataclass(frozen=True)
class DecisionPair:
    """Decisions of two methods on the same test cases, each by its rule fixed on validation.

    Attributes:
        a, b: names of the methods.
        accuracy_a, accuracy_b: share of cases decided rightly, mean over seeds.
        difference: accuracy of a − accuracy of b, with its interval.
        only_a, only_b: cases that only one of the two decides rightly, mean over all pairs of a
            seed of a and a seed of b.
        p: two-sided, of equal accuracy.
        test: name of the procedure behind p.
        ahead: the one with the higher accuracy, None where they are equal.
        claim_false: probability that the claim "the one ahead is more accurate" is false, given
            these cases (Christodoulou et al. 2025): the tail of a Beta distribution of the
            discordant cases; 0.5 where nothing speaks for either.
    """

    a: str
    b: str
    accuracy_a: float
    accuracy_b: float
    difference: Estimate
    only_a: float
    only_b: float
    p: float
    test: str
    ahead: str | None
    claim_false: float
