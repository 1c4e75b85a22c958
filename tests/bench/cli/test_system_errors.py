"""What the system refuses to a command: one sentence, exit status 2, no traceback."""

import errno
import os

import pytest

from bench.cli import next_step
from bench.cli.main import cli, run_command
from tests.bench.data.folders.pictures import sixteen


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("command", ["", *sorted(cli.commands)])
def test_the_current_folder_was_removed(tmp_path, monkeypatch, capsys, command):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert run_command([command] if command else []) == 2
    assert capsys.readouterr().err == (
        "Error: The current folder cannot be used (No such file or directory): it was removed or "
        "moved. Change into a folder that is there.\n"
    )


@pytest.fixture(params=["by its mode", "by errors"])
def secret(request, tmp_path, monkeypatch):
    """A folder that may not be entered."""
    folder = tmp_path / "secret"
    folder.mkdir()
    if request.param == "by its mode":
        if os.geteuid() == 0:
            pytest.skip("root may enter every folder")
        folder.chmod(0)
        yield folder
        folder.chmod(0o700)
        return
    stat = os.stat

    def refused(path, *args, **options):
        if isinstance(path, str | os.PathLike) and "secret/" in os.fspath(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return stat(path, *args, **options)

    monkeypatch.setattr(os, "stat", refused)
    yield folder


@pytest.mark.parametrize(
    "command",
    [
        ["status", "secret/x"],
        ["report", "secret/x"],
        ["open", "secret/x"],
        ["data", "check", "secret/x"],
        ["run", "--data", "secret/x"],
        ["run", "secret/study.toml"],
        ["init", "secret/x"],
        ["check", "secret/method.py"],
    ],
)
def test_what_is_named_lies_in_a_closed_folder(secret, capsys, command):
    assert run_command(command) == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: secret/")
    assert told.endswith(
        ": the system refuses it (Permission denied). Make it and its folders accessible, or name "
        "another.\n"
    )


def test_next_steps_pass_over_a_closed_folder(secret, tmp_path):
    sixteen(tmp_path / "set")
    assert "Images: set" in next_step.lines(tmp_path)


def test_a_link_that_goes_in_a_circle_is_named(tmp_path, capsys):
    (tmp_path / "loop").symlink_to("loop")
    assert run_command(["data", "check", "loop/"]) == 2
    assert capsys.readouterr().err.endswith(
        "loop: does not exist. It is a link that leads nowhere, to loop. Correct or remove it.\n"
    )
