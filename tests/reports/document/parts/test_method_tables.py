"""The tables of all methods on one data set."""

from dataclasses import replace

import pytest
from sklearn.metrics import roc_auc_score

from bench.protocol.record import WeightsUsed
from reports.collect import collect
from reports.document.parts.method_tables import (
    contrast_table,
    contrast_word,
    low_table,
    methods_table,
)
from reports.document.sections.cost import cost
from reports.evidence import Estimate, SideContrast
from reports.statistics.multiplicity import holm
from tests.reports.simulated import METHODS, Data, Method, results


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (Data("breast"), Data("derm", shares=(0.5, 0.3, 0.2)), Data("few", 40, 12))
    return results(tmp_path_factory.mktemp("r") / "results", datasets)


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


@pytest.mark.slow
def test_every_method_is_set_against_the_champion_of_the_other_side(evidence):
    data = evidence.dataset("breast")
    table = contrast_table(data, "breast", "95 %")
    keys = [column.key for column in table.columns]
    for row, method in zip(table.rows, data.methods, strict=True):
        values = dict(zip(keys, row.values, strict=True))
        contrast = method.contrast
        assert values["against"] == contrast.opponent
        assert values["auc"] == method.auc
        assert values["difference"] == contrast.difference
        assert (values["p"], values["p_holm"]) == (contrast.p, contrast.p_holm)
        assert values["word"] == contrast_word(contrast)
    assert [m.contrast.p_holm for m in data.methods] == pytest.approx(
        holm([m.contrast.p for m in data.methods])
    )


def test_what_is_said_of_a_method_follows_from_its_numbers(evidence):
    alpha, margin = evidence.entry.study.alpha, evidence.entry.study.margin
    for name in ("breast", "derm"):
        for method in evidence.dataset(name).methods:
            c = method.contrast
            word, d = contrast_word(c), c.difference
            assert ("better" in word.split() or "worse" in word.split()) == (
                c.p_holm < alpha or c.rule == "not-worse"
            )
            if c.p_holm < alpha:
                assert word.startswith("better" if d.value > 0 else "worse")
            if word.endswith("by more than δ"):
                assert d.low > margin or d.high < -margin
            if word == "equivalent":
                assert c.p_equivalence < alpha


@pytest.mark.parametrize(
    ("rule", "ahead", "word"),
    [
        ("better-beyond-margin", True, "better by more than δ"),
        ("better-beyond-margin", False, "worse by more than δ"),
        ("better-but-equivalent", False, "worse, by less than δ"),
        ("better", False, "worse"),
        ("equivalent", None, "equivalent"),
        ("not-worse", True, "not worse"),
        ("not-worse", False, "not better"),
        ("inconclusive", None, "inconclusive"),
    ],
)
def test_words_are_those_of_the_method_not_of_its_opponent(rule, ahead, word):
    contrast = SideContrast("svm", Estimate(0.01), 0.5, 0.5, 0.5, rule, ahead)
    assert contrast_word(contrast) == word


def test_where_no_verdict_is_given_no_word_is(evidence):
    data = evidence.dataset("few")
    assert data.verdict.rule == "too-few-cases"
    words = {row.values[4] for row in contrast_table(data, "few", "95 %").rows}
    assert words == {"no verdict"}


