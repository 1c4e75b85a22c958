"""From how many training images on a side leads."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from bench.protocol.scoring import auc
from reports.collect import collect
from reports.document.blocks import TableBlock
from reports.document.figures.learning import learning
from reports.document.parts.training_size import in_words, training_size
from reports.evidence import TrainingSize
from reports.report import write_report
from reports.statistics.multiplicity import holm
from tests.reports.simulated import Data, Method, results

SHARES = (0.05, 0.3, 1.0)
METHODS = (
    Method("forest", "classical", 0.78, growth=0.02),
    Method("svm", "classical", 0.74, growth=0.02),
    Method("net", "deep", 0.95, stochastic=True, seed_sd=0.002, growth=0.5),
    Method("brightness", "control", 0.55),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("sizes") / "results"
    return results(root, (Data("skin", 300, 900),), METHODS, fractions=SHARES)


@pytest.fixture(scope="module")
def data(store):
    return collect(store).dataset("skin")


@pytest.mark.slow
def test_the_sides_change_places_where_the_network_has_enough_images(data):
    assert [size.fraction for size in data.sizes] == list(SHARES)
    assert [size.n_train for size in data.sizes] == [30, 180, 600]
    assert (data.sizes[0].ahead, data.sizes[-1].ahead) == ("classical", "deep")
    text = in_words(data.sizes)
    assert text.startswith("With 30 images, classical is better; with ")
    assert text.endswith("600, deep is better.")


def test_each_share_is_judged_by_its_own_runs_alone(store, data):
    for size in data.sizes:
        runs = [store.run(t) for t in store.trials() if t.fraction == size.fraction]
        score = {}
        for run in runs:
            test = run.predictions.part("test")
            value = auc(test.labels, test.probabilities, 1)
            score.setdefault(run.trial.method, []).append(value)
        expected = np.mean(score[size.pair.a]) - np.mean(score[size.pair.b])
        assert size.pair.difference.value == pytest.approx(expected, abs=1e-12)


def test_the_largest_share_has_the_difference_of_the_verdict(data):
    whole, verdict = data.sizes[-1].pair, data.comparison.pair
    assert (whole.a, whole.b, whole.difference, whole.superiority.p) == (
        verdict.a,
        verdict.b,
        verdict.difference,
        verdict.superiority.p,
    )


def test_the_largest_share_has_the_p_of_the_verdict_and_holm_runs_over_the_others(data):
    *others, whole = (size.pair.superiority for size in data.sizes)
    assert whole.p_holm == data.comparison.pair.superiority.p_holm
    corrected = holm([test.p for test in others])
    assert [test.p_holm for test in others] == pytest.approx(corrected)


def test_the_table_shows_the_interval_that_equivalence_rests_on(data):
    table = next(
        block.table
        for block in training_size(data, "skin", "95 %")
        if isinstance(block, TableBlock) and block.table.name == "sizes-skin"
    )
    keys = [column.key for column in table.columns]
    assert "ΔAUC, 90 %" in [c.label for c in table.columns]
    for row, size in zip(table.rows, data.sizes, strict=True):
        told = dict(zip(keys, row.values, strict=True))
        own = size.pair.equivalence
        assert own.level == pytest.approx(0.9)
        shown = told["difference_one_sided"]
        assert (shown.low, shown.high) == (own.low, own.high)
        assert told["p_tost_holm"] == own.p_holm
        assert size.pair.difference.low < shown.low < shown.high < size.pair.difference.high


def test_with_one_share_there_is_nothing_to_say(tmp_path):
    assert collect(results(tmp_path / "r", (Data("skin"),), METHODS)).dataset("skin").sizes == ()


def test_where_no_verdict_may_be_given_none_is_given_by_size_either(tmp_path):
    few = Data("few", 60, 40, shares=(0.9, 0.1))
    found = collect(results(tmp_path / "r", (few,), METHODS, fractions=SHARES)).dataset("few")
    assert not found.verdict.is_verdict
    assert found.sizes == ()
    assert found.method("net").learning_curve


def test_a_side_whose_runs_failed_at_every_size_leaves_no_comparison(tmp_path):
    methods = [replace(m, fails=(0, 1, 2)) if m.family == "deep" else m for m in METHODS]
    store = results(tmp_path / "r", (Data("skin"),), tuple(methods), fractions=SHARES)
    assert collect(store).dataset("skin").sizes == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        (
            [("inconclusive", None), ("not-worse", None), ("better", "deep")],
            "With 10 to 20 images, no difference is shown; with 30, deep is better.",
        ),
        (
            [("equivalent", None), ("better-but-equivalent", "classical")],
            "With 10 images, the two are equivalent within ±δ; with 20, classical is better, "
            "but equivalent within ±δ.",
        ),
        (
            [("better", "deep"), ("better-beyond-margin", "deep")],
            "With every number of images that was tried, deep is better.",
        ),
    ],
)
def test_what_changes_is_told_once(data, outcomes, text):
    pair = data.sizes[0].pair
    sizes = [
        TrainingSize(n / 100, 10.0 * n, pair, rule, ahead, "net", "forest")
        for n, (rule, ahead) in enumerate(outcomes, start=1)
    ]
    assert in_words(tuple(sizes)) == text


def test_an_unknown_number_of_images_is_told_as_a_share(data):
    sizes = (replace(data.sizes[0], n_train=None), data.sizes[-1])
    assert in_words(sizes).startswith("With 5.0 %, classical is better; with 600, deep")


def test_the_figure_names_every_method_but_the_controls_and_answers_to_the_pointer(data):
    drawn = learning("learning", data)
    words = " ".join("".join(text.itertext()) for text in ET.fromstring(drawn.svg).iter())
    assert "net" in words
    assert "forest" in words
    assert "brightness" not in words
    (panel,) = drawn.panels
    curve = next(one for one in panel.series if one.name == "net")
    assert curve.x == (30, 180, 600)
    assert curve.y == pytest.approx([p.auc for p in data.method("net").learning_curve])


def test_without_several_numbers_of_images_there_is_no_figure(data):
    bare = tuple(replace(method, learning_curve=()) for method in data.methods)
    assert learning("learning", replace(data, methods=bare)) is None


@pytest.mark.slow
def test_the_page_says_it_first_and_shows_it_with_the_data_set(store):
    files = write_report(store)
    html = files.html.read_text()
    assert html.index("By number of training images") < html.index("Audit")
    assert 'id="learning-curve-skin"' in html
    table = (files.folder / "tables" / "sizes-skin.csv").read_text()
    assert table.splitlines()[0].startswith("n_train,deep,auc_deep,classical")
    assert len(table.splitlines()) == 4
