"""What is shown of one data set: its methods, the comparison of sides, the verdict."""

from dataclasses import dataclass
from typing import Literal

from bench.record import DatasetCard
from reports.evidence.method import Estimate, MethodEvidence, RocCurve
from reports.evidence.pair import PairTest

Side = Literal["deep", "classical"]
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
    """Whether a champion beats the best control: if not, nothing was learnt, or the man is straw.

    Attributes:
        side: whose champion.
        champion: its name.
        control: name of the control with the highest validation AUC.
        difference: AUC of the champion − AUC of the control.
        p: one-sided, that the champion is no better than the control.
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
class Comparison:
    """The one primary comparison of a data set: best deep against best classical method.

    Both were chosen by mean validation AUC (ties go to the first name). d = AUC of deep − AUC of
    classical on the test part. Holm's corrections run over the data sets of the study that have
    a comparison.

    Attributes:
        deep, classical: names of the champions.
        auc_deep, auc_classical: mean AUC of each with its interval.
        difference: d with its interval of level 1 - alpha.
        se: standard error of d.
        se_cases, se_seeds: its two parts, se² = se_cases² + se_seeds². With folds all of it is in
            se_cases.
        df: degrees of freedom of the t distribution, None for the normal one.
        test: name of the procedure behind p, for the reader.
        p: two-sided, of no difference.
        p_holm: Holm over data sets.
        p_equivalence, p_equivalence_holm: two one-sided tests against ±margin.
        p_margin, p_margin_holm: of |d| ≤ margin, two-sided: below alpha exactly where the
            interval lies beyond ±margin.
        p_deep_not_worse: one-sided, of d ≤ −margin; small if deep is not worse by the margin.
        p_classical_not_worse: one-sided, of d ≥ margin.
        margin, alpha: the study's.
        minimum_detectable: smallest |d| that would be found with 80 % power at level alpha with
            this standard error (not corrected for several data sets); None where se is 0.
        additional_cases: about how many more test cases would settle it with 80 % power if d is
            what it seems: show that it is not 0, or that it lies within ±margin, whichever takes
            fewer. 0 where there are enough; None where more cases cannot (the seeds vary too
            much) or with folds.
        n_cases: test cases.
        n_groups: patients among them, or None.
        n_smallest: test cases of the smallest class; `smallest_class` is its name.
        picked_on_test_deep, picked_on_test_classical: the champions if test had been used.
        picked_on_test_gain_deep, picked_on_test_gain_classical: how much test AUC each side would
            have gained by that, 0 or more.
        picked_on_test_difference: d between those two.
        controls: per side, whether its champion beats the best control; () without controls.
    """

    deep: str
    classical: str
    auc_deep: Estimate
    auc_classical: Estimate
    difference: Estimate
    se: float
    se_cases: float
    se_seeds: float
    df: float | None
    test: str
    p: float
    p_holm: float
    p_equivalence: float
    p_equivalence_holm: float
    p_margin: float
    p_margin_holm: float
    p_deep_not_worse: float
    p_classical_not_worse: float
    margin: float
    alpha: float
    minimum_detectable: float | None
    additional_cases: int | None
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

    @property
    def pair(self) -> PairTest:
        """The same numbers without the names of the sides: a is deep, b classical."""
        return PairTest(
            a=self.deep,
            b=self.classical,
            auc_a=self.auc_deep,
            auc_b=self.auc_classical,
            difference=self.difference,
            se=self.se,
            se_cases=self.se_cases,
            se_seeds=self.se_seeds,
            df=self.df,
            test=self.test,
            p=self.p,
            p_holm=self.p_holm,
            p_equivalence=self.p_equivalence,
            p_equivalence_holm=self.p_equivalence_holm,
            p_margin=self.p_margin,
            p_margin_holm=self.p_margin_holm,
            p_a_not_worse=self.p_deep_not_worse,
            p_a_not_worse_holm=self.p_deep_not_worse,
            p_b_not_worse=self.p_classical_not_worse,
            margin=self.margin,
            alpha=self.alpha,
            minimum_detectable=self.minimum_detectable,
            additional_cases=self.additional_cases,
        )


@dataclass(frozen=True)
class Verdict:
    """What is concluded on one data set. The numbers of its sentence are its fields.

    Attributes:
        rule: which rule fired, the first that holds.
        winner: the better side, or with "not-worse" the one that is not worse; else None.
        heading: the conclusion in a few words, for example "Deep better".
        sentence: the rest of it, with its numbers.
        d, low, high: difference and interval, or None without a comparison.
        p: Holm p of the test that decided (superiority, equivalence, or non-inferiority, the last
            one not corrected); None for no verdict.
        margin: the study's.
        minimum_detectable, additional_cases: as in `Comparison`.
    """

    rule: Rule
    winner: Side | None
    heading: str
    sentence: str
    d: float | None
    low: float | None
    high: float | None
    p: float | None
    margin: float
    minimum_detectable: float | None
    additional_cases: int | None

    @property
    def is_verdict(self) -> bool:
        """Whether there is one."""
        return self.rule not in NO_VERDICT


@dataclass(frozen=True)
class AuditItem:
    """One light of the audit strip.

    Attributes:
        key: stable name of the guard, for example "budget"; see `reports.audit.GUARDS`.
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
            anything was trained (see `reports.planning`), or None.
        methods: by family (deep, classical, hybrid, control), then by mean AUC, best first,
            failed ones last.
        champion_deep, champion_classical: names, or None where a side has no result.
        comparison: None where a side has no result or a class is absent from test.
        verdict: what is concluded.
        audit: every guard once, in the order of `reports.audit.GUARDS`.
        ideal: None where it is not known.
    """

    card: DatasetCard
    generated: bool
    prevalence: dict[str, tuple[float, ...]]
    no_information_rate: float
    detectable: float | None
    methods: tuple[MethodEvidence, ...]
    champion_deep: str | None
    champion_classical: str | None
    comparison: Comparison | None
    verdict: Verdict
    audit: tuple[AuditItem, ...]
    ideal: IdealObserver | None

    def method(self, name: str) -> MethodEvidence:
        """The method of this name.

        Raises:
            KeyError: if there is none.
        """
        for item in self.methods:
            if item.name == name:
                return item
        raise KeyError(name)
