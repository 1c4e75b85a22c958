"""Section "Many data sets" of a segmentation study: which method is best where."""

from collections.abc import Mapping
from statistics import fmean

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence
from reports.evidence.segmentation import SegmentedMethod
from reports.statistics.many.ranks import rank_matrix


def leaderboard(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none with fewer than two data sets that have results."""
    shown = [d for d in evidence.datasets if d.segmentation is not None and d.segmentation.methods]
    if len(shown) < 2:
        return []
    return [
        Heading(1, "Many data sets", "many"),
        Paragraph(
            (
                "Ranks say who is ahead, not by how much: on each data set the method with the "
                "highest mean Dice has rank 1, and ties share their mean. What holds beyond these "
                "data sets is not tested.",
            )
        ),
        TableBlock(leaderboard_table(shown, stems)),
    ]


def leaderboard_table(shown: list[DatasetEvidence], stems: Mapping[str, str]) -> Table:
    """Methods × data sets, best mean rank first; generated data sets have no part in ranks."""
    real = [data for data in shown if not data.generated] or shown
    methods: dict[str, SegmentedMethod] = {}
    for data in shown:
        for method in data.segmentation.methods if data.segmentation else ():
            methods.setdefault(method.name, method)
    dice = {name: [_dice(data, name) for data in shown] for name in methods}
    ranks = _mean_ranks(real, [n for n, m in methods.items() if m.family != "control"])
    order = sorted(methods, key=lambda n: (ranks.get(n, float("inf")), n))
    rows = tuple(
        Row((name, ranks.get(name), *dice[name]), family=methods[name].family) for name in order
    )
    notes = ["Controls, and methods that lack a result on some data set, have no rank."]
    if len(real) < len(shown):
        notes.append("Ranks are of the real images; generated ones stand beside them.")
    return Table(
        "many-dice",
        "Mean Dice of every method on every data set.",
        (
            Column("method", "Method"),
            Column("mean_rank", "Mean rank", "rank", better="low"),
            *(
                Column(f"dice_{stems[d.card.name]}", d.card.name, "score", better="high")
                for d in shown
            ),
        ),
        rows,
        tuple(notes),
    )


def _dice(data: DatasetEvidence, name: str) -> float | None:
    own = None if data.segmentation is None else data.segmentation.method(name)
    return None if own is None else own.dice.mean.value


def _mean_ranks(datasets: list[DatasetEvidence], names: list[str]) -> dict[str, float]:
    """Mean rank of the methods that have a result on every data set."""
    scores = {name: [_dice(data, name) for data in datasets] for name in names}
    known = {name: [v for v in own if v is not None] for name, own in scores.items()}
    whole = [name for name in names if len(known[name]) == len(datasets)]
    if not whole:
        return {}
    each = rank_matrix([list(column) for column in zip(*(known[n] for n in whole), strict=True)])
    return {name: fmean(each[:, place].tolist()) for place, name in enumerate(whole)}
