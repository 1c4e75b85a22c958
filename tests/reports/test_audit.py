"""The guards of the protocol."""

import dataclasses

import pytest
from simulated import METHODS, Data, Method, results

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
