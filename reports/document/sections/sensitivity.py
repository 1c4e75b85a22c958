"""Section "Sensitivity of the verdict": whether it hangs on a choice."""

from collections import Counter
from collections.abc import Mapping

from reports.analysis.measures.measures import BRIER, IN_GRID, NAMES
from reports.document.blocks import Block, Bullets, Heading, Paragraph, TableBlock
from reports.document.parts import columns
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import Analysis, Evidence
from reports.formatting import count, percent, plural
from reports.verdicts.sensitivity import RULES


def sensitivity(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    found = evidence.robustness
    blocks: list[Block] = [Heading(1, "Sensitivity of the verdict", "sensitivity")]
    if found.total is None:
        return [*blocks, Paragraph(("No data set has a verdict that could be put to the test.",))]
    blocks.append(
        Paragraph(
            (
                "The same comparison with other metrics, other ways to choose the best model of "
                "each side, and each seed alone. "
                f"The conclusion is that of the study in {count(found.total.holds)} of "
                f"{count(found.total.analyses)} analyses ({percent(found.total.share)}). A "
                "conclusion is that deep or classical is better (Holm-adjusted p below α), or that "
                "no difference is shown.",
            )
        )
    )
    if found.notes:
        blocks.append(Bullets(tuple((note,) for note in found.notes)))
    blocks += [TableBlock(by_dataset(evidence)), TableBlock(by_choice(evidence))]
    for data in evidence.datasets:
        own = [
            a
            for a in found.analyses
            if a.dataset == data.card.name
            and a.choice.seed is None
            and not a.choice.without_duplicates
        ]
        if own:
            blocks.append(
                TableBlock(_measures(own, stems[data.card.name], many=data.card.positive is None))
            )
    return blocks


def by_dataset(evidence: Evidence) -> Table:
    """How often the conclusion on each data set holds."""
    rows = []
    verdicts = {data.card.name: data.verdict.heading for data in evidence.datasets}
    for share in evidence.robustness.by_dataset:
        rows.append(
            Row(
                (
                    share.label,
                    verdicts[share.label],
                    share.analyses,
                    share.holds,
                    share.share,
                    share.deep,
                    share.classical,
                    share.none,
                )
            )
        )
    total = evidence.robustness.total
    if total is not None:
        sums = (total.analyses, total.holds, total.share, total.deep, total.classical, total.none)
        rows.append(Row(("all", None, *sums), emphasis=True))
    return Table(
        "verdict-holds",
        "In how many analyses the conclusion holds.",
        (
            Column("dataset", "Data set"),
            Column("verdict", "Verdict", wraps=True),
            *_COUNTS,
        ),
        tuple(rows),
        (f"{_counted(evidence)} All of them are in data/sensitivity-grid.csv.",),
    )


def _counted(evidence: Evidence) -> str:
    """How many analyses of a data set there are, and what they vary.

    A single seed is its own median, and where a side has one model none is the second best.
    """
    analyses = evidence.robustness.analyses
    choices = [a.choice for a in analyses]
    metrics = len({choice.measure for choice in choices})
    together = len({choice.champions for choice in choices if choice.seed is None})
    alone = [choice for choice in choices if choice.seed is not None]
    seeds, single = len({c.seed for c in alone}), len({c.champions for c in alone})
    varied = f"{plural(together, 'way')} to choose the best model"
    if seeds:
        varied = f"({varied} with all seeds together + {single} with each of {seeds} seeds alone)"
    parts = [f"{metrics} metrics", varied]
    if _duplicates(evidence):
        parts.append("near-duplicates kept or left out")
    most = metrics * (together + seeds * single) * (2 if _duplicates(evidence) else 1)
    each = Counter(a.dataset for a in analyses)
    number = f"{count(most)}" if set(each.values()) == {most} else f"at most {count(most)}"
    return f"Analyses of a data set: {number}, {' × '.join(parts)}."


_COUNTS = (
    Column("analyses", "Analyses", "count"),
    Column("holds", "Same conclusion", "count"),
    Column("share", "Share", "percent"),
    Column("deep", "Deep better", "count"),
    Column("classical", "Classical better", "count"),
    Column("none", "No difference shown", "count"),
)


def by_choice(evidence: Evidence) -> Table:
    """How often the conclusion holds under each choice."""
    return Table(
        "verdict-holds-choices",
        "In how many analyses of one kind the conclusion holds, over all data sets.",
        (Column("dimension", "Choice of"), Column("label", "Choice"), *_COUNTS),
        tuple(
            Row((dimension, s.label, s.analyses, s.holds, s.share, s.deep, s.classical, s.none))
            for dimension, s in evidence.robustness.by_choice
        ),
    )


def _measures(analyses: list[Analysis], stem: str, *, many: bool) -> Table:
    """Differences by metric and by how the best models are chosen, all seeds together.

    Args:
        analyses: of a data set.
        stem: of its anchors.
        many: whether it has more than two classes.
    """
    cells = {(a.choice.measure, a.choice.champions): a for a in analyses}
    rows = []
    for measure in IN_GRID:
        values: list[Value] = [NAMES[measure]]
        for rule in RULES:
            found = cells.get((measure, rule))
            values.append(None if found is None else found.difference)
        rows.append(Row(tuple(values)))
    return Table(
        f"measures-{stem}",
        f"Deep − classical on {analyses[0].dataset} by metric and by how the best models are "
        "chosen.",
        (
            Column("measure", "Metric"),
            *(
                Column(rule, words.capitalize(), "signed", estimate=True)
                for rule, words in RULES.items()
            ),
        ),
        tuple(rows),
        (
            "All seeds together. Of losses (Brier score, log loss) the sign is reversed, so that "
            "above 0 deep is better everywhere. Log loss counts a probability below 0.000001 as "
            "that. Of other metrics than the AUC the intervals and p are of t alone, without the "
            "bootstrap that may widen those of a claim.",
            columns.BRIER_INTERVALS,
            *((BRIER,) if many else ()),
        ),
        on_paper=False,  # how often the conclusion holds stands in the tables before
    )


def grid_table(evidence: Evidence) -> Table:
    """Every analysis, for the file."""
    return Table(
        "sensitivity-grid",
        "Every analysis.",
        (
            Column("dataset", "Data set"),
            Column("measure", "Metric"),
            Column("chosen_by", "Best models"),
            Column("seed", "Seed"),
            Column("near_duplicates", "Near-duplicates"),
            Column("deep", "Deep"),
            Column("classical", "Classical"),
            columns.DIFFERENCE,
            columns.P,
            columns.adjusted(columns.P),
            Column("conclusion", "Conclusion"),
            Column("holds", "Holds"),
        ),
        tuple(
            Row(
                (
                    a.dataset,
                    a.choice.measure,
                    a.choice.champions,
                    "all" if a.choice.seed is None else str(a.choice.seed),
                    "left out" if a.choice.without_duplicates else "kept",
                    a.deep,
                    a.classical,
                    a.difference,
                    a.p,
                    a.p_holm,
                    a.conclusion,
                    "yes" if a.holds else "no",
                )
            )
            for a in evidence.robustness.analyses
        ),
    )


def _duplicates(evidence: Evidence) -> bool:
    return any(a.choice.without_duplicates for a in evidence.robustness.analyses)
