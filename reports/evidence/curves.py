"""What the curves of one method on one data set say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConfidenceBand:
    """Pointwise limits of the sensitivity.

    Attributes:
        fpr: false positive rates, rising.
        low, high: limits of the sensitivity at each, of the study's level; cases (patients) and
            seeds vary.
        procedure: its name, for the reader.
    """

    fpr: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    procedure: str


@dataclass(frozen=True)
class RocCurve:
    """A ROC path for display, thinned to some 150 vertices, from (0, 0) to (1, 1).

    With several runs (and, for more than two classes, several one-against-rest curves) it is
    their vertical average: the mean sensitivity at each false positive rate. Its area is the mean
    AUC, apart from the thinning.

    Attributes:
        fpr, tpr: the vertices, both not decreasing.
        thresholds: at or above which a case is called positive, mean over the thresholds at which
            the runs have this false positive rate; () for more than two classes.
        band: of the best two models of a single split, else None.
        operating: (false positive rate, sensitivity) on test at the threshold that was chosen on
            validation, mean over seeds; None for more than two classes.
    """

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    thresholds: tuple[float, ...] = ()
    band: ConfidenceBand | None = None
    operating: tuple[float, float] | None = None


@dataclass(frozen=True)
class LowFalsePositives:
    """What is reached where false alarms are rare, read off the ROC curve of the test part.

    Means over runs, and over the one-against-rest questions of more than two classes.

    Attributes:
        partial_auc: area under the curve between false positive rates of 0 and 0.1; 0.1 is perfect
            and 0.005 that of a useless score.
        standardised: the same after McClish 1989: 0.5 is useless, 1 is perfect; None where it is
            below that of a useless score.
        sensitivity_at_90, sensitivity_at_95: the highest sensitivity of a threshold whose
            specificity is at least 0.9 and 0.95.
    """

    partial_auc: float
    standardised: float | None
    sensitivity_at_90: float
    sensitivity_at_95: float


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision against recall on test, thinned to some 150 vertices.

    With several runs, and for more than two classes over the one-against-rest questions, the mean
    precision at each recall.

    Attributes:
        recall: rising, above 0, up to 1.
        precision: of the highest thresholds that find at least this share of the positives.
        thresholds: mean over runs; () for more than two classes.
        stepped: whether every recall that can be reached is there, so that the precision between
            two of them is that of the higher one.
        average_precision: mean precision over all recalls.
        operating: (recall, precision) at the threshold that was chosen on validation, mean over
            seeds; None for more than two classes or where nothing was called positive.
    """

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    thresholds: tuple[float, ...]
    stepped: bool
    average_precision: float
    operating: tuple[float, float] | None
