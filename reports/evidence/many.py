"""What is shown of all data sets together: ranks of the methods and tests across data sets."""

from dataclasses import dataclass

from bench.protocol.cards import Family


@dataclass(frozen=True)
class MethodAcross:
    """One method on every data set.

    Attributes:
        name, family: of the method.
        aucs: mean AUC on each of `ManyDatasets.datasets`; None where it has none.
        ranks: on each of them among the ranked methods, 1 is the highest AUC, ties share their
            mean; None where it has no AUC or is not ranked.
        mean_rank: over `ManyDatasets.counted`; None where it is not ranked.
    """

    name: str
    family: Family
    aucs: tuple[float | None, ...]
    ranks: tuple[float | None, ...]
    mean_rank: float | None


@dataclass(frozen=True)
class SignedRankTest:
    """Wilcoxon's signed-rank test of one difference per source, AUC of a − AUC of b.

    Attributes:
        a, b: the two sides or methods.
        n: sources; the difference of one is the mean over its data sets.
        wins_a, wins_b: on how many of them the one or the other has the higher AUC.
        median: of the differences.
        statistic: sum of the ranks of the positive differences.
        p: two-sided, of differences that are symmetric about 0.
        p_holm: Holm over the pairs of methods; p where there is one test.
        exact: whether p is exact, as with fewer than 50 differences that are not 0, ties or not.
    """

    a: str
    b: str
    n: int
    wins_a: int
    wins_b: int
    median: float
    statistic: float
    p: float
    p_holm: float
    exact: bool


@dataclass(frozen=True)
class RankTest:
    """Whether the ranked methods are alike, and which of them cannot be told apart.

    Attributes:
        chi2, p: Friedman's.
        f, f_p: Iman and Davenport's form; f is None where all data sets rank the methods alike.
        alpha: of the critical difference.
        critical_difference: Nemenyi's, of mean ranks.
        groups: names of methods whose mean ranks lie within that difference, best first.
    """

    chi2: float
    p: float
    f: float | None
    f_p: float
    alpha: float
    critical_difference: float
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ManyDatasets:
    """The methods across data sets.

    Attributes:
        datasets: names of those on which any method has an AUC, in the order of the report.
        counted: those that ranks are averaged over and tests use: the real ones where there are
            any, else all.
        methods: every method with an AUC anywhere, the ranked ones first, by mean rank, then the
            others in the order of the report.
        n_sources: independent sources among them: data sets of one origin count once.
        ranked: the methods with an AUC on every counted data set, controls left out.
        needed: with fewer sources nothing is tested, since no test could reach alpha.
        sides: the best models of the two sides, deep − classical, or None.
        pairs: every two ranked methods, lowest p first; () with too few sources.
        rank_test: None with too few sources or fewer than three ranked methods.
    """

    datasets: tuple[str, ...]
    counted: tuple[str, ...]
    n_sources: int
    methods: tuple[MethodAcross, ...]
    ranked: tuple[str, ...]
    needed: int
    sides: SignedRankTest | None
    pairs: tuple[SignedRankTest, ...]
    rank_test: RankTest | None
