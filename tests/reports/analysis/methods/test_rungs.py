"""The ladder of each side: on which rung a method stands, and the best of each."""

from dataclasses import replace

import pytest

from bench.protocol.cards import CheckFinding
from bench.protocol.record import WeightsUsed
from reports.collect import collect
from reports.document.parts.rungs import rung_table
from reports.document.tables import text
from reports.report import compose
from tests.reports.simulated import Data, Method, noted, results

WEIGHTS = (WeightsUsed("tf_efficientnet_lite0", "ab" * 32, "package"),)
METHODS = (
    Method("svm", "classical", 0.85, rung="features"),
    Method("forest", "classical", 0.70, rung="features"),
    Method("compact-resnet", "deep", 0.85, True, rung="scratch", fit_info={"input_size": 56}),
    Method("row-gru", "deep", 0.60, rung="scratch"),
    Method("broken", "deep", rung="scratch", fails=(None,)),
    Method(
        "linear-probe",
        "deep",
        0.90,
        rung="frozen",
        weights=WEIGHTS,
        fit_info={"embedding": {"input_size": 64}},
    ),
    Method("resnet18", "deep", 0.75, rung="fine-tuned", parameters={"net__pretrained": "auto"}),
    Method("cnn-svm", "hybrid", 0.8, rung="frozen", weights=WEIGHTS),
    Method("raw-pixel-svm", "control", 0.7, rung="pixels"),
    Method("mean-brightness", "control", 0.6, rung="features"),
    Method("plugin", "deep", 0.8),
)

ELONGATED = CheckFinding(
    "sizes",
    "Sizes",
    "fine",
    "All are 192×64 px.",
    values={"typical side": 64.0, "typical longer side": 192.0},
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return collect(results(tmp_path_factory.mktemp("rungs") / "r", methods=METHODS))


def test_each_side_has_all_its_rungs_and_hybrids_and_raw_pixels_those_that_were_run(evidence):
    rungs = evidence.datasets[0].ladder.rungs
    assert [(rung.family, rung.step, rung.methods) for rung in rungs] == [
        ("deep", "scratch", ("compact-resnet", "resnet18", "row-gru")),
        ("deep", "frozen", ("linear-probe",)),
        ("deep", "fine-tuned", ()),
        ("classical", "pixels", ()),
        ("classical", "features", ("forest", "svm")),
        ("hybrid", "frozen", ("cnn-svm",)),
        ("control", "pixels", ("raw-pixel-svm",)),
    ]
    assert rungs[0].without_result == ("broken",)
    assert evidence.datasets[0].ladder.unknown == ("plugin",)


def test_a_network_without_the_weights_that_it_asked_for_stands_among_those_from_scratch(evidence):
    method = evidence.datasets[0].method("resnet18")
    assert (method.rung, method.lacked_weights) == ("scratch", True)
    assert not evidence.datasets[0].method("linear-probe").lacked_weights
    assert not evidence.datasets[0].method("compact-resnet").lacked_weights


def test_the_best_of_a_rung_is_chosen_on_validation_and_its_auc_is_that_of_test(evidence):
    data = evidence.datasets[0]
    for rung in data.ladder.rungs:
        own = [data.method(name) for name in rung.methods]
        if not own:
            assert (rung.best, rung.auc, rung.input_sizes) == (None, None, ())
            continue
        best = max(own, key=lambda method: method.validation_auc)
        assert (rung.best, rung.auc) == (best.name, best.auc)
        assert rung.validation_auc == best.validation_auc
    assert data.ladder.rungs[0].input_sizes == (56,)
    assert data.ladder.rungs[1].input_sizes == (64,)


def test_validation_and_not_test_chooses_the_best(tmp_path):
    store = results(tmp_path / "r", methods=METHODS[:3])
    trial = next(trial for trial in store.trials() if trial.method == "svm")
    run = store.run(trial)
    said = run.predictions.probabilities.copy()
    validation = run.predictions.split == "val"
    said[validation] = said[validation][:, ::-1]
    store.write_run(replace(run, predictions=replace(run.predictions, probabilities=said)))
    data = collect(store).datasets[0]
    rung = next(r for r in data.ladder.rungs if r.step == "features")
    assert data.method("svm").auc.value > data.method("forest").auc.value
    assert rung.best == "forest"


def test_with_a_mask_the_classical_side_has_features_with_it(tmp_path):
    store = noted(results(tmp_path / "r", methods=METHODS[:3]), "breast", image_shape=(28, 28, 2))
    ladder = collect(store).datasets[0].ladder
    classical = [(rung.step, rung.methods) for rung in ladder.rungs if rung.family == "classical"]
    assert classical == [("pixels", ()), ("features-with-mask", ("forest", "svm"))]


def test_the_table_has_a_row_for_each_rung_and_stands_in_the_report(evidence):
    (block,) = rung_table(evidence.datasets[0], "breast", "95 %")
    table = block.table
    rows = {
        (row.values[0], row.values[1]): [
            text(column, value) for column, value in zip(table.columns, row.values, strict=True)
        ][2:]
        for row in table.rows
    }
    auc = evidence.datasets[0].method("linear-probe").auc
    best, shown, side, number = rows["deep", "pretrained, frozen"]
    assert (best, side, number) == ("linear-probe", "64", "1")
    assert shown.startswith(f"{auc.value:.3f} [")
    assert rows["deep", "from scratch"][3] == "3 of 4"
    assert rows["deep", "pretrained, fine-tuned"] == ["–", "–", "–", "not run"]
    assert rows["control", "raw pixels"][2] == "28"
    assert "could not be had for resnet18, which started from scratch." in table.notes[1]
    assert table.notes[2] == "Not told what they make use of: plugin."
    assert "rungs-breast" in {table.name for table in compose(evidence).tables}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"generated": True}, "they are generated."),
        ({"source": "MedMNIST v2, breastmnist.npz"}, "they can be had with 224 px."),
        ({"checked": (ELONGATED,)}, "they can be had with 192 px on the longer side."),
        ({}, "how large they come is not told."),
    ],
)
def test_the_table_says_how_large_the_images_come(tmp_path, facts, told):
    store = noted(results(tmp_path / "r", methods=METHODS[:3]), "breast", **facts)
    (block,) = rung_table(collect(store).datasets[0], "breast", "95 %")
    assert f"28 px were given to every method; {told}" in block.table.notes[0]


def test_runs_of_a_version_without_rungs_have_no_table(tmp_path):
    methods = tuple(replace(method, rung="") for method in METHODS[:3])
    data = collect(results(tmp_path / "r", (Data("breast"),), methods)).datasets[0]
    assert rung_table(data, "breast", "95 %") == []
