import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from reports.collect import collect
from reports.document.figures.benefit import benefit, reach_of
from reports.document.figures.confusion import confusion
from reports.document.figures.cost import CostPoint, cost, pareto, points
from reports.document.figures.decision_curve import decision_curve
from reports.document.figures.distribution import distribution
from reports.document.figures.drawing import COLUMN, MEDIUM, PAGE, Drawn, belongs_to, drawing
from reports.document.figures.forest import forest
from reports.document.figures.labels import place
from reports.document.figures.palette import ACCENTS
from reports.document.figures.precision_recall import base_rate, precision_recall
from reports.document.figures.reliability import reliability
from reports.document.figures.roc import roc
from reports.document.figures.seeds import seeds
from reports.document.figures.training import training
from reports.evidence import BenefitDifference, DatasetEvidence, Evidence
from tests.reports.exhibits import HOSTILE
from tests.reports.simulated import METHODS, Data, Method, results

pytestmark = pytest.mark.slow

LEARNING = tuple(replace(m, training=(0.9, 0.5, 0.4)) if m.family == "deep" else m for m in METHODS)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    datasets = (
        Data("two", 60, 120),
        Data("phantom", 60, 120, ideal=True, generated=True),
        Data("many", 140, 280, (0.2, 0.2, 0.1, 0.1, 0.1, 0.2, 0.1)),
    )
    return collect(results(tmp_path_factory.mktemp("figures") / "r", datasets, LEARNING))


def texts(svg: str) -> list[str]:
    return ["".join(item.itertext()) for item in ET.fromstring(svg).iter() if "text" in item.tag]


def svg_of(found: Drawn | None) -> str | None:
    return None if found is None else found.svg


