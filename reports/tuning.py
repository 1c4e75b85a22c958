"""The search for a method's parameters in numbers."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from bench.record import Run, Tried
from reports.evidence import ChosenParameter, ExpectedBest, MethodEvidence, Tuning
from reports.statistics.expected_best import expected_best

SHARES = (4, 2)
"""A quarter and a half of the configurations: whether the last ones still brought something."""


def tuning(runs: Sequence[Run]) -> Tuning | None:
    """What came of the search over some runs of a method; None where none was tuned."""
    tuned = [run for run in runs if run.tuning]
    if not tuned:
        return None
    asked = max(run.tune for run in tuned)
    picked = [_chosen(run) for run in tuned]
    gains = [
        last.score - run.tuning[0].score
        for run, last in zip(tuned, picked, strict=True)
        if last.score is not None and run.tuning[0].score is not None
    ]
    return Tuning(
        asked=asked,
        runs=len(tuned),
        tried=fmean(len(run.tuning) for run in tuned),
        failed=fmean(sum(bool(one.error) for one in run.tuning) for run in tuned),
        declared=_mean([run.tuning[0].score for run in tuned]),
        expected=_expected(tuned, asked),
        chosen=_mean([one.score for one in picked]),
        gain=fmean(gains) if gains else None,
        kept=sum(one is run.tuning[0] for one, run in zip(picked, tuned, strict=True)),
        parameters=_parameters(tuned),
        errors=_by_frequency(one.error for run in tuned for one in run.tuning if one.error),
    )


def not_tuned(methods: Iterable[MethodEvidence]) -> list[str]:
    """Names of the methods with a result that had their declared parameters alone, sorted."""
    return sorted({m.name for m in methods if m.scores and m.tuning is None})


def as_text(value: Any) -> str:
    """A parameter's value: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _chosen(run: Run) -> Tried:
    return next((tried for tried in run.tuning if tried.chosen), run.tuning[0])


def _expected(runs: Sequence[Run], asked: int) -> tuple[ExpectedBest, ...]:
    """Over the runs in which the declared parameters have a score."""
    sizes = sorted({math.ceil(asked / share) for share in SHARES} - {1, asked})
    found = []
    for size in sizes:
        best = [
            expected_best(first.score, [_or_worst(one.score) for one in others], size)
            for first, *others in (run.tuning for run in runs)
            if first.score is not None
        ]
        if best:
            found.append(ExpectedBest(size, fmean(best)))
    return tuple(found)


def _or_worst(score: float | None) -> float:
    return -math.inf if score is None else score


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None


def _parameters(runs: Sequence[Run]) -> tuple[ChosenParameter, ...]:
    """Every parameter that any configuration changes, with its values in the chosen ones."""
    names = sorted({name for run in runs for one in run.tuning for name in one.changes})
    used = [run.parameters_used for run in runs]
    return tuple(
        ChosenParameter(
            name, _by_frequency(as_text(table[name]) for table in used if name in table)
        )
        for name in names
    )


def _by_frequency(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each text and how often it occurs; of equally many, the first."""
    return tuple(Counter(texts).most_common())
