"""The search for a method's parameters in numbers."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from scipy.special import ndtri

from bench.protocol.record import Run, Tried
from reports.evidence import ChosenParameter, ExpectedBest, MethodEvidence, Tuning
from reports.formatting import mean_count
from reports.loading.selection import ScoredRun
from reports.statistics.delong import one
from reports.statistics.expected_best import expected_best

SHARES = (4, 2)
"""A quarter and a half of the configurations: whether the last ones still brought something."""


CORRELATION = 0.7
"""Of the validation AUCs of two configurations, where their gain by chance is told."""


def tuning(runs: Sequence[Run], standard_error: float | None = None) -> Tuning | None:
    """What came of the search over some runs of a method; None where none was tuned.

    Args:
        runs: of the method.
        standard_error: of the validation AUC that was chosen in a run, mean over tuned runs.
    """
    tuned = [run for run in runs if run.tuning]
    if not tuned:
        return None
    asked = max(run.tune for run in tuned)
    picked = [run.chosen or run.tuning[0] for run in tuned]
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
        chosen=_mean([each.score for each in picked]),
        standard_error=standard_error,
        gain=fmean(gains) if gains else None,
        kept=sum(one is run.tuning[0] for one, run in zip(picked, tuned, strict=True)),
        parameters=_parameters(tuned),
        errors=_by_frequency(_failure(one) for run in tuned for one in run.tuning if one.error),
    )


def gain_by_chance(n: int) -> float:
    """How far the best of n equally good configurations seems above the first, in standard errors.

    The expected maximum of n normal numbers by Blom's approximation, for AUCs that are correlated
    by `CORRELATION`.

    >>> round(gain_by_chance(20), 2)
    1.02
    """
    return float(ndtri((n - 0.375) / (n + 0.25)) * math.sqrt(1 - CORRELATION))


def tuned_unlike(a: MethodEvidence, b: MethodEvidence) -> str:
    """What is wrong where one method was chosen from many configurations, the other from one."""
    found = [(method, _choice(method)) for method in (a, b)]
    (few, least), (many, most) = sorted(found, key=lambda each: each[1])
    if least > 1 or most <= 1:
        return ""
    why = "it has no search space" if few.tuning is None else "its search had no other to choose"
    return (
        f"{many.name} is the best of {mean_count(most)} configurations, {few.name} has one alone, "
        f"since {why}. Give {few.name} a search_space, or run without tuning."
    )


def searched_less(a: MethodEvidence, b: MethodEvidence, *, ratio: float) -> str:
    """That one method was chosen from more than `ratio` times as many configurations, if so."""
    found = [(method, _choice(method)) for method in (a, b)]
    (few, least), (many, most) = sorted(found, key=lambda each: each[1])
    if most <= ratio * least:
        return ""
    return (
        f"{many.name} was chosen from {mean_count(most)} configurations, {few.name} from "
        f"{mean_count(least)}: a wider search_space would let it have as many."
    )


def _choice(method: MethodEvidence) -> float:
    return method.tuning.searched if method.tuning else 1.0


def not_tuned(methods: Iterable[MethodEvidence]) -> list[str]:
    """Names of the methods with a result that had their declared parameters alone, sorted."""
    return sorted({m.name for m in methods if m.scores and m.tuning is None})


def as_text(value: Any) -> str:
    """A parameter's value: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


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


def _failure(tried: Tried) -> str:
    """Why a configuration failed; of one that went beyond a limit, which."""
    return tried.error if tried.status == "failed" else f"{tried.status}: {tried.error}"


def _or_worst(score: float | None) -> float:
    return -math.inf if score is None else score


def standard_error(scored: Sequence[ScoredRun], positive: int | None) -> float | None:
    """Of the validation AUC of a tuned run, mean over them; None beyond two classes."""
    if positive is None:
        return None
    errors = []
    for each in scored:
        if not each.run.tuning:
            continue
        truth = each.validation_labels == positive
        if truth.any() and not truth.all():
            variance = one(truth, each.validation[:, positive]).variance
            errors += [] if variance is None else [math.sqrt(variance)]
    return fmean(errors) if errors else None


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None


def _parameters(runs: Sequence[Run]) -> tuple[ChosenParameter, ...]:
    """Every parameter that any configuration changes, with its values in the chosen ones."""
    names = sorted({name for run in runs for one in run.tuning for name in one.changes})
    used = [run.parameters_used for run in runs]
    return tuple(
        ChosenParameter(
            name,
            _by_frequency(
                as_text(table[name]) if name in table else "as declared" for table in used
            ),
        )
        for name in names
    )


def _by_frequency(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each text and how often it occurs; of equally many, the first."""
    return tuple(Counter(texts).most_common())
