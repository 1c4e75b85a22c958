"""What a data set could show, said before anything is trained."""

from dataclasses import replace

import pytest
from simulated import METHODS, Data, results

from bench.cli import run_command
from bench.record import PartCard
from bench.study import Study
from reports.comparison import collect
from reports.planning import detectable, in_words
from reports.statistics.power import inflation, minimum_detectable

STUDY = Study(("breast",), ("svm",))


def card(tmp_path, data=None):
    store = results(tmp_path / "r", (data or Data("breast"),), METHODS[:1])
    return store.card(data.name if data else "breast")


def test_it_is_that_of_the_test_cases(tmp_path):
    found = detectable(card(tmp_path), STUDY)
    assert found == minimum_detectable(120, 180)
    assert in_words(card(tmp_path), STUDY).startswith(f"smallest detectable ΔAUC {found:.3f} with")


def test_alpha_of_the_study_counts(tmp_path):
    strict = replace(STUDY, alpha=0.001)
    assert detectable(card(tmp_path), strict) > detectable(card(tmp_path), STUDY)


def test_images_of_a_patient_count_less(tmp_path):
    data = Data("breast", images_per_patient=3)
    expected = minimum_detectable(120, 180, design_effect=inflation(3.0, 0.5))
    assert detectable(card(tmp_path, data), STUDY) == pytest.approx(expected)


def test_of_several_classes_the_rarest_counts(tmp_path):
    data = Data("derm", shares=(0.5, 0.3, 0.2))
    assert detectable(card(tmp_path, data), STUDY) == minimum_detectable(60, 240)


def test_there_is_none_for_folds_for_an_absent_class_and_for_too_few_cases(tmp_path):
    own = card(tmp_path)
    assert detectable(own, replace(STUDY, folds=5)) is None
    assert "not computed for folds" in in_words(own, replace(STUDY, folds=5))
    for counts in ((300, 0), (2, 2)):
        parts = {**own.parts, "test": PartCard(sum(counts), None, counts)}
        poor = replace(own, parts=parts)
        assert detectable(poor, STUDY) is None
        assert "too few test cases" in in_words(poor, STUDY)


def test_the_report_shows_it_beside_what_was_found(tmp_path):
    store = results(tmp_path / "r")
    data = collect(store).datasets[0]
    assert data.detectable == detectable(store.card("breast"), store.current.study)
    assert data.detectable != data.comparison.minimum_detectable


def test_a_dry_run_prints_it_for_every_data_set(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_DATA", "")
    arguments = ["run", "--dataset", "phantom-null", "--method", "class-prior", "--dry-run"]
    assert run_command(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(i for i, line in enumerate(lines) if "phantom-null:" in line)
    assert lines[place + 1].strip().startswith("smallest detectable ΔAUC 0.")
