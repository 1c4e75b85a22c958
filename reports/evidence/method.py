"""What is shown of one method on one data set."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.cards import Family
from bench.protocol.record import Status, WeightsUsed
from reports.evidence.curves import LowFalsePositives, PrecisionRecallCurve, RocCurve
from reports.evidence.decisions import OperatingPoint, ThresholdCounts
from reports.evidence.estimate import Estimate
from reports.evidence.probabilities import Probabilities
from reports.evidence.rungs import Step
from reports.evidence.tuning import Tuning

ContrastRule = Literal[
    "better-beyond-margin",
    "better-but-equivalent",
    "better",
    "equivalent",
    "not-worse",
    "inconclusive",
]


@dataclass(frozen=True)
class SeedScore:
    """What one run scored.

    Attributes:
        seed: None for a deterministic method.
        fold: None where the data set's one split was used.
        repeat: which draw of the folds, from 0.
        test, validation: primary metric (AUC) on the two parts; None where a class is absent.
    """

    seed: int | None
    fold: int | None
    test: float | None
    validation: float | None
    repeat: int = 0


@dataclass(frozen=True)
class Cost:
    """What a method took; means over its runs, None where it was not recorded.

    Attributes:
        fit_seconds: training, wall time; of a tuned method the whole search.
        predict_seconds: of all validation and test images, wall time.
        latency_seconds: predict_seconds per image.
        peak_memory: highest resident memory of the worker, bytes.
        model_size: the fitted estimator when serialised, bytes.
        parameters: numbers that training sets, where the method tells.
        features: handcrafted features of an image, where the method tells.
        n_train: training images.
        devices: where it ran, distinct names.
        threads: threads that a trial was allowed, distinct numbers.
        fit_energy: of one training, Wh; see `reports.analysis.methods.energy`.
        energy_per_1000: of predicting 1,000 images, Wh.
        energy_source: whether the power behind both was "measured" or "estimated", or "both" where
            some runs have the one and some the other.
    """

    fit_seconds: float | None
    predict_seconds: float | None
    latency_seconds: float | None
    peak_memory: float | None
    model_size: float | None
    parameters: float | None
    features: float | None
    n_train: float | None
    devices: tuple[str, ...]
    threads: tuple[int, ...]
    fit_energy: float | None = None
    energy_per_1000: float | None = None
    energy_source: str = "estimated"


@dataclass(frozen=True)
class SideContrast:
    """A secondary look: this method minus the best of the other side. Never the verdict.

    Classical methods are set against the best deep model, deep methods and hybrids against the
    classical one, controls against that with the higher validation AUC.

    Attributes:
        opponent: its name.
        difference: AUC of this method − AUC of the opponent.
        p: two-sided, not corrected.
        p_holm: Holm over the methods of the data set.
        p_equivalence: two one-sided tests against ±margin, Holm over the methods.
        rule: the first of the verdict's rules that holds.
        ahead: whether that rule speaks for this method (True) or for its opponent (False); None
            where it speaks for neither.
    """

    opponent: str
    difference: Estimate
    p: float
    p_holm: float
    p_equivalence: float
    rule: ContrastRule
    ahead: bool | None


@dataclass(frozen=True)
class LearningPoint:
    """Mean AUC when trained on a share of the training part.

    Attributes:
        fraction: of the training part, 1.0 for all of it.
        n_train: mean number of training images, or None.
        auc: mean over runs.
        sd: over runs, or None with a single one.
    """

    fraction: float
    n_train: float | None
    auc: float
    sd: float | None


@dataclass(frozen=True)
class ResolutionPoint:
    """Mean AUC with images of one size.

    Attributes:
        size: side in pixels.
        auc: mean over runs.
        sd: over runs, or None with a single one.
    """

    size: int
    auc: float
    sd: float | None


@dataclass(frozen=True)
class MaskPoint:
    """Mean AUC with lesion masks of one source.

    Attributes:
        masks: of `bench.protocol.choices.MASKS`.
        auc: mean over runs.
        sd: over runs, or None with a single one.
    """

    masks: str
    auc: float
    sd: float | None


@dataclass(frozen=True)
class Instability:
    """How much the probability of a case depends on the training (Riley & Collins 2023).

    Between all pairs of trainings, on the test cases: those on samples of the training part where
    there are several, else of the seeds that have every fold.

    Attributes:
        trainings: how many there are.
        mean: mean over cases of the mean absolute difference of a case's probability between two
            trainings; of more than two classes half the sum over the classes.
        q90: a tenth of the cases vary by more.
        changed: share of cases that two trainings decide differently, mean over pairs.
        resampled: whether they are trainings on samples of the training part.
    """

    trainings: int
    mean: float
    q90: float
    changed: float
    resampled: bool = False


@dataclass(frozen=True)
class FailedRun:
    """A run without predictions.

    Attributes:
        dataset, method, family, seed, fold, fraction, repeat, resample, size, masks: the trial.
        status: why there are no predictions.
        error: one line.
        traceback: the whole of it.
    """

    dataset: str
    method: str
    family: Family
    seed: int | None
    fold: int | None
    fraction: float
    status: Status
    error: str
    traceback: str
    repeat: int = 0
    resample: int | None = None
    size: int = 0
    masks: str = ""


@dataclass(frozen=True)
class MissingTrial:
    """A trial of the study that has no stored run, as far as that can be known.

    A method of which nothing is stored on a data set counts once (seed None), since nobody can
    tell whether it has seeds.

    Attributes:
        dataset, method, seed, fold, fraction, repeat, resample: the trial.
    """

    dataset: str
    method: str
    seed: int | None
    fold: int | None
    fraction: float
    repeat: int = 0
    resample: int | None = None


@dataclass(frozen=True)
class MethodEvidence:
    """One method on one data set, trained on the study's largest fraction.

    Attributes:
        name, family, summary, distribution, version: the method's card.
        status: "ok" if every trial is, "partial" if some are, "failed" if none is.
        parameters: leaf parameters as declared, name → value as text, sorted by name.
        scores: one per successful run, by fold and seed.
        auc: mean over runs with its interval (cases and seeds); None if all failed.
        auc_sd: standard deviation over seeds, or None with a single one. With folds that of the
            per-seed means over folds.
        auc_per_class: one against the rest, mean over runs, by class; () for two classes.
        validation_auc: mean over runs; it decides who is the best of its side. None where label
            maps are made, see `reports.evidence.segmentation.SegmentedMethod`.
        is_champion: of its side; always False for hybrids and controls.
        operating: at the decision rule fixed on validation; None as for `roc`.
        roc: None where test has cases of one class only, and if all failed; as are the next two.
        low_false_positives: what the curve says where false alarms are rare.
        precision_recall: the precision at each recall.
        thresholds: decisions at any threshold; None as for `roc`, for more than two classes, and
            where no seed has every fold.
        probabilities: whether they are what they say; None as for `roc`.
        instability: of single cases between trainings; None with fewer than two.
        cost: what it took.
        importance: part of the description of an image → AUC lost on the validation cases where
            that part is shuffled among them, mean over runs; () where the method says nothing.
        importance_errors, explanation_errors: why the importance or the activation maps of some
            runs could not be had, each reason once.
        weights: sets of pretrained weights that its successful runs started from, () being from
            scratch, unless `untold_weights`; more than one set means that runs cannot be averaged.
        training: training loss after each epoch, one curve per successful run that tells it.
        contrast: against the other side's best model; None where there is none.
        learning_curve: by fraction; () if the study has only one.
        resolution_curve: by image size; () if the study has only one.
        mask_points: by the source of lesion masks; () if the study has only one.
        rung: what it made use of, see `LadderRung`; "" where the method does not say.
        lacked_weights: whether it asked for pretrained weights, could have none, and was trained
            from scratch all the same.
        untold_weights: whether it does not say what its runs that name no weights started from.
        input_sizes: sides in pixels to which a network brought images, as far as runs tell.
        failures: its failed runs on this data set, all fractions.
        missing: its trials without a stored run.
        tuning: what came of the search for its parameters; None where it was not tuned.
    """

    name: str
    family: Family
    summary: str
    distribution: str
    version: str
    status: Literal["ok", "partial", "failed"]
    parameters: tuple[tuple[str, str], ...]
    scores: tuple[SeedScore, ...]
    auc: Estimate | None
    auc_sd: float | None
    auc_per_class: tuple[float | None, ...]
    validation_auc: float | None
    is_champion: bool
    operating: OperatingPoint | None
    roc: RocCurve | None
    low_false_positives: LowFalsePositives | None
    precision_recall: PrecisionRecallCurve | None
    thresholds: ThresholdCounts | None
    probabilities: Probabilities | None
    instability: Instability | None
    cost: Cost | None
    importance: tuple[tuple[str, float], ...]
    importance_errors: tuple[str, ...]
    explanation_errors: tuple[str, ...]
    weights: tuple[tuple[WeightsUsed, ...], ...]
    training: tuple[tuple[float, ...], ...]
    contrast: SideContrast | None
    learning_curve: tuple[LearningPoint, ...]
    failures: tuple[FailedRun, ...]
    missing: tuple[MissingTrial, ...]
    tuning: Tuning | None = None
    resolution_curve: tuple[ResolutionPoint, ...] = ()
    mask_points: tuple[MaskPoint, ...] = ()
    rung: Step | Literal[""] = ""
    lacked_weights: bool = False
    untold_weights: bool = False
    input_sizes: tuple[int, ...] = ()

    @property
    def has_mixed_weights(self) -> bool:
        """Whether its runs did not all start from the same weights."""
        return len(self.weights) > 1

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """Seeds of the successful runs, each once, in order."""
        return tuple(dict.fromkeys(score.seed for score in self.scores))