def test_the_standardised_partial_auc_is_that_of_scikit_learn(store, evidence):
    data = evidence.dataset("breast")
    table = low_table(data, "breast")
    row = next(row for row in table.rows if row.values[0] == "svm")
    (run,) = (store.run(t) for t in store.trials() if (t.dataset, t.method) == ("breast", "svm"))
    test = run.predictions.part("test")
    truth, score = test.labels == 1, test.probabilities[:, 1]
    assert row.values[4] == pytest.approx(roc_auc_score(truth, score, max_fpr=0.1))
    for column, specificity in ((1, 0.9), (2, 0.95)):
        # the highest sensitivity that a threshold with so few false alarms has
        allowed = [
            (score[truth] >= at).mean()
            for at in score
            if (score[~truth] >= at).mean() <= 1 - specificity + 1e-9
        ]
        assert row.values[column] == pytest.approx(max(allowed))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("info", "parameters", "features"),
    [
        ({"parameters": 21570, "epochs": 3}, 21570, None),
        ({"features": {"features": {"glcm": 135, "lbp": 94}}, "classifier": {}}, None, 229),
        ({"embedding": {"parameters": 100}, "features": {"features": {"glcm": 5}}}, 100, 5),
        ({"parameters": "many", "features": ["a"]}, None, None),
        ({}, None, None),
    ],
)
def test_parameters_and_features_are_what_fitting_told(tmp_path, info, parameters, features):
    store = results(tmp_path / "r", methods=(METHODS[0], Method("cnn", "deep", 0.8)))
    (trial,) = (trial for trial in store.trials() if trial.method == "cnn")
    store.write_run(replace(store.run(trial), fit_info=info))
    found = collect(store)
    shown = found.datasets[0].method("cnn").cost
    assert (shown.parameters, shown.features) == (parameters, features)
    table = next(b.table for b in cost(found, {"breast": "breast"}) if b.kind == "table")
    keys = [column.key for column in table.columns]
    row = next(row for row in table.rows if row.values[0] == "cnn")
    assert row.values[keys.index("parameters")] == parameters
    assert row.values[keys.index("features")] == features


def test_the_table_says_which_weights_a_network_started_from(tmp_path):
    hub = WeightsUsed("resnet18.a1_in1k", "ab" * 32, "hub")
    file = WeightsUsed("mine.safetensors", "cd" * 32, "file")
    packaged = WeightsUsed("tf_efficientnet_lite0.in1k", "ef" * 32, "package")
    methods = (
        Method("svm", "classical"),
        Method("resnet18", "deep", weights=(hub,), stochastic=True),
        Method("small-cnn", "deep", rung="scratch"),
        Method("asked", "deep", rung="fine-tuned", parameters={"net__pretrained": "auto"}),
        Method("plugin", "deep"),
        Method("own-weights", "deep", rung="fine-tuned"),
        Method("own-note", "hybrid", fit_info={"weights": "ImageNet"}),
        Method("linear-probe", "deep", weights=(packaged,)),
        Method("resnet18-svm", "hybrid", weights=(hub, file)),
        Method("vit", "deep", fails=(None,)),
    )
    data = collect(results(tmp_path, methods=methods)).datasets[0]
    table = methods_table(data, "breast", "95 %")
    place = [column.key for column in table.columns].index("weights")
    assert {row.values[0]: row.values[place] for row in table.rows} == {
        "svm": None,
        "resnet18": "resnet18.a1_in1k (hub)",
        "small-cnn": "from scratch",
        "asked": "from scratch",
        "plugin": "not told",
        "own-weights": "not told",
        "own-note": "not told",
        "linear-probe": "tf_efficientnet_lite0.in1k (package)",
        "resnet18-svm": "resnet18.a1_in1k (hub) and mine.safetensors (file)",
        "vit": None,
    }
    assert any("random ones; not told: the method does not say" in note for note in table.notes)
    (light,) = (item for item in data.audit if item.key == "weights")
    assert light.colour == "green"
    assert light.sentence == (
        "All runs of a method had the same weights: linear-probe, resnet18, resnet18-svm. What "
        "weights own-note, own-weights, plugin started from is not told."
    )


def test_a_plugin_that_tells_nothing_of_its_weights_is_not_said_to_have_none(tmp_path):
    methods = (Method("svm", "classical", rung="features"), Method("net", "deep"))
    data = collect(results(tmp_path, methods=methods)).datasets[0]
    lights = {item.key: item.sentence for item in data.audit}
    assert lights["weights"] == "What weights net started from is not told."
    assert lights["inputs"].endswith(
        "Classical methods had neither weights nor augmentation; whether deep methods had weights "
        "or augmentation is not told."
    )
    assert data.ladder.unknown == ("net",)


def test_without_a_network_the_table_says_nothing_of_weights(tmp_path):
    data = collect(results(tmp_path, methods=METHODS[:2])).datasets[0]
    assert "weights" not in {column.key for column in methods_table(data, "b", "95 %").columns}
