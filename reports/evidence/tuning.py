"""What is shown of the search for a method's parameters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExpectedBest:
    """What a search that ends sooner would have found; see `reports.statistics.expected_best`.

    Attributes:
        configurations: that are tried, the declared parameters among them.
        validation: expected validation AUC of the best of them, mean over runs.
    """

    configurations: int
    validation: float


@dataclass(frozen=True)
class ChosenParameter:
    """A parameter that was tuned.

    Attributes:
        name: with the steps of a pipeline that it belongs to.
        values: value as text → runs that chose it, most frequent first.
    """

    name: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Tuning:
    """The search for a method's parameters, over its runs with the study's largest fraction.

    Validation AUCs are those that the configurations were chosen by, so that the best is too high.

    Attributes:
        asked: configurations that each run was offered.
        runs: tuned runs.
        tried: configurations of a run, mean; fewer than `asked` where there are no more.
        failed: of those, mean.
        declared: validation AUC of the declared parameters, mean over the runs in which they have
            one; None if none has.
        expected: of searches of a quarter and of half the configurations, over the same runs; ()
            where there are none between the declared parameters and all.
        chosen: validation AUC of what was chosen, mean over runs, or None.
        standard_error: of that AUC in one run, mean over runs: DeLong's, images taken as
            independent; None beyond two classes and where a class has a single case.
        gain: of what was chosen over the declared parameters, mean over the runs in which both
            have an AUC, or None.
        kept: runs in which the declared parameters were the best.
        parameters: what was chosen, sorted by name.
        errors: why configurations failed → how many in all runs, most frequent first.
    """

    asked: int
    runs: int
    tried: float
    failed: float
    declared: float | None
    expected: tuple[ExpectedBest, ...]
    chosen: float | None
    standard_error: float | None
    gain: float | None
    kept: int
    parameters: tuple[ChosenParameter, ...]
    errors: tuple[tuple[str, int], ...]

    @property
    def searched(self) -> float:
        """Configurations of a run among which one was chosen, mean."""
        return self.tried - self.failed
