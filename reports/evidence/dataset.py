"""What is shown of one data set: its methods, the comparison of sides, the verdict."""

from dataclasses import dataclass, field
from typing import Literal

from bench.protocol.cards import DatasetCard
from reports.evidence.best_two import FewFalseAlarms, ProbabilityPair
from reports.evidence.cases import Disagreements
from reports.evidence.curves import RocCurve
from reports.evidence.decisions import DecisionPair
from reports.evidence.estimate import Estimate
from reports.evidence.method import MethodEvidence
from reports.evidence.pair import PairTest

Side = Literal["deep", "classical"]
SIDES: tuple[Side, Side] = ("deep", "classical")
"""The two, in the order of their difference."""

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
class ControlCheck:
    """Whether the best model of a side beats the best control: if not, nothing was learnt.

    Attributes:
        side: whose best model, chosen on validation.
        champion: its name.
        control: name of the control with the highest validation AUC.
        difference: AUC of the best model − AUC of the control.
        p: one-sided, that the best model is no better than the control.
        passed: p < alpha.
        sentence: for the reader.
    """

    side: Side
    champion: str
    control: str
    difference: Estimate
    p: float
    passed: bool
    sentence: str


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
class SuggestedGroups:
    """The primary comparison with the patients that the images suggest, where none are known.

    Attributes:
        n_groups: how many the images suggest among the test cases that decide, each that stands
            alone counted as one.
        n_smallest: those that have a case of the class of which the fewest have one.
        smallest_class: its name.
        difference: d with the interval that it would have if these were the patients; None where it
            is not defined.
    """

    n_groups: int
    n_smallest: int
    smallest_class: str
    difference: Estimate | None


@dataclass(frozen=True)
class LeftOutClass:
    """A class of many that has too few test cases to count.

    Attributes:
        name: of the class.
        number: its test cases, or patients that have one where patients are known.
    """

    name: str
    number: int


@dataclass(frozen=True)
class PrimaryComparison:
    """The one primary comparison of a data set: best deep against best classical method.

    Both were chosen by mean validation AUC (ties go to the first name); with folds in every fold
    anew, on its own validation part, and `pair` names those that were most often chosen. d = AUC of
    deep − AUC of classical on the test cases without a near twin in train or validation. Holm's
    corrections run over the data sets that get a verdict, real and generated ones apart.

    Attributes:
        pair: the two and every test of their difference; a is deep, b classical.
        n_cases: test cases.
        n_groups: patients among them, or None.
        n_smallest: test cases of the smallest class, or patients that have one where patients are
            known. Near twins count as one.
        smallest_class: its name.
        picked_on_test_deep, picked_on_test_classical: the best models if test had been used.
        picked_on_test_gain_deep, picked_on_test_gain_classical: how much test AUC each side would
            have gained by that, 0 or more.
        picked_on_test_difference: d between those two.
        controls: per side, whether its best model beats the best control; () without controls.
        n_twins: test cases that do not count here, since they have a near twin in train or
            validation.
        on_all: the difference on all test cases, for comparison with published results; None
            where none is left out, or it is not defined.
        folds_deep, folds_classical: with folds, in how many of them each method was the best of
            its side; else empty.
        resamples: bootstrap samples of the training part on which both were trained, and whose
            variance `pair.se_seeds` then is, unless the seeds' own is larger: the interval is that
            of training sets like this one. 0 where there are none, or fewer than three.
        resamples_lost: further samples that the study asked for and one of the two was not trained
            on, or failed on.
        suggested: the same with the patients that the images suggest; None where patients are
            known, or nothing can be told of the images.
        n_deep, n_classical: deep and classical methods with a result, of which the two are the
            best on validation.
        n_train: training images, mean over the runs of both; None where it is not recorded.
        classes: names of the classes that count: the AUC is the mean of their AUCs, each against
            the others among them. With two classes both.
        left_out: the classes whose test cases do not count, since they have too few.
    """

    pair: PairTest
    n_cases: int
    n_groups: int | None
    n_smallest: int
    smallest_class: str
    picked_on_test_deep: str
    picked_on_test_classical: str
    picked_on_test_gain_deep: float
    picked_on_test_gain_classical: float
    picked_on_test_difference: float
    controls: tuple[ControlCheck, ...]
    n_twins: int = 0
    on_all: Estimate | None = None
    folds_deep: dict[str, int] = field(default_factory=dict)
    folds_classical: dict[str, int] = field(default_factory=dict)
    resamples: int = 0
    resamples_lost: int = 0
    suggested: SuggestedGroups | None = None
    n_deep: int = 1
    n_classical: int = 1
    n_train: float | None = None
    classes: tuple[str, ...] = ()
    left_out: tuple[LeftOutClass, ...] = ()

    @property
    def deep(self) -> str:
        """Name of the best deep model (chosen on validation)."""
        return self.pair.a

    @property
    def classical(self) -> str:
        """Name of the best classical model (chosen on validation)."""
        return self.pair.b


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

    The best of each share are chosen by its own validation AUCs. A secondary look, never the
    verdict: Holm's corrections run over the shares of a data set.

    Attributes:
        fraction: of the training part.
        n_train: mean number of training images, or None.
        pair: the two and every test of their difference; a is deep, b classical.
        rule: the first that holds, as in `Verdict`.
        ahead: the side that is better, or None.
    """

    fraction: float
    n_train: float | None
    pair: PairTest
    rule: Rule
    ahead: Side | None


@dataclass(frozen=True)
class ImageSize:
    """The best deep against the best classical method, both with images of one size.

    Champions of each size are chosen by its own validation AUCs. A secondary look, never the
    verdict: Holm's corrections run over the sizes of a data set.

    Attributes:
        size: side in pixels.
        pair: the two and every test of their difference; a is deep, b classical.
        rule: the first that holds, as in `Verdict`.
        ahead: the side that is better, or None.
    """

    size: int
    pair: PairTest
    rule: Rule
    ahead: Side | None


@dataclass(frozen=True)
class AuditItem:
    """One light of the audit strip.

    Attributes:
        key: stable name of the guard, for example "budget"; see `reports.verdicts.audit.GUARDS`.
        title: for the reader, a few words.
        colour: "red" means that no verdict can be given.
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
        prevalence: part → share of each class in the order of `card.class_names`.
        no_information_rate: accuracy of always naming the most frequent class of test.
        detectable: smallest ΔAUC that the test part was expected to show with 80 % power before
            anything was trained (see `reports.analysis.planning`), or None.
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
        audit: every guard once, in the order of `reports.verdicts.audit.GUARDS`.
        ideal: None where it is not known.
        disagreements: of the best two models on single cases; None where a side has none.
        sizes: the sides by share of the training part, smallest first; () where the study has one
            share, or there is no verdict.
        validation_twins: which validation cases did not choose; None where near twins were not
            searched for.
        image_sizes: the sides by image size, smallest first; () as for `sizes`.
    """

    card: DatasetCard
    generated: bool
    prevalence: dict[str, tuple[float, ...]]
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
