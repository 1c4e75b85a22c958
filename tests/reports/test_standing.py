"""A report is left alone where it would be made again just so, and only there."""

import os
from dataclasses import replace

import pytest

from bench.cli.main import run_command
from reports.report import write_report
from reports.standing import keep, of_another_study, standing
from tests.reports.simulated import results


@pytest.fixture
def store(tmp_path):
    made = results(tmp_path / "results")
    keep(made.layout, write_report(made).answer)
    return made


def test_a_report_of_what_is_there_stands_with_its_answer(store):
    answer = standing(store.layout)
    assert answer is not None
    assert answer[-1].startswith("Overall: ")


def test_there_is_none_before_one_was_made(tmp_path):
    assert standing(results(tmp_path / "results").layout) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.declare(store.current.study, "another command"),
        lambda store: os.utime(next(store.root.glob("runs/*/*/*/run.json")), (1, 1)),
        lambda store: next(store.root.glob("runs/*/*/*/predictions.parquet")).unlink(),
        lambda store: (store.layout.report_folder / "report.pdf").unlink(),
        lambda store: (store.layout.report_folder / "index.html").write_text("mine"),
        lambda store: store.layout.report_note.write_text("{"),
        lambda store: store.layout.report_note.write_text('{"inputs": 1}'),
        lambda store: (store.layout.report_folder / "of-another.txt").write_text(""),
    ],
)
def test_whatever_changes_it_is_made_again(store, change):
    change(store)
    assert standing(store.layout) is None


def test_other_code_makes_it_anew(store, monkeypatch, tmp_path):
    package = tmp_path / "reports"
    package.mkdir()
    (package / "report.py").write_text("")
    monkeypatch.setattr("reports.standing.CODE", (package,))
    assert standing(store.layout) is None


def test_a_report_of_an_earlier_study_is_told_as_one(store, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("webbrowser.open", lambda uri: True)
    assert of_another_study(store) == ""
    before = store.current.study
    store.declare(replace(before, margin=0.05), "another command")
    told = f"The report is of the study {before.hash}, before {store.current.study.hash}."
    for command in (["open"], ["crate"]):
        out = [str(tmp_path / "c.zip")] if command == ["crate"] else []
        assert run_command([*command, str(store.root), *out]) == 0
        assert told in capsys.readouterr().out
    (store.layout.report_folder / "evidence.json").unlink()
    assert of_another_study(store) == ""
