"""Files of predictions that cannot be used: one clear message, exit status 2."""

import pytest

from bench.cli.main import run_command
from reports.external.predictions import read

BINARY = "case,label,model,score"
ROWS = ["1,0,m,0.1", "2,1,m,0.9", "3,0,m,0.2", "4,1,m,0.8"]


def file(*rows: str, header: str = BINARY) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def both(header: str, extra: list[str]) -> bytes:
    """The four rows with a further column."""
    return file(
        *(f"{row},{more}" for row, more in zip(ROWS, extra, strict=True)),
        header=f"{BINARY},{header}",
    )


THREE = "case,label,model,a,b,c"
PREDICTED = "case,label,model,a,bbb,calibrated:a,calibrated:bbb"
WRONG = {
    "an empty file": (b"", "is empty"),
    "a file of blank lines": (b"\n\n", "is empty"),
    "a header and no more": (file(), "no rows"),
    "bytes that are no text": (b"\x89PNG\xff\xfe", "not a text file in UTF-8"),
    "an open quote": (file('1,0,"m,0.1'), "not a CSV file"),
    "semicolons": (file("1;0;m;0.1", header="case;label;model;score"), "separated by commas"),
    "and decimal commas": (
        file("1;0;m;0,1", header="case;label;model;score"),
        "separated by commas, and numbers have a decimal point",
    ),
    "a missing label column": (
        file("1,m,0.1", header="case,model,score"),
        "column 'label' is missing; there are case, model, score.",
    ),
    "a mistyped column": (
        file("1,0,m,0.1", header="case,lable,model,score"),
        "Did you mean 'lable'?",
    ),
    "two columns of one name": (
        file("1,0,m,0.1,0.2", header=f"{BINARY},score"),
        "two columns are called 'score'",
    ),
    "an unknown column": (both("famly", ["deep"] * 4), "Did you mean 'family'?"),
    "no score": (file("1,0,m", header="case,label,model"), "there is neither"),
    "one class column": (file("1,0,m,1", header="case,label,model,a"), "there is only 'a'"),
    "a row that is too short": (file(*ROWS, "5,0,m"), "line 6: 3 fields instead of 4"),
    "a row that is too long": (file("1,0,m,0.1,7"), "line 2: 5 fields instead of 4"),
    "a row that is too short after lines without anything": (
        b"\n" + file(*ROWS[:2], "", " ", ROWS[2], "5,0,m"),
        "line 8: 3 fields instead of 4",
    ),
    "a row that is too long after lines without anything": (
        file(ROWS[0], "", "5,0,m,0.1,7"),
        "line 4: 5 fields instead of 4",
    ),
    "a wrong score after lines without anything": (
        file(*ROWS, "", "5,0,m,high"),
        "line 7: 'high' in column",
    ),
    "a line of commas alone": (file(*ROWS, ",,,"), "line 6: column 'case' is empty"),
    "no case": (file(",0,m,0.1"), "line 2: column 'case' is empty"),
    "no label": (file("1,,m,0.1"), "line 2: column 'label' is empty. Give every row the truth"),
    "no label in a file of predict": (
        file("1,,m,0.9,0.1,0.8,0.2", "2,,m,0.1,0.9,0.2,0.8", header=PREDICTED),
        "no case has a label. Fill in the column 'label'",
    ),
    "a label in one row of a case of predict": (
        file("1,a,m,0.9,0.1,0.8,0.2", "1,,n,0.1,0.9,0.2,0.8", header=PREDICTED),
        "line 3: case '1' has no label here and one in line 2",
    ),
    "a mistyped label in a file of predict": (
        file("1,a,m,0.9,0.1,0.8,0.2,a", "2,bb,m,0.1,0.9,0.2,0.8,b", header=PREDICTED + ",decision"),
        "label 'bb' has no column of its own. Did you mean 'b",
    ),
    "no model": (file("1,0,,0.1"), "column 'model' is empty"),
    "a score that is no number": (
        file(*ROWS, "5,0,m,high"),
        "line 6: 'high' in column 'score' is not a finite number",
    ),
    "NaN": (file(*ROWS, "5,0,m,nan"), "'nan' in column 'score'"),
    "infinity": (file(*ROWS, "5,0,m,-inf"), "'-inf' in column 'score'"),
    "no score in a row": (file(*ROWS, "5,0,m,"), "'' in column 'score'"),
    "a label that varies": (
        file(*ROWS, "1,1,n,0.1"),
        "line 6: case '1' has the label '1' here and '0' before",
    ),
    "a row twice": (file(*ROWS, ROWS[0]), "line 6: model 'm' has case '1' again (before: line 2)"),
    "a row twice with a seed": (
        both("seed", ["1", "1", "1", "1"]) + b"2,1,m,0.3,1\n",
        "model 'm' with seed 1 has case '2' again",
    ),
    "a case that one model lacks": (
        file(*ROWS, "1,0,n,0.1", "2,1,n,0.2"),
        "model 'n' lacks 2 of 4 test cases, for example '3'",
    ),
    "a case that one seed lacks": (
        file(
            *(f"{row},0" for row in ROWS),
            "1,0,m,0.1,1",
            header=f"{BINARY},seed",
        ),
        "model 'm' with seed 1 lacks 3 of 4 test cases",
    ),
    "validation of one model only": (
        file(
            *(f"{row},test" for row in ROWS),
            *(f"{row.replace(',m,', ',n,')},test" for row in ROWS),
            "9,0,m,0.1,val",
            header=f"{BINARY},split",
        ),
        "model 'n' lacks 1 of 1 validation cases",
    ),
    "one class": (file("1,0,m,0.1", "2,0,m,0.2"), "all test cases have the label '0'"),
    "one class in test": (
        both("split", ["test", "val", "test", "val"]),
        "all test cases have the label '0'",
    ),
    "three labels and one score": (file(*ROWS, "5,2,m,0.1"), "there are 3: 0, 1, 2"),
    "labels without a known positive": (
        file("1,benign,m,0.1", "2,malignant,m,0.2"),
        "say which is positive, for example --positive malignant",
    ),
    "a label without a column": (
        file("1,a,m,1,2,3", "2,red,m,1,2,3", header=THREE),
        "label 'red' has no column of its own. Known: a, b, c.",
    ),
    "a class without a case": (
        file("1,a,m,1,2,3", "2,b,m,1,2,3", header=THREE),
        "column 'c' is of no class, since no case has the label 'c'. Leave it out",
    ),
    "a column of folds": (
        file("1,a,m,1,2,0", "2,b,m,1,2,1", header="case,label,model,a,b,fold"),
        "column 'fold' is of no class, since no case has the label 'fold'. Folds are not compared",
    ),
    "patients by another name": (
        file("1,a,m,1,2,0", "2,b,m,1,2,1", header="case,label,model,a,b,patient_id"),
        "A column of patients is called 'group'.",
    ),
    "what the report counts, under its own name": (
        file("1,a,m,1,2,p", "2,b,m,1,2,q", header="case,label,model,a,b,counts_as"),
        "Write 'counts_as' as 'group', keep the rows that decide, and leave both columns out",
    ),
    "which rows decide": (both("decides", ["True"] * 4), "column 'decides' is of no class"),
    "folds beside a score": (both("fold", ["0"] * 4), "Folds are not compared"),
    "an unknown split": (both("split", ["tets"] * 4), "unknown split 'tets'"),
    "predictions of training": (both("split", ["train"] * 4), "rows are of test or val"),
    "no test": (both("split", ["val"] * 4), "no row with split 'test'"),
    "a case in two parts": (
        both("split", ["test"] * 4) + b"1,0,n,0.1,val\n",
        "case '1' is both in validation and in test",
    ),
    "an unknown family": (both("family", ["depe"] * 4), "Did you mean 'deep'?"),
    "a family that varies": (
        both("family", ["deep", "deep", "classical", "deep"]),
        "line 4: model 'm' has the family 'classical' here and 'deep' before",
    ),
    "a seed that is no number": (both("seed", ["x"] * 4), "seed 'x' is not a whole number"),
    "a negative seed": (both("seed", ["-1"] * 4), "seed '-1' is not a whole number"),
    "rows with and without a seed": (
        both("seed", ["1", "1", "", ""]),
        "rows with a seed and rows without one",
    ),
    "a patient here and not there": (
        both("group", ["p", "p", "", "q"]),
        "line 4: column 'group' is empty",
    ),
    "a case of two patients": (
        both("group", ["p", "p", "q", "q"]) + b"1,0,n,0.5,q\n",
        "case '1' has the group 'q' here and 'p' before",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_gets_one_clear_message_and_exit_status_2(name, tmp_path, capsys):
    content, message = WRONG[name]
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    assert run_command(["compare", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.startswith(f"Error: {path}:")
    assert len(told.err.strip().splitlines()) == 1


GOOD = file(*ROWS, *(row.replace(",m,", ",n,") for row in ROWS))
FLAGS = {
    "an unknown model": (["--a", "m", "--b", "nn"], "--b nn: no such model. Did you mean 'n'?"),
    "half a pair": (["--a", "m"], "--b is missing"),
    "a model against itself": (["--a", "m", "--b", "m"], "a pair needs two models"),
    "an unknown positive label": (["--positive", "2"], "--positive 2: no such label"),
    "a margin of one": (["--margin", "1"], "margin must lie"),
    "an alpha of zero": (["--alpha", "0"], "alpha must lie"),
    "a margin that is no number": (["--margin", "x"], "--margin"),
    "an unknown flag": (["--jsn"], "--jsn"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FLAGS)
def test_wrong_flags_get_one_clear_message_and_exit_status_2(name, tmp_path, capsys):
    flags, message = FLAGS[name]
    path = tmp_path / "p.csv"
    path.write_bytes(GOOD)
    assert run_command(["compare", str(path), *flags]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "Traceback" not in told


@pytest.mark.parametrize("where", ["missing.csv", "."])
def test_a_file_that_is_not_there_is_named(where, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["compare", where]) == 2
    assert f"{where}: cannot be read" in capsys.readouterr().err


def test_a_positive_label_of_three_classes_is_refused(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_bytes(file("1,a,m,1,2,3", "2,b,m,1,2,3", "3,c,m,1,2,3", header=THREE))
    assert run_command(["compare", str(path), "--positive", "a"]) == 2
    assert "there are 3 classes, not two" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_bytes(GOOD)
    assert run_command(["compare", str(path), "--out", str(path / "x")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_rows_may_stand_in_any_order_and_models_keep_that_of_the_file(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(file(*reversed([*ROWS, *(r.replace(",m,", ",n,") for r in ROWS)])))
    found = read(path)
    assert [model.name for model in found.models] == ["n", "m"]
    assert found.test.ids.tolist() == ["1", "2", "3", "4"]
    assert found.test.labels.tolist() == [0, 1, 0, 1]
    assert found.models[0].test[0, :, 1].tolist() == [0.1, 0.9, 0.2, 0.8]


def test_blanks_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path):
    path = tmp_path / "p.csv"
    text = "case, label ,model,score\r\n" + "\r\n".join(row.replace(",", " , ") for row in ROWS)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read(path).models[0].name == "m"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "expected"),
    [("01", "1"), ("0.0 1.0", "1.0"), ("false true", "true"), ("-1 1", "1"), ("no yes", "yes")],
)
def test_the_positive_of_two_usual_labels_is_known(tmp_path, labels, expected):
    first, second = labels.split() if " " in labels else labels
    path = tmp_path / "p.csv"
    path.write_bytes(file(f"1,{second},m,0.9", f"2,{first},m,0.1"))
    found = read(path)
    assert found.classes[found.positive] == expected


def test_the_positive_label_may_come_first(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(file("1,benign,m,0.9", "2,malignant,m,0.1"))
    found = read(path, "benign")
    assert found.positive == 0
    assert found.models[0].test[0, :, 0].tolist() == [0.9, 0.1]
