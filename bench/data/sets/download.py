"""A file from an HTTP server, whatever happens on the way: all of it, checked, or a clear message.

Bytes go to `NAME.part`, which is kept for the next attempt and never taken for the file: only a
part whose checksum is the published one is renamed.
"""

import errno
import http.client
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from bench import __version__
from bench.data.cache.checksum import md5_of
from bench.protocol.errors import DataError, DataUnavailable, reason

_CHUNK = 1 << 18  # bytes read at a time, at most
_TRY_AGAIN_LATER = frozenset({408, 425, 429})  # besides those from 500
_LONGEST_WAIT = 60.0  # seconds, whatever a server asks for

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes there are in all, if that is known."""


@dataclass(frozen=True)
class Patience:
    """When a download is given up.

    Attributes:
        attempts: in a row that brought next to nothing.
        first_wait: seconds before the second of them; each further one waits three times as long.
        timeout: seconds without a byte.
        window, least: an attempt ends if fewer than `least` bytes came in `window` seconds; one
            that brings fewer in all counts for nothing.
    """

    attempts: int = 5
    first_wait: float = 0.5
    timeout: float = 30.0
    window: float = 60.0
    least: int = 4096


class _Hopeless(Exception):
    """Trying again would not help."""


class _Cut(Exception):
    """Trying again may help.

    Attributes:
        wait: seconds that the server asked to wait, 0 where it did not.
    """

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


def download(
    url: str,
    target: Path,
    md5: str,
    progress: Progress | None = None,
    largest: int = 50_000_000_000,
    patience: Patience | None = None,
) -> Path:
    """Download a file, going on where an earlier attempt was cut.

    Args:
        url: of the file.
        target: where it shall lie. Its folder is made if need be; a file that is there already
            and has the checksum is left, another one is replaced once the new one is complete.
        md5: published checksum, hexadecimal.
        progress: is told how far it is.
        largest: bytes at which a file that does not end is given up.
        patience: when to give up.

    Returns:
        The target.

    Raises:
        DataUnavailable: if the server cannot be reached, refuses, or sends other bytes than those
            published; says what to do.
        DataError: if the folder cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        if target.is_file() and md5_of(target) == md5:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file, _claimed(file, target):
            _fetch_checked(url, file, md5, progress, largest, patience or Patience())
            if os.name == "posix":  # while it is ours; elsewhere no open file can be renamed
                part.replace(target)
        if os.name != "posix":
            part.replace(target)
    except _Hopeless as error:
        _forget_if_empty(part)
        raise DataUnavailable(f"{url}: {error}") from None
    except _Cut as error:
        raise DataUnavailable(
            f"{url}: {error}. Check the connection and run the same command again: {_kept(part)}. "
            f"Or get {target.name} elsewhere and put it into a folder named in $BENCH_DATA."
        ) from None
    except OSError as error:
        raise DataError(f"{target}: cannot be written ({error.strerror or error}).") from None
    return target


def _fetch_checked(
    url: str,
    file: BinaryIO,
    md5: str,
    progress: Progress | None,
    largest: int,
    patience: Patience,
) -> None:
    """Complete the file. If pieces that were put together are not the file, get it in one."""
    part = Path(file.name)
    for last in (False, True):
        pieces = _fetch(url, file, progress or (lambda *_: None), largest, patience)
        file.flush()
        found = md5_of(part)
        if found == md5:
            os.fsync(file.fileno())
            return
        size = file.tell()
        _empty(file)
        if last or pieces == 1:
            raise _Hopeless(
                f"the server sent other bytes than those published ({size:,} bytes with checksum "
                f"{found}, published is {md5}). They were deleted; try again later."
            )


def _fetch(url: str, file: BinaryIO, progress: Progress, largest: int, patience: Patience) -> int:
    """Append what is missing, trying again after a cut; in how many pieces it came."""
    pieces = 1 if file.tell() else 0
    fruitless = 0
    while True:
        before = file.tell()
        pieces += 1
        try:
            _fetch_once(url, file, progress, largest, patience)
            return pieces
        except _Cut as cut:
            fruitless = 0 if file.tell() - before >= patience.least else fruitless + 1
            if fruitless >= patience.attempts:
                raise
            wait = patience.first_wait * 3 ** max(0, fruitless - 1)
            time.sleep(min(max(wait, cut.wait), _LONGEST_WAIT))


