"""The guards of the protocol."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from bench.data.folders.said import guessed_patients
from bench.protocol.cards import CheckFinding
from bench.protocol.claim import Claim
from bench.protocol.record import WeightsUsed
from reports.collect import collect
from reports.evidence import AuditItem
from reports.verdicts.audit import GUARDS, strip
from reports.verdicts.guards.protocol import CONTROLS
from tests.reports.simulated import METHODS, Data, Method, flagged, results

pytestmark = pytest.mark.slow

FEW = (METHODS[0], Method("cnn", "deep", 0.85), METHODS[5])


def light(evidence, key):
    return next(item for item in evidence.datasets[0].audit if item.key == key)


def test_every_guard_is_shown_once_with_a_sentence(tmp_path):
    evidence = collect(results(tmp_path / "r", (Data("a"), Data("b")), FEW))
    for items in (evidence.audit, *(data.audit for data in evidence.datasets)):
        assert [item.key for item in items] == list(GUARDS)
        assert all(item.sentence.endswith(".") for item in items)


def test_another_budget_is_red_and_forbids_the_verdict(tmp_path):
    methods = (*FEW, Method("rich-cnn", "deep", 0.9, budget="full"))
    evidence = collect(results(tmp_path / "r", methods=methods))
    assert light(evidence, "budget").colour == "red"
    assert "rich-cnn" in light(evidence, "budget").sentence
    assert evidence.datasets[0].verdict.rule == "protocol-violated"
    assert "rich-cnn" in evidence.datasets[0].verdict.sentence
    assert evidence.overall.rule == "no-verdict"


def test_different_data_are_red(tmp_path):
    methods = (*FEW, Method("other", "deep", 0.9, fingerprint="something else"))
    evidence = collect(results(tmp_path / "r", methods=methods))
    assert light(evidence, "inputs").colour == "red"
    assert evidence.datasets[0].verdict.rule == "protocol-violated"
    assert "those of other saw other images or parts" in light(evidence, "inputs").sentence
    assert [(m.method, m.seed) for m in evidence.missing] == [("other", None)]
    assert "other" not in {method.name for method in evidence.datasets[0].methods}


def test_other_test_cases_are_red_and_the_run_is_shown_as_failed(tmp_path):
    store = results(tmp_path / "r")
    trial = next(t for t in store.trials() if t.method == "small-cnn" and t.seed == 0)
    run = store.run(trial)
    ids = run.predictions.case_ids.copy()
    ids[-1] = "somebody else"
    store.write_run(
        dataclasses.replace(run, predictions=dataclasses.replace(run.predictions, case_ids=ids))
    )
    evidence = collect(store)
    assert light(evidence, "inputs").colour == "red"
    assert "small-cnn" in light(evidence, "inputs").sentence
    assert evidence.failed[0].error == "Its test cases are not those of the other methods."


def test_unknown_patients_are_amber_and_known_ones_green(tmp_path):
    assert light(collect(results(tmp_path / "a", methods=FEW)), "patients").colour == "amber"
    grouped = (Data("breast", images_per_patient=3),)
    assert light(collect(results(tmp_path / "b", grouped, FEW)), "patients").colour == "green"


def test_patients_that_are_guesses_are_amber_and_weaken_the_verdict(tmp_path):
    store = results(tmp_path / "r", (Data("breast", images_per_patient=3),), FEW)
    guess = guessed_patients(["suggested by the images"] * 9 + [""])
    card = dataclasses.replace(store.card("breast"), checked=(guess,))
    store.write_card(card, store.thumbnails("breast"))
    evidence = collect(store)
    assert light(evidence, "patients").colour == "amber"
    assert "Of 9 of 10 images the patient is a guess" in light(evidence, "patients").sentence
    assert "patients are guesses" in evidence.datasets[0].verdict.sentence.lower()


def test_names_that_tell_patients_are_quoted_where_patients_are_not_known(tmp_path):
    store = results(tmp_path / "r", (Data("breast"),), FEW)
    told = "File names seem to name 100 patients; 70 would be in several parts."
    names = CheckFinding("file-names", "Patients in file names", "serious", told)
    card = dataclasses.replace(store.card("breast"), checked=(names,))
    store.write_card(card, store.thumbnails("breast"))
    assert light(collect(store), "patients").sentence.endswith(told)


def test_a_patient_in_two_parts_is_red(tmp_path):
    store = results(tmp_path / "r", (Data("breast", images_per_patient=3),), FEW)
    for trial in list(store.trials()):
        run = store.run(trial)
        groups = run.predictions.groups.copy()
        groups[0] = groups[-1]
        store.write_run(
            dataclasses.replace(
                run, predictions=dataclasses.replace(run.predictions, groups=groups)
            )
        )
    evidence = collect(store)
    assert light(evidence, "patients").colour == "red"
    assert evidence.datasets[0].verdict.rule == "protocol-violated"


@pytest.mark.parametrize(
    ("data", "key", "colour"),
    [
        (Data("breast", duplicates=3), "duplicates", "amber"),
        (Data("breast"), "duplicates", "green"),
        (Data("breast", split="automatic"), "split", "amber"),
        (Data("breast", split="official"), "split", "green"),
        (Data("breast", checksum="differs"), "checksum", "amber"),
        (Data("breast", checksum="none"), "checksum", "green"),
        (Data("breast", n_test=20), "cases", "red"),
        (Data("breast", n_test=60), "cases", "amber"),
        (Data("breast", n_test=300), "cases", "green"),
    ],
)
def test_properties_of_the_data_have_their_light(tmp_path, data, key, colour):
    assert light(collect(results(tmp_path / "r", (data,), FEW)), key).colour == colour


def test_too_few_cases_have_their_own_wording(tmp_path):
    evidence = collect(results(tmp_path / "r", (Data("breast", n_test=20),), FEW))
    assert evidence.datasets[0].verdict.rule == "too-few-cases"
    assert "8 test cases of “malignant”" in evidence.datasets[0].verdict.sentence


STATISTICS = {
    "budget", "reuse", "seeds", "patients", "duplicates", "near-duplicates", "split", "balance",
    "metric", "champions", "inputs", "controls", "deep-rungs", "classical-rungs", "image-size",
}  # fmt: skip
"""A guard for every pitfall that the statistics name; the rest are ours."""


def test_every_pitfall_has_a_guard():
    assert set(GUARDS) >= STATISTICS


def test_the_share_of_the_seeds_in_the_variance_is_shown(tmp_path):
    evidence = collect(results(tmp_path / "r"))
    c = evidence.datasets[0].comparison
    share = 100 * c.pair.se_seeds**2 / c.pair.se**2
    assert share > 0
    assert f"Seeds make up {share:.1f} % of the variance" in light(evidence, "seeds").sentence


def test_near_duplicates_that_nobody_searched_for_are_amber(tmp_path):
    item = light(collect(results(tmp_path / "r", methods=FEW)), "near-duplicates")
    assert item.colour == "amber"
    assert item.sentence == "Near-duplicates across parts were not searched for."


def test_near_duplicates_do_not_decide_and_the_difference_on_all_images_is_told(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    assert light(collect(flagged(store, breast=())), "near-duplicates").colour == "green"
    twins = [f"test-None-{i:06d}" for i in range(30)]
    item = light(collect(flagged(store, breast=twins)), "near-duplicates")
    assert item.colour == "green"
    assert item.sentence.startswith(
        "30 of 300 test images have a near-duplicate in train or validation and do not decide; "
        "on all test images ΔAUC is"
    )


@pytest.mark.parametrize(("n", "colour"), [(60, "green"), (61, "amber")])
def test_more_than_a_fifth_of_twins_is_amber(tmp_path, n, colour):
    store = results(tmp_path / "r", methods=FEW)
    twins = [f"test-None-{i:06d}" for i in range(n)]
    assert light(collect(flagged(store, breast=twins)), "near-duplicates").colour == colour


def test_a_set_of_nothing_but_near_duplicates_leaves_nothing_to_compare(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    twins = [f"test-None-{i:06d}" for i in range(300)]
    item = light(collect(flagged(store, breast=twins)), "near-duplicates")
    assert item.sentence.endswith("without them there is nothing to compare.")


def test_a_rare_class_is_amber_and_prevalence_is_told(tmp_path):
    common = light(collect(results(tmp_path / "a", methods=FEW)), "balance")
    assert common.colour == "green"
    assert "“malignant” is the rarest class with 40.0 %" in common.sentence
    assert "right in 60.0 %" in common.sentence
    rare = (Data("breast", n_test=1000, shares=(0.97, 0.03)),)
    assert light(collect(results(tmp_path / "b", rare, FEW)), "balance").colour == "amber"


def test_what_picking_on_test_would_have_added_is_told(tmp_path):
    evidence = collect(results(tmp_path / "r"))
    c = evidence.datasets[0].comparison
    item = light(evidence, "champions")
    assert item.colour == "green"
    gain = f"{c.picked_on_test_gain_deep:+.3f}" if c.picked_on_test_gain_deep > 5e-4 else "0.000"
    assert f"would have added {gain} for deep" in item.sentence


def test_pretraining_and_augmentation_are_told_by_family(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    trial = next(t for t in store.trials() if t.method == "cnn")
    run = store.run(trial)
    store.write_run(
        dataclasses.replace(
            run,
            parameters={"net__augment": "flip"},
            fit_info={"net": {"weights": "imagenet", "input_size": 64}},
        )
    )
    item = light(collect(store), "inputs")
    assert item.colour == "green"
    assert item.sentence == (
        "Every method saw the same images, 28 × 28 px with 1 channel. Deep methods had pretrained "
        "weights in 1 and augmentation in 1 of 1 run, and brought images to 64 px; control "
        "methods had neither weights nor augmentation; whether classical methods had weights or "
        "augmentation is not told."
    )


def test_every_family_is_told_where_no_aid_is_recorded(tmp_path):
    rungs = {"classical": "features", "deep": "scratch", "hybrid": "scratch", "control": ""}
    methods = tuple(dataclasses.replace(m, rung=rungs[m.family]) for m in METHODS)
    sentence = light(collect(results(tmp_path / "r", methods=methods)), "inputs").sentence
    assert sentence.endswith(
        "Classical, deep, hybrid and control methods had neither weights nor augmentation."
    )


def controls(*names: str) -> tuple[Method, ...]:
    return tuple(Method(name, "control", 0.55) for name in names)


@pytest.mark.parametrize(
    ("names", "colour", "end"),
    [
        (CONTROLS, "green", "than every control: class-prior, mean-brightness, raw-pixel-svm."),
        (CONTROLS[:2], "amber", "Not run: raw-pixel-svm."),
        ((), "amber", "nothing shows that the best models learnt anything."),
    ],
)
def test_all_controls_are_wanted(tmp_path, names, colour, end):
    item = light(
        collect(results(tmp_path / "r", methods=(*FEW[:2], *controls(*names)))), "controls"
    )
    assert item.colour == colour
    assert item.sentence.endswith(end)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((), "No control has an AUC on test (without one: raw-pixel-svm): nothing shows"),
        (
            CONTROLS[:2],
            f"control: {', '.join(sorted(CONTROLS[:2]))}. Without a result: raw-pixel-svm.",
        ),
        (CONTROLS[:1], "Without a result: raw-pixel-svm. Not run: mean-brightness."),
    ],
)
def test_a_control_that_failed_was_run_all_the_same(tmp_path, others, words):
    broken = Method("raw-pixel-svm", "control", fails=(None,))
    methods = (*FEW[:2], broken, *controls(*others))
    item = light(collect(results(tmp_path / "r", methods=methods)), "controls")
    assert item.colour == "amber"
    assert words in item.sentence


def test_a_champion_that_no_better_than_a_control_is_amber(tmp_path):
    methods = (*FEW[:2], Method("raw-pixel-svm", "control", 0.9), *controls(*CONTROLS[:2]))
    item = light(collect(results(tmp_path / "r", methods=methods)), "controls")
    assert item.colour == "amber"
    assert "is not shown to be better than the control raw-pixel-svm" in item.sentence


def test_a_control_below_chance_is_no_bar(tmp_path):
    methods = (
        Method("svm", "classical", 0.95),
        Method("cnn", "deep", 0.53),
        Method("mean-brightness", "control", 0.2),
    )
    (data,) = collect(results(tmp_path / "r", methods=methods)).datasets
    deep, classical = data.comparison.controls
    assert (deep.control, deep.passed) == ("chance", False)
    assert deep.difference.value == pytest.approx(data.method("cnn").auc.value - 0.5)
    assert classical.passed


def test_a_control_that_validation_does_not_prefer_has_to_be_beaten_too(tmp_path):
    methods = (
        Method("svm", "classical", 0.95),
        Method("cnn", "deep", 0.68),
        Method("class-prior", "control", constant=True),
        Method("mean-brightness", "control", 0.75),
        Method("raw-pixel-svm", "control", 0.55),
    )
    store = results(tmp_path / "r", methods=methods)
    for trial in [t for t in store.trials() if t.method == "mean-brightness"]:
        run = store.run(trial)
        said = run.predictions
        turned = np.where(said.split == "val", 1 - said.probabilities.T, said.probabilities.T).T
        store.write_run(replace(run, predictions=replace(said, probabilities=turned)))
    (data,) = (evidence := collect(store)).datasets
    control, cnn = data.method("mean-brightness"), data.method("cnn")
    assert control.validation_auc < data.method("class-prior").validation_auc
    assert control.auc.value > cnn.auc.value
    assert [(c.side, c.control, c.passed) for c in data.comparison.controls] == [
        ("deep", "mean-brightness", False),
        ("classical", "mean-brightness", True),
    ]
    item = light(evidence, "controls")
    assert item.colour == "amber"
    assert "cnn, is not shown to be better than the control mean-brightness" in item.sentence


def test_one_budget_is_green_and_trials_and_hours_are_shown(tmp_path):
    item = light(collect(results(tmp_path / "r")), "budget")
    assert item.colour == "green"
    assert "2 deep methods 9 min in 6 runs" in item.sentence
    assert "2 classical methods 40 s in 4 runs" in item.sentence
    assert "none of them tuned" in item.sentence


def test_more_methods_to_choose_from_are_amber(tmp_path):
    many = tuple(Method(f"tree-{i}", "classical", 0.7) for i in range(3))
    item = light(collect(results(tmp_path / "r", methods=(*FEW, *many))), "budget")
    assert item.colour == "amber"
    assert "The best classical model was chosen from 4, the deep one from 1" in item.sentence
    same = tuple(Method(f"net-{i}", "deep", 0.7) for i in range(2))
    item = light(collect(results(tmp_path / "s", methods=(*FEW, *many, *same))), "budget")
    assert item.colour == "green"


def test_a_study_that_was_run_again_says_how_often(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    sentence = "The test part was scored under this study only (run {}), once per trial."
    item = light(collect(store), "reuse")
    assert (item.colour, item.sentence) == ("green", sentence.format("once"))
    store.declare(store.current.study)
    assert light(collect(store), "reuse").sentence == sentence.format("2 times")


def test_a_test_part_that_other_studies_scored_is_amber(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    study = store.current.study
    for margin in (0.03, 0.04, 0.04):
        store.declare(dataclasses.replace(study, margin=margin))
    store.declare(dataclasses.replace(study, datasets=("elsewhere",)))
    store.declare(study)
    item = light(collect(store), "reuse")
    assert item.colour == "amber"
    assert item.sentence == (
        "The test part was scored under this study (run 2 times) and under 2 other studies (run 3 "
        "times): what was seen in one may have shaped the next."
    )


@pytest.mark.parametrize(
    ("methods", "colour", "words"),
    [
        (FEW, "green", "Every planned trial has a result."),
        (
            (*FEW, Method("net", "deep", fails=(None,)), Method("mix", "hybrid", fails=(None,))),
            "amber",
            "1 deep run failed; 1 other run failed.",
        ),
        (
            (*FEW, Method("net", "deep", stochastic=True, skips=(2,))),
            "amber",
            "1 planned trial has no result.",
        ),
        (
            (FEW[0], Method("net", "deep", fails=(None,))),
            "red",
            "No deep method has a result (net failed).",
        ),
        (
            (FEW[0],),
            "green",
            "Every planned trial has a result; no deep method was run.",
        ),
        (
            (FEW[0], Method("net", "deep", skips=(None,))),
            "red",
            "No deep method was run, or its results are lost (net); 1 planned trial has no result.",
        ),
    ],
)
def test_failures_have_their_light(tmp_path, methods, colour, words):
    item = light(collect(results(tmp_path / "r", methods=methods)), "failures")
    assert item.colour == colour
    assert words in item.sentence


def test_folds_need_no_official_split_and_say_what_is_not_searched_for(tmp_path):
    data = (Data("breast", n_test=80, split="automatic"),)
    evidence = collect(results(tmp_path / "r", data, FEW, folds=5))
    assert light(evidence, "split").colour == "green"
    item = light(evidence, "near-duplicates")
    assert item.colour == "amber"
    assert item.sentence.endswith("not searched for, since every fold has a test part of its own.")


def test_fewer_than_five_folds_have_small_training_parts(tmp_path):
    evidence = collect(results(tmp_path / "r", (Data("breast", n_test=80),), FEW, folds=4))
    item = light(evidence, "split")
    assert item.colour == "amber"
    assert "training parts are small" in item.sentence
    assert "there are few folds" in evidence.datasets[0].verdict.sentence.lower()


@pytest.mark.parametrize("split", ["automatic", "given"])
def test_a_single_split_that_is_not_official_is_amber(tmp_path, split):
    item = light(collect(results(tmp_path / "r", (Data("breast", split=split),), FEW)), "split")
    assert item.colour == "amber"


def test_the_metric_is_green_where_the_conclusion_holds_and_amber_where_it_hangs(tmp_path):
    clear = (Method("svm", "classical", 0.6), Method("cnn", "deep", 0.95))
    item = light(collect(results(tmp_path / "a", methods=clear)), "metric")
    assert item.colour == "green"
    assert "AUC was declared as the primary metric" in item.sentence
    assert "other metrics, best models or seeds." in item.sentence
    twins = flagged(results(tmp_path / "b", methods=clear), breast=["test-None-000000"])
    assert "seeds or with near-duplicates." in light(collect(twins), "metric").sentence


def test_few_seeds_are_amber_and_their_share_is_told_as_well(tmp_path):
    item = light(collect(results(tmp_path / "a", seeds=(0, 1))), "seeds")
    assert item.colour == "amber"
    assert "of the variance of ΔAUC" in item.sentence
    assert light(collect(results(tmp_path / "b")), "seeds").colour == "green"


def test_with_one_seed_no_share_is_told(tmp_path):
    item = light(collect(results(tmp_path / "r", seeds=(0,))), "seeds")
    assert item.colour == "amber"
    assert item.sentence.endswith("How much depends on the seed of resnet18 is not known.")


def test_no_controls_are_amber(tmp_path):
    evidence = collect(results(tmp_path / "r", methods=METHODS[:4]))
    assert light(evidence, "controls").colour == "amber"


def test_the_strip_shows_the_worst_colour_and_where(tmp_path):
    evidence = collect(
        results(tmp_path / "r", (Data("a"), Data("b", duplicates=2), Data("c")), FEW)
    )
    item = next(item for item in evidence.audit if item.key == "duplicates")
    assert item.colour == "amber"
    assert item.sentence.startswith("b: 2 ")
    assert "a:" not in item.sentence


@pytest.mark.parametrize(
    ("sentences", "told"),
    [
        (["1 deep run failed."] * 3, "On each of 3 data sets: 1 deep run failed."),
        (["No control was run."] * 3, "No control was run."),
        (["", "1 run failed.", "1 run failed."], "b, c (each): 1 run failed."),
        (["", "1 run failed.", "2 runs failed."], "b: 1 run failed. c: 2 runs failed."),
        (["", "No control was run.", "No control was run."], "b, c: No control was run."),
    ],
)
def test_a_number_that_several_data_sets_have_is_that_of_each(one_set, sentences, told):
    def named(name, sentence):
        item = AuditItem("failures", "Nothing failed", "amber" if sentence else "green", sentence)
        card = dataclasses.replace(one_set.card, name=name)
        return dataclasses.replace(one_set, card=card, audit=(item,))

    (item,) = strip([named(*both) for both in zip("abc", sentences, strict=True)])
    assert item.sentence == told


@pytest.fixture(scope="module")
def one_set(tmp_path_factory):
    return collect(results(tmp_path_factory.mktemp("one") / "r", methods=FEW)).datasets[0]


def test_no_data_set_has_no_strip():
    assert strip([]) == ()


def pretrained(digest, source="hub cache"):
    return (WeightsUsed("resnet18.a1_in1k", digest * 64, source),)


OFFLINE_THEN_ONLINE = {0: (), 1: pretrained("a"), 2: pretrained("a")}


def test_runs_of_a_method_with_other_weights_are_red_and_forbid_the_verdict(tmp_path):
    mixed = Method("resnet18", "deep", 0.86, True, 0.01, weights=OFFLINE_THEN_ONLINE)
    evidence = collect(results(tmp_path / "r", methods=(*FEW, mixed)))
    data = evidence.datasets[0]
    found = light(evidence, "weights")
    assert found.colour == "red"
    assert "resnet18 (none and resnet18.a1_in1k, aaaaaaaa)" in found.sentence
    assert data.verdict.rule == "protocol-violated"
    assert found.sentence in data.verdict.sentence
    assert data.method("resnet18").weights == ((), pretrained("a"))


def test_two_files_of_one_name_are_other_weights_and_one_file_from_two_places_is_not(tmp_path):
    files = {0: pretrained("a"), 1: pretrained("b"), 2: pretrained("a")}
    places = {0: pretrained("a"), 1: pretrained("a", "file"), 2: pretrained("a")}
    for name, weights, colour in (("files", files, "red"), ("places", places, "green")):
        method = Method("resnet18", "deep", 0.86, True, 0.01, weights=weights)
        evidence = collect(results(tmp_path / name, methods=(*FEW, method)))
        assert light(evidence, "weights").colour == colour
        assert evidence.datasets[0].verdict.is_verdict == (colour == "green")


def test_a_run_that_failed_before_it_had_weights_mixes_nothing(tmp_path):
    method = Method("resnet18", "deep", 0.86, True, 0.01, fails=(1,), weights=pretrained("a"))
    evidence = collect(results(tmp_path / "r", methods=(*FEW, method)))
    assert light(evidence, "weights").colour == "green"
    assert "resnet18" in light(evidence, "weights").sentence


def test_mixed_weights_of_a_hybrid_forbid_its_claims_alone(tmp_path):
    hybrid = Method("resnet18-svm", "hybrid", 0.9, True, 0.01, weights=OFFLINE_THEN_ONLINE)
    written = (Claim("hybrid", ("hybrid",), ("svm",)), Claim("sides", ("deep",), ("svm",)))
    evidence = collect(results(tmp_path / "r", methods=(*FEW, hybrid), claims=written))
    assert light(evidence, "weights").colour == "amber"
    assert evidence.datasets[0].verdict.is_verdict
    found = {claim.name: claim.datasets[0] for claim in evidence.claims if claim.declared}
    assert found["hybrid"].outcome == "not-tested"
    assert "resnet18-svm (none and" in found["hybrid"].sentence
    assert found["sides"].outcome != "not-tested"


def test_why_nothing_can_be_shown_of_a_method_is_kept(tmp_path):
    method = Method(
        "resnet18", "deep", 0.86, True, 0.01,
        importance_error="ValueError: no parts", explanation_error="RuntimeError: no layer",
    )  # fmt: skip
    found = collect(results(tmp_path / "r", methods=(*FEW, method))).datasets[0].method("resnet18")
    assert found.importance_errors == ("ValueError: no parts",)
    assert found.explanation_errors == ("RuntimeError: no layer",)
