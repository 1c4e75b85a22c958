"""How the verdict fares under other choices than those of the study."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.scoring import Measure
from reports.evidence.estimate import Estimate

Conclusion = Literal["deep", "classical", "none"]
"""Which side is better (Holm p below alpha), or that no difference is shown."""

Champions = Literal["validation", "second", "median", "mean"]


@dataclass(frozen=True)
class Choice:
    """One way to analyse the stored predictions.

    Attributes:
        measure: what is compared.
        champions: how each side's method is chosen: the best or the second best on validation, the
            best by the median of its seeds there (with folds each in every fold anew), or the mean
            of all methods of the side.
        seed: the only seed that counts, or None for all of them together. Methods without
            randomness count always.
        without_duplicates: whether test cases with a near twin in train or validation are left
            out, where there are any; then it is the study's own choice.
    """

    measure: Measure
    champions: Champions
    seed: int | None
    without_duplicates: bool


PRIMARY = Choice("auc", "validation", None, False)
"""The choice that the study declared, on a data set without twins."""


@dataclass(frozen=True)
class Analysis:
    """What one choice says on one data set.

    Attributes:
        dataset: its name.
        choice: the way of analysing.
        deep, classical: what stands for each side: a method, or "mean of n".
        difference: deep − classical, positive where deep is better (losses are turned round),
            with its interval.
        p, p_holm: two-sided, of no difference; Holm over the data sets of the same choice.
        conclusion: by p_holm.
        holds: whether it is the conclusion of the study's own choice.
    """

    dataset: str
    choice: Choice
    deep: str
    classical: str
    difference: Estimate
    p: float
    p_holm: float
    conclusion: Conclusion
    holds: bool


@dataclass(frozen=True)
class Share:
    """In how many analyses the conclusion is that of the study's own choice.

    Attributes:
        label: what the analyses have in common, for example a data set or "Brier score".
        holds: in how many the conclusion holds.
        deep, classical, none: how many conclude what.
    """

    label: str
    holds: int
    deep: int
    classical: int
    none: int

    @property
    def analyses(self) -> int:
        """How many there are."""
        return self.deep + self.classical + self.none

    @property
    def share(self) -> float:
        """holds / analyses, 0..1."""
        return self.holds / self.analyses


@dataclass(frozen=True, eq=False)
class Robustness:
    """The whole grid.

    Attributes:
        analyses: every cell, data set by data set.
        by_dataset: one share per data set.
        by_choice: one share per measure, choice of the best, seed and treatment of near-duplicates,
            over all data sets, with the dimension before the label: ("Measure", Share).
        total: over everything; None where no data set has a comparison.
        duplicates_known: whether near-duplicates were searched for, so that they are part of it.
        notes: what was left out and why.
    """

    analyses: tuple[Analysis, ...]
    by_dataset: tuple[Share, ...]
    by_choice: tuple[tuple[str, Share], ...]
    total: Share | None
    duplicates_known: bool
    notes: tuple[str, ...]
