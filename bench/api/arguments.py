"""What `bench.run` is given → what it takes, or one sentence that says what that is."""

import operator
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.protocol.errors import UsageError
from bench.run.options import DEVICES

PLUGINS = "each is a text, 'FILE.py:build': methods are imported in processes of their own"
SEGMENTERS = "each is the name of a segmenter, or a text 'FILE.py:build'"
TRACKERS = "each is the name of a tracker, as 'mlflow'"
SLURM = "a text is needed, as 'partition=gpu gres=gpu:1'"
FOLDERS = "name a folder of images, or a list of them; of images in memory see docs/methods.md"


def jobs(given: Any) -> int | None:
    """Trials side by side, None for one per core.

    Raises:
        UsageError: if it is no whole number from 1 on.
    """
    if given is None:
        return None
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None or number < 1:
        raise UsageError(
            f"jobs={_short(given)}: a whole number from 1 on; leave it out for one per core."
        )
    return number


def device(given: Any) -> str:
    """Where networks run.

    Raises:
        UsageError: if it is none of "auto", "cpu" and "cuda".
    """
    if not isinstance(given, str) or given not in DEVICES:
        raise UsageError(f"device={_short(given)}: one of {', '.join(DEVICES)}.")
    return given


def path(name: str, given: Any) -> Path:
    """A path.

    Raises:
        UsageError: if it is something else.
    """
    if not isinstance(given, str | os.PathLike):
        raise UsageError(f"{name}={_short(given)}: a path is needed.")
    return Path(given)


def text(name: str, given: Any, taken: str) -> str | None:
    """A text or None.

    Raises:
        UsageError: if it is something else.
    """
    if given is not None and not isinstance(given, str):
        raise UsageError(f"{name}={_short(given)}: {taken}.")
    return given


def texts(name: str, given: Any, taken: str) -> tuple[str, ...]:
    """One text or several.

    Raises:
        UsageError: if it is, or holds, something else.
    """
    found = _several(name, given, str, taken)
    return tuple(str(one) for one in found)


def paths(name: str, given: Any) -> tuple[Path, ...]:
    """One path of a folder or several.

    Raises:
        UsageError: if it is, or holds, something else.
    """
    return tuple(map(Path, _several(name, given, str | os.PathLike, FOLDERS)))


def external(given: Any) -> tuple[str, ...]:
    """ "NAME=FOLDER" of each external part.

    Raises:
        UsageError: if they are given otherwise.
    """
    pairs = {} if given is None else given
    if not isinstance(pairs, Mapping) or not all(
        isinstance(name, str) and isinstance(place, str | os.PathLike)
        for name, place in pairs.items()
    ):
        raise UsageError(f"external={_short(given)}: give the folders as {{NAME: FOLDER}}.")
    return tuple(f"{name}={os.fspath(place)}" for name, place in pairs.items())


def _several(name: str, given: Any, kind: Any, taken: str) -> tuple[Any, ...]:
    if isinstance(given, kind):
        return (given,)
    is_list = isinstance(given, Iterable) and not isinstance(given, Mapping | bytes)
    # a DataFrame is a list of the names of its columns
    found = tuple(given) if is_list and not hasattr(given, "columns") else (given,)
    for one in found:
        if not isinstance(one, kind):
            raise UsageError(f"{name}={_short(one)}: {taken}.")
    return found


def _short(given: Any) -> str:
    """A number or a text as it is written; of anything else, which may be large, its type."""
    if given is None or isinstance(given, str | int | float):
        return repr(given)[:60]
    called = getattr(given, "__name__", "")
    return f"<{type(given).__name__}{called and f' {called}'}>"
