"""What the primary comparison would say with the patients that the images suggest."""

from collections.abc import Iterable
from dataclasses import replace

from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import SIDES, PrimaryComparison, SuggestedGroups
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.loading.units import counting_together

_LEAST = 2  # patients of each class, from which an error can be told


def with_suggested_groups(
    comparison: PrimaryComparison | None, compared: DatasetComparison
) -> PrimaryComparison | None:
    """A primary comparison with its error by suggested patients beside it.

    Args:
        comparison: of this data set; its numbers stay as they are.
        compared: the data set on the test cases that decide.
    """
    card = compared.data.card
    deep, classical = (compared.candidates.champion(side) for side in SIDES)
    if comparison is None or card.suggested_groups is None or deep is None or classical is None:
        return comparison
    if any(part.groups is not None for part in compared.data.tests.values()):
        return comparison
    data = counting_together(compared.data, card.suggested_test_groups, "suggested patient")
    again = DatasetComparison(_runs_of(data, (deep, classical)), compared.study)
    size, difference = data.size, None
    if size.smallest >= _LEAST and not again.thin_fold and again.can_pair(deep, classical):
        difference = again.pair(deep, classical, prospects=False).difference
    return replace(
        comparison,
        suggested=SuggestedGroups(size.units, size.smallest, size.smallest_class, difference),
    )


def _runs_of(data: DatasetRuns, chosen: Iterable[Chosen]) -> DatasetRuns:
    """Without the runs of methods that stand for no side."""
    names = {name for one in chosen for name in (one.name, *one.times)}

    def own(runs: Iterable[ScoredRun]) -> tuple[ScoredRun, ...]:
        return tuple(run for run in runs if run.run.trial.method in names)

    return replace(data, scored=own(data.scored), resampled=own(data.resampled))
