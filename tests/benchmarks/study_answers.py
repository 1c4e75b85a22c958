"""Studies of several data sets: what is said over all of them, by two ways to pool.

    python tests/benchmarks/study_answers.py [--experiments 2000]

Estimates are drawn around true differences with the errors that they state. "Random effects" is
Paule and Mandel's pool with Hartung and Knapp's interval and the rule that more than half of the
data sets must show the difference by themselves; "mean" is the fixed-effect mean over sources with
the ladder of rules (`reports.verdicts.overall_rule`).
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).parents[2])

from reports.statistics.contrast import Difference  # noqa: E402
from reports.statistics.many.signed_rank import signed_rank  # noqa: E402
from reports.statistics.multiplicity import holm  # noqa: E402
from reports.statistics.pooling import random_effects  # noqa: E402
from reports.statistics.power import TestModel  # noqa: E402
from reports.statistics.sample_size import cases_for_difference  # noqa: E402
from reports.statistics.sources import Mean, mean_over_sources  # noqa: E402
from reports.verdicts.ladder import Decision, PValues, ladder  # noqa: E402
from reports.verdicts.overall_rule import OverallDecision, overall_decision  # noqa: E402

ALPHA, MARGIN = 0.05, 0.02


@dataclass(frozen=True)
class Sets:
    """Data sets of a study.

    Attributes:
        effects: true differences.
        errors: standard errors of their estimates.
        sources: of each data set; the errors of one source are the same.
    """

    effects: tuple[float, ...]
    errors: tuple[float, ...]
    sources: tuple[int, ...]

    @classmethod
    def alike(cls, n: int, effect: float, error: float) -> "Sets":
        """So many independent data sets."""
        return cls((effect,) * n, (error,) * n, tuple(range(n)))

    def drawn(self, rng: np.random.Generator) -> list[Difference]:
        """Estimates of one study."""
        luck = rng.normal(size=1 + max(self.sources))[list(self.sources)]
        return [
            Difference(effect + error * own, error)
            for effect, error, own in zip(self.effects, self.errors, luck, strict=True)
        ]


def p_values(found: Difference | Mean, factor: float = 1.0) -> PValues:
    """Of a difference or a mean."""
    return PValues(
        min(1.0, factor * found.p()),
        min(1.0, factor * found.p_equivalence(MARGIN)),
        min(1.0, factor * found.p_beyond(MARGIN)),
        found.p_above(-MARGIN),
        1 - found.p_above(MARGIN),
    )


def verdicts(found: list[Difference]) -> list[Decision]:
    """On every data set, with Holm's corrections over all of them."""
    raw = [p_values(one) for one in found]
    adjusted = zip(
        holm([p.difference for p in raw]),
        holm([p.equivalence for p in raw]),
        holm([p.beyond for p in raw]),
        strict=True,
    )
    return [
        ladder(
            one,
            p,
            PValues(*several, p.a_not_worse, p.b_not_worse),
            margin=MARGIN,
            alpha=ALPHA,
            smallest=100,
        )
        for one, p, several in zip(found, raw, adjusted, strict=True)
    ]


def answer(found: list[Difference], sources: tuple[int, ...]) -> OverallDecision:
    """By the mean over sources."""
    mean = mean_over_sources(found, sources)
    p = p_values(mean)
    return overall_decision(
        ladder(mean, p, p, margin=MARGIN, alpha=ALPHA),
        verdicts(found),
        equivalent=p.equivalence < ALPHA,
        n_sources=mean.n_sources,
    )


def by_random_effects(found: list[Difference]) -> str:
    """By the random-effects pool and a majority of significant data sets."""
    shown = verdicts(found)
    n_deep, n_classical = (sum(one.winner == side for one in shown) for side in ("a", "b"))
    pooled = random_effects([d.d for d in found], [d.se for d in found], 1 - ALPHA).difference
    low, high = pooled.interval(1 - ALPHA)
    if low > 0 and 2 * n_deep > len(found) and not n_classical:
        return "supported"
    if high < 0 or pooled.p_equivalence(MARGIN) < ALPHA:
        return "refuted"
    return "mixed" if n_deep and n_classical else "not-substantiated"


@dataclass(frozen=True)
class Answers:
    """Shares of studies.

    Attributes:
        random_effects, mean: rule → share of studies.
        excludes_random_effects, excludes_mean: share whose interval leaves out 0.
        signed_rank: share in which Wilcoxon's p over data sets is below alpha.
    """

    random_effects: dict[str, float]
    mean: dict[str, float]
    excludes_random_effects: float
    excludes_mean: float
    signed_rank: float


