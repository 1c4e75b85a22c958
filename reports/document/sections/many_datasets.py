"""Section "Many data sets": which method is best where, and what holds across data sets."""

from collections.abc import Mapping

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.ranks import critical_difference, order_in_words, rank_matrix, ranked
from reports.document.parts import columns
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import Evidence, ManyDatasets, MethodAcross, SignedRankTest
from reports.formatting import p_clause, percent, plural, score, signed

_SHOWN = 20  # pairs of methods; the rest is a file


def many_datasets(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    found = evidence.many
    blocks: list[Block] = [Heading(1, "Many data sets", "many")]
    if len(found.datasets) < 2:
        what = "One data set has results" if found.datasets else "No data set has results"
        return [*blocks, Paragraph((f"{what}: there is nothing to compare across data sets.",))]
    blocks.append(Paragraph((_opening(found),)))
    matrix = rank_matrix("rank-matrix", found)
    if matrix is not None:
        blocks.append(
            Figure(
                "rank-matrix",
                "AUC of every method on every data set, best mean rank first. The deeper a cell, "
                "the better the method's rank on that data set; bold: the best there. Controls and "
                "methods that lack a result are left out.",
                f"Matrix of AUCs. Mean ranks: {order_in_words(ranked(found))}.",
                matrix,
            )
        )
    blocks.append(TableBlock(auc_table(found, stems)))
    if found.ranked:
        blocks.append(TableBlock(rank_table(found, stems)))
    blocks += [Heading(2, "Tests across data sets", "many-tests"), Paragraph((_tests(evidence),))]
    tests = test_table(evidence)
    if tests.rows:
        blocks.append(TableBlock(tests))
    diagram = critical_difference("critical-difference", found)
    if diagram is not None and found.rank_test is not None:
        blocks.append(
            Figure(
                "critical-difference",
                "Critical-difference diagram: mean ranks over "
                f"{plural(len(found.counted), 'data set')}, the best on the left. Bars join "
                "methods whose mean ranks differ by less than Nemenyi's critical difference, "
                f"{found.rank_test.critical_difference:.2f}. It depends on which methods are in "
                "the table; a pair is judged by the signed-rank test.",
                f"Mean ranks: {order_in_words(ranked(found))}.",
                diagram,
            )
        )
    if found.pairs:
        blocks.append(TableBlock(pair_table(found)))
    return blocks


def _opening(found: ManyDatasets) -> str:
    text = (
        "Ranks say who is ahead, not by how much: on each data set the method with the highest "
        "AUC has rank 1, and ties share their mean."
    )
    if len(found.counted) < len(found.datasets):
        text += (
            " Mean ranks and tests are of the real images; generated ones are shown beside them."
        )
    unranked = [m.name for m in found.methods if m.mean_rank is None and m.family != "control"]
    if unranked:
        lacks = "lacks" if len(unranked) == 1 else "lack"
        text += f" {', '.join(unranked)} {lacks} a result on some data set, hence a mean rank."
    return text


def _tests(evidence: Evidence) -> str:
    """What the tests say, or why there are none."""
    found = evidence.many
    count = found.n_sources
    what = "data sets" if count == len(found.counted) else "independent sources"
    if count < found.needed:
        return (
            f"With fewer than {found.needed} {what} there is no inference beyond these data "
            "sets: even if one side were ahead on every one of "
            f"{'them' if count == 1 else f'the {count}'}, no signed-rank test could reach "
            f"{evidence.entry.study.alpha:g}."
        )
    parts = []
    if found.sides is not None:
        s = found.sides
        parts.append(
            "The best deep model (chosen on validation) is ahead of the best classical one on "
            f"{s.wins_a} of {plural(s.n, what[:-1])}, behind on {s.wins_b}; median ΔAUC "
            f"{signed(s.median)}, Wilcoxon's signed-rank test {p_clause(s.p)}."
        )
    if found.rank_test is not None:
        parts.append(
            f"Whether the {len(found.ranked)} methods differ at all: Friedman's test "
            f"{p_clause(found.rank_test.p)}, Iman and Davenport's "
            f"{p_clause(found.rank_test.f_p)}."
        )
    if found.pairs:
        apart = sum(pair.p_holm < evidence.entry.study.alpha for pair in found.pairs)
        parts.append(
            f"Of {plural(len(found.pairs), 'pair')} of methods {apart} "
            f"{'differs' if apart == 1 else 'differ'} after Holm's adjustment."
        )
    return " ".join(parts) or "No two methods have results on all data sets."


def auc_table(found: ManyDatasets, stems: Mapping[str, str]) -> Table:
    """Methods × data sets."""
    return Table(
        "many-auc",
        "AUC of every method on every data set.",
        (
            Column("method", "Method"),
            *(Column(f"auc_{stems[d]}", d, "score", better="high") for d in found.datasets),
        ),
        tuple(
            Row((m.name, *m.aucs), m.family, emphasis=m.mean_rank is not None and place == 0)
            for place, m in enumerate(found.methods)
        ),
        ("Means over runs. Intervals stand in the tables of each data set.",),
        on_paper=not ranked(found),  # the figure says the same
    )


def rank_table(found: ManyDatasets, stems: Mapping[str, str]) -> Table:
    """Ranks of the methods that have a mean rank."""
    methods: tuple[MethodAcross, ...] = ranked(found)
    return Table(
        "many-ranks",
        "Ranks of the methods.",
        (
            Column("method", "Method"),
            Column("mean_rank", "Mean rank", "rank", better="low"),
            *(Column(f"rank_{stems[d]}", d, "rank", better="low") for d in found.datasets),
        ),
        tuple(Row((m.name, m.mean_rank, *m.ranks), m.family) for m in methods),
        ("Mean rank: over " + ", ".join(found.counted) + ".",),
        on_paper=False,  # the figure says the same
    )


def test_table(evidence: Evidence) -> Table:
    """One row per test across data sets, the mean over the data sets at hand first."""
    found = evidence.many
    mean, further = evidence.overall.mean, evidence.overall.further
    rows: list[Row] = []
    notes = []
    question = "best deep − best classical model"
    if mean is not None and len(mean.datasets) > 1:
        effect, n = mean.effect, mean.n_sources
        rows.append(Row((question, "mean, fixed effect", n, effect, None, mean.superiority.p)))
        notes.append(
            "Mean, fixed effect: weights by inverse variance, the error of these data sets only."
        )
    if further is not None:
        effect, n = further.effect, further.n_sources
        rows.append(Row((question, "random effects", n, effect, None, further.p)))
        notes.append(
            f"Random effects: of data sets like these; τ {score(further.tau)}, I² "
            f"{percent(further.i_squared)}. {100 * further.level:g} % prediction interval for a "
            f"further data set: {signed(further.prediction_low)} to "
            f"{signed(further.prediction_high)}."
        )
    if found.sides is not None:
        s = found.sides
        rows.append(
            Row((f"{s.a} − {s.b}", "Wilcoxon signed rank", s.n, s.median, s.statistic, s.p))
        )
        notes.append(
            "Signed rank: the difference is the median, the statistic the sum of ranks. "
            f"{_how(found.sides)}"
        )
    if found.rank_test is not None:
        r = found.rank_test
        count = found.n_sources
        any_difference = f"any difference among {len(found.ranked)} methods"
        rows.append(Row((any_difference, "Friedman (χ²)", count, None, r.chi2, r.p)))
        rows.append(Row((any_difference, "Iman and Davenport (F)", count, None, r.f, r.f_p)))
    return Table(
        "many-tests-table",
        "Tests across data sets.",
        (
            Column("question", "Question"),
            Column("procedure", "Procedure"),
            Column("datasets", "Sources", "count"),
            columns.DELTA_AUC,
            Column("statistic", "Statistic", "rank"),
            Column("p", "p", "p"),
        ),
        tuple(rows),
        tuple(notes),
    )


def pair_table(found: ManyDatasets, *, whole: bool = False) -> Table:
    """Pairs of methods by signed-rank test, lowest p first; all of them for the file."""
    shown = found.pairs if whole else found.pairs[:_SHOWN]
    notes = ["Difference: the median over data sets, first − second."]
    if found.pairs:
        notes.append(_how(found.pairs[0]))
    if len(shown) < len(found.pairs):
        notes.append(
            f"The {len(shown)} pairs with the lowest p of {len(found.pairs)}; all of them are in "
            "data/method-pairs.csv."
        )
    return Table(
        "method-pairs" if whole else "many-pairs",
        "Pairs of methods across data sets, by Wilcoxon's signed-rank test.",
        (
            Column("a", "First"),
            Column("b", "Second"),
            Column("datasets", "Sources", "count"),
            Column("wins_a", "First ahead", "count"),
            Column("wins_b", "Second ahead", "count"),
            Column("median", "Median ΔAUC", "signed"),
            columns.P,
            columns.adjusted(columns.P),
        ),
        tuple(_pair(pair) for pair in shown),
        tuple(notes),
    )


def _how(test: SignedRankTest) -> str:
    """Where p comes from, in a sentence."""
    if test.exact:
        return "p is exact: equal differences share a rank, those of 0 are left out."
    return "p is that of the normal approximation, corrected for ties and continuity."


def _pair(pair: SignedRankTest) -> Row:
    return Row((pair.a, pair.b, pair.n, pair.wins_a, pair.wins_b, pair.median, pair.p, pair.p_holm))
