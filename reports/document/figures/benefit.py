"""By how much acting on one model does more good than acting on the other, and how surely."""

from collections.abc import Sequence

from reports.document.figures.drawing import PAGE, Drawing, drawing
from reports.document.figures.palette import ACCENTS, GRID, INK
from reports.evidence import BenefitDifference, DatasetEvidence, Side

_WIDTH, _HEIGHT, _LOW = 2.75, 1.5, 0.75  # of a panel of differences, and of probabilities, inches
_BOTTOM = 0.45


def benefit(name: str, data: DatasetEvidence) -> str | None:
    """Net benefit of deep − classical with its band, and below it the probability of benefit.

    Returns:
        The SVG; None for more than two classes, or where a side is missing.
    """
    pair = data.probability_pair
    if pair is None or pair.benefit is None or data.card.positive is None:
        return None
    both = [(pair.benefit, 0.58, "As given")]
    if pair.benefit_recalibrated is not None:
        both.append((pair.benefit_recalibrated, PAGE - _WIDTH - 0.1, "Recalibrated"))
    reach = reach_of([found for found, *_ in both], data.test_shares[data.card.positive])
    with drawing(name, PAGE, _BOTTOM + _LOW + _HEIGHT + 0.65) as plot:
        for found, left, title in both:
            _difference(plot, found, left, title, reach)
            _probability(plot, found, left)
    return plot.svg


def reach_of(panels: Sequence[BenefitDifference], prevalence: float) -> float:
    """How far the axis goes to both sides of 0: it holds every curve.

    The band is cut off at the prevalence, since where hardly anybody acts, odds make it as wide as
    one likes.
    """
    curve = max(_most(found.thresholds, found.difference) for found in panels)
    band = max(_most(found.thresholds, v) for found in panels for v in (found.low, found.high))
    return max(1.1 * curve, min(1.1 * band, prevalence), 1e-3)


def _most(thresholds: Sequence[float], values: Sequence[float]) -> float:
    """The largest of values, by amount, up to a threshold of 0.9."""
    return max((abs(v) for at, v in zip(thresholds, values, strict=True) if at <= 0.9), default=0.0)


def _difference(
    plot: Drawing, found: BenefitDifference, left: float, title: str, reach: float
) -> None:
    axes = plot.axes(left, _BOTTOM + _LOW + 0.3, _WIDTH, _HEIGHT)
    axes.axhline(0, color=GRID, linewidth=1.0, zorder=1)
    axes.fill_between(
        found.thresholds, found.low, found.high, color=INK, alpha=0.14, linewidth=0, zorder=2
    )
    axes.plot(found.thresholds, found.difference, color=INK, linewidth=1.4, zorder=3)
    axes.set_xlim(0, 1)
    axes.set_ylim(-reach, reach)
    axes.set_xticklabels([])
    axes.grid(True)
    axes.set_title(title)
    axes.set_ylabel("Deep − classical")
    sides: tuple[tuple[float, Side, str], ...] = (
        (0.97, "deep", "top"),
        (0.03, "classical", "bottom"),
    )
    for place, side, align in sides:
        axes.text(
            0.98,
            place,
            f"{ACCENTS[side].sign} {side} does more good",
            transform=axes.transAxes,
            ha="right",
            va=align,
            fontsize=6.5,
            color=ACCENTS[side].colour,
            zorder=5,
        )


def _probability(plot: Drawing, found: BenefitDifference, left: float) -> None:
    axes = plot.axes(left, _BOTTOM, _WIDTH, _LOW)
    axes.axhline(0.5, color=GRID, linewidth=1.0, zorder=1)
    axes.plot(found.thresholds, found.probability, color=INK, linewidth=1.4, zorder=3)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.grid(True)
    axes.set_xlabel("Threshold probability")
    axes.set_ylabel("P(deep better)")
