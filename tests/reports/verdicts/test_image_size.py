"""AUC by image size, and at which sizes a side leads."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.results.store import Store
from reports.collect import collect
from reports.document.figures.learning import resolution
from reports.document.parts.image_size import (
    image_size,
    image_sizes_table,
    in_words,
    resolution_table,
)
from reports.document.sections.failures import failures
from reports.report import compose
from reports.statistics.multiplicity import holm
from tests.reports.simulated import Data, Method, results

LARGE = (Method("svm", "classical", 0.80), Method("net", "deep", 0.92, stochastic=True))
SMALL = (Method("svm", "classical", 0.80), Method("net", "deep", 0.62, stochastic=True))


def sized(
    folder: Path,
    names: tuple[str, ...] = ("skin",),
    large: tuple[Method, ...] = LARGE,
    small_ones: tuple[Method, ...] = SMALL,
    random_state: int = 1,
) -> Store:
    """Runs with 64 px, and beside them those of the same study with 28."""
    datasets = tuple(Data(name, 400, 400) for name in names)
    store = results(folder / "r", datasets, large, random_state=random_state)
    small = results(folder / "small", datasets, small_ones, random_state=random_state)
    for trial in list(small.trials()):
        run = small.run(trial)
        assert run is not None
        store.write_run(replace(run, trial=replace(trial, size=28)))
    store.declare(replace(store.current.study, size=64, sizes=(28, 64)))
    return store


def test_the_sides_are_compared_at_each_size_and_the_verdict_is_about_the_declared_one(
    tmp_path: Path,
) -> None:
    evidence = collect(sized(tmp_path))
    data = evidence.dataset("skin")
    assert [(one.size, one.ahead) for one in data.image_sizes] == [(28, "classical"), (64, "deep")]
    assert data.comparison is not None
    assert data.image_sizes[1].pair.difference == data.comparison.pair.difference
    assert data.verdict.winner == "deep"
    assert in_words(data.image_sizes) == (
        "With 28 px, classical is better; with 64 px, deep is better."
    )
    assert evidence.n_other_runs == 0
    assert evidence.missing == ()


def test_the_row_of_the_verdict_s_size_says_what_the_verdict_says(tmp_path: Path) -> None:
    svm = Method("svm", "classical", 0.80)
    near, far = (svm, Method("net", "deep", 0.86)), (svm, Method("net", "deep", 0.92))
    names = ("skin", "lung", "bone")
    evidence = collect(sized(tmp_path, names, near, far, random_state=7))
    pairs = []
    for data in evidence.datasets:
        small, own = data.image_sizes
        assert data.comparison is not None
        assert own.pair == data.comparison.pair
        assert (own.rule, own.ahead) == (data.verdict.rule, data.verdict.winner)
        pairs.append(small.pair.superiority)
    corrected = holm([test.p for test in pairs])  # a row of each data set is in one family
    assert [test.p_holm for test in pairs] == pytest.approx(corrected)
    skin = evidence.dataset("skin")
    test = skin.image_sizes[1].pair.superiority
    assert 2 * test.p < 0.05 < test.p_holm  # shown among two sizes, not among three data sets
    assert in_words(skin.image_sizes) == (
        "With 28 px, deep is better; with 64 px, no difference is shown."
    )
    caption = image_sizes_table(skin, "skin", "95 %", 64).caption
    assert "over the other rows of all data sets" in caption


def test_every_method_has_its_auc_at_each_size(tmp_path: Path) -> None:
    data = collect(sized(tmp_path)).dataset("skin")
    net = data.method("net")
    assert [point.size for point in net.resolution_curve] == [28, 64]
    assert net.auc is not None
    assert net.resolution_curve[1].auc == pytest.approx(net.auc.value)
    assert net.resolution_curve[0].auc == pytest.approx(0.62, abs=0.06)
    assert net.resolution_curve[0].sd is not None
    table = resolution_table(data, "skin")
    assert table is not None
    assert [column.label for column in table.columns] == ["Method", "28 px", "64 px"]
    curves = resolution("resolution-skin", data)
    assert curves is not None
    assert {tuple(series.x) for series in curves.panels[0].series} == {(28, 64)}


def test_the_page_has_it_and_that_of_a_study_with_one_size_does_not(tmp_path: Path) -> None:
    document = compose(collect(sized(tmp_path)))
    assert {"resolution-skin", "image-sizes-skin"} <= {table.name for table in document.tables}
    assert "resolution-curve-skin" in {figure.name for figure in document.figures}
    plain = collect(results(tmp_path / "p", (Data("skin"),), LARGE))
    assert plain.dataset("skin").image_sizes == ()
    assert image_size(plain.dataset("skin"), "skin", "95 %", None) == []


def test_runs_at_another_size_than_the_study_says_are_not_used(tmp_path: Path) -> None:
    store = sized(tmp_path)
    store.declare(replace(store.current.study, size=64, sizes=()))
    assert collect(store).dataset("skin").image_sizes == ()


def test_a_run_that_failed_at_another_size_is_shown_with_it(tmp_path: Path) -> None:
    store = sized(tmp_path)
    trial = next(t for t in store.trials() if t.size and t.method == "net" and t.seed == 1)
    run = store.run(trial)
    assert run is not None
    store.write_run(replace(run, predictions=None, status="failed", error="ValueError: small"))
    evidence = collect(store)
    assert [(f.size, f.seed, f.error) for f in evidence.failed] == [(28, 1, "ValueError: small")]
    assert "28 px" in str(failures(evidence))
