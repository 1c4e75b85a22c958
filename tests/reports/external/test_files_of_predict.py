"""Files that `predict` wrote, compared as they are once labels stand in them."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from bench.cli.main import run_command
from bench.deploy.prediction_file import columns_of
from bench.protocol.scoring import binary_auc
from reports.external.compare import compare
from reports.external.predictions import read

MODELS = {"svm": 1.5, "net": 0.5}


def write(path, classes, labels, n=60):
    """A file of two models on n cases whose labels are taken in turns, "" for none."""
    random = np.random.default_rng(0)
    columns = columns_of(SimpleNamespace(classes=classes), [])
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, columns, restval="1")
        table.writeheader()
        for i in range(n):
            label = labels[i % len(labels)]
            for model, strength in MODELS.items():
                logits = random.normal(size=len(classes))
                if label:
                    logits[classes.index(label)] += strength
                p = np.exp(logits) / np.exp(logits).sum()
                row = dict(zip(classes, p.tolist(), strict=True))
                row |= {f"calibrated:{name}": value for name, value in row.items()}
                row |= {"case": f"{i}.png", "label": label, "group": "", "model": model}
                table.writerow(row | {"decision": classes[p.argmax()]})
    return path


def aucs(path, classes):
    """Of each model the mean over the classes, each against the others, by its own column."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"]]
    found = {}
    for model in MODELS:
        own = [row for row in rows if row["model"] == model]
        each = [
            binary_auc([r["label"] == name for r in own], [float(r[name]) for r in own])
            for name in classes
        ]
        found[model] = np.mean(each)
    return found


@pytest.mark.parametrize("held", [("a", "b", "c"), ("a", "c")])
def test_a_class_of_which_no_case_came_takes_no_part_and_is_named(held, tmp_path):
    path = write(tmp_path / "p.csv", ("a", "b", "c", "d"), held)
    found = compare(path)
    expected = aucs(path, held)
    for model in found.models:
        assert model.auc.value == pytest.approx(expected[model.name])
        assert model.plain.auc == pytest.approx(expected[model.name])
    difference = expected["svm"] - expected["net"]
    assert found.pairs[0].test.difference.value == pytest.approx(difference)
    lacking = tuple(name for name in "abcd" if name not in held)
    assert read(path).empty_classes == lacking
    assert [one.name for one in found.left_out] == list(lacking)
    (item,) = [item for item in found.audit if item.key == "classes"]
    assert item.colour == "amber"
    assert "There is no test case of " + ", ".join(f"“{name}”" for name in lacking) in item.sentence


def test_cases_without_a_label_are_left_out_and_counted(tmp_path):
    path = write(tmp_path / "p.csv", ("a", "b"), ("a", "b", ""))
    found = compare(path, positive="b")
    assert (found.cases, read(path, "b").unlabelled) == (40, 20)
    (item,) = [item for item in found.audit if item.key == "labels"]
    assert item.sentence.startswith("20 of 60 cases have no label and are left out")
    for model in found.models:
        assert model.auc.value == pytest.approx(aucs(path, "b")[model.name])


def test_one_class_alone_is_refused_and_labels_are_not_guessed(tmp_path, capsys):
    path = write(tmp_path / "p.csv", ("a", "b"), ("a", ""))
    assert run_command(["compare", str(path), "--positive", "b"]) == 2
    assert "all test cases have the label 'a'" in capsys.readouterr().err


def test_frames_of_one_file_are_of_one_patient_where_nobody_named_patients(tmp_path):
    path = write(tmp_path / "p.csv", ("a", "b"), ("a", "b"))
    alone = compare(path, positive="b")
    lines = path.read_text().splitlines()
    place = lines[0].split(",").index("group")
    films = [line.split(",") for line in lines]
    for row in films[1:]:
        number = int(row[0].removesuffix(".png"))
        row[place] = f"case-{number // 4:016x}" if number < 40 else ""
    path.write_text("\n".join(map(",".join, films)))
    found = compare(path, positive="b")
    assert found.patients is None
    assert len(set(read(path, positive="b").test.groups)) == 10 + 20
    assert found.models[0].auc.value == alone.models[0].auc.value
    assert found.models[0].auc.low != alone.models[0].auc.low
    (item,) = [item for item in found.audit if item.key == "patients"]
    assert item.colour == "amber"
    assert "frames of one file are taken for one patient" in item.sentence
