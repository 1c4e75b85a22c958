"""What a guard looks at and what it answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from reports.evidence import (
    Analysis,
    Colour,
    MethodEvidence,
    PrimaryComparison,
    Segmentation,
)
from reports.loading.selection import DatasetRuns

WORSE: dict[Colour, int] = {"green": 0, "amber": 1, "red": 2}
"""Colours in order."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a guard looks at.

    Attributes:
        data: the study's runs on the data set.
        methods: what is shown of its methods.
        comparison: the primary one, or None.
        study: the study.
        studies: how many studies of the folder score this data set.
        times: how often this study was run.
        times_elsewhere: how often the other studies that score this data set were run, in all.
        analyses: the data set's cells of the sensitivity grid; () without a comparison.
        duplicates: ids of test cases with a near-duplicate in another part, None if not searched.
        segmentation: what label maps measure, on all test cases; None of classification.
    """

    data: DatasetRuns
    methods: Sequence[MethodEvidence]
    comparison: PrimaryComparison | None
    study: Study
    studies: int
    times: int
    times_elsewhere: int
    analyses: Sequence[Analysis]
    duplicates: Collection[str] | None
    segmentation: Segmentation | None = None

    @property
    def lost(self) -> frozenset[str]:
        """Methods of the study without a stored run on the data set, whose side is not known."""
        missing = {trial.method for trial in self.data.missing}
        return frozenset(missing - {method.name for method in self.methods})

    @property
    def card(self) -> DatasetCard:
        """The data set."""
        return self.data.card


Finding = tuple[Colour, str]
"""A colour and a sentence."""
