"""The verdict on a data set that is complete while others are not."""

from pathlib import Path

import pytest

from bench.cli.main import run_command
from reports.collect import collect
from reports.so_far import verdict_so_far
from tests.reports.simulated import Data, Method, results

METHODS = (Method("svm", "classical", 0.7), Method("cnn", "deep", 0.95))


def test_it_is_that_of_the_report_where_nothing_is_corrected(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("breast", 200, 200),), METHODS)
    verdict = collect(store).datasets[0].verdict
    text = verdict_so_far(store, "breast")
    assert text.startswith(f"breast, before audit and correction: {verdict.heading}. ")
    assert "Deep better" in text


def test_its_p_is_that_of_the_data_set_alone_and_is_not_called_adjusted(tmp_path: Path) -> None:
    sets = tuple(Data(name, 200, 200) for name in ("breast", "derm"))
    store = results(tmp_path / "r", sets, METHODS)
    text, verdict = verdict_so_far(store, "breast"), collect(store).dataset("breast").verdict
    assert "Holm" in verdict.sentence
    assert "Holm" not in text
    assert ", p < 0.001" in text


def test_a_side_without_a_result_is_named(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("breast", 60, 90),), METHODS[:1])
    assert "breast, before audit and correction: No verdict. " in verdict_so_far(store, "breast")


@pytest.mark.slow
def test_a_run_prints_it_as_a_data_set_is_complete_and_not_of_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["run", "--dataset", "phantom-null", "--dataset", "phantom-texture"]
    command += ["--method", "class-prior", "--method", "random-forest", "--seeds", "2"]
    assert run_command([*command, "--jobs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (told,) = [i for i, line in enumerate(lines) if "before audit and correction" in line]
    name = lines[told].partition(",")[0]
    ended = [i for i, line in enumerate(lines) if line.startswith("[")]
    assert max(i for i in ended if f" on {name} (" in lines[i]) < told < len(lines) - 4
    assert "Overall" in "".join(lines[told:])
    assert run_command([*command, "--jobs", "1"]) == 0  # nothing is left to be run
    assert "before audit and correction" not in capsys.readouterr().out
