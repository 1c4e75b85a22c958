"""What is concluded about a claim beside the primary one."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.claim import Direction
from bench.protocol.scoring import Measure
from reports.evidence.estimate import Estimate
from reports.evidence.pair import PairTest

Outcome = Literal["supported", "refuted", "mixed", "not-substantiated", "not-tested"]


@dataclass(frozen=True)
class TimeRatio:
    """How much longer one method takes than another on one data set, training and prediction.

    Attributes:
        a, b: names of the methods.
        seconds_a, seconds_b: geometric means over runs of fit + predict time.
        runs_a, runs_b: how many runs.
        ratio: seconds_a / seconds_b, with its interval where both have at least two runs.
        p, p_holm: two-sided, of a ratio of 1; None without an interval.
        devices: where the two ran, in words.
        searched: whether the time of any of the two holds the search for its parameters.
    """

    a: str
    b: str
    seconds_a: float
    seconds_b: float
    runs_a: int
    runs_b: int
    ratio: Estimate
    p: float | None
    p_holm: float | None
    devices: str
    searched: bool = False


@dataclass(frozen=True)
class ClaimOnDataset:
    """A claim on one data set.

    Attributes:
        dataset: its name.
        generated: whether its images are generated.
        outcome: never "mixed".
        heading: the conclusion in a few words.
        sentence: the rest of it with its numbers, or why it is not tested.
        pair: what it rests on; None where it is not tested, and for a claim about time.
        stands_for_a, stands_for_b: the methods of the pair; with folds every one that stands for a
            side in some of them, and in how many, see `reports.evidence.primary.standing`.
        time: the same for a claim about time.
    """

    dataset: str
    generated: bool
    outcome: Outcome
    heading: str
    sentence: str
    pair: PairTest | None = None
    stands_for_a: str = ""
    stands_for_b: str = ""
    time: TimeRatio | None = None


@dataclass(frozen=True)
class ClaimEvidence:
    """A secondary claim with its verdicts. It never changes the primary one.

    Attributes:
        name: short and unique.
        text: the claim, one sentence.
        declared: whether it stands in the study file; the others are built in.
        direction: "superiority", "non-inferiority" or "equivalence".
        measure: what is compared, or "time" for seconds of training and prediction.
        margin: the smallest difference that matters; None for time.
        a, b: the two sides in words.
        datasets: every data set of the claim, in the order of the report.
        outcome: over the data sets.
        heading, sentence: the answer with its numbers, or why it is not tested.
        effect: mean d (of losses turned round, so that above 0 side a is better), or mean ratio of
            times; None where it is not tested.
        p: of no mean difference, two-sided, not corrected; None without an interval.
        p_equivalence: of the mean difference, two one-sided tests; None for time.
        pooled_over: data sets that the mean is over.
        low_one_sided, high_one_sided: its interval of level 1 − 2 alpha, which belongs to
            equivalence and non-inferiority; None for time.
        p_non_inferiority: of the mean difference, one-sided, that a is worse by the margin; None
            for time.
    """

    name: str
    text: str
    declared: bool
    direction: Direction
    measure: Measure | Literal["time"]
    margin: float | None
    a: str
    b: str
    datasets: tuple[ClaimOnDataset, ...]
    outcome: Outcome
    heading: str
    sentence: str
    effect: Estimate | None
    p: float | None
    p_equivalence: float | None
    pooled_over: tuple[str, ...]
    low_one_sided: float | None = None
    high_one_sided: float | None = None
    p_non_inferiority: float | None = None
