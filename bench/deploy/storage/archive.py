"""Named parts ↔ the bytes of a zip file that has one form only.

Nothing is compressed, times and attributes are fixed and the order is given, so that the same parts
make the same bytes. A file that is read is written again in memory and must come out the same: a
byte that was changed anywhere, a comment, a part that is there twice, compression or a path that
leads elsewhere cannot go unnoticed.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from bench.protocol.errors import BundleError, nearest_path

LARGEST = 2**30
"""Bytes of a bundle at most."""

_MOST_PARTS = 10_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*")
_LONGEST_NAME = 200
_MODE = 0o644 << 16
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of the time that zip files know


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The bytes of an archive with these parts, in this order.

    >>> pack({"a": b"1"}) == pack({"a": b"1"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name, _BEGINNING)
            about.create_system, about.external_attr = 3, _MODE
            archive.writestr(about, content)
    return buffer.getvalue()


def unpack(data: bytes, what: str) -> dict[str, bytes]:
    """The parts of an archive, in their order; nothing in them is parsed.

    Args:
        data: the archive.
        what: it is, for messages.

    Raises:
        BundleError: if it is not in the one form that `pack` gives it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_odd(entries, len(data), what)
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except BundleError:
        raise
    except Exception as error:  # a broken archive can raise errors of any kind
        raise BundleError(
            f"{what} is no bundle, or is damaged: it cannot be read as a zip file "
            f"({type(error).__name__}). Take it anew from where it came."
        ) from None
    if pack(parts) != data:
        raise BundleError(
            f"{what} is not as it was written: its bytes were changed. Take it anew from where it "
            "came."
        )
    return parts


def file_content(path: Path) -> bytes:
    """The bytes of a bundle's file.

    Raises:
        BundleError: if it cannot be read, or is too large.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise BundleError(
                f"{path}: refused, it has {size / 1e9:.1f} GB; a bundle has {LARGEST / 1e9:.1f} GB "
                "at most."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise BundleError(f"{path}: there is no such file.{nearest_path(path)}") from None
    except (OSError, MemoryError) as error:
        raise BundleError(f"{path}: cannot be read ({error}).") from None


def _refuse_odd(entries: list[zipfile.ZipInfo], size: int, what: str) -> None:
    """Refuse what no bundle holds, before anything is expanded."""
    names = [entry.filename for entry in entries]
    odd = ""
    if len(entries) > _MOST_PARTS:
        odd = f"it has {len(entries):,} parts"
    elif len(set(names)) < len(names):
        odd = "a part is there twice"
    elif any(len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) for name in names):
        odd = "a part has a name that no bundle gives"
    elif any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits for entry in entries):
        odd = "a part is compressed or encrypted"
    elif any(entry.file_size != entry.compress_size for entry in entries):
        odd = "a part says that it has another size"
    elif sum(entry.file_size for entry in entries) > size:
        odd = "its parts say that they have more bytes than the file"
    if odd:
        raise BundleError(f"{what} is no bundle: {odd}. Take it anew from where it came.")
