"""The file of predictions as a file: what it replaces, and who writes it."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from bench.deploy.bundle import Answer
from bench.deploy.description import PLAIN
from bench.deploy.operating import CALIBRATED_OTHERWISE, OUTSIDE
from bench.deploy.prediction_file import PredictionFile, refuse_loss, rows_of
from bench.deploy.serve.answers import ModelAnswer, Unlike, remarks_on
from bench.protocol.columns import AFTER, FIRST, refuse_class_names
from bench.protocol.errors import DataError, UsageError

COLUMNS = [*FIRST, "benign", "calibrated:benign", *AFTER, "family:lbp"]


def written(path, *rows, columns=COLUMNS):
    """A file of predictions, each row given by some of its columns."""
    lines = [",".join(row.get(name, "") for name in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path


def test_a_file_into_which_nothing_was_written_since_is_replaced(tmp_path):
    rows = [
        {"case": "a.png", "label": "benign", "group": "patient-0123456789ab"},
        {"case": "b.tif#frame=2", "label": "Benign", "group": "case-0123456789abcdef"},
        {"case": "c.png"},
    ]
    given = {"a.png": "benign", "b.tif": "benign", "c.png": ""}
    refuse_loss(written(tmp_path / "p.csv", *rows), given)
    refuse_loss(tmp_path / "new.csv", {})
    (tmp_path / "empty.csv").touch()
    refuse_loss(tmp_path / "empty.csv", {})


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"case": "a.png", "label": "benign"}, "label 'benign' of a.png"),
        ({"case": "b.png", "label": "benign"}, "label 'benign' of b.png"),
        ({"case": "gone.png", "label": "benign"}, "label 'benign' of gone.png"),
        ({"case": "a.png", "group": "7"}, "group of a.png"),
    ],
)
def test_what_is_not_given_again_is_not_lost(row, what, tmp_path):
    path = written(tmp_path / "p.csv", row)
    with pytest.raises(UsageError, match=f"holds what was filled in since, as the {what}"):
        refuse_loss(path, {"a.png": "", "b.png": "malignant"})


def test_a_file_that_predict_did_not_write_is_not_replaced(tmp_path):
    noted = written(tmp_path / "p.csv", {"case": "a.png"}, columns=[*COLUMNS, "my notes"])
    (tmp_path / "notes.txt").write_text("case,label\na.png,benign\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\x00")
    wide = written(tmp_path / "wide.csv", {"case": "a.png", "family:lbp": "1,a note"})
    for path in (noted, tmp_path / "notes.txt", tmp_path / "picture.png", wide):
        with pytest.raises(UsageError, match="no file as 'predict' writes it"):
            refuse_loss(path, {})


def test_a_second_command_is_refused_and_mixes_nothing(tmp_path):
    path = tmp_path / "p.csv"
    with PredictionFile(path, ("case",), "one") as first:
        first.append([["a.png"]])
        for of in ("one", "another"):
            with (
                pytest.raises(UsageError, match=r"p\.csv is being written by another command"),
                PredictionFile(path, ("case",), of),
            ):
                pass
        first.append([["b.png"]])
        first.finish(None)
    assert path.read_text() == "case\na.png\nb.png\n"
    assert [each.name for each in tmp_path.iterdir()] == ["p.csv"]


def test_a_command_that_was_killed_holds_nothing(tmp_path):
    path = tmp_path / "p.csv"
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from bench.deploy.prediction_file import PredictionFile\n"
        "with PredictionFile(Path(sys.argv[1]), ('case',), 'one') as file:\n"
        "    file.append([['a.png']])\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -9
    with PredictionFile(path, ("case",), "one") as file:
        assert file.done == 1
        file.finish(None)
    assert path.read_text() == "case\na.png\n"
    assert [each.name for each in tmp_path.iterdir()] == ["p.csv"]


@pytest.mark.parametrize("name", ["nothing", "a | b", "| b", "a |", "|"])
def test_a_class_is_not_called_what_could_be_a_set_of_classes(name):
    with pytest.raises(DataError, match="in the file of predictions means"):
        refuse_class_names(["benign", name])


def test_other_classes_may_have_such_letters():
    refuse_class_names(["Nothing", "nothing found", "a|b", "1 or 2"])


def test_a_decision_that_its_own_set_leaves_out_has_a_remark():
    def answer(model, decisions, sets):
        n = len(decisions)
        p = np.full((n, 2), 0.5)
        held = np.array(sets, dtype=bool)
        return Answer(model, p, p, np.array(decisions), held, np.ones(n), np.ones(n), {})

    read = SimpleNamespace(
        names=("a", "b", "c"),
        sha256=("", "", ""),
        remarks=(("dark",), (), ()),
        answers=SimpleNamespace(statistics={name: np.ones(3) for name in PLAIN}),
    )
    manifest = SimpleNamespace(classes=("benign", "malignant"))
    found = answer("svm", [1, 1, 1], [[1, 0], [1, 1], [0, 0]])
    rows = rows_of(manifest, "", read, [found], (), [""] * 3, [""] * 3)
    columns = (*FIRST, "b", "m", "cal:b", "cal:m", *AFTER)
    told = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [row["conformal_set"] for row in told] == ["benign", "benign | malignant", "nothing"]
    assert [row["remarks"] for row in told] == [f"dark; {OUTSIDE}", "", ""]


@pytest.mark.parametrize(
    ("held", "remarks"),
    [(["benign"], [f"svm: {OUTSIDE}"]), (["benign", "malignant"], []), ([], [])],
)
def test_a_server_says_so_too(held, remarks):
    unlike = Unlike(1.0, 50.0, False)
    one = ModelAnswer("", "svm", "classical", {}, {}, "malignant", held, unlike)
    assert remarks_on([one]) == remarks


THREE = ("normal", "benign", "malignant")
TOLD = CALIBRATED_OTHERWISE.format("benign")


def test_a_decision_that_is_not_the_most_probable_after_calibration_has_a_remark():
    p = np.array([[0.1, 0.4, 0.5], [0.1, 0.4, 0.5], [0.1, 0.4, 0.5]])
    calibrated = np.array([[0.1, 0.5, 0.4], [0.1, 0.4, 0.5], [0.2, 0.4, 0.4]])
    sets = np.array([[0, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool)
    found = Answer("svm", p, calibrated, p.argmax(1), sets, np.ones(3), np.ones(3), {})
    read = SimpleNamespace(
        names=("a", "b", "c"),
        sha256=("", "", ""),
        remarks=((), ("dark",), ()),
        answers=SimpleNamespace(statistics={name: np.ones(3) for name in PLAIN}),
    )
    rows = rows_of(SimpleNamespace(classes=THREE), "", read, [found], (), [""] * 3, [""] * 3)
    place = -len(AFTER) + AFTER.index("remarks")
    assert [row[place] for row in rows] == [f"{OUTSIDE}; {TOLD}", "dark", ""]


@pytest.mark.parametrize(
    ("calibrated", "remarks"),
    [
        ({"normal": 0.1, "benign": 0.5, "malignant": 0.4}, [f"svm: {TOLD}"]),
        ({"normal": 0.1, "benign": 0.4, "malignant": 0.5}, []),
        ({"benign": 0.9, "malignant": 0.1}, []),  # a threshold need not be a half
    ],
)
def test_a_server_says_that_of_more_than_two_classes_too(calibrated, remarks):
    unlike = Unlike(1.0, 50.0, False)
    held = list(calibrated)
    one = ModelAnswer("", "svm", "classical", calibrated, calibrated, "malignant", held, unlike)
    assert remarks_on([one]) == remarks
