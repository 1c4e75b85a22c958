"""What a run says of its data sets before the first trial."""

import pytest

from bench.cli import main
from bench.protocol.cards import DatasetCard
from bench.run.dry_run import positives
from tests.bench.data.folders.pictures import picture


def card(name, classes, positive, task="classification"):
    return DatasetCard(name, classes, positive, (8, 8, 1), {}, "f", "", "", "", "", "", task=task)


BREAST = card("busi", ("benign", "malignant"), 1)


def test_the_positive_class_of_each_data_set_of_two_is_named_once():
    other = card("breastmnist", ("malignant", "normal, benign"), 0)
    chest = card("chest", ("a, b", "none"), 0)
    several = card("blood", ("a", "b", "c"), None)
    lesions = card("lesions", ("few", "many"), 1, task="segmentation")
    assert positives([BREAST]) == ["positive: malignant"]
    assert positives([BREAST, other, chest, several]) == [
        "positive: malignant (busi, breastmnist), “a, b” (chest)"
    ]
    assert positives([several]) == positives([lesions]) == []


@pytest.mark.slow
def test_a_run_names_the_positive_class(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for i in range(40):
        label = ("Effusion", "Normal")[i % 2]
        picture(tmp_path / "s" / label / f"{i}.png", i)
    words = ["run", "--data", "s", "--size", "28", "--method", "class-prior", "--no-report"]
    assert main.run_command(words) == 0
    assert capsys.readouterr().out.splitlines().count("positive: Effusion") == 1
