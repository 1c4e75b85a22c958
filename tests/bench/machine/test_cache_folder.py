"""Where files are kept from one run to the next, also where there is no home to keep them in."""

import os
import stat
import tempfile

import pytest

from bench.machine import cache_folder
from bench.protocol.errors import DataError


@pytest.fixture
def no_home(tmp_path, monkeypatch):
    """A cache folder that cannot be made, even by root, and a folder for temporary files."""
    (tmp_path / "file").touch()
    monkeypatch.delenv(cache_folder.VARIABLE, raising=False)
    monkeypatch.setattr(
        cache_folder, "user_cache_path", lambda *_, **__: tmp_path / "file" / "cache"
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    for variable in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(variable, "")  # so that it is as before afterwards
        monkeypatch.delenv(variable)
    return tmp_path / "temporary"


def test_a_named_cache_is_taken_as_it_is(no_home, monkeypatch):
    monkeypatch.setenv(cache_folder.VARIABLE, "somewhere")
    assert str(cache_folder.cache()) == "somewhere"


def test_without_a_home_the_cache_is_beside_temporary_files_and_this_user_s_alone(no_home):
    found = cache_folder.cache()
    assert found.parent == no_home
    assert cache_folder.cache() == found
    if hasattr(os, "getuid"):
        assert stat.S_IMODE(found.stat().st_mode) == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users are told apart by POSIX numbers")
def test_a_folder_that_another_has_put_there_is_refused(no_home, tmp_path):
    cache_folder.cache().rmdir()
    (no_home / f"classical-vs-deep-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(DataError, match=r"is not this user's\. Name a folder in \$BENCH_CACHE"):
        cache_folder.cache()


def test_caches_of_libraries_are_redirected_only_where_they_have_none(no_home, monkeypatch):
    monkeypatch.setenv("MPLCONFIGDIR", "mine")
    cache_folder.redirect_library_caches()
    assert os.environ["NUMBA_CACHE_DIR"] == str(cache_folder.cache() / "numba")
    assert os.environ["MPLCONFIGDIR"] == "mine"


def test_with_a_home_nothing_is_redirected(no_home, tmp_path, monkeypatch):
    monkeypatch.setattr(
        cache_folder, "user_cache_path", lambda *_, **__: tmp_path / "home" / ".cache"
    )
    cache_folder.redirect_library_caches()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert cache_folder.cache() == tmp_path / "home" / ".cache"
