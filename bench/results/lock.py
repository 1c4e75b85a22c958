"""One run at a time in a results folder, and what others can read of it; one writer of a file.

    results/.running/lock        held by the run; names it
                     plan.json   what the latest run was to do, and how it ended; as long as it
                                 makes masks, that it does

The lock is the operating system's, so it is free as soon as its process is gone, however that
ended. Where a file system knows no locks, the process named in the file is looked for instead.
"""

import errno
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

import psutil

from bench.machine import processes
from bench.protocol.errors import ResultsError, UsageError, way_out
from bench.results import durable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_UNKNOWN = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
_TOKEN = 16  # characters of a run's mark
_FAR = 2**30  # where Windows locks a byte, so that what stands before it can be read


@dataclass(frozen=True)
class LockOwner:
    """The process that holds the lock of a results folder, or held it.

    Attributes:
        host, pid: where it runs.
        created: when the system started it, seconds since 1970; tells it from a later process of
            the same number.
        since: when it took the folder, UTC, ISO 8601.
        token: mark of its workers.
        folder: its folder for temporary files.
    """

    host: str
    pid: int
    created: float
    since: str
    token: str
    folder: str

    @classmethod
    def here(cls, token: str = "", folder: str = "") -> Self:
        """This process, as it takes a lock."""
        me = psutil.Process()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(platform.node(), me.pid, me.create_time(), now, token, folder)

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == platform.node()

    @property
    def is_running(self) -> bool:
        """Whether it still runs; taken for granted on another machine."""
        return not self.is_here or processes.is_running(self.pid, self.created)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


class RunLock:
    """Holds a results folder while a run writes to it. Used as a context manager.

    Args:
        root: the results folder; it is made, and removed again if nothing else comes to it.
        token: mark of this run's workers.
        folder: this run's folder for temporary files.

    Attributes:
        stale: the run before this one if that was cut off, whose remains were cleared away.
    """

    def __init__(self, root: Path, token: str, folder: Path) -> None:
        self._root = root
        self._token = token
        self._folder = folder
        self._file: IO[bytes] | None = None
        self.stale: LockOwner | None = None

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            ResultsError: if another run holds it, or it cannot be written.
        """
        try:
            file = _open(_lock_file(self._root))
        except OSError as error:
            raise ResultsError(
                f"Results folder {self._root}: cannot be written ({error.strerror}). "
                "Choose another with --out."
            ) from None
        before = lock_owner(self._root)
        if not _acquire(file, before):
            file.close()
            raise ResultsError(
                f"Results folder {self._root} is in use by another run ({before or 'starting'}). "
                "Wait for it, stop it, or choose another folder with --out."
            )
        if before is not None:
            self.stale = before
            _clean_up(before)
        self._file = file
        try:
            _name(file, LockOwner.here(self._token, str(self._folder)))
        except OSError as error:
            file.close()
            raise ResultsError(
                f"Results folder {self._root}: cannot be written ({error.strerror}). "
                f"{way_out(error)} or choose another with --out."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is None:
            return
        with suppress(OSError):
            self._file.truncate(0)
        if not any(p != self._root / ".running" for p in self._root.iterdir()):
            shutil.rmtree(self._root, ignore_errors=True)
        self._file.close()  # and with it the lock


@contextmanager
def only_writer(path: Path, said: str) -> Iterator[None]:
    """Hold a file that is written for long, by a lock beside it that goes at the end.

    Args:
        path: of the file.
        said: how the user named it, as "--out p.csv".

    Raises:
        UsageError: if another command holds it.
        OSError: if there can be no lock.
    """
    lock = path.with_name(f"{durable.TEMPORARY}{path.name}.lock")
    while True:
        file = _open(lock)
        before = _named(lock)
        if not _acquire(file, before):
            file.close()
            raise UsageError(
                f"{said} is being written by another command ({before or 'starting'}). Wait for "
                "it, stop it, or name another file."
            )
        if _is_at(file, lock):
            break
        file.close()  # let go, and removed, since it was opened
    try:
        _name(file, LockOwner.here())
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        file.close()  # and with it the lock


def lock_owner(root: Path) -> LockOwner | None:
    """The process that the lock of a results folder names, None where it names none."""
    return _named(_lock_file(root))


def write_plan(root: Path, plan: dict[str, Any]) -> None:
    """Write what this run is to do. What cannot be written is not shown."""
    with suppress(OSError):
        durable.make_folder(root / ".running")
        durable.write_json(root / ".running" / "plan.json", plan, str)


def write_masks_first(root: Path) -> None:
    """Write that this run makes masks, and that its plan comes after that."""
    write_plan(root, {"masks_first": True, "ended": ""})


def is_masks_first(root: Path) -> bool:
    """Whether the latest run was to make masks and has no plan yet."""
    plan = read_plan(root)
    return plan is not None and plan.get("masks_first") is True


def read_plan(root: Path) -> dict[str, Any] | None:
    """What the latest run was to do, None where that is not known."""
    try:
        return durable.read_json(root / ".running" / "plan.json")
    except (OSError, ValueError):
        return None


def _lock_file(root: Path) -> Path:
    return root / ".running" / "lock"


def _named(lock: Path) -> LockOwner | None:
    try:
        return LockOwner(**json.loads(lock.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _name(file: IO[bytes], owner: LockOwner) -> None:
    file.truncate(0)
    file.seek(0)
    file.write(json.dumps(asdict(owner)).encode())
    os.fsync(file.fileno())


def _open(lock: Path) -> IO[bytes]:
    while True:
        durable.make_folder(lock.parent)
        file = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
        if _is_at(file, lock):
            return file
        file.close()


def _is_at(file: IO[bytes], lock: Path) -> bool:
    """Whether it lies there still; the one before removes it at its end."""
    with suppress(FileNotFoundError):
        return os.fstat(file.fileno()).st_ino == lock.stat().st_ino
    return False


def _acquire(file: IO[bytes], before: LockOwner | None) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _UNKNOWN:
            return before is None or not before.is_running
        return False
    return True


def _clean_up(before: LockOwner) -> None:
    """End the workers of a run that was cut off, and remove its temporary files."""
    if not before.is_here:
        return
    if len(before.token) == _TOKEN:
        processes.kill_marked(before.token)
    folder = Path(before.folder)
    if folder.name.startswith("bench-") and folder.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)