def answers(design: Sets, experiments: int, random_state: int) -> Answers:
    """What is said of so many studies."""
    rng = np.random.default_rng(random_state)
    old: Counter[str] = Counter()
    new: Counter[str] = Counter()
    outside = np.zeros(3)
    for _ in range(experiments):
        found = design.drawn(rng)
        old[by_random_effects(found)] += 1
        new[answer(found, design.sources).rule] += 1
        pooled = random_effects([d.d for d in found], [d.se for d in found], 1 - ALPHA).difference
        limits = pooled.interval(1 - ALPHA)
        mean = mean_over_sources(found, design.sources).interval(1 - ALPHA)
        wilcoxon = signed_rank([d.d for d in found]).p
        outside += (
            limits[0] > 0 or limits[1] < 0,
            mean[0] > 0 or mean[1] < 0,
            wilcoxon < ALPHA,
        )
    first, second, third = (outside / experiments).tolist()
    return Answers(
        {rule: count / experiments for rule, count in old.items()},
        {rule: count / experiments for rule, count in new.items()},
        first,
        second,
        third,
    )


def shown_with_silent_sets(silent: int, experiments: int, random_state: int) -> float:
    """Share of studies that show one true difference where sets without a verdict are counted.

    Args:
        silent: data sets without a verdict (too few cases, or generated) in the family of Holm's.
    """
    rng = np.random.default_rng(random_state)
    found = Sets.alike(1, 0.05, 0.0178)
    hits = 0
    for _ in range(experiments):
        family = [found.drawn(rng)[0].p(), *rng.uniform(size=silent)]
        hits += holm(family)[0] < ALPHA
    return hits / experiments


def further_cases(experiments: int, random_state: int) -> list[float]:
    """How many times the cases are asked for, to find a difference of the margin.

    The 10th, 50th and 90th percentiles over repeats of one study, 200 and 200 cases, AUC 0.85.
    """
    rng = np.random.default_rng(random_state)
    model = TestModel(200, 200, (200, 200))
    asked = []
    for _ in range(experiments):
        seen = min(0.99, max(0.7, 0.85 + 0.018 * float(rng.normal())))
        wanted = cases_for_difference(model, seen, MARGIN)
        asked.append(np.inf if wanted is None else wanted)
    return np.quantile(asked, (0.1, 0.5, 0.9), method="nearest").tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=2000)
    n = parser.parse_args().experiments
    designs = {
        "1 set, +0.05": Sets.alike(1, 0.05, 0.0178),
        "2 sets, +0.05": Sets.alike(2, 0.05, 0.0178),
        "3 sets, +0.05": Sets.alike(3, 0.05, 0.0178),
        "5 sets, +0.05": Sets.alike(5, 0.05, 0.0178),
        "12 sets, +0.01, error 0.003": Sets.alike(12, 0.01, 0.003),
        "11 sets at 0, 1 at +0.08": Sets((0.0,) * 11 + (0.08,), (0.01,) * 12, tuple(range(12))),
        "null, 6 sources": Sets.alike(6, 0.0, 0.02),
        "null, 6 sets, 3 of one source": Sets((0.0,) * 6, (0.02,) * 6, (0, 0, 0, 1, 2, 3)),
        "null, 6 sets of 2 sources": Sets((0.0,) * 6, (0.02,) * 6, (0, 0, 0, 1, 1, 1)),
    }
    for i, (title, design) in enumerate(designs.items()):
        found = answers(design, n, i)
        print(f"\n{title}")
        for name, rules, outside in (
            ("random effects", found.random_effects, found.excludes_random_effects),
            ("mean", found.mean, found.excludes_mean),
        ):
            told = ", ".join(f"{rule} {share:.1%}" for rule, share in sorted(rules.items()))
            print(f"  {name:16} interval without 0 {outside:6.1%}; {told}")
        print(f"  signed rank {found.signed_rank:.1%}")
    print("\none true difference, shown with so many silent data sets in Holm's family:")
    print(", ".join(f"{k}: {shown_with_silent_sets(k, n, 0):.1%}" for k in (0, 1, 3, 8)))
    told = ", ".join(f"{cut:.2g}" for cut in further_cases(min(n, 200), 0))
    print(f"times the cases, by the margin: {told}")


if __name__ == "__main__":
    main()
