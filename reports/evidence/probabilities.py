"""Whether a method's probabilities are what they say, and what they are worth."""

from dataclasses import dataclass
from typing import Literal

from reports.evidence.estimate import Estimate


@dataclass(frozen=True)
class ReliabilityBin:
    """Test cases with similar probabilities, of all runs together.

    Attributes:
        predicted: their mean probability.
        observed: the share of them for which it came true.
        low, high: interval of that share; runs add no cases, patients are taken into account.
        cases: how many, mean over runs.
    """

    predicted: float
    observed: float
    low: float
    high: float
    cases: float


@dataclass(frozen=True)
class SmoothCurve:
    """A calibration curve without bins, of the cases of all runs together.

    Attributes:
        predicted: rising probabilities.
        observed: the share for which it came true there (loess).
        low, high: band, point by point; runs add no cases, patients are taken into account.
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """Probabilities of the test cases against the truth; every number is a mean over trainings.

    A training is a run; with folds it is the runs of one seed in all folds of one draw, whose cases
    are put together first.

    Of two classes the probability is that of the positive one. Of more, slope, intercept, the
    errors and the bins are those of the most probable class: its probability, and whether it is
    right.

    Attributes:
        brier: mean squared error of the probabilities; of more than two classes summed over them.
            With its interval (cases or patients, and seeds), where a seed has every fold.
        log_loss: mean negative log-likelihood of the true class.
        observed_to_expected: cases for which it came true over the sum of their probabilities,
            O:E; 1 is perfect, above 1 the probabilities are too low. None where a count is 0.
        slope: of the truth on the logit of the probability; 1 is perfect, below 1 the
            probabilities are too extreme. None where no training has one, as where a threshold
            parts the classes. Trainings share their cases, which its interval and that of the
            intercept allow for.
        intercept: with the slope held at 1 (calibration in the large); 0 is perfect, above 0 the
            probabilities are too low.
        calibration_error: expected calibration error over 15 bins of the same number of cases,
            debiased.
        calibration_error_plug_in: as it is mostly reported, chance included.
        calibration_error_if_perfect: what the plug-in would be on average for perfect
            probabilities.
        ici, e50, e90: mean, median and 90th percentile over the cases of the distance between the
            curve without bins and the diagonal (Austin & Steyerberg 2019); above 0 for perfect
            probabilities too, and so are their intervals, which only drawn methods have. None
            with fewer than ten distinct probabilities.
        smooth: that curve; None for a method that is not drawn.
        bins: at most 10 of the same number of cases, from low to high; () for a method that is not
            drawn.
        net_benefit: at each of `Probabilities.act_at`; () for a method that is not drawn, and for
            more than two classes.
        shares: for each true class the share of its cases in each twentieth of 0..1 of the
            probability (of two classes that of the positive one, of more that of the true class);
            () for a method that is not drawn.
    """

    brier: Estimate
    log_loss: float
    observed_to_expected: Estimate | None
    slope: Estimate | None
    intercept: Estimate | None
    calibration_error: float
    calibration_error_plug_in: float
    calibration_error_if_perfect: float
    ici: Estimate | None
    e50: Estimate | None
    e90: Estimate | None
    smooth: SmoothCurve | None
    bins: tuple[ReliabilityBin, ...]
    net_benefit: tuple[float, ...]
    shares: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Probabilities:
    """One method's probabilities, as they are and after the recalibration that all methods get.

    Attributes:
        of: what the probabilities are of.
        stored: as the method gave them.
        recalibrated: after a logistic map fitted on each run's validation part; None without
            validation cases.
        act_at: probabilities at or above which one would act; () where there is no net benefit.
        act_on_all: net benefit of acting on every case at each of them; that of acting on none
            is 0.
    """

    of: Literal["positive class", "most probable class"]
    stored: Calibration
    recalibrated: Calibration | None
    act_at: tuple[float, ...]
    act_on_all: tuple[float, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether figures show it: the best of each side and the best hybrid are drawn."""
        return bool(self.stored.bins)
