"""Part of "Discrimination": what masks by segmenters do to the two sides."""

from reports.document.blocks import Block, Bullets, Paragraph, Strong, TableBlock
from reports.document.parts.question_tables import questions_table
from reports.document.parts.sides_compared import SECONDARY, changes_in_words, listed, sides_table
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence, Interaction, MaskComparison
from reports.formatting import joined, percent, score
from reports.verdicts.other_images import WITH
from reports.verdicts.transport.wording import Words, moved

_OWN = "with the data set's own masks"


def lesion_masks(
    data: DatasetEvidence, stem: str, interval: str, margin: float, alpha: float
) -> list[Block]:
    """Sentences and tables; nothing for a study with the data set's own masks alone.

    Args:
        data: the data set.
        stem: of its anchors.
        interval: level of the intervals, for example "95 %".
        margin, alpha: of the study.
    """
    table = _methods_table(data, stem)
    if table is None:
        return []
    blocks: list[Block] = []
    if data.masks:
        text = f"{in_words(data.masks)} The verdict is about the data set's own masks."
        blocks.append(Paragraph((Strong("By lesion masks. "), text)))
    if data.card.masks:
        blocks.append(TableBlock(_segmenters_table(data, stem)))
    blocks.append(TableBlock(table))
    if not data.masks:
        return blocks
    blocks.append(TableBlock(_sides_table(data, stem, interval)))
    asked = [one.change for one in data.masks if one.change is not None]
    if asked:
        words = Words(margin, alpha, len(asked))
        told = [(moved(one, _OWN, f"with {one.name}", words), _aucs(one, data)) for one in asked]
        blocks.append(Bullets(tuple((f"{sentence} {aucs}",) for sentence, aucs in told)))
        blocks.append(
            TableBlock(
                questions_table(
                    f"mask-changes-{stem}",
                    [(one.name, one) for one in asked],
                    interval,
                    f"The two models of the verdict on {data.card.name}, trained and tested with "
                    "other lesion masks",
                    "Holm's adjustment is over these questions.",
                )
            )
        )
    return blocks


def _aucs(asked: Interaction, data: DatasetEvidence) -> str:
    """What became of the AUC of each of the two models."""
    c = data.comparison
    deep = data.champion_deep if c is None else c.stands_for_deep
    classical = data.champion_classical if c is None else c.stands_for_classical
    sides = (deep, asked.deep), (classical, asked.classical)
    changes = [f"{name} {score(here)} → {score(there)}" for name, (here, there) in sides]
    return f"AUC: {', '.join(changes)}."


def masks_at_a_glance(evidence: Evidence) -> list[Block]:
    """A line per data set on which several sources of lesion masks were tried."""
    said = ((d, in_words(d.masks)) for d in evidence.datasets if d.masks)
    return listed("By lesion masks", "masks", said)


def in_words(found: tuple[MaskComparison, ...]) -> str:
    """Which side leads with which masks, in one sentence."""

    def which(first: MaskComparison, last: MaskComparison, _: bool) -> str:
        places = [one.masks for one in found]
        stretch = places[places.index(first.masks) : places.index(last.masks) + 1]
        return joined([WITH[masks] for masks in stretch])

    return changes_in_words(found, which, "every source of masks")


def _segmenters_table(data: DatasetEvidence, stem: str) -> Table:
    """Who made the masks, and how well."""
    rows = tuple(
        Row(
            (
                WITH[card.masks],
                ", ".join(f"{name} ({n} of {card.folds})" for name, n in card.segmenters.items()),
                card.dice,
                percent(card.missed),
                card.side,
            )
        )
        for card in data.card.masks
    )
    return Table(
        f"segmenters-{stem}",
        f"Lesion masks of {data.card.name} that segmenters made, each by one that was not trained "
        "on the image or its patient: the best of its side on the validation cases of each fold, "
        "with the number of folds. Dice against the data set's own masks is the mean over all "
        "images, 1 where both are empty; missed are images with a lesion in which nothing of it "
        "was marked.",
        (
            Column("masks", "Masks"),
            Column("segmenters", "Segmenters (folds)", wraps=True),
            Column("dice", "Mean Dice", "score"),
            Column("missed", "Missed"),
            Column("side", "Side (px)", "count"),
        ),
        rows,
    )


def _methods_table(data: DatasetEvidence, stem: str) -> Table | None:
    """AUC of every method by masks; None for a study with one source."""
    known = dict.fromkeys(point.masks for method in data.methods for point in method.mask_points)
    sources = [masks for masks in WITH if masks in known]
    if len(sources) < 2:
        return None
    rows = []
    for method in data.methods:
        auc = {point.masks: point.auc for point in method.mask_points}
        values = tuple(auc.get(masks) for masks in sources)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    return Table(
        f"masks-{stem}",
        f"AUC on {data.card.name} by lesion masks, mean over runs; methods were trained and tested "
        "with the same masks.",
        (
            Column("method", "Method"),
            *(Column(f"auc_{masks}", _SHORT[masks], "score", "high") for masks in sources),
        ),
        tuple(rows),
    )


_SHORT = {
    "truth": "Own masks",
    "none": "No mask",
    "classical": "Classical segmenter",
    "deep": "Deep segmenter",
}


def _sides_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    return sides_table(
        f"sides-by-masks-{stem}",
        lambda one_sided: (
            f"The best deep and the best classical model by lesion masks on {data.card.name}, each "
            f"chosen on validation with those masks; ΔAUC with its {interval} interval and, for "
            f"equivalence, with that of {one_sided}, neither of them adjusted; the verdict is on "
            f"the row of the data set's own masks alone, {SECONDARY}"
        ),
        Column("masks", "Masks"),
        [(_SHORT[one.masks], one) for one in data.masks],
    )
