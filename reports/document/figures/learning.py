"""How AUC grows with the number of training images, and with their size."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reports.document.figures.drawing import PAGE, Drawn, drawing
from reports.document.figures.lines import legend, line, point, rows_of, series, styles, titled
from reports.evidence import DatasetEvidence, MethodEvidence
from reports.formatting import score

_LEFT, _WIDTH, _HEIGHT = 0.62, 3.6, 2.5  # of the panel, inches


@dataclass(frozen=True)
class _Point:
    """A mean AUC, over what it is drawn."""

    x: float
    auc: float
    sd: float | None


def learning(name: str, data: DatasetEvidence) -> Drawn | None:
    """Mean AUC on test against training images: champions drawn heavily, a bar of ± 1 sd over runs.

    Controls are left out where they would squeeze the scale.

    Returns:
        None where no method was trained on two numbers of images that are known.
    """

    def points(method: MethodEvidence) -> list[_Point]:
        known = [p for p in method.learning_curve if p.n_train is not None]
        return [_Point(p.n_train or 0.0, p.auc, p.sd) for p in known]

    return _curves(name, data, points, "Training images", "AUC with the most images")


def resolution(name: str, data: DatasetEvidence) -> Drawn | None:
    """The same against the side of the images in pixels.

    Returns:
        None where no method has a result with two sizes.
    """

    def points(method: MethodEvidence) -> list[_Point]:
        return [_Point(p.size, p.auc, p.sd) for p in method.resolution_curve]

    return _curves(name, data, points, "Side of the images (px)", "AUC with the largest images")


def _curves(
    name: str,
    data: DatasetEvidence,
    points_of: Callable[[MethodEvidence], list[_Point]],
    axis: str,
    title: str,
) -> Drawn | None:
    known = [
        (style, method, points)
        for style, method in zip(styles(data.methods), data.methods, strict=True)
        if len(points := points_of(method)) > 1
    ]
    drawn = [one for one in known if one[1].family != "control"] or known
    if not drawn:
        return None
    names = [titled(style.name, score(points[-1].auc)) for style, _, points in drawn]
    height = max(_HEIGHT, rows_of(len(drawn) + 1, 1))
    with drawing(name, PAGE, height + 0.57) as plot:
        axes = plot.axes(_LEFT, height - _HEIGHT + 0.45, _WIDTH, _HEIGHT)
        found = []
        for style, _, points in drawn:
            x, y = [p.x for p in points], [p.auc for p in points]
            line(axes, style, x, y)
            for here in points:
                point(axes, style, here.x, here.auc)
                if style.heavy and here.sd is not None:
                    bounds = here.auc - here.sd, here.auc + here.sd
                    bar = replace(style, heavy=False, dashes=())
                    line(axes, bar, [here.x] * 2, bounds)
            found.append(series(style, x, y))
        axes.set_xlim(0, 1.03 * max(max(one.x) for one in found))
        axes.grid(True)
        axes.set_xlabel(axis)
        axes.set_ylabel("AUC on test")
        legend(
            plot.canvas,
            _LEFT + _WIDTH + 0.2,
            height + 0.45,
            [style for style, _, _ in drawn],
            names,
            title=title,
        )
        panels = (plot.panel(axes, tuple(found)),)
    return Drawn(plot.svg, panels)
