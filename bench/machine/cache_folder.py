"""Where files of the user's lie that are kept from one run to the next."""

import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from bench.protocol.errors import DataError

VARIABLE = "BENCH_CACHE"
"""Environment variable that names another folder for downloads and decoded images."""

_NAME = "classical-vs-deep"
_REDIRECTED = {"NUMBA_CACHE_DIR": "numba", "MPLCONFIGDIR": "matplotlib"}


def cache() -> Path:
    """The folder of downloads, decoded images and what was found out about data sets.

    Where the user's cache cannot be written, as in a container without a home, it is a folder
    beside temporary files, of this user alone.

    Raises:
        DataError: if that folder is another user's.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    usual = user_cache_path(_NAME, appauthor=False)
    return usual if _can_be_written(usual) else _beside_temporary_files()


def redirect_library_caches() -> None:
    """Have Numba and matplotlib keep their files in our cache where they could not in the home.

    Numba refuses to compile where it finds no place. Must be called before they are imported.
    """
    if not _can_be_written(user_cache_path()):
        for variable, name in _REDIRECTED.items():
            os.environ.setdefault(variable, str(cache() / name))


def _can_be_written(path: Path) -> bool:
    """Whether a folder can be written, or made."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)


def _beside_temporary_files() -> Path:
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    path = Path(tempfile.gettempdir()) / f"{_NAME}-{user}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        ours = not path.is_symlink() and user in (str(path.stat().st_uid), "user")
    except OSError:
        ours = False
    if not ours:  # what is in it could be anybody's
        raise DataError(
            f"The cache cannot be written in the home folder, and {path} is not this user's. "
            f"Name a folder in ${VARIABLE}."
        )
    return path
