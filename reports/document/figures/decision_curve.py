"""What acting on a method is worth, by the probability at which one would act."""

from reports.document.figures.drawing import PAGE, Drawing, Drawn, drawing, short
from reports.document.figures.lines import (
    Style,
    columns_for,
    legend,
    line,
    reference,
    rows_of,
    series,
)
from reports.document.figures.reliability import drawable
from reports.document.plots import Panel
from reports.evidence import DatasetEvidence, Probabilities

_HEIGHT = 2.2  # of a panel, inches
_WIDTH = 2.75

Curve = tuple[Style, tuple[float, ...], tuple[float, ...]]


def decision_curve(name: str, data: DatasetEvidence) -> Drawn | None:
    """Net benefit against the threshold probability, as given and recalibrated.

    Returns:
        None where no method is drawn, or there are more than two classes.
    """
    drawn = [found for found in drawable(data) if found[2].net_benefit]
    if not drawn or data.card.positive is None:
        return None
    told = drawn[0][1].probabilities
    if told is None:
        return None
    all_, none = reference("all", "act on every case", ()), reference("none", "act on no case")
    before = [(style, told.act_at, stored.net_benefit) for style, _, stored, _ in drawn]
    after = [(style, told.act_at, m.net_benefit) for style, _, _, m in drawn if m is not None]
    keys = [style for style, *_ in drawn] + [all_, none]
    names = [short(style.name, 34) for style in keys]
    columns = columns_for(names, PAGE - 0.5)
    room = rows_of(len(names), columns) + 0.6
    prevalence = data.test_shares[data.card.positive]
    with drawing(name, PAGE, _HEIGHT + room + 0.3) as plot:
        references = _references(told, all_, none)
        panels = [_panel(plot, references, before, prevalence, (0.58, room), "As given")]
        if after:
            place = PAGE - _WIDTH - 0.1, room
            panels.append(_panel(plot, references, after, prevalence, place, "Recalibrated"))
        legend(plot.canvas, 0.58, room - 0.5, keys, names, columns)
    return Drawn(plot.svg, tuple(panels))


def _references(told: Probabilities, all_: Style, none: Style) -> list[Curve]:
    return [
        (all_, told.act_at, told.act_on_all),
        (none, (told.act_at[0], told.act_at[-1]), (0.0, 0.0)),
    ]


def _panel(
    plot: Drawing,
    references: list[Curve],
    curves: list[Curve],
    prevalence: float,
    place: tuple[float, float],
    title: str,
) -> Panel:
    axes = plot.axes(*place, _WIDTH, _HEIGHT)
    bottom = -0.35 * prevalence
    found = []
    for style, x, y in (*references, *curves):
        # what falls far below is cut, and comes back where it rises again
        shown = [value if value >= bottom - prevalence else bottom - prevalence for value in y]
        line(axes, style, x, shown)
        found.append(series(style, x, y))
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(bottom, 1.08 * prevalence)
    axes.grid(True)
    axes.set_title(title)
    axes.set_xlabel("Threshold probability")
    axes.set_ylabel("Net benefit")
    return plot.panel(axes, tuple(found))
