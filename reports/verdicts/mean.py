"""The mean difference over data sets, and what may be concluded of it.

Data sets of one source count once; see `reports.statistics.sources`. The tests of the mean of one
data set are that data set's own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from scipy.special import ndtri

from reports.evidence import Estimate, FurtherDataset, HypothesisTest, MeanDifference, PairTest
from reports.statistics.contrast import POWER, Difference
from reports.statistics.pooling import random_effects
from reports.statistics.sources import Mean, mean_over_sources
from reports.verdicts.ladder import Decision, ladder
from reports.verdicts.overall_rule import BEYOND
from reports.verdicts.rules import raw_p


class Counted(NamedTuple):
    """A data set with a verdict: its name, its source, the difference with every test of it."""

    dataset: str
    source: str
    pair: PairTest


class Judged(NamedTuple):
    """A mean and what the ladder says of it."""

    mean: MeanDifference
    decision: Decision


def judged_mean(
    counted: Sequence[Counted], *, margin: float, alpha: float, largest: float = 1.0
) -> Judged | None:
    """The mean over data sets with its verdict; None without any.

    Args:
        counted: the data sets.
        margin: smallest difference that matters.
        alpha: error rate.
        largest: what a difference cannot exceed; see `reports.evidence.pair.largest_difference`.
    """
    if not counted:
        return None
    names = tuple(one.dataset for one in counted)
    sources = tuple(one.source for one in counted)
    tested: Mean | Difference
    if len(counted) == 1:
        pair = counted[0].pair
        tested = pair.estimated()
        mean = MeanDifference(
            effect=pair.difference,
            superiority=_alone(pair.superiority),
            margin_superiority=_alone(pair.margin_superiority),
            equivalence=_alone(pair.equivalence),
            non_inferiority_a=_alone(pair.non_inferiority_a),
            non_inferiority_b=_alone(pair.non_inferiority_b),
            margin=margin,
            minimum_detectable=pair.minimum_detectable,
            datasets=names,
            sources=sources,
            weights=(1.0,),
            method="one data set",
        )
    else:
        tested = mean_over_sources([one.pair.estimated() for one in counted], sources)
        mean = _over_several(tested, names, sources, margin=margin, alpha=alpha, largest=largest)
    p = raw_p(mean)
    return Judged(mean, ladder(tested, p, p, margin=margin, alpha=alpha))


def further(counted: Sequence[Counted], alpha: float) -> FurtherDataset | None:
    """What may be expected of a further data set; None with fewer than six sources.

    Random effects (Paule-Mandel, Hartung-Knapp) over the means of the sources.
    """
    by_source: dict[str, list[Difference]] = {}
    for one in counted:
        by_source.setdefault(one.source, []).append(one.pair.estimated())
    if len(by_source) < BEYOND:
        return None
    means = [mean_over_sources(own, ["one"] * len(own)) for own in by_source.values()]
    found = random_effects([mean.d for mean in means], [mean.se for mean in means], 1 - alpha)
    if found.prediction is None:
        return None
    low, high = found.difference.interval(1 - alpha)
    method = "random effects (Paule-Mandel), Hartung-Knapp interval"
    return FurtherDataset(
        effect=Estimate(found.difference.d, max(-1.0, low), min(1.0, high), method),
        p=found.difference.p(),
        tau=found.tau,
        i_squared=found.i_squared,
        prediction_low=max(-1.0, found.prediction[0]),
        prediction_high=min(1.0, found.prediction[1]),
        level=1 - alpha,
        n_sources=len(means),
    )


def _alone(test: HypothesisTest) -> HypothesisTest:
    """A test that is not one of several."""
    return replace(test, p_holm=test.p)


def _over_several(
    mean: Mean,
    names: tuple[str, ...],
    sources: tuple[str, ...],
    *,
    margin: float,
    alpha: float,
    largest: float,
) -> MeanDifference:
    def test(p: float, level: float) -> HypothesisTest:
        low, high = mean.interval(level)
        return HypothesisTest(p, p, max(-largest, low), min(largest, high), level)

    superiority = test(mean.p(), 1 - alpha)
    z, z_power = ndtri([1 - alpha / 2, POWER])
    shared = " (those of one source averaged first)" if mean.n_sources < len(names) else ""
    method = f"fixed-effect mean over {mean.n_sources} sources{shared}"
    if mean.n_sources == 1:
        method = "mean over data sets of one source"
    return MeanDifference(
        effect=Estimate(mean.d, superiority.low, superiority.high, method),
        superiority=superiority,
        margin_superiority=test(mean.p_beyond(margin), 1 - alpha),
        equivalence=test(mean.p_equivalence(margin), 1 - 2 * alpha),
        non_inferiority_a=test(mean.p_above(-margin), 1 - 2 * alpha),
        non_inferiority_b=test(mean.p_below(margin), 1 - 2 * alpha),
        margin=margin,
        minimum_detectable=float(z + z_power) * mean.se,
        datasets=names,
        sources=sources,
        weights=tuple(mean.weights.tolist()),
        method=method,
    )
