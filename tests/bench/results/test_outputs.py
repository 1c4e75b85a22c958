"""A command writes over nothing that it reads, and over nothing that is no file."""

import os

import pytest

from bench.cli.main import run_command
from bench.protocol.errors import UsageError
from bench.results.outputs import refuse_output, refuse_output_folder
from reports.external.anything import FILES


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for name in ("a.bench", "p.csv", "c.key", "c.pub", "plugin.py", "images/a.png"):
        (tmp_path / name).write_text(f"content of {name}")
    return tmp_path


def contents(place):
    return {path: path.read_text() for path in place.rglob("*") if path.is_file()}


def test_what_is_new_or_is_not_read_may_be_written(place):
    refuse_output(place / "new.csv", "--out", [place / "p.csv", place / "images", None])
    refuse_output(place / "p.csv", "--out", [place / "a.bench", place / "images"])
    refuse_output(place / "images" / "new.csv", "--out", [place / "images"])


def test_what_is_read_is_not_written_over_by_whatever_path(place):
    os.link(place / "p.csv", place / "hard.csv")
    for path in (place / "p.csv", place / "images" / ".." / "p.csv", place / "hard.csv"):
        with pytest.raises(UsageError, match="is read by this command itself"):
            refuse_output(path, "--out", [place / "a.bench", place / "p.csv"])


def test_what_lies_in_a_folder_that_is_read_is_read_but_for_what_the_command_writes(place):
    with pytest.raises(UsageError, match=r"a\.png: is read by this command itself"):
        refuse_output(place / "images" / "a.png", "--out", [place / "images"], ".bench")
    (place / "images" / "m.bench").write_text("of an earlier command")
    refuse_output(place / "images" / "m.bench", "--out", [place / "images"], ".bench")


def test_what_is_no_regular_file_is_not_replaced(place):
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to(place / "elsewhere")
    for name, word in (("pipe", "a pipe"), ("link", "is a link"), ("images", "is a folder")):
        with pytest.raises(UsageError, match=f"{name}: .*{word}"):
            refuse_output(place / name, "--out", [])
    with pytest.raises(UsageError, match="no folder"):
        refuse_output_folder(place / "p.csv", "--out", [])
    with pytest.raises(UsageError, match="is read by this command itself"):
        refuse_output_folder(place / "images", "--explain", [place / "images"])


COMMANDS = {
    "predict over the bundle": "predict a.bench images --out a.bench",
    "predict over an image": "predict a.bench images --out images/a.png",
    "predict over an image that is named": "predict a.bench images/a.png --out images/a.png",
    "predict over the graph": "predict a.bench images --onnx p.csv --out p.csv",
    "predict over the key": "predict a.bench images --trust c.pub --out c.pub",
    "predict into a device": "predict a.bench images --out /dev/null",
    "predict into standard output": "predict a.bench images --out /dev/stdout",
    "predict with pictures among the images": "predict a.bench images --explain images",
    "monitor over the bundle": "monitor a.bench p.csv --out a.bench",
    "monitor over the predictions": "monitor a.bench p.csv --out p.csv",
    "monitor over an image": "monitor a.bench p.csv --images images --out images/a.png",
    "train over the key": "train --data images --method svm --sign c.key --out c.key",
    "train over an image": "train --data images --method svm --out images/a.png",
    "train over the plugin": "train --data images --plugin plugin.py:build --out plugin.py",
    "export over the bundle": "export a.bench --onnx a.bench",
    "export over the key": "export a.bench --onnx c.key --sign c.key",
    "sign over the key": "bundle sign a.bench --key c.key --out c.key",
    "compare over the file": "compare p.csv --html p.csv",
    "compare into a device": "compare p.csv --pdf /dev/null",
    "compare into a file": "compare p.csv --out a.bench",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_refuses_it_before_any_work(command, place, capsys):
    before = contents(place)
    assert run_command(command.split()) == 2
    said = capsys.readouterr().err
    assert any(
        text in said
        for text in ("is read by this command", "is a device", "is a link", "is no folder")
    )
    assert contents(place) == before


def test_the_files_of_compare_do_not_replace_the_file_that_is_compared(place, capsys):
    rows = [f"c{i},{i % 2},m,{i % 3}" for i in range(30)]
    (place / "models.csv").write_text("\n".join(["case,label,model,score", *rows]) + "\n")
    before = contents(place)
    assert run_command(["compare", "models.csv", "--out", "."]) == 2
    assert "models.csv: is read by this command itself" in capsys.readouterr().err
    assert contents(place) == before


def test_of_every_kind_of_file_it_is_known_what_compare_writes(place):
    kinds = {
        "score": [f"c{i},{i % 2},{m},{(i * m) % 7}" for i in range(40) for m in (1, 2)],
        "decision": [f"c{i},{i % 2},{m},{(i * m) % 3 % 2}" for i in range(40) for m in (1, 2)],
        "reader,score": [
            f"c{i},{i % 2},{m},r{r},{(i * m + r) % 7}"
            for i in range(40)
            for m in (1, 2)
            for r in range(3)
        ],
    }
    written = set()
    for kind, rows in kinds.items():
        (place / "p.csv").write_text("\n".join([f"case,label,model,{kind}", *rows]) + "\n")
        assert run_command(["compare", "p.csv", "--out", f"of-{kind}"]) == 0
        written |= set(os.listdir(place / f"of-{kind}"))
    assert written == set(FILES)
