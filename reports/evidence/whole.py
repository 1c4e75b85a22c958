"""What is shown of a whole study."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.record import Environment
from bench.results.studies import StudyEntry
from reports.evidence.claim import ClaimEvidence
from reports.evidence.dataset import AuditItem, DatasetEvidence
from reports.evidence.estimate import Estimate
from reports.evidence.many import ManyDatasets
from reports.evidence.method import FailedRun, MissingTrial
from reports.evidence.robustness import Robustness

OverallRule = Literal["supported", "refuted", "mixed", "not-substantiated", "no-verdict"]


@dataclass(frozen=True)
class Pooled:
    """The difference over several data sets, random effects.

    Attributes:
        effect: pooled d with its interval of level 1 - alpha.
        p: two-sided, of no difference.
        p_equivalence: two one-sided tests against ±margin.
        tau: standard deviation of the true difference between data sets.
        i_squared: share of the variation that is not chance, 0..1.
        prediction_low, prediction_high: where the difference on a further data set would lie with
            the study's level; None with fewer than 3 data sets.
        datasets: names of the data sets pooled.
        weights: of each, summing to 1.
        method: name of the procedure, for the reader.
    """

    effect: Estimate
    p: float
    p_equivalence: float
    tau: float
    i_squared: float
    prediction_low: float | None
    prediction_high: float | None
    datasets: tuple[str, ...]
    weights: tuple[float, ...]
    method: str


@dataclass(frozen=True)
class OverallVerdict:
    """The answer to the claim "deep learning is better than classical learning".

    Attributes:
        rule: which one fired.
        heading: the answer in a few words, for example "Not substantiated".
        sentence: the answer with its numbers.
        caveats: sentences that belong to it, shown with it always.
        pooled: None without any verdict on a data set.
        pooled_over: "real" or "generated" images, or "none".
        deep_better, classical_better, equivalent, no_difference, no_verdict: how many of the
            data sets counted say so; they add up to `counted`.
        counted: data sets of the kind that is pooled, including those without a verdict.
    """

    rule: OverallRule
    heading: str
    sentence: str
    caveats: tuple[str, ...]
    pooled: Pooled | None
    pooled_over: Literal["real", "generated", "none"]
    deep_better: int
    classical_better: int
    equivalent: int
    no_difference: int
    no_verdict: int
    counted: int


@dataclass(frozen=True)
class EnvironmentSeen:
    """One environment and how many of the shown runs it did.

    Attributes:
        environment: as recorded.
        runs: how many.
    """

    environment: Environment
    runs: int


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that the report shows of a results folder: its current study and what came of it.

    Attributes:
        entry: the study, when it was first run, how often, by which command, what was left out.
        study_hash: of that study.
        claim: the claim that is examined, one sentence.
        overall: the answer.
        claims: the secondary ones, those of the study file first.
        robustness: the verdict under other choices than the study's.
        many: the methods across data sets.
        audit: every guard once, with its worst colour over the data sets.
        datasets: those of the study that have a card, real ones first, then by name.
        without_card: data sets of the study of which nothing is stored.
        failed: runs of the study without predictions.
        missing: trials of the study without a stored run.
        environments: seen in the shown runs, most frequent first.
        n_runs: stored runs of the study, failed ones included.
        n_other_runs: stored runs that belong to other studies.
        n_studies: studies ever declared in the folder.
        fraction: share of the training part that everything but the learning curves uses.
    """

    entry: StudyEntry
    study_hash: str
    claim: str
    overall: OverallVerdict
    claims: tuple[ClaimEvidence, ...]
    robustness: Robustness
    many: ManyDatasets
    audit: tuple[AuditItem, ...]
    datasets: tuple[DatasetEvidence, ...]
    without_card: tuple[str, ...]
    failed: tuple[FailedRun, ...]
    missing: tuple[MissingTrial, ...]
    environments: tuple[EnvironmentSeen, ...]
    n_runs: int
    n_other_runs: int
    n_studies: int
    fraction: float

    def dataset(self, name: str) -> DatasetEvidence:
        """The data set of this name.

        Raises:
            KeyError: if there is none.
        """
        for item in self.datasets:
            if item.card.name == name:
                return item
        raise KeyError(name)
