"""What people type first, and what they are told."""

import shlex
from pathlib import Path

import pytest

from bench.cli.main import run_command
from tests.bench.data.folders.pictures import picture, write_manifest

RUN = ["run", "--method", "svm", "--dry-run"]


@pytest.fixture
def images(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i in range(40):
        picture(Path("images", "ab"[i % 2], f"{i}.png"), i)
    return Path("images")


def refused(capsys):
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


def test_a_folder_in_the_place_of_a_study_file(images, capsys):
    assert run_command(["run", "images"]) == 2
    assert "images is a folder" in (told := refused(capsys))
    assert "--data images" in told


def test_a_file_of_medmnist_or_a_manifest_in_the_place_of_a_folder(images, capsys):
    Path("breastmnist.npz").touch()
    assert run_command([*RUN, "--data", "breastmnist.npz"]) == 2
    assert "--dataset breastmnist" in refused(capsys)
    write_manifest(images, "path,label", ["a/0.png,a", "b/1.png,b"])
    assert run_command([*RUN, "--data", "images/manifest.csv"]) == 2
    assert "Name the folder that it lies in: --data images" in refused(capsys)


@pytest.mark.parametrize("inside", ["Set_with_GT", "set/set"])
def test_folders_around_a_data_set(images, capsys, inside):
    Path("outer", inside).parent.mkdir(parents=True)
    images.rename(Path("outer", inside))
    assert run_command([*RUN, "--data", "outer"]) == 2
    assert f"--data {Path('outer', inside).absolute()}" in refused(capsys)


@pytest.mark.parametrize(
    "option", [["--column", "label=x"], ["--drop-unlabelled"], ["--drop-column", "age"]]
)
@pytest.mark.parametrize(
    "command",
    [[*RUN, "--data"], ["data", "check"], ["train", "--method", "svm", "--out", "x", "--data"]],
)
def test_options_about_a_manifest_that_is_not_there(images, capsys, command, option):
    assert run_command([*command, "images", *option]) == 2
    assert f"{' '.join(option)}: says how a manifest.csv is read" in refused(capsys)


def test_such_options_hold_for_the_folder_that_has_one(images, capsys):
    other = Path("other")
    images.rename(other)
    for i in range(40):
        picture(Path("images", "ab"[i % 2], f"{i}.png"), i)
    write_manifest(other, "path,dx_of", [f"{'ab'[i % 2]}/{i}.png,{'ab'[i % 2]}" for i in range(40)])
    folders = ["--data", "images", "--data", "other"]
    assert run_command([*RUN, *folders, "--column", "label=dx_of"]) == 0


def test_columns_are_proposed_by_the_words_in_their_names(images, capsys):
    head = "patient_id,breast density,image view,pathology,image file path"
    write_manifest(images, head, ["1,2,CC,benign,a/0.png"])
    assert run_command([*RUN, "--data", "images"]) == 2
    assert "--column 'path=image file path' --column label=pathology" in refused(capsys)


def test_a_study_file_with_a_byte_order_mark_is_read_and_a_number_in_quotes_is_shown_so(
    images, capsys
):
    Path("study.toml").write_bytes(b'\xef\xbb\xbf[study]\r\nmethods = ["svm"]\r\n')
    assert run_command(["run", "study.toml", "--data", "images", "--dry-run"]) == 0
    Path("study.toml").write_text('[study]\nmethods = ["svm"]\nsize = "64"\n')
    assert run_command(["run", "study.toml", "--data", "images", "--dry-run"]) == 2
    assert "size must be 8 to 1024 px; got '64'" in refused(capsys)


def test_the_check_that_init_proposes_can_be_typed(images, capsys):
    rows = [f"{'ab'[i % 2]}/{i}.png,{'ab'[i % 2]}" for i in range(40)]
    write_manifest(images, "image_of,dx_of", rows)
    columns = ["--column", "path=image_of", "--column", "label=dx_of"]
    assert run_command(["init", "images", *columns]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "data check" in line)
    command = shlex.split(line[line.index("python -m bench") :].removesuffix(")."))
    assert run_command(command[3:]) in (0, 1)