def _fetch_once(
    url: str, file: BinaryIO, progress: Progress, largest: int, patience: Patience
) -> None:
    """One request, to the end of the file.

    Raises:
        _Cut, _Hopeless: if it was not reached.
        OSError: if the file cannot be written.
    """
    here = file.tell()
    headers = {"User-Agent": f"classical-vs-deep/{__version__}", "Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=patience.timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:  # nothing is missing, or what is here is none of it
                return
            raise _refusal(error) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from None
    with answer:
        total = _total(answer, file)
        if total is not None:
            _check_room(Path(file.name), total, file.tell(), largest)
        _read(answer, file, total, progress, largest, patience)
    if total is not None and file.tell() < total:
        raise _Cut(f"the connection was cut after {file.tell():,} of {total:,} bytes")


def _total(answer: http.client.HTTPResponse, file: BinaryIO) -> int | None:
    """Bytes of the whole file, if that is known; empties the file if the answer is all of it."""
    kind = answer.headers.get_content_type()
    if kind == "text/html":
        raise _Hopeless(
            "the server sent a web page in the place of the file. A proxy or the login page of "
            "this network may stand in between."
        )
    here = file.tell()
    if answer.status == 206:
        told = re.fullmatch(
            r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", "").strip()
        )
        if told is None or int(told[1]) != here:
            _empty(file)
            raise _Cut("the server sent another piece than the one asked for")
        return int(told[2]) if told[2] != "*" else None
    if here:
        _empty(file)
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _read(
    answer: http.client.HTTPResponse,
    file: BinaryIO,
    total: int | None,
    progress: Progress,
    largest: int,
    patience: Patience,
) -> None:
    since, before = time.monotonic(), file.tell()
    while True:
        try:
            chunk = answer.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(f"the connection was cut ({_in_words(error)})") from None
        if not chunk:
            return
        file.write(chunk)
        here = file.tell()
        if here > largest:
            _empty(file)
            raise _Hopeless(f"the file does not end: more than {largest:,} bytes came.")
        progress(here, total)
        now = time.monotonic()
        if now - since > patience.window:
            if here - before < patience.least:
                raise _Cut("the server sends next to nothing")
            since, before = now, here


def _check_room(part: Path, total: int, here: int, largest: int) -> None:
    if total > largest:
        raise _Hopeless(f"the file is larger than it should be ({total:,} bytes).")
    free = shutil.disk_usage(part.parent).free
    if total - here > free:
        raise OSError(
            errno.ENOSPC, f"{total - here:,} bytes are missing, and {free:,} are free on the disk"
        )


def _refusal(error: urllib.error.HTTPError) -> Exception:
    """What an answer of 3xx, 4xx or 5xx means."""
    told = reason(f"the server answers {error.code} {error.reason}")
    if error.code in _TRY_AGAIN_LATER or error.code >= 500:
        wait = error.headers.get("Retry-After", "")
        return _Cut(told, float(wait) if wait.isascii() and wait.isdigit() else 0.0)
    return _Hopeless(f"{told}. The file is not to be had there.")


def _unreachable(url: str, error: Exception) -> Exception:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).netloc
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _Hopeless(
            f"the certificate of {host} cannot be verified ({reason.verify_message}). A proxy may "
            "stand in between; let $SSL_CERT_FILE name its certificate."
        )
    return _Cut(f"{host} cannot be reached ({_in_words(reason)}). Is this machine offline?")


def _in_words(error: object) -> str:
    return str(getattr(error, "strerror", None) or reason(error))


def _kept(part: Path) -> str:
    size = part.stat().st_size if part.exists() else 0
    if not size:
        _forget_if_empty(part)
        return "nothing has arrived yet"
    return f"it goes on from the {size:,} bytes that have arrived"


def _forget_if_empty(part: Path) -> None:
    if part.exists() and not part.stat().st_size:
        part.unlink()


@contextmanager
def _claimed(file: BinaryIO, target: Path) -> Iterator[None]:
    """The part is ours alone, as long as it is open and this process lives.

    Windows has no such lock. There two processes spoil each other's part, which the checksum shows.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise DataUnavailable(
            f"{target.name} is being downloaded by another process. Wait for it."
        ) from None
    if not os.path.exists(file.name) or not os.path.samestat(
        os.stat(file.name), os.fstat(file.fileno())
    ):
        raise DataUnavailable(f"Another process has just ended with {target.name}. Try again.")
    file.seek(0, os.SEEK_END)
    yield


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()
