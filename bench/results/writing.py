"""Writing into a results folder so that a file is whole or not there, and checking that it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bench.protocol.errors import DamagedResults, ResultsError, way_out
from bench.results import durable
from bench.results.durable import TEMPORARY, sha256


@contextmanager
def writing(path: Path, advice: str | None = None) -> Iterator[None]:
    """Turns what the system says of a write into an error of ours, with advice on results."""
    try:
        yield
    except OSError as error:
        if advice is None:
            advice = f"{way_out(error)} or choose another folder with --out."
        text = f"{path}: cannot be written ({error.strerror or error}). {advice}"
        raise ResultsError(text.rstrip()) from None


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turns what a table that is another one raises into an error of ours."""
    try:
        yield
    except (KeyError, ValueError, OSError, ZeroDivisionError) as error:
        raise DamagedResults(path, error) from None


def write_table(path: Path, write: Callable[[Path], None]) -> str:
    """Write a table under a temporary name, rename it unless it is there, return its checksum."""
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    try:
        with writing(path):
            durable.make_folder(path.parent)
            write(temporary)
            checksum = sha256(temporary)
            if not path.exists() or sha256(path) != checksum:
                durable.sync(temporary)
                temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return checksum


def refuse_changed(path: Path, checksum: str) -> None:
    """Raise `DamagedResults` where a file is missing or has another checksum."""
    if not path.exists() or sha256(path) != checksum:
        raise DamagedResults(path)


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write a file whole, with its checksum.

    Raises:
        ResultsError: if it cannot be written.
    """
    with writing(path):
        durable.write_json(path, data, _plain)


def read_json(path: Path) -> dict[str, Any]:
    """What `write_json` wrote.

    Raises:
        DamagedResults: if it is not as it was written.
    """
    try:
        return durable.read_json(path)
    except (OSError, ValueError) as error:
        raise DamagedResults(path, error) from None


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
