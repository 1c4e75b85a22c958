import base64
import json
import math
import re
import zlib
from dataclasses import replace

import pytest

from reports.document.plots import Figure, Panel, Series, ThresholdCurve, Thresholds
from reports.document.tables import as_csv, as_latex
from reports.render.inline_svg import inline, legend_numbers
from reports.render.page_data import figure_data, table_texts, threshold_data
from tests.reports.exhibits import figure, table

SERIES = Series(
    "s0", "</script>", "deep", (0.0, 1 / 3, 1.0), (0.12344, 0.5, 1.0), (math.inf, 0.00123456, 0)
)
PANEL = Panel(10, 10, 100, 100, (-0.01, 1.01), (0.0, 0.2), "x", "y", (SERIES,), "t")


def panel(**changes: object) -> dict[str, object]:
    shown = Figure("f", "c", "a", "<svg/>", (replace(PANEL, **changes),))
    (found,) = json.loads(figure_data(shown))
    return dict(found)


def test_coordinates_are_rounded_to_a_thousandth_of_the_axis() -> None:
    data = panel()
    assert data["digits"] == [3, 4]
    (series,) = data["series"]
    assert series["x"] == [0, 333, 1000]
    assert series["y"] == [1234, 5000, 10000]
    assert series["extra"] == [None, 0.001235, 0.0]


def test_a_vertex_that_is_no_number_is_left_out_with_its_threshold() -> None:
    broken = Series("s0", "n", None, (0.0, math.nan, 1.0), (0.0, 0.5, 1.0), (0.9, 0.5, 0.1))
    (series,) = panel(series=(broken,))["series"]
    assert (series["x"], series["extra"]) == ([0, 1000], [0.9, 0.1])


def test_no_name_can_end_the_element_that_holds_the_data() -> None:
    text = figure_data(Figure("f", "c", "a", "<svg/>", (PANEL,)))
    assert "<" not in text
    assert json.loads(text)[0]["series"][0]["name"] == "</script>"


def test_means_of_counts_are_kept_exactly_as_fractions() -> None:
    curve = ThresholdCurve(
        "m", "deep", (1.0, 0.4, 0.0), (0.0, 8 + 1 / 3, 20.0), (0.0, 2.5, 30.0), 0.4
    )
    data = json.loads(threshold_data(Thresholds("t", "d", "p", "n", 20, 30, (curve,))))
    (found,) = data["curves"]
    assert found["over"] == 6
    assert found["hits"] == [0, 0, 50, 120]
    assert found["alarms"] == [0, 0, 15, 180]
    assert found["thresholds"] == [None, 1.0, 0.4, 0.0]
    assert found["start"] == 2


@pytest.mark.slow
def test_counts_that_are_no_fractions_are_kept_as_they_are() -> None:
    curve = ThresholdCurve("m", "deep", (0.5, 0.0), (math.pi, 20.0), (0.0, 30.0), 0.5)
    (found,) = json.loads(threshold_data(Thresholds("t", "d", "p", "n", 20, 30, (curve,))))[
        "curves"
    ]
    assert (found["over"], found["hits"]) == (1, [0, math.pi, 20])


def test_a_chosen_threshold_above_all_calls_nothing_positive() -> None:
    curve = ThresholdCurve("m", "deep", (0.5, 0.0), (3.0, 20.0), (0.0, 30.0), 0.7)
    (found,) = json.loads(threshold_data(Thresholds("t", "d", "p", "n", 20, 30, (curve,))))[
        "curves"
    ]
    assert (found["start"], found["hits"][0]) == (0, 0)


@pytest.mark.slow
def test_the_texts_to_copy_are_those_of_the_files() -> None:
    tables = (table("one"), table("two", "数据集 </script>"))
    found = json.loads(zlib.decompress(base64.b64decode(table_texts(tables))))
    assert found == {t.name: [as_csv(t), as_latex(t)] for t in tables}


LINE = " ".join(
    f"{'L' if i else 'M'} {10 + 3.14159 * i:.2f} {80 - 2.71828 * i:.2f}" for i in range(20)
)
DRAWING = (
    '<svg width="200pt" height="100pt" viewBox="0 0 200 100" xmlns="http://www.w3.org/2000/svg">'
    f'<g><g data-series="s0"><path d="{LINE} z" clip-path="url(#f-c1)" style="fill: none"/></g>'
    '<defs><clipPath id="f-c1"><rect x="0" y="0" width="9" height="9"/></clipPath></defs></g>'
    '<text x="1" y="2" style="font-size: 7px; font-family: \'DejaVu Sans\'; fill: #1d1f21" '
    'transform="rotate(-0 1 2)">M 1 1 L 2 2  #0072b2</text>'
    '<g data-legend="120.0 100.0"><g><g data-series="s0"><text>0.912  a &lt;b&gt;</text></g></g>'
    "</g>"
    '</svg>'
)  # fmt: skip


def points(path: str) -> list[tuple[float, float]]:
    """Where a path of M, L and l goes."""
    x = y = 0.0
    found = []
    for letter, numbers in re.findall(r"([MLlz])([^MLlz]*)", path):
        values = [float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = (x + dx, y + dy) if letter == "l" else (dx, dy)
            found.append((x, y))
    return found


def test_a_line_keeps_its_place_to_a_twentieth_of_a_point() -> None:
    shown = inline(Figure("f", "c", "a", DRAWING), "7")
    (path,) = re.findall(r' d="([^"]*)"', shown)
    assert len(path) < 0.6 * len(LINE)
    before, after = points(LINE), points(path)
    assert len(before) == len(after) == 20
    assert (
        max(abs(p[k] - q[k]) for p, q in zip(before, after, strict=True) for k in (0, 1)) <= 0.0501
    )


def test_ids_of_a_drawing_are_those_of_its_number_and_still_meet() -> None:
    shown = inline(Figure("f", "c", "a", DRAWING), "7")
    assert 'id="f7.0"' in shown
    assert 'clip-path="url(#f7.0)"' in shown


def test_the_text_of_a_drawing_is_left_alone() -> None:
    shown = inline(Figure("f", "c", "a", DRAWING), "7")
    assert ">M 1 1 L 2 2  #0072b2</text>" in shown
    assert "DejaVu" not in shown


def test_the_legend_goes_only_where_the_page_has_one() -> None:
    plain = inline(Figure("f", "c", "a", DRAWING), "7")
    assert "0.912" in plain
    assert 'viewBox="0 0 200 100"' in plain
    answering = Figure("f", "c", "a", DRAWING, (PANEL,))
    shown = inline(answering, "7")
    assert "0.912" not in shown
    assert 'viewBox="0 0 120.0 100.0"' in shown
    assert shown.count("<g") == shown.count("</g>") == 1
    assert legend_numbers(answering) == {"s0": "0.912"}


@pytest.mark.slow
def test_a_drawing_of_matplotlib_keeps_all_that_is_drawn() -> None:
    drawn = figure()
    shown = inline(drawn, "1")
    for tag in ("path", "use", "text", "clipPath"):
        assert shown.count(f"<{tag} ") == drawn.svg.count(f"<{tag} ")
    assert shown.count("<g") == shown.count("</g>")
