import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from exhibits import HOSTILE
from simulated import METHODS, Data, Method, results

from reports.comparison import collect
from reports.evidence import DatasetEvidence, Evidence
from reports.figures.confusion import confusion
from reports.figures.cost import CostPoint, cost, pareto, points
from reports.figures.drawing import drawing
from reports.figures.forest import forest
from reports.figures.labels import place
from reports.figures.palette import ACCENTS
from reports.figures.roc import roc


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    datasets = (
        Data("two", 60, 120),
        Data("phantom", 60, 120, ideal=True, source="generated phantom"),
        Data("many", 140, 280, (0.2, 0.2, 0.1, 0.1, 0.1, 0.2, 0.1)),
    )
    return collect(results(tmp_path_factory.mktemp("figures") / "r", datasets, METHODS))


def texts(svg: str) -> list[str]:
    return ["".join(item.itertext()) for item in ET.fromstring(svg).iter() if "text" in item.tag]


def drawn(data: DatasetEvidence) -> dict[str, str | None]:
    return {
        "roc": roc("roc", data),
        "confusion": confusion("confusion", data),
        "cost": cost("cost", data),
    }


@pytest.mark.parametrize("name", ["two", "phantom", "many"])
def test_each_figure_is_well_formed_and_the_same_again(name: str, evidence: Evidence) -> None:
    first = drawn(evidence.dataset(name))
    for svg in first.values():
        assert svg is not None
        assert ET.fromstring(svg).tag.endswith("svg")
    assert drawn(evidence.dataset(name)) == first


def test_no_figure_holds_a_date_or_a_name_of_its_maker(evidence: Evidence) -> None:
    for svg in drawn(evidence.dataset("two")).values():
        assert svg is not None
        assert "<metadata" not in svg
        assert "matplotlib" not in svg.lower()
        assert not re.search(r"20\d\d-\d\d-\d\d", svg)


def test_the_forest_names_every_data_set_with_its_difference(evidence: Evidence) -> None:
    words = " ".join(texts(forest("forest", evidence.datasets, evidence.overall)))
    for data in evidence.datasets:
        assert data.card.name in words
        assert data.comparison is not None
        assert f"{abs(data.comparison.difference.value):.3f}" in words
    assert "pooled" in words


def test_the_roc_names_every_method_with_its_auc(evidence: Evidence) -> None:
    data = evidence.dataset("two")
    labels = texts(roc("roc", data) or "")
    for method in data.methods:
        assert method.auc is not None
        assert f"{method.auc.value:.3f}  {method.name}" in labels


def test_the_roc_shows_the_ideal_observer_only_where_it_is_known(evidence: Evidence) -> None:
    assert any("ideal" in t for t in texts(roc("roc", evidence.dataset("phantom")) or ""))
    assert not any("ideal" in t for t in texts(roc("roc", evidence.dataset("two")) or ""))


def test_families_differ_in_dashes_as_well_as_in_colour(evidence: Evidence) -> None:
    svg = roc("roc", evidence.dataset("two")) or ""
    styles = re.findall(r'style="fill: none; stroke-dasharray: ([^;]*);[^"]*stroke: (#\w+)', svg)
    by_colour: dict[str, set[str]] = {}
    for dashes, colour in styles:
        by_colour.setdefault(colour, set()).add(dashes)
    dashed = [a.colour for a in ACCENTS.values() if a.dashes]
    patterns = [by_colour[colour] for colour in dashed]
    assert all(len(pattern) == 1 for pattern in patterns)
    assert len(set.union(*patterns)) == len(dashed)
    assert ACCENTS["deep"].colour not in by_colour


def test_the_confusion_matrices_show_every_count(evidence: Evidence) -> None:
    data = evidence.dataset("many")
    words = texts(confusion("confusion", data) or "")
    for name in (data.champion_deep, data.champion_classical):
        assert name is not None
        operating = data.method(name).operating
        assert operating is not None
        for row in operating.confusion:
            for cases in row:
                assert f"{cases:.1f}".removesuffix(".0") in words


def test_a_data_set_without_results_has_no_figures(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    nothing = (Method("svm", "classical", fails=(None,)), Method("cnn", "deep", fails=(None,)))
    found = collect(results(tmp_path_factory.mktemp("figures") / "r", methods=nothing))
    assert set(drawn(found.datasets[0]).values()) == {None}
    assert "no comparison" in texts(forest("f", found.datasets, found.overall))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_a_figure(name: str) -> None:
    with drawing("x", 2, 2) as plot:
        plot.axes(0.5, 0.5, 1, 1).set_title(name)
    assert name in texts(plot.svg)


def test_drawing_leaves_matplotlibs_settings_as_they_were() -> None:
    before = dict(mpl.rcParams)
    with mpl.rc_context({"axes.facecolor": "red"}):
        with drawing("x", 2, 2) as plot:
            plot.axes(0.5, 0.5, 1, 1)
        assert mpl.rcParams["axes.facecolor"] == "red"
    assert "ff0000" not in plot.svg  # the user's settings do not reach the report
    assert dict(mpl.rcParams) == before


def test_the_pareto_front_is_what_no_faster_method_beats() -> None:
    rng = np.random.default_rng(0)
    methods = [CostPoint(f"{i}", "deep", t, a) for i, (t, a) in enumerate(rng.random((40, 2)))]
    expected = {
        m.name
        for m in methods
        if not any(o.fit_seconds <= m.fit_seconds and o.auc > m.auc for o in methods)
    }
    front = pareto(methods)
    assert {m.name for m in front} == expected
    assert list(front) == sorted(front, key=lambda m: m.fit_seconds)


def test_controls_far_below_the_others_do_not_squeeze_the_scale(evidence: Evidence) -> None:
    assert "class-prior" not in {p.name for p in points(evidence.dataset("two"))}
    assert "svm" in {p.name for p in points(evidence.dataset("two"))}


def test_labels_cover_neither_each_other_nor_a_point() -> None:
    rng = np.random.default_rng(1)
    spots = [(float(x), float(y)) for x, y in rng.uniform(20, 280, (25, 2))]
    widths = [40.0] * len(spots)
    labels = place(spots, widths, 8, (0, 0, 300, 300))
    boxes = []
    for (x, y), label in zip(spots, labels, strict=True):
        if label is not None:
            left = x + label.x - {"left": 0, "center": 20, "right": 40}[label.align]
            boxes.append((left, y + label.y - 4, left + 40, y + label.y + 4))
    assert len(boxes) > 15
    for i, a in enumerate(boxes):
        assert a[0] >= 0
        assert a[2] <= 300
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        for x, y in spots:
            assert not (a[0] < x < a[2] and a[1] < y < a[3])
