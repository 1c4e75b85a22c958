"""The methods across data sets: ranks, and tests where there are enough of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from bench.protocol.cards import Family
from reports.analysis.origins import sources
from reports.evidence import DatasetEvidence
from reports.evidence.many import ManyDatasets, MethodAcross, RankTest, SignedRankTest
from reports.statistics.many.ranks import (
    critical_difference,
    fewest,
    friedman,
    groups,
    rank_matrix,
)
from reports.statistics.many.signed_rank import signed_rank
from reports.statistics.multiplicity import holm


def many(datasets: Sequence[DatasetEvidence], alpha: float) -> ManyDatasets:
    """Everything that is said of several data sets at once, apart from the mean difference.

    Data sets of one source are averaged before anything is tested: tests count sources.

    Args:
        datasets: of the study, in the order of the report.
        alpha: the study's.
    """
    shown = [data for data in datasets if any(m.auc is not None for m in data.methods)]
    counted = [data for data in shown if not data.generated] or shown
    families: dict[str, Family] = {}
    for data in shown:
        families |= {m.name: m.family for m in data.methods if m.auc is not None}
    found = {
        name: MethodAcross(
            name, family, tuple(_auc(data, name) for data in shown), (None,) * len(shown), None
        )
        for name, family in families.items()
    }
    ranked = [
        name
        for name, family in families.items()
        if family != "control" and all(_auc(data, name) is not None for data in counted)
    ]
    _rank(found, ranked, [data in counted for data in shown])
    order = sorted(ranked, key=lambda name: (found[name].mean_rank, name))
    rest = [name for name in families if name not in ranked]
    names = [data.card.name for data in counted]
    scores = np.array([[_auc(data, name) for name in order] for data in counted], dtype=float)
    origins = sources([data.card for data in counted])
    scores = _by_source(scores, origins)
    enough = len(scores) >= fewest(alpha)
    return ManyDatasets(
        datasets=tuple(data.card.name for data in shown),
        counted=tuple(names),
        n_sources=len(set(origins)),
        methods=tuple(found[name] for name in (*order, *rest)),
        ranked=tuple(order),
        needed=fewest(alpha),
        sides=_sides(counted, origins, alpha),
        pairs=_pairs(order, scores) if enough else (),
        rank_test=_rank_test(order, scores, alpha) if enough and len(order) >= 3 else None,
    )


def _auc(data: DatasetEvidence, name: str) -> float | None:
    for method in data.methods:
        if method.name == name:
            return None if method.auc is None else method.auc.value
    return None


def _rank(found: dict[str, MethodAcross], ranked: Sequence[str], counted: Sequence[bool]) -> None:
    """Give the ranked methods their ranks on every data set, and the mean over those counted."""
    ranks: dict[str, list[float | None]] = {name: [] for name in ranked}
    for place in range(len(counted)):
        aucs = {name: auc for name in ranked if (auc := found[name].aucs[place]) is not None}
        here = rank_matrix([list(aucs.values())])[0].tolist() if aucs else []
        own = dict(zip(aucs, here, strict=True))
        for name in ranked:
            ranks[name].append(own.get(name))
    for name in ranked:
        mean = np.mean([r for r, c in zip(ranks[name], counted, strict=True) if c and r])
        found[name] = replace(found[name], ranks=tuple(ranks[name]), mean_rank=float(mean))


def _by_source(values: np.ndarray, origins: Sequence[str]) -> np.ndarray:
    """One row per source, the mean of the rows of its data sets."""
    names = list(dict.fromkeys(origins))
    places = [[i for i, of in enumerate(origins) if of == name] for name in names]
    return np.array([values[own].mean(axis=0) for own in places])


def _sides(
    counted: Sequence[DatasetEvidence], origins: Sequence[str], alpha: float
) -> SignedRankTest | None:
    """The best models of the two sides, on the data sets that have a verdict."""
    found = [
        (data.comparison.pair.difference.value, source)
        for data, source in zip(counted, origins, strict=True)
        if data.comparison is not None and data.verdict.is_verdict
    ]
    if len({source for _, source in found}) < fewest(alpha):
        return None
    differences = _by_source(np.array([d for d, _ in found]), [source for _, source in found])
    return _test("best deep", "best classical", differences)


def _pairs(order: Sequence[str], scores: np.ndarray) -> tuple[SignedRankTest, ...]:
    tests = [
        _test(order[i], order[j], scores[:, i] - scores[:, j])
        for i, j in combinations(range(len(order)), 2)
    ]
    adjusted = holm([test.p for test in tests])
    corrected = [replace(test, p_holm=p) for test, p in zip(tests, adjusted, strict=True)]
    return tuple(sorted(corrected, key=lambda test: (test.p, test.a, test.b)))


def _test(a: str, b: str, differences: np.ndarray) -> SignedRankTest:
    # differences in the last bits are no differences, as for the ranks
    differences = np.round(differences, 12)
    found = signed_rank(differences)
    return SignedRankTest(
        a,
        b,
        len(differences),
        int((differences > 0).sum()),
        int((differences < 0).sum()),
        float(np.median(differences)),
        found.statistic,
        found.p,
        found.p,
        found.exact,
    )


def _rank_test(order: Sequence[str], scores: np.ndarray, alpha: float) -> RankTest:
    found = friedman(scores)
    difference = critical_difference(len(order), len(scores), alpha)
    return RankTest(
        chi2=found.chi2,
        p=found.p,
        f=found.iman_davenport,
        f_p=found.iman_davenport_p,
        alpha=alpha,
        critical_difference=difference,
        groups=tuple(
            tuple(order[place] for place in group) for group in groups(found.mean_ranks, difference)
        ),
    )
