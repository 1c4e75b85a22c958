"""What messages say of names that are nearly right."""

from pathlib import Path

from bench.protocol import errors
from bench.protocol.errors import nearest_path


def test_the_nearest_path_is_named_as_the_user_wrote_it(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "lesion_0012.PNG").touch()
    hint = nearest_path(Path("images/lesion_0012.png"), tmp_path)
    assert hint == " Did you mean 'images/lesion_0012.PNG'?"
    assert nearest_path(Path("images/xyz"), tmp_path) == ""
    assert nearest_path(Path("nowhere/lesion.png"), tmp_path) == ""


def test_of_very_many_names_only_the_case_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "_MANY", 3)
    for name in ("a.PNG", "b.png", "c.png", "d.png"):
        (tmp_path / name).touch()
    assert nearest_path(Path("a.png"), tmp_path) == " Did you mean 'a.PNG'?"
    assert nearest_path(Path("bb.png"), tmp_path) == ""
