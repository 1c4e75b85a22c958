"""What is shown of the question whether the difference between the sides travels.

d is always AUC of the best deep − AUC of the best classical model, the two of the verdict, which
were chosen on validation and are nowhere chosen again.
"""

from dataclasses import dataclass, field
from typing import Literal

from bench.protocol.cards import Family
from reports.evidence.estimate import Estimate
from reports.evidence.pair import HypothesisTest
from reports.evidence.primary import Side, standing

PlaceKind = Literal["test", "external", "subgroup", "corruption", "masks"]

ChangeRule = Literal["changed", "changed-within-margin", "same", "not-shown"]
"""Whether d is shown to be another one there, shown to be so but by less than the margin, shown to
be the same within the margin, or none of these."""


@dataclass(frozen=True)
class AtPlace:
    """One method in one place, mean over its runs, or what stands for a side.

    Attributes:
        method, family: which; of a side for which several methods stand, all of them.
        is_champion: whether it is the best of its side, of which d is the difference.
        auc: with its interval; None where a class is absent.
        inverted: whether that interval lies below 0.5: the method ranks systematically the wrong
            way round. It is never turned round.
        lost: share of what lies above 0.5 on the test part that is lost here, both AUCs being of
            `Place.lost_classes`; None there, for a method that is no better than chance, and
            where fewer than two of more classes count in both places.
        sensitivity, specificity: at the threshold that validation chose; of more than two classes
            means over the classes. None where they were not asked for.
        slope, intercept, observed_to_expected: calibration of the probabilities as they are; None
            where they were not asked for or cannot be had.
    """

    method: str
    family: Family
    is_champion: bool
    auc: Estimate | None
    inverted: bool
    lost: float | None = None
    sensitivity: Estimate | None = None
    specificity: Estimate | None = None
    slope: Estimate | None = None
    intercept: Estimate | None = None
    observed_to_expected: Estimate | None = None


@dataclass(frozen=True)
class Place:
    """Cases on which the methods were tested, all without near twins in train or validation.

    Attributes:
        kind: the test part itself, an external part, a subgroup of the test part, or the test part
            with spoilt images.
        name: for the reader, for example "DU", "sex = F" or "blur".
        column: of a subgroup, else "".
        severity: of a corruption, else 0.
        n_cases: how many.
        n_groups: patients among them, or None.
        n_smallest: cases of the smallest class, or patients that have one where they are known.
        smallest_class: its name.
        methods: by family, then by name.
        difference: d with its interval; None where it is not defined.
        equivalence: two one-sided tests of d against ±margin, not adjusted; None as d.
        obstacle: why d is not tested against another place, one sentence, or "".
        classes: names of those that have cases here, of which AUCs and rates are.
        lost_classes: names of those of which `AtPlace.lost` is: of more than two classes those that
            have enough cases (patients) here and on the test part; () where nothing is told.
        sides: what `difference` is of, deep and classical, each with a result here: that of
            `methods`, or with folds the best of each fold, of which AUC and loss alone are told.
    """

    kind: PlaceKind
    name: str
    column: str
    severity: int
    n_cases: int
    n_groups: int | None
    n_smallest: int
    smallest_class: str
    methods: tuple[AtPlace, ...]
    difference: Estimate | None
    equivalence: HypothesisTest | None
    obstacle: str = ""
    classes: tuple[str, ...] = ()
    lost_classes: tuple[str, ...] = ()
    sides: tuple[AtPlace, ...] = ()

    def of_side(self, side: Side) -> AtPlace | None:
        """What stands for a side, None without a result."""
        return next((row for row in self.sides if row.family == side), None)


@dataclass(frozen=True)
class Interaction:
    """Is d another one there than here? A difference of differences.

    Attributes:
        kind: of the places.
        name: for the reader: of the place, or of the corruption at all severities.
        places: names of the places of which `there` is the mean; of a corruption its severities.
        here: d on the test part; of a subgroup on the test cases that are in other groups.
        there: d in the place; of a corruption the mean over severities, of several external parts
            the mean weighted by their cases.
        deep, classical: AUC of the two, each here and there.
        change: there − here, with its interval.
        test: two-sided, of no change; Holm's correction runs over the questions of a data set, or
            over all data sets that leave out a value of one column each.
        equivalence: two one-sided tests of the change against ±margin, corrected alike.
        minimum_detectable: smallest |change| that would be found with 80 % power at level alpha,
            not corrected; None where the error is 0.
        shared: whether the cases here and there are the same, so that their covariance counts.
        procedure: its name.
        classes: names of the classes that count, in both places.
        n_classes: of the data set.
        rule: what is concluded.
        favours: the side that does better there than here, beside the other, where a change is
            shown; else None.
    """

    kind: PlaceKind
    name: str
    places: tuple[str, ...]
    here: Estimate
    there: Estimate
    deep: tuple[float, float]
    classical: tuple[float, float]
    change: Estimate
    test: HypothesisTest
    equivalence: HypothesisTest
    minimum_detectable: float | None
    shared: bool
    procedure: str
    classes: tuple[str, ...]
    n_classes: int
    rule: ChangeRule = "not-shown"
    favours: Side | None = None


