"""The one comparison of a data set's two sides that its verdict rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reports.evidence.estimate import Estimate
from reports.evidence.pair import PairTest

Side = Literal["deep", "classical"]
SIDES: tuple[Side, Side] = ("deep", "classical")
"""The two, in the order of their difference."""


@dataclass(frozen=True)
class ControlCheck:
    """Whether the best model of a side beats every control: if not, it is not shown to have learnt.

    Attributes:
        side: whose best model, chosen on validation.
        champion: its name; with folds every model that stands for the side, with its number of
            folds, as of `standing`.
        control: name of the control that it beats least clearly, or of those that it is not shown
            to beat that with the highest result on test.
        difference: AUC of the best model − AUC of the control, with its interval of level
            1 − 2 alpha, which is that of the one-sided test.
        p: one-sided, that the best model is no better than this control; None where a class has
            fewer than ten deciding cases (patients, where known), which support no test.
        passed: p < alpha.
        sentence: for the reader.
    """

    side: Side
    champion: str
    control: str
    difference: Estimate
    p: float | None
    passed: bool
    sentence: str


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
        number: its test cases, or patients that have one where patients are known. Near twins count
            as one.
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
        unit: what `n_smallest` counts: "test patient", "test case", or "distinct test case" where
            near twins count as one.
        picked_on_test_deep, picked_on_test_classical: the best models if test had been used.
        picked_on_test_gain_deep, picked_on_test_gain_classical: how much test AUC each side would
            have gained by that, 0 or more.
        picked_on_test_difference: d between those two.
        controls: per side, whether its best model beats every control; () without controls.
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
    unit: str = "test case"

    @property
    def deep(self) -> str:
        """Name of the best deep model (chosen on validation)."""
        return self.pair.a

    @property
    def classical(self) -> str:
        """Name of the best classical model (chosen on validation)."""
        return self.pair.b

    @property
    def idle(self) -> bool:
        """Whether controls were tested and neither side is shown to beat them all."""
        tested = [check for check in self.controls if check.p is not None]
        return bool(tested) and not any(check.passed for check in tested)

    @property
    def labels(self) -> tuple[str, str]:
        """Deep and classical, where there is room for a word or two."""
        each = "best of each fold"
        return (
            each if len(self.folds_deep) > 1 else self.deep,
            each if len(self.folds_classical) > 1 else self.classical,
        )

    @property
    def stands_for_deep(self) -> str:
        """`deep`, or every model that the deep value is of, with its number of folds."""
        return standing(self.deep, self.folds_deep)

    @property
    def stands_for_classical(self) -> str:
        """Likewise of the classical value."""
        return standing(self.classical, self.folds_classical)


def standing(name: str, folds: Mapping[str, int]) -> str:
    """The best model of a side, or every model that its value is of, with its number of folds."""
    if len(folds) < 2:
        return name
    most_first = sorted(folds, key=lambda one: (one != name, -folds[one], one))
    first, *others = (f"{one} ({folds[one]}" for one in most_first)
    unit = "fold" if folds[most_first[0]] == 1 else "folds"
    return ", ".join([f"{first} {unit})", *(f"{other})" for other in others)])
