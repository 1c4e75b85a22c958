"""What travels to a worker of a cluster, and what is done with it there.

A Dask worker has worker processes of ours beside it (`WorkerPoolPlugin`), which run its tasks.
"""

import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from bench.data.memory_maps import copy_external_pixels, external_files
from bench.machine import cache_folder
from bench.machine.limits import Limits, memory_share
from bench.methods.neighbours import digest, plugin_files
from bench.protocol.record import Status
from bench.workers import heartbeat
from bench.workers.job import Job
from bench.workers.pool import Again, Workers

_CHUNK = 64 * 2**20  # bytes of a data set that travel at a time
_HEARTBEAT = 2.0  # seconds between two heartbeats of a running trial

Answer = tuple[Status, Any, float]


@dataclass(frozen=True)
class RemoteTask:
    """A task as it travels.

    Attributes:
        function, arguments: what to call.
        limits: of it; without one of memory, each Dask worker sets its own.
        threads, quiet: how.
        token: of the run.
        index: which of its tasks.
        again: see `bench.workers.pool.Again`; asked where the task runs.
        plugin: of a method in a single file, that file and the modules beside it that it imports,
            name → content.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    limits: Limits
    threads: int
    quiet: bool
    token: str
    index: int
    again: Again | None = None
    plugin: dict[str, bytes] | None = None

    def with_plugin(self) -> "RemoteTask":
        """With the files of the method."""
        for argument in self.arguments:
            if isinstance(argument, Job) and argument.method.is_file:
                return replace(self, plugin=plugin_files(_plugin_file(argument)))
        return self


@dataclass(frozen=True)
class MissingDataset:
    """The answer of a worker that does not have a data set.

    Attributes:
        key: of the data set.
        folder: where it is on the machine that the run was started on.
    """

    key: str
    folder: Path


@dataclass(frozen=True)
class DatasetChunk:
    """A piece of a file of a data set.

    Attributes:
        token: of the run.
        key: of the data set.
        name: of the file.
        offset: where in the file it begins.
        content: the bytes.
        number, total: which piece of how many of the data set.
    """

    token: str
    key: str
    name: str
    offset: int
    content: bytes
    number: int
    total: int


class WorkerPoolPlugin(WorkerPlugin):  # type: ignore[misc] # distributed publishes no types
    """Our worker processes beside a Dask worker; they end with the run."""

    def __init__(self, token: str) -> None:
        self.token = token

    def teardown(self, worker: Worker) -> None:
        """End them, whatever they are doing."""
        with _pools_lock:
            pool = _pools.pop(self.token, None)
        if pool is not None:
            pool.__exit__(KeyboardInterrupt, None, None)
        shutil.rmtree(_own_folder(worker, self.token), ignore_errors=True)


class DatasetChunkPlugin(WorkerPlugin):  # type: ignore[misc] # distributed publishes no types
    """Puts a piece of a data set on the disk of a worker."""

    def __init__(self, chunk: DatasetChunk) -> None:
        self.chunk = chunk

    def setup(self, worker: Worker) -> None:
        """Write the piece to its place."""
        chunk = self.chunk
        folder = _data_folder(worker, chunk.token, chunk.key)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / chunk.name
        path.touch()
        with path.open("r+b") as file:
            file.seek(chunk.offset)
            file.write(chunk.content)
        (folder / f".{chunk.number}-of-{chunk.total}").touch()


def dataset_chunks(token: str, missing: MissingDataset) -> Iterator[DatasetChunk]:
    """A data set piece by piece, pixels that lie elsewhere included."""
    with tempfile.TemporaryDirectory(prefix="bench-chunk-") as name:
        folder = missing.folder
        if external_files(folder):
            folder = Path(name) / "copy"
            shutil.copytree(missing.folder, folder)
            copy_external_pixels(folder)
        files = sorted(path for path in folder.iterdir() if path.is_file())
        pieces = [
            (path, offset)
            for path in files
            for offset in range(0, max(path.stat().st_size, 1), _CHUNK)
        ]
        for number, (path, offset) in enumerate(pieces):
            with path.open("rb") as file:
                file.seek(offset)
                content = file.read(_CHUNK)
            yield DatasetChunk(token, missing.key, path.name, offset, content, number, len(pieces))


def run_task(task: RemoteTask) -> Answer | MissingDataset:
    """Do an task in a process of ours beside this Dask worker."""
    worker = get_worker()
    arguments = []
    number = None
    for argument in task.arguments:
        if isinstance(argument, Job):
            here = _localised(argument, task, worker)
            if isinstance(here, MissingDataset):
                return here
            number, argument = argument.heartbeat_file.name, here
        arguments.append(argument)
    pool = _pool(task, worker)
    ended = threading.Event()
    if number is not None:
        sender = threading.Thread(
            target=_send_heartbeats,
            args=(worker, task.token, number, arguments, ended),
            daemon=True,
        )
        sender.start()
    try:
        limits = _limits(task, worker)
        (outcome,) = pool.run(task.function, [tuple(arguments)], limits, (), task.again)
    finally:
        ended.set()
    value = outcome.value if outcome.status == "ok" else outcome.error
    return outcome.status, value, outcome.seconds


def _limits(task: RemoteTask, worker: Worker) -> Limits:
    """Those of the task; without one of memory, a share of what the Dask worker may use."""
    if task.limits.memory is not None:
        return task.limits
    share = memory_share(worker.state.nthreads, worker.memory_manager.memory_limit)
    return replace(task.limits, memory=share)


_pools: dict[str, Workers] = {}
_pools_lock = threading.Lock()


def _pool(task: RemoteTask, worker: Worker) -> Workers:
    with _pools_lock:
        if task.token not in _pools:
            scratch = _own_folder(worker, task.token) / "scratch"
            scratch.mkdir(parents=True, exist_ok=True)
            cache_folder.redirect_library_caches()
            jobs = worker.state.nthreads
            _pools[task.token] = Workers(jobs, task.threads, task.quiet, scratch)
        return _pools[task.token]


def _localised(job: Job, task: RemoteTask, worker: Worker) -> Job | MissingDataset:
    """A trial with the places where things are on this machine."""
    key = hashlib.sha256(str(job.data).encode()).hexdigest()[:16]
    own = _own_folder(worker, task.token)
    data = job.data if is_here(job) else _data_folder(worker, task.token, key)
    if data != job.data and not _is_complete(data):
        return MissingDataset(key, job.data)
    method = job.method
    if task.plugin is not None:
        attribute = method.target.rpartition(":")[2]
        folder = _unpacked(task.plugin, own / "plugins")
        method = replace(method, target=f"{folder / _plugin_file(job).name}:{attribute}")
    return replace(
        job,
        data=data,
        method=method,
        cache_folder=own / "cache",
        heartbeat_file=own / "heartbeats" / job.heartbeat_file.name,
        search_folder=_search_folder(job, own),
    )


def _unpacked(files: dict[str, bytes], place: Path) -> Path:
    """A folder that holds the files, written once."""
    folder = place / f"{next(iter(files))}-{digest(files)}"
    if not folder.exists():
        partial = place / f".{threading.get_ident()}-{folder.name}"
        for name, content in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            partial.replace(folder)
        except OSError:  # another thread was first
            shutil.rmtree(partial)
    return folder


def _search_folder(job: Job, own: Path) -> Path | None:
    """Where configurations are kept: in the results folder, or here while the run lasts."""
    if job.search_folder is None or is_here(job):
        return job.search_folder
    name = hashlib.sha256(str(job.search_folder).encode()).hexdigest()[:16]
    return own / "searches" / name


def is_here(job: Job) -> bool:
    """Whether the run was started on this machine, or on one that shares its temporary folder."""
    return (job.data / "about.json").exists()


def _is_complete(folder: Path) -> bool:
    done = list(folder.glob(".*-of-*"))
    return bool(done) and len(done) == int(done[0].name.rpartition("-")[2])


def _own_folder(worker: Worker, token: str) -> Path:
    return Path(worker.local_directory) / f"bench-{token}"


def _data_folder(worker: Worker, token: str, key: str) -> Path:
    return _own_folder(worker, token) / "data" / key


def _plugin_file(job: Job) -> Path:
    return Path(job.method.target.rpartition(":")[0])


def _send_heartbeats(
    worker: Worker, topic: str, number: str, arguments: list[Any], ended: threading.Event
) -> None:
    """Tell the run what the trial says of itself, until it has ended."""
    (job,) = (argument for argument in arguments if isinstance(argument, Job))
    start = time.monotonic()
    while True:
        told = {
            "number": number,
            "trial": str(job.trial),
            "seconds": time.monotonic() - start,
            "training": heartbeat.read(job.heartbeat_file),
        }
        with suppress(Exception):
            worker.log_event(topic, told)
        if ended.wait(_HEARTBEAT):
            heartbeat.stop(job.heartbeat_file)
            return
