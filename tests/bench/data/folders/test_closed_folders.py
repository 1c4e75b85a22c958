"""Folders and links that the system does not let be read: nothing of them is lost without a word.

Each is closed by its mode, which does not hold for root, and again by errors of the system calls.
"""

import errno
import os
from pathlib import Path

import pytest

from bench.cli.main import run_command
from bench.data.folders.listing import image_table
from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.sets.folder import load, load_external
from bench.data.sets.problems import Problems
from bench.deploy.listing import places
from bench.protocol.errors import DataError
from tests.bench.data.folders.pictures import picture, sixteen, write_manifest

SAID = r"cannot be looked into \(Permission denied\)\. Make it readable, or move it away\."


@pytest.fixture(autouse=True)
def empty_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("BENCH_DATA", raising=False)


class Entry:
    """What `os.scandir` gives, of which a link into a closed folder is not followed."""

    def __init__(self, entry, refuse):
        self._entry, self._refuse = entry, refuse
        self.name, self.path = entry.name, entry.path

    def __getattr__(self, name):
        return getattr(self._entry, name)

    def is_dir(self, *, follow_symlinks=True):
        if follow_symlinks:
            self._refuse(os.path.realpath(self.path), False)
        return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def is_file(self):
        self._refuse(os.path.realpath(self.path), False)
        return self._entry.is_file()


class Entries(list):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture(params=["by its mode", "by errors"])
def close(request, monkeypatch):
    """Closes a folder."""
    if request.param == "by its mode":
        if os.geteuid() == 0:
            pytest.skip("root may read every folder")
        shut = []

        def by_mode(folder):
            folder.chmod(0)
            shut.append(folder)

        yield by_mode
        for folder in shut:
            folder.chmod(0o700)
        return
    names = []

    def refuse(path, itself):
        for name in names:
            if str(path).startswith(f"{name}/") or (itself and str(path) == name):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    stat, scandir = os.stat, os.scandir

    def closed_stat(path, *args, **options):
        refuse(os.path.realpath(path) if isinstance(path, str | Path) else "", False)
        return stat(path, *args, **options)

    def closed_scandir(path="."):
        refuse(path, True)
        with scandir(path) as found:
            return Entries(Entry(entry, refuse) for entry in found)

    monkeypatch.setattr(os, "stat", closed_stat)
    monkeypatch.setattr(os, "scandir", closed_scandir)
    yield lambda folder: names.append(str(folder))


def with_a_closed_folder(root, close, below):
    sixteen(root)
    folder = root / below
    picture(folder / "20.png", 20)
    close(folder)
    return folder


@pytest.mark.parametrize("below", ["b/sub", "b/2024/jan", "b/1/2/3/4", "c"])
def test_a_closed_folder_at_any_depth_is_refused_by_a_run_and_counted_by_the_check(
    tmp_path, close, below
):
    folder = with_a_closed_folder(tmp_path, close, below)
    with pytest.raises(DataError, match=rf"^Folder {folder}: {SAID}"):
        load(tmp_path, 16)
    with pytest.raises(DataError, match=rf"^External part 'x': Folder {folder}: {SAID}"):
        load_external("x", tmp_path, ("a", "b"), None)
    problems = Problems()
    data = load(tmp_path, 16, problems=problems)
    assert sum(len(part) for _, part in data.parts()) == 16
    (line,) = problems.unreadable
    assert line.startswith(f"Folder {folder}: cannot be looked into (Permission denied).")


def test_the_check_names_a_closed_folder(tmp_path, close, capsys):
    folder = with_a_closed_folder(tmp_path, close, "b/sub")
    picture(tmp_path / "a" / "30.png").write_bytes(b"no picture")
    assert run_command(["data", "check", str(tmp_path), "--size", "16"]) == 1
    out = capsys.readouterr().out
    assert "1 image and 1 folder cannot be read; all other checks" in out
    assert f"Folder {folder}: cannot be looked into (Permission denied)" in out


