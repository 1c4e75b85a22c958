"""What a data set could show, said before anything is trained."""

from dataclasses import replace

import pytest

from bench.cli.main import run_command
from bench.protocol.cards import PartCard
from bench.protocol.study import Study
from reports.analysis.planning import detectable, detectable_dice, in_words
from reports.collect import collect
from reports.statistics.binormal import inflation
from reports.statistics.power import TestModel
from tests.reports.segmented import Maps, segmentation_results
from tests.reports.simulated import METHODS, Data, results

STUDY = Study(("breast",), ("svm",))


def card(tmp_path, data=None):
    store = results(tmp_path / "r", (data or Data("breast"),), METHODS[:1])
    return store.card(data.name if data else "breast")


def test_it_is_that_of_the_test_cases(tmp_path):
    found = detectable(card(tmp_path), STUDY)
    assert found == TestModel(120, 180, (120, 180)).minimum_detectable(0.85)
    assert in_words(card(tmp_path), STUDY).startswith(f"smallest detectable ΔAUC {found:.3f} with")


def test_alpha_of_the_study_counts(tmp_path):
    strict = replace(STUDY, alpha=0.001)
    assert detectable(card(tmp_path), strict) > detectable(card(tmp_path), STUDY)


@pytest.mark.slow
def test_images_of_a_patient_count_less(tmp_path):
    data = Data("breast", images_per_patient=3)
    model = TestModel(120, 180, (40, 60), inflation=inflation(3.0, 0.7), clustered=True)
    own = card(tmp_path, data)
    assert detectable(own, STUDY) == model.minimum_detectable(0.85)
    assert in_words(own, STUDY).endswith("correlate by 0.5, images of a patient by 0.7")


def test_of_several_classes_the_rarest_counts(tmp_path):
    data = Data("derm", shares=(0.5, 0.3, 0.2))
    expected = TestModel(60, 240, (60, 240)).minimum_detectable(0.85)
    assert detectable(card(tmp_path, data), STUDY) == expected


def test_where_patients_are_known_classes_are_counted_in_patients(tmp_path):
    own = card(tmp_path, Data("derm", shares=(0.5, 0.3, 0.2)))
    images, patients = (120, 90, 90), (40, 30, 6)
    parts = {**own.parts, "test": PartCard(300, 70, images, patients)}
    poor = replace(own, parts=parts)
    said = in_words(poor, STUDY)
    assert f"without “{own.class_names[2]}” (6 test patients): a class with fewer than 10" in said
    model = TestModel(90, 120, (30, 40), inflation=inflation(300 / 70, 0.7), clustered=True)
    assert detectable(poor, STUDY) == model.minimum_detectable(0.85)


def test_there_is_none_for_folds_for_an_absent_class_and_for_too_few_cases(tmp_path):
    own = card(tmp_path)
    assert detectable(own, replace(STUDY, folds=5)) is None
    assert "not computed for folds" in in_words(own, replace(STUDY, folds=5))
    for counts in ((300, 0), (2, 2)):
        parts = {**own.parts, "test": PartCard(sum(counts), None, counts)}
        poor = replace(own, parts=parts)
        assert detectable(poor, STUDY) is None
        assert "too few test cases" in in_words(poor, STUDY)


@pytest.mark.slow
def test_the_report_shows_it_beside_what_was_found(tmp_path):
    store = results(tmp_path / "r")
    data = collect(store).datasets[0]
    assert data.detectable == detectable(store.card("breast"), store.current.study)
    assert data.detectable != data.comparison.pair.minimum_detectable


@pytest.mark.slow
def test_a_dry_run_prints_it_for_every_data_set(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_DATA", "")
    arguments = ["run", "--dataset", "phantom-null", "--method", "class-prior", "--dry-run"]
    assert run_command(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(i for i, line in enumerate(lines) if "phantom-null:" in line)
    assert lines[place + 1].strip().startswith("smallest detectable ΔAUC 0.")


def test_of_segmentation_it_is_a_difference_of_dice(tmp_path):
    study = Study(("busi",), ("unet",), task="segmentation")
    alone = segmentation_results(tmp_path / "a", (Maps("busi", n_test=100),), ()).card("busi")
    of_patients = Maps("busi", n_test=100, images_per_patient=2)
    pairs = segmentation_results(tmp_path / "b", (of_patients,), ()).card("busi")
    found = detectable_dice(alone, study)
    assert found == pytest.approx(2.83 * 0.25 / 10, rel=0.01)
    assert detectable_dice(pairs, study) > found
    assert in_words(alone, study).startswith(f"smallest detectable ΔDice {found:.3f} with 80 %")
    assert "not computed for folds" in in_words(alone, replace(study, folds=5))
    few = segmentation_results(tmp_path / "c", (Maps("busi", n_test=2),), ()).card("busi")
    assert detectable_dice(few, study) is None  # more than 1
    assert in_words(few, study).startswith("smallest detectable ΔDice: none")
