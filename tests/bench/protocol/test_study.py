from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.errors import StudyError
from bench.protocol.study import Study
from bench.protocol.study_file import read_study
from bench.results.store import Store


def test_the_hash_does_not_depend_on_the_order_of_names():
    assert Study(("b", "a"), ("x", "y")).hash == Study(("a", "b", "a"), ("y", "x")).hash


def test_the_hash_depends_on_every_setting():
    base = {"datasets": ("a",), "methods": ("x",)}
    changed = [
        {"seeds": (0,)},
        {"folds": 5},
        {"size": 64},
        {"fractions": (0.5,)},
        {"budget": "quick"},
        {"margin": 0.03},
        {"alpha": 0.01},
        {"split_seed": 1},
        {"positive": ("benign",)},
        {"tune": 20},
        {"resample": 10},
        {"folds": 5, "repeats": 3},
    ]
    hashes = {Study(**base).hash} | {Study(**base, **change).hash for change in changed}
    assert len(hashes) == len(changed) + 1


def test_a_study_does_not_mention_what_it_does_not_do_so_that_old_hashes_hold():
    assert not {"tune", "resample", "repeats"} & set(Study(("a",), ("x",)).as_json())
    assert Study(("a",), ("x",)).hash == "d4bb9c3e59df"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repeats": 3}, "--folds"),
        ({"repeats": 0, "folds": 5}, "1 to 1,000"),
        ({"repeats": "3", "folds": 5}, "1 to 1,000"),
        ({"resample": 1}, "2 to 1,000"),
        ({"resample": -5}, "2 to 1,000"),
        ({"resample": True}, "2 to 1,000"),
    ],
)
def test_a_number_of_draws_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(StudyError, match=message):
        Study(("a",), ("x",), **change)


def test_a_study_survives_its_json_form():
    study = Study(
        ("a",), ("x",), seeds=(3, 1), folds=5, size=32, margin=0.05, tune=9, resample=4, repeats=2
    )
    assert Study.from_json(study.as_json()) == study


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margn": 0.1}, "Did you mean 'margin'"),
        ({"seeds": []}, "seeds must be"),
        ({"seeds": [-1]}, "seeds must be"),
        ({"seeds": "3"}, "seeds must be"),
        ({"seeds": 0}, "seeds must be at least 1, or a list from 0; got 0"),
        ({"seeds": -1}, "got -1"),
        ({"seeds": 3.5}, "seeds must be a whole number or a list of them; got 3.5"),
        ({"folds": 1}, "folds must be"),
        ({"folds": True}, "folds must be"),
        ({"size": 4}, "size must be"),
        (
            {"tune": 1},
            "2 to 1,000 configurations; got 1",
        ),
        ({"tune": "20"}, "tune must be"),
        ({"tune": True}, "tune must be"),
        ({"fractions": [0.0]}, "fractions must"),
        ({"budget": "standart"}, "Did you mean 'standard'"),
        ({"metric": "AUCC"}, "Did you mean 'auc'"),
        ({"margin": 0.7}, "margin must"),
        ({"margin": float("nan")}, "margin must"),
        ({"alpha": 0}, "alpha must"),
        ({"positive": [1]}, "positive must be the name of a class, in quotes"),
        ({"datasets": [3]}, "datasets must be a list of names"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_right(change, message):
    with pytest.raises(StudyError, match=message):
        Study.from_json({"datasets": ["a"], "methods": ["x"], **change}, "study.toml")


def test_a_study_file_may_have_its_settings_in_a_table_or_at_top_level(tmp_path):
    flat, nested = tmp_path / "flat.toml", tmp_path / "nested.toml"
    flat.write_text('datasets = ["a"]\nmargin = 0.1\n')
    nested.write_text('[study]\ndatasets = ["a"]\nmargin = 0.1\n')
    assert read_study(flat) == read_study(nested) == {"datasets": ["a"], "margin": 0.1}


@pytest.mark.parametrize("text", [None, "datasets = [", "study = 3"])
def test_a_file_that_is_no_study_is_refused(tmp_path, text):
    path = tmp_path / "study.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StudyError, match=r"study\.toml"):
        read_study(path)


@pytest.fixture
def breasts(tmp_path, monkeypatch):
    """A folder of images in the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for label in ("benign", "malignant"):
        (tmp_path / "breasts" / label).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 256, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "breasts" / label / f"{i}.png")


@pytest.mark.slow
def test_a_study_may_name_the_folder_that_the_command_line_brings(breasts, capsys):
    Path("study.toml").write_text('datasets = ["breasts"]\nmethods = ["class-prior"]\n')
    assert run_command(["run", "study.toml", "--data", "breasts", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "classes benign, malignant (positive)" in out
    assert "1 trial in all" in out
    assert run_command(["run", "study.toml", "--dry-run"]) == 2


@pytest.mark.slow
def test_the_positive_class_can_be_named_without_training_again(breasts, capsys):
    arguments = ["run", "--data", "breasts", "--method", "class-prior", "--no-report"]
    assert run_command(arguments) == 0
    store = Store(Path("results"))
    assert store.card("breasts").positive == 1
    capsys.readouterr()
    assert run_command([*arguments, "--positive", "benign"]) == 0
    assert "0 trial(s) run, 1 reused" in capsys.readouterr().out
    assert store.card("breasts").positive == 0
    assert store.current.study.positive == ("benign",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "message"),
    [
        (["--positive", "Benign"], "no data set of two classes has such a class. Did you mean"),
        (["--positive", "benign", "--positive", "malignant"], "cannot both be positive"),
    ],
)
def test_a_class_that_cannot_be_positive_is_refused(breasts, capsys, named, message):
    arguments = ["run", "--data", "breasts", "--method", "class-prior", "--no-report"]
    assert run_command([*arguments, *named]) == 2
    assert message in capsys.readouterr().err
