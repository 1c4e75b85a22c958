"""Trials on the workers of a Dask cluster; results come back through its scheduler.

A task runs in a worker process of ours on the cluster's machine, under the same limits as here, so
that one which crashes does not take the Dask worker with it. A Dask worker that is lost has its
tasks run elsewhere by the scheduler. Data sets are sent when a worker reports that it lacks one.
"""

import queue
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.machine import environment
from bench.machine.environment import Device
from bench.machine.limits import Limits
from bench.protocol.errors import PluginError, ResultsError, UsageError, one_line, reason
from bench.workers import heartbeat
from bench.workers.job import Job
from bench.workers.pool import Again, Outcome
from bench.workers.schedule import Capacity, Resource

try:
    from distributed import CancelledError, Client, Future, KilledWorker
except ImportError:
    raise UsageError(
        "--cluster needs the package distributed: pip install 'classical-vs-deep[cluster]'."
    ) from None

from bench.cluster.remote_tasks import (
    DatasetChunkPlugin,
    MissingDataset,
    RemoteTask,
    WorkerPoolPlugin,
    dataset_chunks,
    run_task,
)

SCHEDULER_TIMEOUT = 10  # seconds that it has to answer
_WORKER_TIMEOUT = 60  # seconds for the first worker to be there
_INTERVAL = 2.0  # seconds without a result after which it is looked whether workers are left
_NO_LIMITS = Limits()
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+/?")
GPU = "GPU"
"""The resource by which a Dask worker announces a GPU: `--resources "GPU=1"`."""


@dataclass(frozen=True)
class _Submitted:
    index: int
    task: RemoteTask
    resource: Resource


def _ignore(line: str) -> None:
    """Say nothing."""


