"""Part of "Discrimination": AUC by image size, and at which sizes a side leads."""

from itertools import groupby

from reports.document.blocks import Block, Bullets, Heading, Paragraph, Strong, TableBlock
from reports.document.figures.learning import resolution
from reports.document.parts import columns
from reports.document.parts.training_size import of_equivalence, outcome
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence, ImageSize


def image_size(data: DatasetEvidence, stem: str, interval: str, size: int | None) -> list[Block]:
    """Sentence, figure and tables; nothing for a study with a single size.

    Args:
        data: the data set.
        stem: of its anchors.
        interval: level of the intervals, for example "95 %".
        size: that the verdicts are about.
    """
    table = resolution_table(data, stem)
    if table is None:
        return []
    blocks: list[Block] = []
    if data.image_sizes:
        text = f"{in_words(data.image_sizes)} The verdict is about {size} px."
        blocks.append(Paragraph((Strong("By image size. "), text)))
    curves = resolution(f"resolution-{stem}", data)
    if curves is not None:
        blocks.append(
            Figure(
                f"resolution-curve-{stem}",
                f"AUC on the test part of {data.card.name} by side of the images in pixels, mean "
                "over runs. Heavy lines: the best deep and the best classical model (chosen on "
                f"validation) with {size} px, which the verdict is about; their bars are ± 1 "
                "standard deviation over runs.",
                f"AUC by image size on {data.card.name}; the table below has the numbers.",
                curves.svg,
                curves.panels,
            )
        )
    blocks.append(TableBlock(table))
    if data.image_sizes:
        blocks.append(TableBlock(_sizes(data, stem, interval, size)))
    return blocks


def sizes_at_a_glance(evidence: Evidence) -> list[Block]:
    """A line per data set on which several image sizes were tried."""
    lines = [
        (Strong(f"{data.card.name}: "), in_words(data.image_sizes))
        for data in evidence.datasets
        if data.image_sizes
    ]
    if not lines:
        return []
    return [Heading(2, "By image size", "image-sizes"), Bullets(tuple(lines))]


def in_words(sizes: tuple[ImageSize, ...]) -> str:
    """Which side leads at which image sizes, in one sentence."""
    parts: list[str] = []
    for told, alike in groupby(sizes, key=outcome):
        sides = [size.size for size in alike]
        which = f"{sides[0]}" if len(sides) == 1 else f"{sides[0]} to {sides[-1]}"
        parts.append(f"with {which} px, {told}")
    if len(parts) == 1:
        return f"With every image size that was tried, {outcome(sizes[0])}."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def resolution_table(data: DatasetEvidence, stem: str) -> Table | None:
    """AUC by image size, or None for a study with a single one."""
    sides = sorted({point.size for m in data.methods for point in m.resolution_curve})
    if len(sides) < 2:
        return None
    rows = []
    for method in data.methods:
        auc = {point.size: point.auc for point in method.resolution_curve}
        values = tuple(auc.get(side) for side in sides)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    return Table(
        f"resolution-{stem}",
        f"AUC on {data.card.name} by side of the images, mean over runs.",
        (
            Column("method", "Method"),
            *(Column(f"auc_{side}", f"{side} px", "score", "high") for side in sides),
        ),
        tuple(rows),
    )


def _sizes(data: DatasetEvidence, stem: str, interval: str, size: int | None) -> Table:
    one_sided = f"{100 * data.image_sizes[0].pair.equivalence.level:g} %"
    rows = tuple(
        Row(
            (
                one.size,
                one.pair.a,
                one.pair.value_a.value,
                one.pair.b,
                one.pair.value_b.value,
                one.pair.difference,
                of_equivalence(one),
                one.pair.superiority.p_holm,
                one.pair.equivalence.p_holm,
                outcome(one),
            )
        )
        for one in data.image_sizes
    )
    return Table(
        f"image-sizes-{stem}",
        f"The best deep and the best classical model by image size on {data.card.name}, each "
        f"chosen on validation with that size; ΔAUC with its {interval} interval and, for "
        f"equivalence, with that of {one_sided}, neither of them adjusted; Holm's "
        "adjustment is over these rows. A secondary comparison: the verdict is on "
        f"the row of {size} px alone.",
        (
            Column("size", "Side (px)", "count"),
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