@dataclass(frozen=True)
class GroupGap:
    """The worst of the groups of a column, and the gap to the best, of the best model of a side.

    Attributes:
        column: of the groups.
        side, method: whose.
        groups: those that are compared.
        classes: names of the classes of which the AUCs are: those that every group has enough
            cases (patients) of.
        n_classes: of the data set.
        worst, best: names of those with the lowest and the highest AUC.
        worst_auc: the lowest AUC with an interval of the lowest true one, whichever group has it.
        gap: highest − lowest, with an interval that holds although both were picked.
        by_chance: mean gap if all groups were alike, with the errors found.
        p: probability of a gap as large if all were alike; not adjusted.
    """

    column: str
    side: Side
    method: str
    groups: tuple[str, ...]
    classes: tuple[str, ...]
    n_classes: int
    worst: str
    best: str
    worst_auc: Estimate
    gap: Estimate
    by_chance: float
    p: float


@dataclass(frozen=True)
class Transport:
    """All that was asked of one data set beyond its test part.

    Attributes:
        deep, classical: the best model of each side (chosen on validation); "" where only one side
            has a model, of the other, and of both where the two cannot be compared for another
            reason.
        places: the test part first, then external parts, subgroups, corruptions by severity.
        interactions: in the order of the places, one per question; the mean of several external
            parts stands after them.
        gaps: per column and side.
        sentences: what is concluded, one per kind of question.
        notes: what was asked for and cannot be answered, each a sentence.
        folds_deep, folds_classical: as of `reports.evidence.PrimaryComparison`.
        apart: why there is no difference between the sides, here or elsewhere, one sentence, or "".
    """

    deep: str
    classical: str
    places: tuple[Place, ...]
    interactions: tuple[Interaction, ...]
    gaps: tuple[GroupGap, ...]
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    folds_deep: dict[str, int] = field(default_factory=dict)
    folds_classical: dict[str, int] = field(default_factory=dict)
    apart: str = ""

    @property
    def stands_for(self) -> dict[Side, str]:
        """Side → what its values are of, of the sides that have a model."""
        told: dict[Side, str] = {
            "deep": self.stands_for_deep,
            "classical": self.stands_for_classical,
        }
        return {side: name for side, name in told.items() if name}

    @property
    def stands_for_deep(self) -> str:
        """`deep`, or every model that the deep values are of, with its number of folds."""
        return standing(self.deep, self.folds_deep)

    @property
    def stands_for_classical(self) -> str:
        """Likewise of the classical values."""
        return standing(self.classical, self.folds_classical)

    def of_kind(self, kind: PlaceKind) -> tuple[Place, ...]:
        """The places of a kind."""
        return tuple(place for place in self.places if place.kind == kind)

    def asked(self, kind: PlaceKind) -> tuple[Interaction, ...]:
        """The interactions of a kind."""
        return tuple(one for one in self.interactions if one.kind == kind)


@dataclass(frozen=True)
class LeftOutColumn:
    """Data sets that leave out each value of a column once, as one statement.

    Every case is tested elsewhere at most once: as external when its value was left out. The
    internal test parts of several of these data sets share cases, and may hold external ones of
    another; the error counts every case (patient) once, with all that it adds.

    Attributes:
        name: of the data set that was divided.
        column: whose values were left out.
        datasets: names of those that count.
        without: names of those that do not, since one of both places has too few cases.
        change: d at the sites that were left out, against d on the test parts of the others; means
            over data sets, weighted by the cases left out.
        sentence: for the reader.
    """

    name: str
    column: str
    datasets: tuple[str, ...]
    without: tuple[str, ...]
    change: Interaction
    sentence: str


@dataclass(frozen=True)
class TransportOverall:
    """Whether the difference travels, over all data sets of which it was asked.

    Attributes:
        left_out: one for each data set that was divided by a column.
        sentences: over all data sets, one per kind of question.
    """

    left_out: tuple[LeftOutColumn, ...]
    sentences: tuple[str, ...]