class Cluster:
    """What runs tasks on a cluster. Used as a context manager.

    Args:
        address: of the scheduler, for example "tcp://host:8786".
        threads: threads that each task may use.
        quiet: whether what tasks print is thrown away.
        folder: of the heartbeat files, which are kept here too.
        say: is told a line when the run waits because workers are missing.
    """

    def __init__(
        self,
        address: str,
        threads: int,
        quiet: bool,
        folder: Path,
        say: Callable[[str], None] = _ignore,
    ) -> None:
        self._address = address
        self._threads = threads
        self._quiet = quiet
        self._folder = folder
        self._say = say
        self._missing = ""
        self._token = secrets.token_hex(8)
        self._active: set[str] = set()
        self._sent: set[str] = set()
        self._plugins: list[str] = []
        self._client: Client | None = None

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            UsageError: if there is no scheduler, or it has no workers.
            PluginError: if this program is not installed with the workers.
        """
        self._client = _connect(self._address)
        try:
            self._register(WorkerPoolPlugin(self._token), self._token)
        except Exception as error:
            self._client.close()
            raise PluginError(
                f"--cluster {self._address}: its workers cannot run this program "
                f"({one_line(error)}). Install the same version with them."
            ) from None
        self._client.subscribe_topic(self._token, self._receive_heartbeat)
        return self

    def __exit__(self, *_: object) -> None:
        client = self.client
        if client.status == "running":
            for name in self._plugins:  # with the last of them go the worker processes
                with suppress(Exception):
                    client.unregister_worker_plugin(name)
        client.close()

    @property
    def capacity(self) -> Capacity:
        """What there is to run tasks on at the moment."""
        workers = _workers(self.client)
        gpus = sum(int(w["resources"].get(GPU, 0)) for w in workers.values())
        return Capacity(max(1, sum(int(w["nthreads"]) for w in workers.values())), gpus)

    def differences(self) -> list[str]:
        """A line for each worker that has other versions of what decides the results."""
        here = environment.versions()
        lines = []
        for address, there in self.client.run(environment.versions).items():
            other = [n for n in sorted({*here, *there}) if here.get(n) != there.get(n)]
            told = ", ".join(
                f"{n} {there.get(n, 'none')} instead of {here.get(n, 'none')}" for n in other
            )
            if other:
                lines.append(f"worker {address} has {told}: results may differ in the last digits")
        return lines

    def run(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        limits: Limits = _NO_LIMITS,
        resources: Sequence[Resource] = (),
        again: Again | None = None,
    ) -> Iterator[Outcome]:
        """Call the function once per tuple of arguments; outcomes come as they are ready.

        Tasks for a GPU go to workers that announce one.

        Raises:
            ResultsError: if the connection to the scheduler is lost.
        """
        if not tasks:
            return
        wanted = resources or ["cpu"] * len(tasks)
        done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        underway: dict[Future, _Submitted] = {}

        def submit(sent: _Submitted) -> None:
            future = self._submit(sent)
            underway[future] = sent
            future.add_done_callback(done.put)

        for i, (arguments, resource) in enumerate(zip(tasks, wanted, strict=True)):
            task = RemoteTask(
                function, arguments, limits, self._threads, self._quiet, self._token, i, again
            )
            self._active |= {_heartbeat_name(job) for job in arguments if isinstance(job, Job)}
            submit(_Submitted(i, task.with_plugin(), resource))
        while underway:
            try:
                future = done.get(timeout=_INTERVAL)
            except queue.Empty:
                self._look_for_workers(underway.values())
                continue
            sent = underway.pop(future)
            answer = self._answer(future)
            if isinstance(answer, MissingDataset):
                self._send_dataset(answer)
                submit(sent)
                continue
            self._active -= {_heartbeat_name(a) for a in tasks[sent.index] if isinstance(a, Job)}
            status, value, seconds = answer
            yield (
                Outcome(sent.index, value, seconds=seconds)
                if status == "ok"
                else Outcome(sent.index, None, status, value, seconds)
            )

    def _submit(self, sent: _Submitted) -> Future:
        return self.client.submit(
            run_task,
            sent.task,
            pure=False,
            key=f"{self._token}-{sent.index}-{secrets.token_hex(4)}",
            priority=-sent.index,
            resources={GPU: 1} if sent.resource == "gpu" else None,
        )

    def _look_for_workers(self, waiting: Iterable[_Submitted]) -> None:
        """Say when no worker is left that could run what waits, and when there is one again."""
        try:
            workers = _workers(self.client).values()
        except (OSError, TimeoutError):  # the scheduler; its futures will tell
            return
        gpu = any(sent.resource == "gpu" for sent in waiting)
        if not workers:
            missing = "no worker"
        elif gpu and not any(worker["resources"].get(GPU) for worker in workers):
            missing = "no worker with a GPU"
        else:
            missing = ""
        if missing and missing != self._missing:
            self._say(
                f"{missing} is left in the cluster; the run waits for one. Ctrl-C ends it: what "
                "has ended is stored."
            )
        elif self._missing and not missing:
            self._say("the cluster has workers again")
        self._missing = missing

    def _answer(self, future: Future) -> Any:
        try:
            return future.result()
        except KilledWorker:
            return "failed", "every worker of the cluster that ran it was lost", 0.0
        except CancelledError:
            raise ResultsError(
                f"The connection to the cluster {self._address} was lost. Trials that had ended "
                "are stored; the same command goes on from there."
            ) from None
        except Exception as error:
            return "failed", f"the cluster could not run it ({one_line(error)})", 0.0

    def _send_dataset(self, missing: MissingDataset) -> None:
        """Have every worker of the cluster, later ones included, keep a copy of a data set."""
        if missing.key in self._sent:
            return
        self._sent.add(missing.key)
        for chunk in dataset_chunks(self._token, missing):
            self._register(DatasetChunkPlugin(chunk), f"{self._token}-{missing.key}-{chunk.number}")

    def _register(self, plugin: Any, name: str) -> None:
        self._plugins.insert(0, name)
        self.client.register_plugin(plugin, name=name)

    def _receive_heartbeat(self, event: Any) -> None:
        """Announce here what a trial says of itself there."""
        _, told = event
        if told["number"] in self._active:
            heartbeat.relay(
                self._folder / told["number"], told["trial"], told["seconds"], told["training"]
            )

    @property
    def client(self) -> Client:
        """The connection to the scheduler."""
        if self._client is None:
            raise RuntimeError("a Cluster is used as a context manager")
        return self._client


def find_device(address: str, wanted: str) -> Device:
    """The GPU that workers of a cluster announce, if any.

    Args:
        address: of the scheduler.
        wanted: "auto", "cpu" or "cuda".
    """
    if wanted == "cpu":
        return Device()
    client = _connect(address)
    try:
        having = {a: w for a, w in _workers(client).items() if w["resources"].get(GPU, 0)}
        if not having:
            return Device()
        found: Device = client.submit(
            environment.find_device, wanted, pure=False, workers=list(having)
        ).result()
        count = sum(int(w["resources"][GPU]) for w in having.values())
        return Device(found.kind, found.name, count)
    finally:
        client.close()


def _connect(address: str) -> Client:
    if not _ADDRESS.fullmatch(address):  # a client that is half made waits when it is thrown away
        raise UsageError(
            f"--cluster {address}: is no address of a scheduler; it is like tcp://HOST:8786."
        )
    try:
        client = Client(address, timeout=SCHEDULER_TIMEOUT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"--cluster {address}: no scheduler answers ({reason(error)}).") from None
    try:
        client.wait_for_workers(1, timeout=_WORKER_TIMEOUT)
    except TimeoutError:
        client.close()
        raise UsageError(
            f"--cluster {address}: its scheduler has no workers; start some with 'dask worker'."
        ) from None
    return client


def _workers(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def _heartbeat_name(job: Job) -> str:
    """Name of the heartbeat file of a trial."""
    return job.heartbeat_file.name
