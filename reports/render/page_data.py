"""What the scripts of the page work on: panels, threshold curves, and tables as text to copy.

Data stand in `<script type="application/json">`, which nothing executes; a `<` in a name is written
as an escape, so that no name can end the element.
"""

import base64
import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from reports.document.plots import Figure, Panel, Series, ThresholdCurve, Thresholds
from reports.document.tables import Table, as_csv, as_latex


def figure_data(figure: Figure) -> Markup:
    """The panels of a figure.

    Coordinates are whole numbers, to be divided by 10^digits: as many digits as a reader is shown,
    which are three where an axis spans about 1.
    """
    return _json([_panel(panel) for panel in figure.panels])


def threshold_data(block: Thresholds) -> Markup:
    """The counts of every method at every threshold, exact."""
    return _json(
        {
            "positives": block.positives,
            "negatives": block.negatives,
            "curves": [_curve(curve) for curve in block.curves],
        }
    )


def table_texts(tables: Sequence[Table]) -> str:
    """Every table as [CSV, LaTeX], by its name: JSON, compressed by zlib, in base64."""
    texts = {table.name: [as_csv(table), as_latex(table)] for table in tables}
    packed = zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 9)
    return base64.b64encode(packed).decode()


def _json(data: Any) -> Markup:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _panel(panel: Panel) -> dict[str, Any]:
    digits = [_digits(panel.x_range), _digits(panel.y_range)]
    return {
        "box": [panel.left, panel.top, panel.width, panel.height],
        "x": panel.x_range,
        "y": panel.y_range,
        "labels": [panel.x_label, panel.y_label, panel.extra_label],
        "digits": digits,
        "series": [_series(series, digits) for series in panel.series],
    }


def _digits(limits: tuple[float, float]) -> int:
    """Decimals that tell a thousandth of the axis apart; none below 0.

    >>> _digits((-0.01, 1.01)), _digits((0.0, 0.1)), _digits((0.0, 250.0))
    (3, 4, 1)
    """
    span = abs(limits[1] - limits[0])
    return max(0, 3 - math.floor(math.log10(span) + 1e-9)) if span > 0 else 3


def _series(series: Series, digits: Sequence[int]) -> dict[str, Any]:
    shown = [i for i, point in enumerate(zip(series.x, series.y, strict=True)) if _finite(point)]
    data: dict[str, Any] = {
        "key": series.key,
        "name": series.name,
        "family": series.family,
        "x": [_scaled(series.x[i], digits[0]) for i in shown],
        "y": [_scaled(series.y[i], digits[1]) for i in shown],
    }
    if series.extra:
        data["extra"] = [_brief(series.extra[i], 4) for i in shown]
    return data


def _finite(point: tuple[float, float]) -> bool:
    return math.isfinite(point[0]) and math.isfinite(point[1])


def _scaled(value: float, digits: int) -> int:
    scale: int = 10**digits
    return round(round(value, digits) * scale)


def _brief(value: float, digits: int) -> float | None:
    """A number of so many significant digits; None where it is not finite."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def _curve(curve: ThresholdCurve) -> dict[str, Any]:
    """Thresholds descending, the first above every case; counts as numerators of `over`.

    `start` is the place of the threshold that was fixed on validation: the lowest listed one that
    is not below it, which decides every case alike.
    """
    thresholds, hits, alarms = curve.thresholds, curve.true_positives, curve.false_positives
    if not thresholds or math.isfinite(thresholds[0]):
        thresholds, hits, alarms = (math.inf, *thresholds), (0.0, *hits), (0.0, *alarms)
    over = _common_denominator((*hits, *alarms))
    return {
        "name": curve.name,
        "chosen": _brief(curve.chosen, 6),
        "start": sum(threshold >= curve.chosen for threshold in thresholds) - 1,
        "thresholds": [_brief(threshold, 6) for threshold in thresholds],
        "over": over,
        "hits": _numerators(hits, over),
        "alarms": _numerators(alarms, over),
    }


def _common_denominator(values: Sequence[float]) -> int:
    """The smallest number of runs of which all values can be means of counts; 1 where none can.

    >>> _common_denominator((0.5, 1 / 3, 4.0))
    6
    """
    exact = np.asarray(values)
    for over in range(1, 101):
        if np.allclose(exact * over, np.rint(exact * over), rtol=0, atol=1e-6):
            return over
    return 1


def _numerators(values: Sequence[float], over: int) -> list[float]:
    scaled = [value * over for value in values]
    return [round(v) if abs(v - round(v)) < 1e-6 else v for v in scaled]
