"""Part of "Discrimination": AUC by image size, and at which sizes a side leads."""

from reports.document.blocks import Block, Paragraph, Strong, TableBlock
from reports.document.figures.learning import resolution
from reports.document.parts.sides_compared import (
    SECONDARY,
    changes_in_words,
    curve_table,
    listed,
    sides_table,
)
from reports.document.plots import Figure
from reports.document.tables import Column, Table
from reports.evidence import DatasetEvidence, Evidence, ImageSize
from reports.verdicts.guards.lone_side import champions_of


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
                f"over runs. Heavy lines: {champions_of(data.methods)} (chosen on "
                f"validation) with {size} px, which the verdict is about; their bars are ± 1 "
                "standard deviation over runs.",
                f"AUC by image size on {data.card.name}; the table below has the numbers.",
                curves.svg,
                curves.panels,
            )
        )
    blocks.append(TableBlock(table))
    if data.image_sizes:
        blocks.append(TableBlock(image_sizes_table(data, stem, interval, size)))
    return blocks


def sizes_at_a_glance(evidence: Evidence) -> list[Block]:
    """A line per data set on which several image sizes were tried."""
    said = ((d, in_words(d.image_sizes)) for d in evidence.datasets if d.image_sizes)
    return listed("By image size", "image-sizes", said)


def in_words(sizes: tuple[ImageSize, ...]) -> str:
    """Which side leads at which image sizes, in one sentence."""

    def which(first: ImageSize, last: ImageSize, _: bool) -> str:
        sides = f"{first.size}" if first is last else f"{first.size} to {last.size}"
        return f"{sides} px"

    return changes_in_words(sizes, which, "every image size")


def resolution_table(data: DatasetEvidence, stem: str) -> Table | None:
    """AUC by image size, or None for a study with a single one."""
    return curve_table(
        f"resolution-{stem}",
        f"AUC on {data.card.name} by side of the images, mean over runs.",
        data,
        lambda method: {point.size: point.auc for point in method.resolution_curve},
        lambda side: Column(f"auc_{side}", f"{side} px", "score", "high"),
    )


def image_sizes_table(
    data: DatasetEvidence, stem: str, interval: str, size: int | None, measure: str = "AUC"
) -> Table:
    """The best two models by image size.

    Args:
        data: the data set, on which several sizes were tried.
        stem: of its anchors.
        interval: level of the intervals.
        size: that the verdicts are about.
        measure: that is compared.
    """
    return sides_table(
        f"image-sizes-{stem}",
        lambda one_sided: (
            f"The best deep and the best classical model by image size on {data.card.name}, each "
            f"chosen on validation with that size; Δ{measure} with its {interval} interval and, "
            f"for equivalence, with that of {one_sided}, neither of them adjusted; the verdict is "
            f"on the row of {size} px alone, {SECONDARY}"
        ),
        Column("size", "Side (px)", "count"),
        [(one.size, one) for one in data.image_sizes],
        measure,
    )
