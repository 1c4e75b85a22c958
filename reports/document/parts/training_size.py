"""Part of "Discrimination": from how many training images on a side leads."""

from reports.document.blocks import Block, Paragraph, Strong, TableBlock
from reports.document.figures.learning import learning
from reports.document.parts.sides_compared import (
    SECONDARY,
    changes_in_words,
    curve_table,
    listed,
    sides_table,
)
from reports.document.plots import Figure
from reports.document.tables import Column, Table
from reports.evidence import DatasetEvidence, Evidence, TrainingSize
from reports.formatting import count, percent
from reports.verdicts.guards.lone_side import champions_of


def training_size(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    """Sentence, figure and tables; nothing for a study with a single share.

    Args:
        data: the data set.
        stem: of its anchors.
        interval: level of the intervals, for example "95 %".
    """
    table = _learning_table(data, stem)
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
                f"over runs. Heavy lines: {champions_of(data.methods)} (chosen on "
                "validation) with the most images; their bars are ± 1 standard deviation over "
                f"runs. {_subsets(data)}",
                f"Learning curves on {data.card.name}; the table below has their numbers.",
                curves.svg,
                curves.panels,
            )
        )
    blocks.append(TableBlock(table))
    if data.sizes:
        blocks.append(TableBlock(sizes_table(data, stem, interval)))
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
    said = ((d, in_words(d.sizes)) for d in evidence.datasets if d.sizes)
    return listed("By number of training images", "sizes", said)


def in_words(sizes: tuple[TrainingSize, ...]) -> str:
    """Which side leads with how many training images, in one sentence."""

    def which(first: TrainingSize, last: TrainingSize, opening: bool) -> str:
        least, most = _images(first), _images(last)
        how_many = least if least == most else f"{least} to {most}"
        return how_many if first.n_train is None or not opening else f"{how_many} images"

    return changes_in_words(sizes, which, "every number of images")


def _images(size: TrainingSize) -> str:
    return percent(size.fraction) if size.n_train is None else count(size.n_train)


def _learning_table(data: DatasetEvidence, stem: str) -> Table | None:
    """AUC by share of the training part, or None for a study with a single share."""
    return curve_table(
        f"learning-{stem}",
        f"AUC on {data.card.name} by share of the training part, mean over runs.",
        data,
        lambda method: {point.fraction: point.auc for point in method.learning_curve},
        lambda share: Column(f"auc_{share:g}", f"{100 * share:g} %", "score", "high"),
    )


def sizes_table(data: DatasetEvidence, stem: str, interval: str, measure: str = "AUC") -> Table:
    """The best two models by number of training images.

    Args:
        data: the data set, on which several numbers were tried.
        stem: of its anchors.
        interval: level of the intervals.
        measure: that is compared.
    """
    return sides_table(
        f"sizes-{stem}",
        lambda one_sided: (
            f"The best deep and the best classical model by number of training images of "
            f"{data.card.name}, each chosen on validation with that many; Δ{measure} with its "
            f"{interval} interval and, for equivalence, with that of {one_sided}, neither of them "
            f"adjusted; the verdict is on the last row alone, {SECONDARY}"
        ),
        Column("n_train", "Images", "count"),
        [(size.n_train, size) for size in data.sizes],
        measure,
    )
