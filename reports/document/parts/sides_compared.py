"""What the tables by number of training images, image size and masks have in common."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from reports.document.blocks import Block, Bullets, Heading, Strong
from reports.document.parts import columns
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import (
    DatasetEvidence,
    Estimate,
    ImageSize,
    MaskComparison,
    MethodEvidence,
    TrainingSize,
)

Size = TypeVar("Size", TrainingSize, ImageSize, MaskComparison)

SECONDARY = (
    "which has its p values. Secondary comparisons are those of the other rows; Holm's adjustment "
    "is over the other rows of all data sets that get a verdict."
)
"""How rows are adjusted, to stand behind the name of the row that the verdict is on."""


def outcome(size: TrainingSize | ImageSize | MaskComparison) -> str:
    """Which side leads, or why none does."""
    if size.ahead is not None:
        small = ", but equivalent within ±δ" if size.rule == "better-but-equivalent" else ""
        return f"{size.ahead} is better{small}"
    if size.rule == "equivalent":
        return "the two are equivalent within ±δ"
    return "no difference is shown"


def changes_in_words(
    sizes: Sequence[Size], which: Callable[[Size, Size, bool], str], everything: str
) -> str:
    """Which side leads where, in one sentence.

    Args:
        sizes: in their order.
        which: the first and the last of a stretch with one outcome, and whether it is the first
            stretch, in words.
        everything: all sizes, in words, for where the outcome never changes.
    """
    parts: list[str] = []
    for told, alike in groupby(sizes, key=outcome):
        group = list(alike)
        parts.append(f"with {which(group[0], group[-1], not parts)}, {told}")
    if len(parts) == 1:
        return f"With {everything} that was tried, {outcome(sizes[0])}."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def listed(title: str, anchor: str, said: Iterable[tuple[DatasetEvidence, str]]) -> list[Block]:
    """A line per data set under a heading; nothing without any."""
    lines = tuple((Strong(f"{data.card.name}: "), text) for data, text in said)
    return [Heading(2, title, anchor), Bullets(lines)] if lines else []


def sides_table(
    name: str,
    caption: Callable[[str], str],
    first: Column,
    rows: Sequence[tuple[Value, TrainingSize | ImageSize | MaskComparison]],
    measure: str = "AUC",
) -> Table:
    """The best two models and their difference, a row per size.

    Args:
        name: of the table.
        caption: of the level of the one-sided interval, for example "90 %".
        first: the column that tells the sizes.
        rows: what that column says, and the comparison.
        measure: that is compared, "AUC" or "Dice".
    """
    key, what = measure.lower(), f"Δ{measure}"
    one_sided = f"{100 * rows[0][1].pair.equivalence.level:g} %"
    return Table(
        name,
        caption(one_sided),
        (
            first,
            Column("deep", "Best deep model"),
            Column(f"{key}_deep", f"{measure}, deep", "score"),
            Column("classical", "Best classical model"),
            Column(f"{key}_classical", f"{measure}, classical", "score"),
            columns.named(columns.DELTA_AUC, what),
            Column("difference_one_sided", f"{what}, {one_sided}", "signed", estimate=True),
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
            Column("outcome", "Outcome", wraps=True),
        ),
        tuple(Row((told, *_numbers(size))) for told, size in rows),
    )


def _numbers(size: TrainingSize | ImageSize | MaskComparison) -> tuple[Value, ...]:
    pair, test = size.pair, size.pair.equivalence
    return (
        size.stands_for_deep,
        pair.value_a.value,
        size.stands_for_classical,
        pair.value_b.value,
        pair.difference,
        Estimate(pair.difference.value, test.low, test.high),
        pair.superiority.p_holm,
        test.p_holm,
        outcome(size),
    )


def curve_table(
    name: str,
    caption: str,
    data: DatasetEvidence,
    curve: Callable[[MethodEvidence], dict[float, float]],
    column: Callable[[float], Column],
) -> Table | None:
    """AUC of every method at each size; None where there is a single one.

    Args:
        name, caption: of the table.
        data: the data set.
        curve: size → AUC of a method.
        column: of a size.
    """
    sizes = sorted({size for method in data.methods for size in curve(method)})
    if len(sizes) < 2:
        return None
    rows = []
    for method in data.methods:
        auc = curve(method)
        values = tuple(auc.get(size) for size in sizes)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    return Table(
        name, caption, (Column("method", "Method"), *(column(size) for size in sizes)), tuple(rows)
    )
