"""What messages say of names that are nearly right, and of exceptions of any kind."""

import re
from pathlib import Path

import pytest

import bench
from bench.protocol import errors
from bench.protocol.errors import DataError, nearest_path, one_line, reason


def test_the_nearest_path_is_named_as_the_user_wrote_it(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "lesion_0012.PNG").touch()
    hint = nearest_path(Path("images/lesion_0012.png"), tmp_path)
    assert hint == " Did you mean 'images/lesion_0012.PNG'?"
    assert nearest_path(Path("images/xyz"), tmp_path) == ""
    assert nearest_path(Path("nowhere/lesion.png"), tmp_path) == ""


def test_of_very_many_names_only_the_case_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "MOST_COMPARED", 3)
    for name in ("a.PNG", "b.png", "c.png", "d.png"):
        (tmp_path / name).touch()
    assert nearest_path(Path("a.png"), tmp_path) == " Did you mean 'a.PNG'?"
    assert nearest_path(Path("bb.png"), tmp_path) == ""


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no\n\tluck"), "ValueError: no luck"),
        (KeyError("a"), "KeyError: 'a'"),
        (MemoryError(), "MemoryError"),
        (Mute(), "Mute"),
        (DataError("images: no\nclass."), "images: no class."),
    ],
)
def test_any_exception_is_told_in_one_line(error, line):
    assert one_line(error) == line


def test_what_quotes_a_whole_array_is_cut():
    assert len(one_line(ValueError("x" * 10_000))) == len(reason(ValueError("x" * 10_000))) == 500


@pytest.mark.slow
def test_there_is_one_way_to_tell_an_exception_in_one_line():
    own = re.compile(r"""join\((?:str\(|f["']).*error.*split\(""")
    root = Path(bench.__file__).parent
    found = [p.name for p in root.rglob("*.py") if own.search(p.read_text(encoding="utf-8"))]
    assert found in ([], ["errors.py"])


def test_names_are_not_alike_for_their_endings(tmp_path):
    for name in ("tokens.json", "audit.jsonl", "study.toml", "study.txt"):
        (tmp_path / name).touch()
    assert nearest_path(tmp_path / "nosuch.jsonl") == ""
    assert nearest_path(tmp_path / "audi.json").endswith("audit.jsonl'?")
    assert nearest_path(tmp_path / "study.tml").endswith("study.toml'?")
    assert nearest_path(tmp_path / "studi.txt").endswith("study.txt'?")
