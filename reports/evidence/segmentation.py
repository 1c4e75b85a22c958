"""What is shown of the label maps on one data set, beside what is shown of any data set."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.cards import Family
from reports.evidence.estimate import Estimate
from reports.statistics.segmentation.measures import RegionMeasure

PictureKind = Literal[
    "best-deep",
    "median-deep",
    "worst-deep",
    "best-classical",
    "median-classical",
    "worst-classical",
    "deep-ahead",
    "classical-ahead",
]


@dataclass(frozen=True)
class MeasureSummary:
    """One measure of a method over the test cases, each case the mean over seeds.

    Attributes:
        measure: which.
        mean: over cases, with its interval (errors by patient).
        q05, q25, median, q75, q95: quantiles over cases.
    """

    measure: RegionMeasure
    mean: Estimate
    q05: float
    q25: float
    median: float
    q75: float
    q95: float


@dataclass(frozen=True)
class ClassMeasures:
    """One class of pixels, of several.

    Attributes:
        name: of the class.
        present: test cases that have it.
        misses: share of these in which none of it was found (Dice 0), mean over seeds; None where
            no test case has it.
        measures: over all test cases, by measure.
    """

    name: str
    present: int
    misses: float | None
    measures: tuple[MeasureSummary, ...]


@dataclass(frozen=True)
class SegmentedMethod:
    """A method's label maps against the truth, test cases at the size of their files.

    Attributes:
        name, family: the method.
        measures: of a case the mean over the classes, by measure; Dice is the primary one.
        misses: share of the test cases that have something to find and in which nothing of it was
            found (Dice 0), mean over seeds; None where no case has.
        false_alarms: share of the test cases with nothing to find in which something was, mean over
            seeds; None where every case has something.
        both_empty: share of the test cases (of several classes, of pairs of a case and a class) in
            which neither truth nor prediction has anything, so that Dice is 1 by convention; mean
            over runs.
        present: mean Dice of what is there: over the test cases with something to find, of each the
            mean over the classes that it has. None where no case has any.
        validation: mean Dice of the validation cases, mean over runs; it decides who is the best of
            its side. None where nothing is known of them.
        validation_both_empty, validation_present: the same two of the validation cases; None
            likewise, or where none has anything to find.
        seed_sd: standard deviation of the mean Dice over seeds, None with a single one.
        per_class: by class; () where there is one.
        is_champion: of its side.
    """

    name: str
    family: Family
    measures: tuple[MeasureSummary, ...]
    misses: float | None
    false_alarms: float | None
    both_empty: float
    present: Estimate | None
    validation: float | None
    validation_both_empty: float | None
    validation_present: float | None
    seed_sd: float | None
    per_class: tuple[ClassMeasures, ...]
    is_champion: bool

    @property
    def dice(self) -> MeasureSummary:
        """The primary measure."""
        return self.measures[0]


@dataclass(frozen=True)
class DiceUnder:
    """A method with another share of the training part, or at another image size.

    Attributes:
        method: its name.
        fraction: share of the training part.
        size: side of the images in px, None where a study has a single one.
        dice: mean over the test cases, as that of the method itself.
    """

    method: str
    fraction: float
    size: int | None
    dice: Estimate


@dataclass(frozen=True)
class SegmentedCase:
    """The best two models on one test case.

    Attributes:
        case_id: as stored.
        area: of all that is to be found, share of the image.
        deep, classical: Dice, mean over classes and seeds.
    """

    case_id: str
    area: float
    deep: float
    classical: float


@dataclass(frozen=True)
class MeasureDifference:
    """The best two models by one measure: a secondary look, never the verdict.

    Attributes:
        measure: which.
        deep, classical: means over the test cases; with folds of the best model of each fold, as
            the difference is.
        difference: deep − classical, turned round where less is better, so that above 0 deep is
            better whatever the measure is; with its interval.
        p: two-sided, of no difference; not corrected.
    """

    measure: RegionMeasure
    deep: float
    classical: float
    difference: Estimate
    p: float


@dataclass(frozen=True)
class SizeGroup:
    """The best two models on the test cases whose regions are of similar size.

    Attributes:
        low, high: share of the image that is to be found, from the smallest case to the largest.
        cases: how many.
        deep, classical: mean Dice.
        difference: deep − classical; with its interval, None of fewer than two patients.
    """

    low: float
    high: float
    cases: int
    deep: float
    classical: float
    difference: Estimate


@dataclass(frozen=True)
class SiteResult:
    """The best two models on the test cases of one site, or other value of a column.

    Attributes:
        column, value: which.
        cases: test cases of it.
        groups: patients among them, None where they are not known.
        deep, classical: mean Dice, each with its interval where there are enough cases.
        difference: deep − classical, likewise.
    """

    column: str
    value: str
    cases: int
    groups: int | None
    deep: Estimate
    classical: Estimate
    difference: Estimate


@dataclass(frozen=True)
class OutlinedCase:
    """A test case with the outlines of the truth and of what the best two models found.

    Attributes:
        case_id: as stored.
        deep, classical: Dice, mean over classes and seeds.
        image: base64-encoded PNG.
    """

    case_id: str
    deep: float
    classical: float
    image: str


@dataclass(frozen=True)
class PictureRow:
    """Pictured cases of one kind.

    Attributes:
        kind: which.
        cases: the most telling first.
    """

    kind: PictureKind
    cases: tuple[OutlinedCase, ...]


@dataclass(frozen=True)
class Segmentation:
    """What is shown of the label maps on one data set.

    Attributes:
        classes: names of the classes of pixels, without the background.
        unit: of distances: "mm" where the spacing of every test case is known, else "px".
        tolerance: of the normalised surface Dice, in that unit: two pixels.
        methods: by family (deep, classical, hybrid, control), then by mean Dice, best first.
        sides: what stands for the deep and for the classical side, as far as there is something:
            the best method, or with folds the best of each, whose name then is all of theirs.
        cases: the best two models on every test case, in the order of their ids; () where a side
            has none.
        empty: test cases with nothing to find.
        differences: of the best two by every measure; () where they are not compared.
        sizes: by the size of what is to be found, smallest first; () likewise.
        sites: by site; () where nothing is known of sites.
        conditions: the methods by share of the training part, then by image size; of what a study
            has a single one of, none.
        pictures: overlays, row by row.
        pictured: test cases of which there is a picture.
        trouble: why there is none, one sentence, or "".
    """

    classes: tuple[str, ...]
    unit: Literal["px", "mm"]
    tolerance: float
    methods: tuple[SegmentedMethod, ...]
    sides: tuple[SegmentedMethod, ...]
    cases: tuple[SegmentedCase, ...]
    empty: int
    differences: tuple[MeasureDifference, ...]
    sizes: tuple[SizeGroup, ...]
    sites: tuple[SiteResult, ...]
    conditions: tuple[DiceUnder, ...]
    pictures: tuple[PictureRow, ...]
    pictured: int
    trouble: str

    def method(self, name: str) -> SegmentedMethod | None:
        """The method of this name, None where it has no result."""
        return next((one for one in self.methods if one.name == name), None)
