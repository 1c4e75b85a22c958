"""What is shown of a whole study."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.record import Environment, Trial
from bench.results.studies import StudyEntry
from reports.evidence.claim import ClaimEvidence
from reports.evidence.dataset import AuditItem, DatasetEvidence, Rule
from reports.evidence.estimate import Estimate
from reports.evidence.many import ManyDatasets
from reports.evidence.method import FailedRun, MissingTrial
from reports.evidence.pair import HypothesisTest
from reports.evidence.robustness import Robustness
from reports.evidence.transport import TransportOverall

OverallRule = Literal[
    "supported",
    "classical-better",
    "no-advantage",
    "mixed",
    "not-substantiated",
    "self-check",
    "no-verdict",
]


@dataclass(frozen=True)
class MeanDifference:
    """The mean difference on the data sets at hand, those of one source counted once.

    A fixed-effect mean: weights by inverse variance, an error that comes from within the data sets
    only. See `reports.statistics.sources`.

    Attributes:
        effect: mean d with its interval of level 1 - alpha.
        superiority, margin_superiority, equivalence, non_inferiority_a, non_inferiority_b: as of a
            single data set's `PairTest`; nothing is corrected, since there is one mean.
        margin: the smallest difference that matters.
        minimum_detectable: smallest |mean| that would be found with 80 % power, or None.
        datasets: names of the data sets averaged.
        sources: the source of each, named after the first of its data sets.
        weights: of each data set, summing to 1.
        method: name of the procedure, for the reader.
    """

    effect: Estimate
    superiority: HypothesisTest
    margin_superiority: HypothesisTest
    equivalence: HypothesisTest
    non_inferiority_a: HypothesisTest
    non_inferiority_b: HypothesisTest
    margin: float
    minimum_detectable: float | None
    datasets: tuple[str, ...]
    sources: tuple[str, ...]
    weights: tuple[float, ...]
    method: str

    @property
    def n_sources(self) -> int:
        """Independent sources."""
        return len(set(self.sources))


@dataclass(frozen=True)
class FurtherDataset:
    """What may be expected of a further data set: random effects over sources. Never the answer.

    Attributes:
        effect: mean d over such data sets with its interval of level 1 - alpha.
        p: two-sided, of no difference in the mean.
        tau: standard deviation of the true difference between sources.
        i_squared: share of the variation that is not chance, 0..1.
        prediction_low, prediction_high: where the difference on a further data set would lie.
        level: of that prediction interval.
        n_sources: independent sources.
    """

    effect: Estimate
    p: float
    tau: float
    i_squared: float
    prediction_low: float
    prediction_high: float
    level: float
    n_sources: int


@dataclass(frozen=True)
class OverallVerdict:
    """The answer to the claim "deep learning is better than classical learning".

    Attributes:
        rule: which one fired.
        heading: the answer in a few words, for example "Not substantiated".
        sentence: the answer with its numbers.
        caveats: sentences that belong to it, shown with it always.
        mean: of the data sets with a verdict; None without any, and where all are generated.
        mean_rule: what the rules of a single data set say of the mean; None without one.
        further: None with fewer than six independent sources.
        over: which images count: "real" or "generated" ones, or "none".
        deep_better, classical_better, equivalent, no_difference, no_verdict: how many of the
            data sets counted say so; they add up to `counted`.
        counted: data sets of the kind that counts, including those without a verdict.
        answers_known, answers_found: where all are generated, data sets with a verdict of which
            the answer is known, and on how many of them it was found; else 0.
    """

    rule: OverallRule
    heading: str
    sentence: str
    caveats: tuple[str, ...]
    mean: MeanDifference | None
    mean_rule: Rule | None
    further: FurtherDataset | None
    over: Literal["real", "generated", "none"]
    deep_better: int
    classical_better: int
    equivalent: int
    no_difference: int
    no_verdict: int
    counted: int
    answers_known: int = 0
    answers_found: int = 0


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
        of_other_data: stored runs, of any study, that saw other images or parts than their data
            sets have, and are in nothing else.
        environments: seen in the shown runs, most frequent first.
        n_runs: stored runs of the study, failed ones included; not those at further image sizes,
            with other masks or on bootstrap samples.
        n_other_runs: stored runs that belong to other studies.
        n_studies: studies ever declared in the folder.
        fraction: share of the training part that everything but the learning curves uses.
        transport: whether the difference travels, over data sets; None where nothing was asked.
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
    transport: TransportOverall | None = None
    of_other_data: tuple[Trial, ...] = ()

    def dataset(self, name: str) -> DatasetEvidence:
        """The data set of this name.

        Raises:
            KeyError: if there is none.
        """
        for item in self.datasets:
            if item.card.name == name:
                return item
        raise KeyError(name)
