"""From a results folder to the evidence."""

import dataclasses
import math

import numpy as np
import pytest

from bench.protocol.scoring import auc as score_auc
from bench.protocol.study import Study
from reports.collect import collect
from reports.document.parts.comparison_tables import control_table
from reports.evidence import FailedRun
from reports.statistics.operating import youden_threshold
from tests.reports.simulated import METHODS, Data, Method, results

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    datasets = (
        Data("breast"),
        Data("derm", shares=(0.5, 0.3, 0.2)),
        Data("phantom", generated=True, ideal=True, images_per_patient=4),
    )
    return results(tmp_path_factory.mktemp("r") / "results", datasets)


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


def numbers(value):
    """Every number in the evidence, with its place."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            for place, number in numbers(getattr(value, field.name)):
                yield f"{field.name}.{place}", number
    elif isinstance(value, tuple | list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, float):
        yield "", value


def test_no_number_is_nan_or_infinite(evidence):
    for place, number in numbers(evidence):
        assert math.isfinite(number), place


def test_every_method_of_the_study_is_shown_in_reading_order(evidence):
    families = [method.family for method in evidence.dataset("breast").methods]
    order = ["deep", "classical", "hybrid", "control"]
    assert families == sorted(families, key=order.index)
    assert {method.name for method in evidence.dataset("breast").methods} == {
        method.name for method in METHODS
    }


def test_aucs_are_those_of_the_stored_predictions(store, evidence):
    for data in evidence.datasets:
        for method in data.methods:
            values = []
            for trial in store.trials():
                if (trial.dataset, trial.method) == (data.card.name, method.name):
                    test = store.run(trial).predictions.part("test")
                    values.append(score_auc(test.labels, test.probabilities, data.card.positive))
            assert [score.test for score in method.scores] == pytest.approx(values)
            assert method.auc.value == pytest.approx(np.mean(values))
            if len(values) > 1:
                assert method.auc_sd == pytest.approx(np.std(values, ddof=1))


def test_champions_have_the_best_validation_auc_of_their_side(evidence):
    for data in evidence.datasets:
        for family, champion in (
            ("deep", data.champion_deep),
            ("classical", data.champion_classical),
        ):
            side = [method for method in data.methods if method.family == family]
            best = max(side, key=lambda method: method.validation_auc)
            assert champion == best.name
            assert [method.name for method in side if method.is_champion] == [best.name]


def test_hybrids_and_controls_are_never_champions(tmp_path):
    methods = (*METHODS[:3], Method("best", "hybrid", 0.99), Method("oracle", "control", 0.99))
    data = collect(results(tmp_path / "r", methods=methods)).datasets[0]
    assert data.comparison.deep == "resnet18"
    assert not data.method("best").is_champion
    assert not data.method("oracle").is_champion


def test_the_comparison_is_that_of_the_champions(evidence):
    for data in evidence.datasets:
        c = data.comparison
        assert c.pair.difference.value == pytest.approx(c.pair.value_a.value - c.pair.value_b.value)
        assert c.pair.se**2 == pytest.approx(c.pair.se_cases**2 + c.pair.se_seeds**2)
        assert c.pair.value_a == data.method(c.deep).auc
        contrast = data.method(c.deep).contrast
        assert contrast.opponent == c.classical
        assert contrast.p == pytest.approx(c.pair.superiority.p)


def test_the_seed_part_of_the_error_is_that_of_the_means(evidence):
    c = evidence.dataset("breast").comparison
    parts = []
    for name in (c.deep, c.classical):
        method = evidence.dataset("breast").method(name)
        parts.append(0 if method.auc_sd is None else method.auc_sd**2 / len(method.seeds))
    assert c.pair.se_seeds == pytest.approx(math.sqrt(sum(parts)))


def test_holm_runs_over_the_real_data_sets(evidence):
    real = [data for data in evidence.datasets if not data.generated]
    raw = [data.comparison.pair.superiority.p for data in real]
    smallest = min(real, key=lambda data: data.comparison.pair.superiority.p)
    assert len(real) == 2
    assert smallest.comparison.pair.superiority.p_holm == pytest.approx(min(1, 2 * min(raw)))


def test_thresholds_come_from_validation(store, evidence):
    method = evidence.dataset("breast").method("resnet18")
    trials = [t for t in store.trials() if t.dataset == "breast" and t.method == "resnet18"]
    for trial, threshold in zip(
        sorted(trials, key=lambda t: t.seed), method.operating.thresholds, strict=True
    ):
        validation = store.run(trial).predictions.part("val")
        expected = youden_threshold(validation.labels == 1, validation.probabilities[:, 1])
        assert threshold == expected


def test_the_confusion_matrix_gives_the_rates_shown(evidence):
    for method in evidence.dataset("breast").methods:
        point = method.operating
        (tn, fp), (fn, tp) = point.confusion
        assert tn + fp + fn + tp == pytest.approx(300)
        assert point.accuracy.value == pytest.approx((tp + tn) / 300)
        assert point.sensitivity.value == pytest.approx(tp / (tp + fn))
        assert point.recall is point.sensitivity
        assert point.specificity.value == pytest.approx(tn / (tn + fp))
        if point.precision is not None:
            assert point.precision.value == pytest.approx(tp / (tp + fp))
        for estimate in (point.accuracy, point.sensitivity, point.specificity):
            assert estimate.low <= estimate.value <= estimate.high
        assert method.roc.operating == pytest.approx((fp / (fp + tn), tp / (tp + fn)))


def test_several_classes_are_decided_by_the_most_probable_one(evidence):
    method = evidence.dataset("derm").method("svm")
    assert method.operating.rule == "most probable class"
    assert method.operating.thresholds == ()
    assert len(method.auc_per_class) == 3
    assert method.auc.value == pytest.approx(np.mean(method.auc_per_class))
    assert np.sum(method.operating.confusion) == pytest.approx(300)


def test_curves_have_the_area_that_is_printed(evidence):
    for data in evidence.datasets:
        for method in data.methods:
            fpr, tpr = np.array(method.roc.fpr), np.array(method.roc.tpr)
            area = np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2)
            assert area == pytest.approx(method.auc.value, abs=2e-3)
            assert len(fpr) <= (152 if method.is_champion else 62)
            assert (method.roc.band is not None) == method.is_champion
            assert len(method.roc.thresholds) == (len(fpr) if data.card.positive else 0)


def test_the_band_of_a_champion_holds_its_curve(evidence):
    for data in evidence.datasets:
        for name in (data.champion_deep, data.champion_classical):
            roc = data.method(name).roc
            low, high = np.array(roc.band.low), np.array(roc.band.high)
            curve = np.interp(roc.band.fpr, roc.fpr, roc.tpr)
            assert (low <= high).all()
            assert (low - 0.02 <= curve).all()
            assert (curve <= high + 0.02).all()
            grouped = data.card.parts["test"].groups is not None
            assert ("patients" in roc.band.procedure) == grouped


def test_the_ideal_observer_is_shown_where_it_is_known(evidence):
    ideal = evidence.dataset("phantom").ideal
    assert ideal.population_auc == 0.93
    assert ideal.auc.low < 0.93 < ideal.auc.high
    assert evidence.dataset("breast").ideal is None


def test_patients_count_where_they_are_known(evidence):
    c = evidence.dataset("phantom").comparison
    assert c.n_groups == 75
    assert "patient" in c.pair.test
    assert evidence.dataset("breast").comparison.n_groups is None


def test_prevalence_and_no_information_rate_are_those_of_the_parts(evidence):
    data = evidence.dataset("derm")
    assert data.prevalence["test"] == pytest.approx((0.5, 0.3, 0.2))
    assert data.no_information_rate == pytest.approx(0.5)


@pytest.mark.parametrize("folds", [0, 2])
def test_where_every_run_failed_the_card_tells_the_no_information_rate(tmp_path, folds):
    broken = (Method("svm", "classical", fails=(None,)), Method("net", "deep", fails=(None,)))
    (found,) = collect(results(tmp_path / "r", methods=broken, folds=folds)).datasets
    assert found.no_information_rate == pytest.approx(0.6)


def test_picking_on_test_never_loses(evidence):
    for data in evidence.datasets:
        c = data.comparison
        best = max((m for m in data.methods if m.family == "deep"), key=lambda m: m.auc.value)
        assert c.picked_on_test_deep == best.name
        assert c.picked_on_test_gain_deep == pytest.approx(best.auc.value - c.pair.value_a.value)
        assert c.picked_on_test_gain_classical >= 0


def test_cost_is_the_mean_over_runs(evidence):
    cost = evidence.dataset("breast").method("resnet18").cost
    assert cost.fit_seconds == pytest.approx(120)
    assert cost.latency_seconds == pytest.approx(0.01)
    assert cost.devices == ("cpu",)


def test_controls_are_set_against_both_champions(evidence):
    checks = evidence.dataset("breast").comparison.controls
    assert {check.side for check in checks} == {"deep", "classical"}
    assert all(check.passed and "is better than" in check.sentence for check in checks)


def test_a_model_beats_a_control_where_the_interval_of_the_one_sided_test_says_so(evidence):
    one_sided = control_table(evidence)
    assert [c.label for c in one_sided.columns][3] == "ΔAUC, 90 %"
    for data in evidence.datasets:
        for check in data.comparison.controls:
            assert check.passed == (check.difference.low > 0) == (check.p < 0.05)
            assert "90 % interval [" in check.sentence


def test_too_few_cases_support_no_test_against_controls(tmp_path):
    methods = (
        Method("svm", "classical", 0.97),
        Method("cnn", "deep", 0.97),
        Method("prior", "control", constant=True),
        Method("mean-brightness", "control", 0.6),
    )
    few = Data("breast", 200, 300, shares=(0.99, 0.01))
    evidence = collect(results(tmp_path / "r", (few,), methods=methods))
    (data,) = evidence.datasets
    for check in data.comparison.controls:
        assert (check.p, check.passed) == (None, False)
        assert "is not tested against the controls: 3 test cases of “malignant”" in check.sentence
    assert {row.values[-1] for row in control_table(evidence).rows} == {"not tested"}
    light = next(item for item in data.audit if item.key == "controls")
    assert (light.colour, "better than" in light.sentence) == ("amber", False)
    assert "Neither side" not in data.verdict.sentence


def test_with_folds_the_models_that_beat_a_control_are_named_as_in_the_verdict(tmp_path):
    methods = (
        Method("svm", "classical", 0.8),
        Method("cnn", "deep", 0.84),
        Method("vit", "deep", 0.84),
        Method("prior", "control", constant=True),
    )
    evidence = collect(results(tmp_path / "r", (Data("b", 60, 60),), methods, folds=5))
    c = evidence.datasets[0].comparison
    assert len(c.folds_deep) == 2  # or else the test shows nothing
    deep, classical = c.controls
    assert (deep.champion, classical.champion) == (c.stands_for_deep, "svm")
    assert f"The best deep model of each fold, {c.stands_for_deep}, is better" in deep.sentence
    assert deep.difference.value == pytest.approx(c.pair.value_a.value - 0.5)
    assert control_table(evidence).rows[0].values[1] == c.stands_for_deep


def test_a_champion_that_learnt_nothing_is_flagged(tmp_path):
    methods = (
        Method("svm", "classical", 0.5),
        Method("cnn", "deep", 0.5),
        Method("prior", "control", constant=True),
    )
    data = collect(results(tmp_path / "r", methods=methods)).datasets[0]
    assert not any(check.passed for check in data.comparison.controls)
    light = next(item for item in data.audit if item.key == "controls")
    assert light.colour == "amber"
    assert "is not shown to be better than the control prior" in light.sentence


def test_a_failed_run_is_shown_with_its_reason(tmp_path):
    methods = (
        *METHODS[:2],
        Method("resnet18", "deep", 0.86, stochastic=True, fails=(1,)),
        Method("broken", "deep", stochastic=True, fails=(0, 1, 2), status="timeout"),
    )
    evidence = collect(results(tmp_path / "r", methods=methods))
    assert len(evidence.failed) == 4
    assert all(isinstance(failure, FailedRun) for failure in evidence.failed)
    data = evidence.datasets[0]
    assert data.method("resnet18").status == "partial"
    assert data.method("resnet18").seeds == (0, 2)
    broken = data.method("broken")
    assert broken.status == "failed"
    assert broken.auc is None
    assert broken.operating is None
    assert {failure.status for failure in broken.failures} == {"timeout"}
    assert broken.failures[0].error == "ValueError: no honest number came out"
    light = next(item for item in data.audit if item.key == "failures")
    assert light.colour == "amber"
    assert light.sentence == "4 deep runs failed."
    assert data.comparison.deep == "resnet18"


def test_a_missing_trial_is_named(tmp_path):
    methods = (*METHODS[:2], Method("resnet18", "deep", 0.86, stochastic=True, skips=(2,)))
    evidence = collect(results(tmp_path / "r", methods=methods))
    assert [(m.method, m.seed) for m in evidence.missing] == [("resnet18", 2)]


def test_results_that_are_lost_are_not_said_never_to_have_been(tmp_path):
    lost = Method("resnet18", "deep", 0.86, stochastic=True, skips=(0, 1, 2))
    data = collect(results(tmp_path / "r", methods=(*METHODS[:2], lost))).datasets[0]
    assert data.verdict.sentence == (
        "No deep method was run on this data set, or its results are lost: there are none of "
        "resnet18."
    )


@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        (METHODS[:2], "No deep method was run on this data set."),
        (METHODS[2:4], "No classical method was run on this data set."),
        (
            (*METHODS[:2], Method("cnn", "deep", fails=(None,))),
            "No deep method has a result: every run of cnn failed.",
        ),
    ],
)
def test_without_one_side_there_is_no_verdict_and_it_says_what_is_missing(
    tmp_path, methods, sentence
):
    evidence = collect(results(tmp_path / "r", methods=methods))
    data = evidence.datasets[0]
    assert data.verdict.rule == "side-missing"
    assert data.verdict.sentence == sentence
    assert data.comparison is None
    assert evidence.overall.rule == "no-verdict"
    assert any(method.auc is not None for method in data.methods)


def test_runs_of_other_studies_are_counted_and_not_shown(tmp_path):
    store = results(tmp_path / "r")
    old = store.current.study
    kept = tuple(name for name in old.methods if name != "small-cnn")
    store.declare(Study(old.datasets, kept, seeds=(0, 1)))
    evidence = collect(store)
    shown = evidence.datasets[0]
    assert "small-cnn" not in {method.name for method in shown.methods}
    assert shown.method("resnet18").seeds == (0, 1)
    assert evidence.n_other_runs == 5
    assert evidence.n_runs + evidence.n_other_runs == len(list(store.trials()))
    assert evidence.n_studies == 2
    reuse = next(item for item in evidence.audit if item.key == "reuse")
    assert reuse.colour == "amber"


def test_a_data_set_of_which_nothing_is_stored_is_named(tmp_path):
    store = results(tmp_path / "r")
    study = store.current.study
    store.declare(study.with_names(("breast", "lung"), study.methods))
    evidence = collect(store)
    assert evidence.without_card == ("lung",)
    assert [data.card.name for data in evidence.datasets] == ["breast"]


def test_folds_are_compared_by_the_influence_of_all_their_cases(tmp_path):
    store = results(tmp_path / "r", (Data("breast", n_test=100),), folds=5)
    data = collect(store).datasets[0]
    c = data.comparison
    named = "influence-curve error of the fold-averaged AUC (LeDell et al. 2015)"
    assert c.pair.test.startswith(f"{named}, with overlapping training parts, with seed variance")
    assert data.method("svm").auc.method == (
        f"{named} on the logit scale, with overlapping training parts"
    )
    assert c.pair.df is None or c.pair.df > 30
    assert c.n_cases == 500
    assert len(data.method("resnet18").scores) == 15
    assert data.method("svm").auc.value == pytest.approx(
        np.mean([score.test for score in data.method("svm").scores])
    )
    assert np.sum(data.method("resnet18").operating.confusion) == pytest.approx(500)


def test_a_learning_curve_has_a_point_per_fraction_and_the_rest_uses_the_largest(tmp_path):
    evidence = collect(results(tmp_path / "r", fractions=(0.1, 0.5, 1.0)))
    assert evidence.fraction == 1.0
    method = evidence.datasets[0].method("resnet18")
    assert [point.fraction for point in method.learning_curve] == [0.1, 0.5, 1.0]
    assert method.learning_curve[-1].auc == pytest.approx(method.auc.value)
    assert len(method.scores) == 3
    audit = {item.key: item.colour for item in evidence.datasets[0].audit}
    assert audit["inputs"] == "green"


SEEDED = (
    Method("svm", "classical", 0.8),
    Method("cnn", "deep", 0.86, stochastic=True, seed_sd=0.02),
)
RIVALS = tuple(Method(f"net-{i}", "deep", 0.6, stochastic=True, seed_sd=0.02) for i in range(4))


def test_the_seeds_of_a_champion_of_several_count_for_more(tmp_path):
    one, chosen = (
        collect(results(tmp_path / name, methods=methods)).datasets[0].comparison.pair
        for name, methods in (("one", SEEDED), ("chosen", (*SEEDED, *RIVALS)))
    )
    assert (one.a, one.b) == (chosen.a, chosen.b)
    assert chosen.difference.value == pytest.approx(one.difference.value)
    assert chosen.se == pytest.approx(one.se)
    assert chosen.difference.low < one.difference.low - 0.001
    assert chosen.difference.high == pytest.approx(one.difference.high)
    assert chosen.superiority.p > one.superiority.p
    assert chosen.minimum_detectable > one.minimum_detectable
    assert "widened" in chosen.test
    assert "widened" not in one.test


def test_rivals_without_seeds_of_their_own_cannot_be_lucky(tmp_path):
    fixed = tuple(dataclasses.replace(rival, stochastic=False) for rival in RIVALS)
    one, chosen = (
        collect(results(tmp_path / name, methods=methods)).datasets[0].comparison.pair
        for name, methods in (("one", SEEDED), ("chosen", (*SEEDED, *fixed)))
    )
    assert chosen.difference.low == pytest.approx(one.difference.low)
    assert chosen.test == one.test


def test_a_class_with_many_images_of_few_patients_supports_no_comparison(tmp_path):
    store = results(tmp_path / "r", (Data("breast", n_test=60, images_per_patient=6),))
    data = collect(store).datasets[0]
    assert data.comparison.n_smallest < 10 < 24
    assert data.verdict.rule == "too-few-cases"
    assert f"{data.comparison.n_smallest} test patients of" in data.verdict.sentence
    sentence = next(item.sentence for item in data.audit if item.key == "cases")
    assert f"{data.comparison.n_smallest} test patients in the smallest class" in sentence


def test_few_cases_are_tested_by_permutation(tmp_path):
    c = collect(results(tmp_path / "r", (Data("small", n_test=50),))).datasets[0].comparison
    assert c.n_smallest == 20
    assert "permutation" in c.pair.test


def test_identical_methods_are_not_different(tmp_path):
    methods = (
        Method("prior-a", "classical", constant=True),
        Method("prior-b", "deep", constant=True),
    )
    c = collect(results(tmp_path / "r", methods=methods)).datasets[0].comparison
    assert c.pair.superiority.p == 1
    assert c.pair.difference.value == 0
    assert c.pair.test == "least error of so many cases (identical ranks)"
    assert c.pair.difference.low < 0 < c.pair.difference.high


def test_two_perfect_methods_on_few_cases_are_not_called_equivalent(tmp_path):
    methods = (Method("a", "classical", 0.9999999), Method("b", "deep", 0.9999999))
    data = collect(results(tmp_path / "r", (Data("easy", n_test=40),), methods)).datasets[0]
    assert data.comparison.pair.value_a.value == data.comparison.pair.value_b.value == 1
    assert data.comparison.pair.value_a.low < 0.95
    assert data.comparison.pair.superiority.p == 1
    assert data.comparison.pair.se > 0.02
    assert data.verdict.rule == "inconclusive"


def test_a_test_part_with_one_class_gives_no_verdict_and_no_warning(tmp_path):
    datasets = (Data("one-sided", n_test=4, shares=(0.9, 0.1)),)
    data = collect(results(tmp_path / "r", datasets)).datasets[0]
    assert data.verdict.sentence == (
        "The test part has cases of one class only, so that no AUC is defined."
    )
    assert data.method("svm").auc is None
    assert data.method("svm").roc is None
    assert data.method("svm").operating is None


def test_a_single_positive_gives_no_verdict_and_no_warning(tmp_path):
    datasets = (Data("rare", n_test=12, shares=(0.92, 0.08), images_per_patient=2),)
    data = collect(results(tmp_path / "r", datasets)).datasets[0]
    assert data.comparison.n_smallest == 1
    assert data.verdict.rule == "too-few-cases"
    assert data.verdict.sentence.startswith("1 test patient of “malignant”")


def test_a_validation_part_with_one_class_gives_no_champion(tmp_path):
    datasets = (Data("breast", n_val=4, n_test=200, shares=(0.9, 0.1)),)
    data = collect(results(tmp_path / "r", datasets)).datasets[0]
    assert data.champion_deep is None
    assert "no best model can be chosen" in data.verdict.sentence
    assert data.method("svm").auc is not None
    assert set(data.method("svm").operating.thresholds) == {0.5}


def test_a_class_without_test_cases_is_left_out_of_the_macro_auc(tmp_path):
    datasets = (Data("derm", n_test=60, shares=(0.5, 0.494, 0.006)),)
    data = collect(results(tmp_path / "r", datasets)).datasets[0]
    assert data.method("svm").auc_per_class[2] is None
    assert data.comparison.n_smallest == 30
    assert data.verdict.heading.endswith("(without “class C”)")
    assert "“class C” (0 test cases)" in data.verdict.sentence


def test_the_order_in_which_cases_are_stored_changes_nothing(tmp_path, evidence):
    store = results(
        tmp_path / "r",
        (
            Data("breast"),
            Data("derm", shares=(0.5, 0.3, 0.2)),
            Data("phantom", generated=True, ideal=True, images_per_patient=4),
        ),
    )
    rng = np.random.default_rng(0)
    for trial in list(store.trials()):
        run = store.run(trial)
        p = run.predictions
        order = rng.permutation(len(p.labels))
        shuffled = type(p)(
            p.case_ids[order],
            p.split[order],
            p.labels[order],
            None if p.groups is None else p.groups[order],
            p.probabilities[order],
        )
        store.write_run(dataclasses.replace(run, predictions=shuffled))
    again = collect(store)
    for before, after in zip(evidence.datasets, again.datasets, strict=True):
        assert after.comparison.pair.difference.value == before.comparison.pair.difference.value
        assert after.comparison.pair.superiority.p == pytest.approx(
            before.comparison.pair.superiority.p, rel=1e-9
        )
        assert after.verdict.rule == before.verdict.rule


def test_a_source_that_begins_with_generated_makes_no_generated_data_set(tmp_path):
    source = "Generated from the hospital archive"
    evidence = collect(results(tmp_path / "r", (Data("archive", source=source),)))
    assert not evidence.datasets[0].generated
    assert (evidence.overall.over, evidence.overall.counted) == ("real", 1)
