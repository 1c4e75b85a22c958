"""The guards of the protocol."""

import dataclasses

import pytest
from simulated import METHODS, Data, Method, flagged, results

from reports.audit import GUARDS, strip
from reports.comparison import collect

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
    "metric", "champions", "inputs", "controls",
}  # fmt: skip
"""A guard for every pitfall that the statistics name; the rest are ours."""


def test_every_pitfall_has_a_guard():
    assert set(GUARDS) >= STATISTICS


def test_the_share_of_the_seeds_in_the_variance_is_shown(tmp_path):
    evidence = collect(results(tmp_path / "r"))
    c = evidence.datasets[0].comparison
    share = 100 * c.se_seeds**2 / c.se**2
    assert share > 0
    assert f"Seeds make up {share:.1f} % of the variance" in light(evidence, "seeds").sentence


def test_near_duplicates_that_nobody_searched_for_are_amber(tmp_path):
    item = light(collect(results(tmp_path / "r", methods=FEW)), "near-duplicates")
    assert item.colour == "amber"
    assert item.sentence == "Near-duplicates across parts were not searched for."


def test_near_duplicates_are_counted_and_the_conclusion_without_them_is_told(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    assert light(collect(flagged(store, breast=())), "near-duplicates").colour == "green"
    twins = [f"test-None-{i:06d}" for i in range(30)]
    item = light(collect(flagged(store, breast=twins)), "near-duplicates")
    assert item.colour == "amber"
    assert item.sentence.startswith("30 test images have a near-duplicate in another part")
    assert "without them the conclusion is" in item.sentence
    assert "ΔAUC" in item.sentence


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
            fit_info={"net": {"weights": "imagenet"}},
        )
    )
    sentence = light(collect(store), "inputs").sentence
    assert "Deep methods had pretrained weights in 1 and augmentation in 1 of 1 run" in sentence
    assert "no other method had either" in sentence


def test_controls_that_were_not_run_are_named(tmp_path):
    item = light(collect(results(tmp_path / "r")), "controls")
    assert item.sentence.endswith("Not run: raw-pixel-svm.")


def test_a_study_that_was_run_again_says_how_often(tmp_path):
    store = results(tmp_path / "r", methods=FEW)
    assert light(collect(store), "reuse").sentence.endswith("the study was run once.")
    store.declare(store.current.study)
    assert light(collect(store), "reuse").sentence.endswith("the study was run 2 times.")


def test_few_seeds_are_amber(tmp_path):
    assert light(collect(results(tmp_path / "a", seeds=(0, 1))), "seeds").colour == "amber"
    assert light(collect(results(tmp_path / "b")), "seeds").colour == "green"


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


def test_no_data_set_has_no_strip():
    assert strip([]) == ()
