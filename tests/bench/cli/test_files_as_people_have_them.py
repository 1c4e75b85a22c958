"""The flags for tables and folders as people have them, from the command line."""

from pathlib import Path

import pytest
from PIL import Image

from bench.cli.main import run_command
from tests.bench.data.folders.pictures import picture, sixteen, write_manifest


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA", raising=False)


def manifest(root, head="path,label", empty=0):
    names = sixteen(root)
    rows = [f"{name},{'' if i < empty else 'ab'[i % 2]}" for i, name in enumerate(names)]
    write_manifest(root, head, rows)


def test_columns_are_named_on_the_command_line(capfd):
    manifest(Path("set"), "picture,grade")
    assert run_command(["data", "check", "./set"]) == 2
    assert "--column path=" in capfd.readouterr().err
    flags = ["--column", "path=picture", "--column", "label=grade"]
    assert run_command(["data", "check", "./set", "--size", "16", *flags]) == 0
    assert "16 images, 2 classes" in capfd.readouterr().out
    assert run_command(["data", "check", "./set", "--column", "picture"]) == 2
    assert "write NAME=THEIRS" in capfd.readouterr().err


def test_rows_without_a_label_are_left_out_on_demand(capfd):
    manifest(Path("set"), empty=4)
    assert run_command(["data", "check", "./set"]) == 2
    told = capfd.readouterr().err
    assert "4 of 16 rows have no label, the first in line 2" in told
    assert "--drop-unlabelled" in told
    assert run_command(["data", "check", "./set", "--size", "16", "--drop-unlabelled"]) == 0
    out = " ".join(capfd.readouterr().out.split())
    assert "12 images" in out
    assert "4 rows without a label are left out" in out


def test_a_contact_sheet_is_written(capfd):
    sixteen(Path("set"))
    assert run_command(["data", "check", "./set", "--size", "16", "--show", "3"]) == 0
    assert "contact sheet: set-as-read.png" in capfd.readouterr().err
    with Image.open("set-as-read.png") as opened:
        assert opened.format == "PNG"


@pytest.mark.slow
def test_what_is_left_out_of_a_folder_is_told_by_check_and_run(capfd):
    sixteen(Path("set"))
    Path("set", "a", "scan.mha").write_text("other")
    run_command(["data", "check", "./set", "--size", "16"])
    assert "1 file left out: .mha (1)." in capfd.readouterr().out
    names = ["--data", "./set", "--size", "16", "--method", "class-prior", "--no-report"]
    assert run_command(["run", *names]) == 0
    told = capfd.readouterr()
    assert "data set set: 1 file left out: .mha (1)." in " ".join((told.out + told.err).split())


@pytest.mark.slow
def test_a_set_without_classes_is_left_out_and_changes_no_exit_status(capfd, monkeypatch):
    for i in range(8):
        picture(Path("data", "vessels", "images", f"{i}.png"), i)
    rows = [f"images/{i}.png," for i in range(8)]
    write_manifest(Path("data", "vessels"), "path,label", rows)
    monkeypatch.setenv("BENCH_DATA", str(Path("data").resolve()))
    every = ["--method", "class-prior", "--seeds", "1", "--no-report"]
    assert run_command(["run", *every]) == 0
    told = capfd.readouterr()
    lines = [line for line in (told.out + told.err).splitlines() if "vessels" in line]
    assert len(lines) == 1
    assert "left out" in lines[0]
    assert run_command(["run", "--dataset", "vessels", *every]) == 2
    assert "--drop-unlabelled" in capfd.readouterr().err
    write_manifest(Path("data", "vessels"), "path,label", ["images/0.png,a", "images/none.png,b"])
    assert run_command(["run", *every]) == 1
