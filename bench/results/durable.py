"""Files that are complete and true or not there: synced to the disk, renamed, with a checksum."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKSUM = "content_sha256"
"""Key of a JSON object that holds the checksum of all its other keys."""

TEMPORARY = ".incomplete-"
"""Beginning of the names of files and folders that are being written."""


def write_json(path: Path, data: dict[str, Any], plain: Callable[[object], Any]) -> None:
    """Write an object with its checksum, at one stroke and safe from a power cut.

    Args:
        path: is replaced if it exists.
        data: JSON-able, but for what `plain` converts.
        plain: converts what JSON does not know.

    Raises:
        OSError: if it cannot be written; what stood there before still does.
    """
    as_read = json.loads(json.dumps(data, default=plain))
    sealed = {**as_read, CHECKSUM: _digest(as_read)}
    text = json.dumps(sealed, indent=1, sort_keys=True, ensure_ascii=False)
    write_file(path, text.encode() + b"\n")


def write_file(path: Path, content: bytes) -> None:
    """Write a file at one stroke and safe from a power cut.

    Raises:
        OSError: if it cannot be written; what stood there before still does.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file, without its checksum.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is no JSON object, or its checksum is another.
    """
    return verified(parse_json(path))


def parse_json(path: Path) -> dict[str, Any]:
    """The object in a file as it stands there.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is no JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    return data


def verified(data: dict[str, Any]) -> dict[str, Any]:
    """The object without its checksum. One of an earlier version has none, and is believed.

    Raises:
        ValueError: if its checksum is another.
    """
    content = {key: value for key, value in data.items() if key != CHECKSUM}
    if CHECKSUM in data and data[CHECKSUM] != _digest(content):
        raise ValueError("its content does not have the checksum that was written with it")
    return content


def sync(path: Path) -> None:
    """Have a file or folder written to the disk now, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each synced in its parent.

    Raises:
        OSError: if that is not possible.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync(path.parent)


def stamp(path: Path) -> tuple[int, ...]:
    """What changes with the content of a file, which is not read for it; () where none is seen."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def sha256(path: Path) -> str:
    """Checksum of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
