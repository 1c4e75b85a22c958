"""Part of "Discrimination": from how many training images on a side leads."""

from itertools import groupby

from reports.document.blocks import Block, Bullets, Heading, Paragraph, Strong, TableBlock
from reports.document.figures.learning import learning
from reports.document.parts import columns
from reports.document.parts.method_tables import learning_table
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Estimate, Evidence, ImageSize, TrainingSize
from reports.formatting import count, percent


def training_size(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    """Sentence, figure and tables; nothing for a study with a single share.

    Args:
        data: the data set.
        stem: of its anchors.
        interval: level of the intervals, for example "95 %".
    """
    table = learning_table(data, stem)
    if table is None:
        return []
    blocks: list[Block] = []
    if data.sizes:
        blocks.append(Paragraph((Strong("By number of training images. "), in_words(data.sizes))))
    curves = learning(f"learning-{stem}", data)
    if curves is not None:
        blocks.append(
            Figure(
                f"learning-curve-{stem}",
                f"AUC on the test part of {data.card.name} by number of training images, mean "
                "over runs. Heavy lines: the best deep and the best classical model (chosen on "
                "validation) with the most images; their bars are ± 1 standard deviation over "
                f"runs. {_subsets(data)}",
                f"Learning curves on {data.card.name}; the table below has their numbers.",
                curves.svg,
                curves.panels,
            )
        )
    blocks.append(TableBlock(table))
    if data.sizes:
        blocks.append(TableBlock(_sizes(data, stem, interval)))
    return blocks


def _subsets(data: DatasetEvidence) -> str:
    """Whether the luck of a subset is in the bars and intervals."""
    if any(len(method.seeds) > 1 for method in data.methods):
        return (
            "Every seed draws a subset of its own, so that bars and intervals hold the luck of the "
            "subset."
        )
    return "One subset of each size was drawn, so that the luck of the subset is not known."


def at_a_glance(evidence: Evidence) -> list[Block]:
    """A line per data set on which several numbers of images were tried."""
    lines = [
        (Strong(f"{data.card.name}: "), in_words(data.sizes))
        for data in evidence.datasets
        if data.sizes
    ]
    if not lines:
        return []
    return [Heading(2, "By number of training images", "sizes"), Bullets(tuple(lines))]


def in_words(sizes: tuple[TrainingSize, ...]) -> str:
    """Which side leads with how many training images, in one sentence per change."""
    parts: list[str] = []
    for told, alike in groupby(sizes, key=outcome):
        group = list(alike)
        first, last = _images(group[0]), _images(group[-1])
        with_how_many = first if first == last else f"{first} to {last}"
        noun = "" if parts or group[0].n_train is None else " images"
        parts.append(f"with {with_how_many}{noun}, {told}")
    if len(parts) == 1:
        return f"With every number of images that was tried, {outcome(sizes[0])}."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _images(size: TrainingSize) -> str:
    return percent(size.fraction) if size.n_train is None else count(size.n_train)


def outcome(size: TrainingSize | ImageSize) -> str:
    """Which side leads, or why none does."""
    if size.ahead is not None:
        small = ", but equivalent within ±δ" if size.rule == "better-but-equivalent" else ""
        return f"{size.ahead} is better{small}"
    if size.rule == "equivalent":
        return "the two are equivalent within ±δ"
    return "no difference is shown"


def of_equivalence(size: TrainingSize | ImageSize) -> Estimate:
    """ΔAUC with the interval that lies within ±δ where the two are equivalent."""
    test = size.pair.equivalence
    return Estimate(size.pair.difference.value, test.low, test.high)


def _sizes(data: DatasetEvidence, stem: str, interval: str) -> Table:
    one_sided = f"{100 * data.sizes[0].pair.equivalence.level:g} %"
    rows = tuple(
        Row(
            (
                size.n_train,
                size.pair.a,
                size.pair.value_a.value,
                size.pair.b,
                size.pair.value_b.value,
                size.pair.difference,
                of_equivalence(size),
                size.pair.superiority.p_holm,
                size.pair.equivalence.p_holm,
                outcome(size),
            )
        )
        for size in data.sizes
    )
    return Table(
        f"sizes-{stem}",
        f"The best deep and the best classical model by number of training images of "
        f"{data.card.name}, each chosen on validation with that many; ΔAUC with its {interval} "
        f"interval and, for equivalence, with that of {one_sided}, neither of them adjusted; "
        "Holm's adjustment is over these rows. A secondary comparison: the verdict is on the last "
        "row alone.",
        (
            Column("n_train", "Images", "count"),
            Column("deep", "Best deep model"),
            Column("auc_deep", "AUC, deep", "score"),
            Column("classical", "Best classical model"),
            Column("auc_classical", "AUC, classical", "score"),
            columns.DELTA_AUC,
            Column("difference_one_sided", f"ΔAUC, {one_sided}", "signed", estimate=True),
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
            Column("outcome", "Outcome", wraps=True),
        ),
        rows,
    )
