"""The audit log: lines of JSON, each of which holds a digest over itself and the line before.

A line that was changed, removed, moved or put in does not fit those beside it. What no chain can
tell by itself is that its end was cut off, or that all of it was written anew: every answer of the
server names the digest of its line (its receipt), and whoever kept one can ask whether that line
still stands (`verify`).
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from bench.protocol.errors import DataError, nearest_path
from bench.results.durable import sync

BEGINNING = "0" * 64
"""What stands in the place of the digest before the first line."""

_LONGEST = 1_000_000  # bytes of a line
_KEYS = ("before", "digest", "number")
_ANSWER = b'{"answer":[{"frame":'  # how the line of an answer begins, since keys are sorted
_STARTS = (b'{"before":"', _ANSWER)


@dataclass(frozen=True)
class Verified:
    """What was found in a log that is whole.

    Attributes:
        lines: how many.
        head: digest of the last one, `BEGINNING` where there is none.
        first, last: when they were written, "" where there is none.
        torn: bytes behind the last whole line, which a server left that was killed while it wrote.
        unended: whether the last line is whole and only its newline is missing.
        receipts: of those that were looked for, digest → number of its line.
    """

    lines: int
    head: str
    first: str = ""
    last: str = ""
    torn: int = 0
    unended: bool = False
    receipts: Mapping[str, int] | None = None


def digest_of(before: str, content: Mapping[str, Any]) -> str:
    """The digest of a line: SHA-256 over that of the line before, and its content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def verify(path: Path, receipts: Sequence[str] = ()) -> Verified:
    """Look whether every line is as it was written, and in its place.

    Args:
        path: of the log.
        receipts: digests of lines that have to stand in it.

    Raises:
        DataError: if one is not, and which.
    """
    wanted, found = set(receipts), {}
    number, before, first, last, torn, unended = 0, BEGINNING, "", "", 0, False
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST + 1):
                if not line.endswith(b"\n") and len(line) <= _LONGEST:
                    if not _is_whole(line):
                        torn = _torn(path, number + 1, line, before)
                        break
                    unended = True
                    line += b"\n"
                number += 1
                row = _row(path, number, line, before)
                before, last = row["digest"], str(row.get("time", ""))
                first = first or last
                if before in wanted:
                    found[before] = number
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.{nearest_path(path)}") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    for receipt in receipts:
        if receipt not in found:
            raise DataError(
                f"{path}: no line has the receipt {receipt:.64}: it was cut off behind line "
                f"{number}, or the receipt is of another log."
            )
    return Verified(number, before, first, last, torn, unended, found)


def _is_whole(line: bytes) -> bool:
    """Whether all of a line stands there, but for its end. It may be an answer that was given: it
    is looked at as every other, and never taken for torn."""
    if not line.startswith(_STARTS):
        return False
    try:
        json.JSONDecoder().raw_decode(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _torn(path: Path, number: int, line: bytes, before: str) -> int:
    """Bytes of the beginning of a line that follows; what begins otherwise is not ours to take."""
    starts = (f'{{"before":"{before}","'.encode(), _ANSWER)
    if all(line[: len(start)] != start[: len(line)] for start in starts):
        raise DataError(
            f"{path}, line {number}: is no line of an audit log, nor the beginning of one. Name "
            "another file, or take away yourself what stands there."
        )
    return len(line)


def _row(path: Path, number: int, line: bytes, before: str) -> dict[str, Any]:
    """A line that follows the one before."""
    where = f"{path}, line {number}"
    try:
        row = json.loads(line)
        told = {key: row.pop(key) for key in _KEYS}
        as_written = _encoded(told, row) == line
        digest = digest_of(told["before"], {**row, "number": told["number"]})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{where}: was changed, it is no line of an audit log.") from None
    if told["digest"] != digest or not as_written:
        raise DataError(f"{where}: was changed, its digest is another.")
    if told["before"] != before or told["number"] != number:
        raise DataError(
            f"{where}: does not follow the line before: it says that it is number "
            f"{told['number']}. Lines were removed, put in, or moved."
        )
    return {**row, "digest": digest}


def _encoded(told: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
    text = json.dumps(
        {**told, **content}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode("utf-8", "surrogatepass") + b"\n"


class AuditLog:
    """A log that is being written. Used as a context manager; one process at a time.

    What stands there is verified first. A torn last line, as a server leaves it that was killed
    while it wrote, is taken away, and a line says so; one that only lacks its newline gets it.

    Args:
        path: of the log; is made if it is not there.

    Attributes:
        lines: how many it has.
        head: digest of the last line.
        repaired: bytes of a torn line that were taken away.
        ended: whether the last line got the newline that it lacked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.head = BEGINNING
        self.repaired = 0
        self.ended = False
        self._size = 0
        self._file: IO[bytes] | None = None
        self._writing = threading.Lock()
        self._lock = FileLock(path.with_name(path.name + ".lock"))

    def __enter__(self) -> "AuditLog":
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DataError(
                f"{self.path}: another server writes to it. Name another log by --audit."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        self._lock.release()

    def _open(self) -> None:
        new = not self.path.exists()
        if not new:
            found = verify(self.path)
            self.lines, self.head = found.lines, found.head
            self.repaired, self.ended = found.torn, found.unended
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            self._file = os.fdopen(descriptor, "r+b", buffering=0)
            self._size = self._file.seek(0, os.SEEK_END) - self.repaired
            self._file.truncate(self._size)
            self._file.seek(self._size)
            if self.ended:
                self._size += self._file.write(b"\n")
                os.fsync(self._file.fileno())
            if new:
                sync(self.path.parent)
        except OSError as error:
            raise self._unwritable(error) from None
        if self.repaired:
            self.append([{"event": "repaired", "bytes": self.repaired}])

    def append(self, entries: Sequence[Mapping[str, Any]]) -> list[str]:
        """Write lines, safe from a power cut before this returns. Several threads may.

        Returns:
            their digests.

        Raises:
            DataError: if they cannot be written; none of them stands there then.
        """
        with self._writing:
            return self._append(entries)

    def _append(self, entries: Sequence[Mapping[str, Any]]) -> list[str]:
        assert self._file is not None
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        head, lines, digests, number = self.head, [], [], self.lines
        for entry in entries:
            number += 1
            content = {**entry, "time": time}
            digest = digest_of(head, {**content, "number": number})
            lines.append(_encoded({"before": head, "digest": digest, "number": number}, content))
            head = digest
            digests.append(head)
        data = b"".join(lines)
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise self._unwritable(error) from None
        self.head, self.lines = head, number
        self._size += len(data)
        return digests

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(
            f"The audit log {self.path} cannot be written ({error.strerror or error})."
        )
