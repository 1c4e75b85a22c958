"""Precision against recall of all methods on one data set."""

from reports.document.figures.drawing import PAGE, Drawn, drawing
from reports.document.figures.lines import (
    legend,
    line,
    point,
    reference,
    rows_of,
    series,
    styles,
    titled,
)
from reports.evidence import DatasetEvidence
from reports.formatting import score

_SIDE = 3.1  # of the panel, inches


def precision_recall(name: str, data: DatasetEvidence) -> Drawn | None:
    """Precision against recall: champions drawn heavily, the other methods thinly.

    The dashed line is the precision of calling every case positive.

    Returns:
        None where no method has a curve.
    """
    drawn = [
        (style, method.precision_recall)
        for style, method in zip(styles(data.methods), data.methods, strict=True)
        if method.precision_recall is not None
    ]
    if not drawn:
        return None
    chance = reference("prevalence", "every case called positive")
    share = base_rate(data)
    names = [titled(style.name, score(curve.average_precision)) for style, curve in drawn]
    keys = [style for style, _ in drawn]
    height = max(_SIDE, rows_of(len(keys) + 2, 1))
    with drawing(name, PAGE, height + 0.57) as plot:
        axes = plot.axes(0.5, height - _SIDE + 0.45, _SIDE, _SIDE)
        line(axes, chance, (0, 1), (share, share))
        found = [series(chance, (0, 1), (share, share))]
        for style, curve in drawn:
            recall, precision = curve.recall, curve.precision
            if curve.stepped:  # the first step begins at a recall of 0
                recall, precision = (0.0, *recall), (precision[0], *precision)
            line(axes, style, recall, precision, stepped=curve.stepped)
            if curve.operating is not None:
                point(axes, style, *curve.operating)
            found.append(series(style, curve.recall, curve.precision, curve.thresholds))
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.01)
        axes.grid(True)
        axes.set_xlabel("Recall")
        axes.set_ylabel("Precision")
        legend(
            plot.canvas,
            0.5 + _SIDE + 0.2,
            height + 0.45,
            [*keys, chance],
            [*names, titled(chance.name, score(share))],
            title="Average precision",
        )
        known = any(one.extra for one in found)
        panels = (plot.panel(axes, tuple(found), "Threshold" if known else ""),)
    return Drawn(plot.svg, panels)


def base_rate(data: DatasetEvidence) -> float:
    """Precision of calling every test case positive, mean over the classes looked for."""
    if data.card.positive is not None:
        return data.test_shares[data.card.positive]
    present = [share for share in data.test_shares if share > 0]
    return sum(present) / len(present)
