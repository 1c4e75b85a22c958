"""Part of "Discrimination": the ladder of each side, rung by rung."""

from bench.protocol.cards import FileSide
from reports.document.blocks import Block, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Ladder, LadderRung
from reports.verdicts.guards.rungs import IN_WORDS


def rung_table(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    """The table; nothing where no method says what it makes use of."""
    ladder = data.ladder
    if ladder is None or not any(rung.methods or rung.without_result for rung in ladder.rungs):
        return []
    champions = {data.champion_deep, data.champion_classical} - {None}
    rows = tuple(
        Row(
            (
                rung.family,
                IN_WORDS[rung.step],
                rung.best,
                rung.auc,
                " and ".join(map(str, rung.input_sizes)) or str(ladder.image_side)
                if rung.methods
                else None,
                _number(rung),
            ),
            rung.family,
            rung.best in champions,
        )
        for rung in ladder.rungs
    )
    table = Table(
        f"rungs-{stem}",
        f"Ladder of each side on {data.card.name}, from the least that a method can make use of to "
        "the most: the best method of each rung (chosen on validation).",
        (
            Column("side", "Side"),
            Column("rung", "Rung"),
            Column("best", "Best method"),
            Column("auc", "AUC", "score", estimate=True),
            Column("image_size", "Image size (px)"),
            Column("methods", "Methods run"),
        ),
        rows,
        tuple(_notes(data, ladder, interval)),
    )
    return [TableBlock(table)]


def _number(rung: LadderRung) -> str:
    """How many methods have a result, of how many."""
    done = len(rung.methods)
    asked = done + len(rung.without_result)
    return "not run" if not asked else f"{done}" if done == asked else f"{done} of {asked}"


def _notes(data: DatasetEvidence, ladder: Ladder, interval: str) -> list[str]:
    if data.generated:
        comes = "they are generated"
    elif ladder.file_side is None:
        comes = "how large they come is not told"
    else:
        comes = f"they can be had with {FileSide(ladder.file_side, ladder.which_side)}"
    notes = [
        f"AUC with its {interval} interval, on all test images. Images of {ladder.image_side} px "
        f"were given to every method; {comes}. Of a network the size "
        "to which it scaled them is shown, where it tells.",
    ]
    lacking = [m.name for m in data.methods if m.lacked_weights]
    if lacking:
        notes.append(
            f"Pretrained weights could not be had for {', '.join(lacking)}, which started from "
            "scratch."
        )
    if ladder.unknown:
        notes.append(f"Not told what they make use of: {', '.join(ladder.unknown)}.")
    return notes
