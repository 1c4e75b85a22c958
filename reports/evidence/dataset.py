"""What is shown of one data set: its methods, the comparison of sides, the verdict."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.cards import DatasetCard
from reports.evidence.best_two import FewFalseAlarms, ProbabilityPair
from reports.evidence.cases import Disagreements
from reports.evidence.curves import RocCurve
from reports.evidence.decisions import DecisionPair
from reports.evidence.estimate import Estimate
from reports.evidence.method import MethodEvidence
from reports.evidence.pair import PairTest
from reports.evidence.primary import PrimaryComparison, Side
from reports.evidence.rungs import Ladder
from reports.evidence.segmentation import Segmentation
from reports.evidence.transport import Interaction, Transport

Colour = Literal["green", "amber", "red"]

Rule = Literal[
    "protocol-violated",
    "side-missing",
    "too-few-cases",
    "better-beyond-margin",
    "better-but-equivalent",
    "better",
    "equivalent",
    "not-worse",
    "inconclusive",
]
NO_VERDICT: frozenset[Rule] = frozenset({"protocol-violated", "side-missing", "too-few-cases"})
"""The rules that end in "No verdict"."""


@dataclass(frozen=True)
class ValidationTwins:
    """Validation cases that have a near twin in train, over all folds.

    They choose neither model nor threshold nor configuration, where ten of each class remain
    without them (in a fold: in its validation part).

    Attributes:
        cases: validation cases.
        twins: those with a near twin in train.
        left_out: those of them that did not choose; the others had to.
    """

    cases: int
    twins: int
    left_out: int


@dataclass(frozen=True)
class Verdict:
    """What is concluded on one data set. The numbers of its sentence are its fields.

    Attributes:
        rule: which rule fired, the first that holds.
        winner: the better side; None where none is shown to be better.
        heading: the conclusion in a few words, for example "Deep better".
        sentence: the rest of it, with its numbers.
        margin: the study's.
        d, low, high: difference and interval of level 1 − alpha, or None without a comparison.
        low_one_sided, high_one_sided: interval of level 1 − 2 alpha, which belongs to equivalence
            and to the one-sided tests.
        p: of the test that decided (superiority or equivalence, Holm-adjusted, or non-inferiority,
            not adjusted); None for no verdict.
        not_worse: the sides that are shown not to be worse by the margin.
        unadjusted: the rule that would hold without Holm's correction.
        minimum_detectable, cases_for_difference, cases_for_interval: as in `PairTest`.
    """

    rule: Rule
    winner: Side | None
    heading: str
    sentence: str
    margin: float
    d: float | None = None
    low: float | None = None
    high: float | None = None
    low_one_sided: float | None = None
    high_one_sided: float | None = None
    p: float | None = None
    not_worse: tuple[Side, ...] = ()
    unadjusted: Rule | None = None
    minimum_detectable: float | None = None
    cases_for_difference: int | None = None
    cases_for_interval: int | None = None

    @property
    def is_verdict(self) -> bool:
        """Whether there is one."""
        return self.rule not in NO_VERDICT


@dataclass(frozen=True)
class TrainingSize:
    """The best deep against the best classical method, both trained on one share of the images.

    The best of each share are chosen by its own validation AUCs. The row of the verdict's share is
    its comparison with its p values; the others are a secondary look, with Holm's corrections over
    the other rows of all data sets (real and generated ones apart).

    Attributes:
        fraction: of the training part.
        n_train: mean number of training images, or None.
        pair: the two and every test of their difference; a is deep, b classical.
        rule: the first that holds, as in `Verdict`.
        ahead: the side that is better, or None.
        stands_for_deep, stands_for_classical: the model whose value it is; with folds every one
            that is the best of some, with their number.
    """

    fraction: float
    n_train: float | None
    pair: PairTest
    rule: Rule
    ahead: Side | None
    stands_for_deep: str
    stands_for_classical: str


@dataclass(frozen=True)
class ImageSize:
    """The best deep against the best classical method, both with images of one size.

    Champions of each size are chosen by its own validation AUCs. The row of the verdict's size is
    its comparison with its p values; the others are corrected as of `TrainingSize`.

    Attributes:
        size: side in pixels.
        pair: the two and every test of their difference; a is deep, b classical.
        rule: the first that holds, as in `Verdict`.
        ahead: the side that is better, or None.
        stands_for_deep, stands_for_classical: the model whose value it is; with folds every one
            that is the best of some, with their number.
    """

    size: int
    pair: PairTest
    rule: Rule
    ahead: Side | None
    stands_for_deep: str
    stands_for_classical: str


@dataclass(frozen=True)
class MaskComparison:
    """The best deep against the best classical method, both with lesion masks of one source.

    Champions of each source are chosen by its own validation AUCs. The row of the data set's own
    masks is the verdict's comparison with its p values; the others are corrected as of
    `TrainingSize`.

    Attributes:
        masks: of `bench.protocol.choices.MASKS`.
        pair: the two and every test of their difference; a is deep, b classical.
        rule: the first that holds, as in `Verdict`.
        ahead: the side that is better, or None.
        stands_for_deep, stands_for_classical: the model whose value it is; with folds every one
            that is the best of some, with their number.
        change: how the difference of the verdict's two models is another one where they are trained
            and tested with these masks; None for the data set's own, and where that cannot be told.
    """

    masks: str
    pair: PairTest
    rule: Rule
    ahead: Side | None
    stands_for_deep: str
    stands_for_classical: str
    change: Interaction | None = None


@dataclass(frozen=True)
class AuditItem:
    """One light of the audit strip.

    Attributes:
        key: stable name of the guard, for example "budget"; see `reports.verdicts.audit.GUARDS`.
        title: for the reader, a few words.
        colour: "red" means that no verdict can be given; of the lights that speak of other images
            than the verdict's (`reports.verdicts.transport.lights`) it withholds none.
        sentence: what was found.
    """

    key: str
    title: str
    colour: Colour
    sentence: str


@dataclass(frozen=True)
class IdealObserver:
    """The best that any method can reach, known for generated data.

    Attributes:
        population_auc: its AUC over all images that could be generated, or None.
        auc: its AUC on the test cases with its interval, or None without scores.
        roc: its curve on the test cases, or None.
        statement: what is known of the data set, in words.
    """

    population_auc: float | None
    auc: Estimate | None
    roc: RocCurve | None
    statement: str


@dataclass(frozen=True, eq=False)
class DatasetEvidence:
    """All that is shown of one data set.

    Attributes:
        card: as stored: numbers, provenance, samples.
        generated: whether the images are generated, so that they say nothing of medical ones.
        prevalence: part → share of each class in the order of `card.class_names`; with folds of the
            parts that the card has, which no trial used.
        test_shares: share of each class among the test cases, in the same order; with folds of the
            cases of all of them.
        no_information_rate: accuracy of always naming the most frequent class of test.
        detectable: smallest ΔAUC (of segmentation ΔDice) that the test part was expected to show
            with 80 % power before anything was trained (see `reports.analysis.planning`), or None.
        methods: by family (deep, classical, hybrid, control), then by mean AUC, best first,
            failed ones last.
        champion_deep, champion_classical: names, or None where a side has no result.
        comparison: None where a side has no result or a class is absent from test.
        decisions: of the best two models, each by its rule; None where one is missing.
        probability_pair: the probabilities of the best two models, deep first; None as for
            `decisions`.
        few_false_alarms: the best two models, deep first, where few false alarms are allowed; None
            as for `decisions`, and for more than two classes.
        verdict: what is concluded.
        audit: every guard once, in the order of `reports.verdicts.audit.GUARDS`; then the lights
            of what was asked beyond the test part.
        ideal: None where it is not known.
        disagreements: of the best two models on single cases; None where a side has none.
        sizes: the sides by share of the training part, smallest first; () where the study has one
            share, or there is no verdict.
        validation_twins: which validation cases did not choose; None where near twins were not
            searched for.
        image_sizes: the sides by image size, smallest first; () as for `sizes`.
        masks: the sides by the source of lesion masks, the data set's own first; () as for `sizes`.
        ladder: what the methods of each side make use of, and what came of it.
        transport: what was asked beyond the test part; None where nothing was.
        segmentation: of a segmentation study what label maps measure; the numbers of classification
            are None then. None, and left out of JSON, in a study of classification.
    """

    card: DatasetCard
    generated: bool
    prevalence: dict[str, tuple[float, ...]]
    test_shares: tuple[float, ...]
    no_information_rate: float
    detectable: float | None
    methods: tuple[MethodEvidence, ...]
    champion_deep: str | None
    champion_classical: str | None
    comparison: PrimaryComparison | None
    decisions: DecisionPair | None
    probability_pair: ProbabilityPair | None
    few_false_alarms: FewFalseAlarms | None
    verdict: Verdict
    audit: tuple[AuditItem, ...]
    ideal: IdealObserver | None
    disagreements: Disagreements | None = None
    sizes: tuple[TrainingSize, ...] = ()
    validation_twins: ValidationTwins | None = None
    image_sizes: tuple[ImageSize, ...] = ()
    masks: tuple[MaskComparison, ...] = ()
    ladder: Ladder | None = None
    transport: Transport | None = None
    segmentation: Segmentation | None = None

    @property
    def tuned(self) -> bool:
        """Whether any method was tuned."""
        return any(method.tuning for method in self.methods)

    def method(self, name: str) -> MethodEvidence:
        """The method of this name.

        Raises:
            KeyError: if there is none.
        """
        for item in self.methods:
            if item.name == name:
                return item
        raise KeyError(name)