def test_where_a_whole_class_is_closed_the_refusal_says_so(tmp_path, close, capsys):
    sixteen(tmp_path)
    close(tmp_path / "b")
    assert run_command(["data", "check", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert f"Folder {tmp_path}/b: cannot be looked into (Permission denied)" in told
    assert "one class only" in told


def test_the_folder_itself_is_closed(tmp_path, close, capsys):
    sixteen(tmp_path / "set")
    close(tmp_path / "set")
    assert run_command(["data", "check", str(tmp_path / "set")]) == 2
    assert f"Folder {tmp_path}/set: cannot be looked into" in capsys.readouterr().err


def test_of_segmentation_it_is_the_same(tmp_path, close):
    for i in range(4):
        picture(tmp_path / "images" / f"{i}.png", i)
        picture(tmp_path / "masks" / f"{i}.png", i)
    picture(tmp_path / "images" / "more" / "9.png")
    close(tmp_path / "images" / "more")
    (told,) = cases(tmp_path, Reading(task="segmentation")).closed
    assert told.startswith(f"Folder {tmp_path}/images/more: cannot be looked into")


def test_tables_in_parts_are_refused_where_another_part_is_closed(tmp_path, close):
    for part in ("test", "train"):
        picture(tmp_path / part / "0.png")
        (tmp_path / part / "metadata.csv").write_text("file_name,label\n0.png,a\n")
    close(tmp_path / "test")
    with pytest.raises(DataError, match=rf"Folder {tmp_path}/test: {SAID}"):
        image_table(tmp_path)


def test_a_row_of_a_manifest_says_why_its_file_cannot_be_read(tmp_path, close):
    write_manifest(tmp_path, "path,label", [f"{name},a" for name in sixteen(tmp_path)])
    close(tmp_path / "b")
    with pytest.raises(DataError, match=r"b/1\.png cannot be read \(Permission denied\)"):
        cases(tmp_path)


def test_predictions_name_a_closed_folder(tmp_path, close):
    folder = with_a_closed_folder(tmp_path, close, "b/2024/jan")
    found = places([tmp_path])
    assert len(found) == 17
    (lost,) = (place for place in found if place.problem)
    assert lost.id == "b/2024/jan"
    assert lost.problem.startswith(f"Folder {folder}: cannot be looked into")


def test_a_link_into_a_closed_folder_is_an_unreadable_image(tmp_path, close):
    root = tmp_path / "set"
    sixteen(root)
    picture(tmp_path / "secret" / "x.png")
    (root / "a" / "link.png").symlink_to(tmp_path / "secret" / "x.png")
    (root / "a" / "link").symlink_to(tmp_path / "secret" / "x")
    close(tmp_path / "secret")
    listing = cases(root)
    assert "a/link.png" in [case.path for case in listing.cases]
    assert listing.closed[0].startswith(f"Folder {root}/a/link: cannot be looked into")
    (root / "a" / "link").unlink()
    with pytest.raises(DataError, match=r"a/link\.png: cannot be read \(Permission denied\)"):
        load(root, 16)


def test_links_that_go_in_a_circle_are_unreadable_images(tmp_path, capsys):
    sixteen(tmp_path)
    (tmp_path / "b" / "loop.png").symlink_to("loop.png")
    (tmp_path / "b" / "loop").symlink_to("loop")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    with pytest.raises(DataError, match=r"b/loop\.png: a link that leads nowhere, to loop\.png"):
        load(tmp_path, 16)
    assert run_command(["data", "check", str(tmp_path), "--size", "16"]) == 1
    assert "1 image cannot be read" in capsys.readouterr().out
    assert "b/loop.png" in [place.id for place in places([tmp_path])]


def test_a_circle_hides_no_metadata_of_the_folders_beside_it(tmp_path):
    for part in ("train", "test"):
        picture(tmp_path / part / "0.png")
        (tmp_path / part / "metadata.csv").write_text("file_name,label\n0.png,a\n")
    (tmp_path / "aloop").symlink_to("aloop")
    assert [case.path for case in cases(tmp_path).cases] == ["test/0.png", "train/0.png"]


def test_a_file_of_dicom_without_a_suffix_that_may_not_be_read_is_an_image(tmp_path, monkeypatch):
    sixteen(tmp_path)
    (tmp_path / "a" / "IM0001").write_bytes(b"")
    (tmp_path / "a" / "notes.txt").write_bytes(b"")
    open_ = Path.open

    def refused(path, *args, **options):
        if path.name in ("IM0001", "notes.txt"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_(path, *args, **options)

    monkeypatch.setattr(Path, "open", refused)
    listed = [case.path for case in cases(tmp_path).cases]
    assert "a/IM0001" in listed
    assert "a/notes.txt" not in listed