def drawn(data: DatasetEvidence) -> dict[str, str | None]:
    return {
        "roc": svg_of(roc("roc", data)),
        "precision": svg_of(precision_recall("precision", data)),
        "seeds": seeds("seeds", data),
        "reliability": svg_of(reliability("reliability", data)),
        "distribution": distribution("distribution", data),
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


def test_the_ticks_of_the_forest_are_as_far_apart_as_they_say(evidence: Evidence) -> None:
    for limits in ((-0.09, 0.09), (-0.3, 0.2), (-0.02, 0.04)):
        data = evidence.dataset("two")
        assert data.comparison is not None
        wide = replace(data.comparison.pair.difference, low=limits[0], high=limits[1])
        pair = replace(data.comparison.pair, difference=wide)
        one = (replace(data, comparison=replace(data.comparison, pair=pair)),)
        overall = replace(evidence.overall, mean=None)
        words = texts(forest("forest", one, overall))
        ticks = [float(w.replace("−", "-")) for w in words if re.fullmatch(r"[+−]?0\.\d+", w)]
        steps = [b - a for a, b in pairwise(ticks)]
        assert len(ticks) > 3
        assert steps == pytest.approx([steps[0]] * len(steps), abs=1e-9)


def test_the_forest_names_every_data_set_with_its_difference(evidence: Evidence) -> None:
    words = " ".join(texts(forest("forest", evidence.datasets, evidence.overall)))
    for data in evidence.datasets:
        assert data.card.name in words
        assert data.comparison is not None
        assert f"{abs(data.comparison.pair.difference.value):.3f}" in words
    assert "mean" in words


def test_the_legend_of_the_spread_has_one_swatch_for_each_class(evidence: Evidence) -> None:
    data = evidence.dataset("two")
    svg = distribution("spread", data) or ""
    assert texts(svg)[-2:] == list(data.card.class_names)[:: 1 if data.card.positive else -1]
    legend = svg[svg.rindex("<g>") :]
    boxes = re.findall(r'd="M([\d.]+) [\d.]+L([\d.]+) [^"]*" style="fill: (#\w+)', legend)
    (_, _, gray), *positive = boxes
    assert len(positive) > 1
    assert gray not in {colour for *_, colour in positive}
    for (_, end, _), (start, _, _) in pairwise(positive):
        assert start == end  # they touch: one swatch in the colours of all panels


def test_the_roc_names_every_method_with_its_auc(evidence: Evidence) -> None:
    data = evidence.dataset("two")
    labels = texts(svg_of(roc("roc", data)) or "")
    for method in data.methods:
        assert method.auc is not None
        assert f"{method.auc.value:.3f}  {method.name}" in labels


def test_the_roc_shows_the_ideal_observer_only_where_it_is_known(evidence: Evidence) -> None:
    assert any("ideal" in t for t in texts(svg_of(roc("roc", evidence.dataset("phantom"))) or ""))
    assert not any("ideal" in t for t in texts(svg_of(roc("roc", evidence.dataset("two"))) or ""))


def test_families_differ_in_dashes_as_well_as_in_colour(evidence: Evidence) -> None:
    svg = svg_of(roc("roc", evidence.dataset("two"))) or ""
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


def answering(data: DatasetEvidence) -> dict[str, Drawn]:
    found = {
        "roc": roc("roc", data),
        "precision": precision_recall("precision", data),
        "reliability": reliability("reliability", data),
        "decision": decision_curve("decision", data),
    }
    told = [method for method in data.methods if method.training]
    if told:
        found["training"] = training("training", told)
    return {name: one for name, one in found.items() if one is not None}


@pytest.mark.parametrize("name", ["two", "phantom", "many"])
def test_every_series_of_a_panel_is_in_the_drawing_under_its_key(
    name: str, evidence: Evidence
) -> None:
    figures = answering(evidence.dataset(name))
    assert set(figures) >= {"roc", "precision", "reliability", "training"}
    assert ("decision" in figures) == (name != "many")
    for drawn_figure in figures.values():
        there = set(re.findall(r'data-series="([^"]*)"', drawn_figure.svg))
        keys = {series.key for panel in drawn_figure.panels for series in panel.series}
        assert keys == there
        assert "series:" not in drawn_figure.svg
        for panel in drawn_figure.panels:
            own = [series.key for series in panel.series]
            assert len(set(own)) == len(own)


def test_a_key_means_one_method_in_all_panels_of_a_figure(evidence: Evidence) -> None:
    for figure in answering(evidence.dataset("phantom")).values():
        names: dict[str, set[str]] = {}
        for panel in figure.panels:
            for series in panel.series:
                names.setdefault(series.key, set()).add(series.name)
        assert all(len(own) == 1 for own in names.values())


def test_the_vertices_of_a_series_lie_on_its_drawn_curve(evidence: Evidence) -> None:
    data = evidence.dataset("two")
    figure = roc("roc", data)
    assert figure is not None
    whole = figure.panels[0]
    series = next(s for s in whole.series if s.name == data.champion_deep)
    path = rf'<g data-series="{series.key}">\s*<path d="(M[^"]*)"[^>]*fill: none'
    group = re.search(path, figure.svg)
    assert group is not None
    drawn_points = np.array(
        [tuple(map(float, pair)) for pair in re.findall(r"[ML](\S+?) ([\d.]+)", group[1])]
    )
    (left, right), (bottom, top) = whole.x_range, whole.y_range
    x = whole.left + (np.array(series.x) - left) / (right - left) * whole.width
    y = whole.top + (top - np.array(series.y)) / (top - bottom) * whole.height
    for point in np.column_stack([x, y]):
        starts, ends = drawn_points[:-1], drawn_points[1:]
        along = ends - starts
        length = np.maximum((along**2).sum(axis=1), 1e-9)
        share = np.clip(((point - starts) * along).sum(axis=1) / length, 0, 1)
        nearest = starts + share[:, None] * along
        assert np.hypot(*(point - nearest).T).min() < 0.6  # points; matplotlib joins short pieces


def test_series_of_two_classes_know_their_thresholds(evidence: Evidence) -> None:
    for name, known in (("two", True), ("many", False)):
        figure = roc("roc", evidence.dataset(name))
        assert figure is not None
        for panel in figure.panels:
            assert (panel.extra_label == "Threshold") == known
            for series in panel.series:
                assert len(series.x) == len(series.y)
                assert series.extra == () or len(series.extra) == len(series.x)
                assert list(series.x) == sorted(series.x)


def test_figures_have_the_widths_of_journals(evidence: Evidence) -> None:
    for name in ("two", "many"):
        data = evidence.dataset(name)
        svgs = [svg for svg in drawn(data).values() if svg]
        svgs += [forest("forest", evidence.datasets, evidence.overall)]
        for svg in svgs:
            width = re.search(r'<svg [^>]*width="([\d.]+)pt"', svg)
            assert width is not None
            assert min(abs(float(width[1]) / 72 - w) for w in (COLUMN, MEDIUM, PAGE)) < 0.01


def test_a_hostile_method_is_no_attribute_of_its_series() -> None:
    with drawing("x", 2, 2) as plot:
        axes = plot.axes(0.5, 0.5, 1, 1)
        axes.plot([0, 1], [0, 1], gid=belongs_to("s0"))
        axes.set_title('series:s1" onload="alert(1)')
    assert re.findall(r'data-series="([^"]*)"', plot.svg) == ["s0"]
    assert 'onload="alert' not in re.sub(r">[^<]*<", "><", plot.svg)


def test_the_seeds_figure_has_a_mark_for_every_run(evidence: Evidence) -> None:
    data = evidence.dataset("two")
    svg = seeds("seeds", data) or ""
    several = [m for m in data.methods if len(m.scores) > 1 and m.family == "deep"]
    for method in several:
        uses = re.findall(rf"<use [^>]*fill: {ACCENTS['deep'].colour}", svg)
        assert len(uses) == sum(len(m.scores) for m in several), method.name
    assert all(method.name in texts(svg) for method in data.methods)


def test_the_reliability_figure_shows_the_bins_of_champions_and_best_hybrid(
    evidence: Evidence,
) -> None:
    data = evidence.dataset("two")
    figure = reliability("reliability", data)
    assert figure is not None
    names = [series.name for series in figure.panels[0].series]
    assert names == [data.champion_deep, data.champion_classical, "resnet18-svm"]
    told = data.method(str(data.champion_deep)).probabilities
    assert told is not None
    assert told.recalibrated is not None
    for panel, found in zip(figure.panels, (told.stored, told.recalibrated), strict=True):
        assert panel.series[0].y == tuple(b.observed for b in found.bins)


def test_with_folds_the_base_rate_is_that_of_the_test_cases_of_all_folds(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("two", 60, 40),), METHODS[:4], folds=2)
    card = store.card("two")
    assert card is not None
    odd = replace(card.parts["test"], cases=40, per_class=(30, 10))  # tested by no trial
    store.write_card(replace(card, parts={**card.parts, "test": odd}))
    data = collect(store).dataset("two")
    assert data.prevalence["test"] == (0.75, 0.25)
    assert data.test_shares == pytest.approx((0.6, 0.4))
    assert base_rate(data) == pytest.approx(0.4)
    as_dealt = replace(data, prevalence={**data.prevalence, "test": data.test_shares})
    for figure in (decision_curve, benefit):
        drawn_figure = figure("figure", data)
        assert drawn_figure is not None
        assert drawn_figure == figure("figure", as_dealt)


def test_the_curve_of_benefit_lies_within_its_panel_where_the_prevalence_is_small() -> None:
    """One of two models may do harm, so that they differ by more than the prevalence."""
    at = (0.2, 0.7, 0.95)
    found = BenefitDifference(
        at, (0.1, -0.14, 9.0), (0.0, -0.5, -9.0), (0.2, 0.3, 20.0), (1.0,) * 3
    )
    assert reach_of([found], 0.12) == pytest.approx(1.1 * 0.14)
    assert reach_of([found], 0.3) == pytest.approx(0.3)  # the band, cut off
    assert reach_of([replace(found, difference=(0.0,) * 3)], 0.9) == pytest.approx(1.1 * 0.5)
