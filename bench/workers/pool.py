"""Many tasks side by side in processes of their own; what a task does costs that task alone.

Processes are started afresh, not forked (a fork after torch has started threads can deadlock), and
reused for several tasks, because importing torch and scikit-learn takes seconds. Each is watched:
one that goes beyond a limit of time, memory or number of processes is killed with all that descends
from it. A reaper process ends what is left if the main process itself is killed.
"""

import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from bench.machine import processes
from bench.machine.environment import limit_threads
from bench.machine.limits import Limits
from bench.protocol.errors import one_line
from bench.protocol.record import Status
from bench.workers import reaper
from bench.workers.schedule import Capacity, Resource, pick
from bench.workers.slot import CallResult, Slot

_POLL = 0.5  # seconds; a wait without end would not notice Ctrl-C on Windows
_INTERVAL = 0.1  # seconds between two checks of the limits
_MOST_LOAD = 100  # a look that takes long is made less often: at most one part in so many of a core
_LONGEST_INTERVAL = 0.5  # seconds, but no less often than this: memory is gone in no time
_THOROUGH = 10  # at every so many looks also what has left the session of its worker is looked for
_EXIT_PATIENCE = 1.0  # seconds that idle workers have to end by themselves
_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Outcome:
    """What came of one task.

    Attributes:
        index: which of the tasks.
        value: what the function returned; None unless status is "ok".
        status: "ok", "failed" (also if its process ended), "timeout" or "out-of-memory".
        error: one line, "" if ok.
        seconds: that it took, start of the process not counted.
    """

    index: int
    value: Any
    status: Status = "ok"
    error: str = ""
    seconds: float = 0.0


Again = Callable[[tuple[Any, ...], Outcome], bool]
"""Asked about the arguments and outcome of a task that failed: whether it is to be called again,
since it will go on behind what ended it. It must say no in the end. Importable by name."""


class Runner(Protocol):
    """What can run many tasks: the worker processes of this machine, or a cluster."""

    @property
    def capacity(self) -> Capacity:
        """What there is to run tasks on."""

    def run(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        limits: Limits = _NO_LIMITS,
        resources: Sequence[Resource] = (),
        again: Again | None = None,
    ) -> Iterator[Outcome]:
        """Call the function once per tuple of arguments; outcomes come as they are ready.

        Args:
            function: importable by name.
            tasks: arguments, picklable.
            limits: of each task.
            resources: where each task is to run; all on the cores where none are given.
            again: see `Again`.
        """


@dataclass(frozen=True)
class _Task:
    index: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    limits: Limits
    resource: Resource
    done: "queue.SimpleQueue[Outcome]"
    again: Again | None = None
    retried: bool = False


class Workers:
    """A pool of worker processes.

    Args:
        jobs: number of tasks side by side.
        threads: threads that each may use.
        quiet: whether what tasks print is thrown away.
        scratch: folder for temporary files of tasks, None for the system's.

    Attributes:
        token: the mark of all its processes.
    """

    def __init__(
        self, jobs: int, threads: int = 1, quiet: bool = True, scratch: Path | None = None
    ) -> None:
        limit_threads(threads)
        self.token = secrets.token_hex(8)
        self._threads = threads
        self._quiet = quiet
        self._scratch = scratch
        self._capacity = Capacity(jobs)
        self._changed = threading.Condition()  # protects the lists below
        self._waiting: list[_Task] = []
        self._running: list[_Task] = []
        self._slots: list[Slot] = []
        self._slot_threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._reaper = _start_reaper(self.token)
        self._reaper_lock = threading.Lock()
        self._monitor = threading.Thread(target=self._monitor_slots, daemon=True)
        self._monitor.start()
        for _ in range(jobs):
            self._add_slot("cpu", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._waiting.clear()
            self._stopping.set()
            self._changed.notify_all()
        if kind is not None:
            processes.kill_marked(self.token)
        for thread in self._slot_threads:
            thread.join()
        self._monitor.join()
        processes.kill_marked(self.token)
        with suppress(OSError):
            if self._reaper.stdin is not None:
                self._reaper.stdin.close()
        self._reaper.wait()

    def add_gpus(self, count: int, per_gpu: int) -> None:
        """Have resources for tasks on so many GPUs, and so many tasks at a time on each."""
        self._capacity = replace(self._capacity, gpus=count, per_gpu=per_gpu)
        names = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        visible = [name.strip() for name in names if name.strip()]
        for gpu in range(count):
            name = visible[gpu] if gpu < len(visible) else str(gpu)
            for _ in range(per_gpu):
                self._add_slot("gpu", {"CUDA_VISIBLE_DEVICES": name})

    @property
    def capacity(self) -> Capacity:
        """What there is to run tasks on."""
        return self._capacity

    def run(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        limits: Limits = _NO_LIMITS,
        resources: Sequence[Resource] = (),
        again: Again | None = None,
    ) -> Iterator[Outcome]:
        """Call the function once per tuple of arguments; outcomes come as they are ready.

        They are begun at once, also if nobody asks for outcomes yet. A task whose process is
        killed by somebody else is run once more. See `Runner.run` for the arguments.
        """
        done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        wanted = resources or ["cpu"] * len(tasks)
        with self._changed:
            self._waiting += [
                _Task(i, function, arguments, limits, resource, done, again)
                for i, (arguments, resource) in enumerate(zip(tasks, wanted, strict=True))
            ]
            self._changed.notify_all()
        return _as_ready(done, len(tasks))

    def _add_slot(self, resource: Resource, settings: Mapping[str, str]) -> None:
        if self._scratch is not None:
            settings = {**settings, "TMPDIR": str(self._scratch)}
        mark = f"{self.token}/{len(self._slots)};"
        slot = Slot(mark, settings, self._threads, self._quiet, self._notify_reaper, self._stopping)
        self._slots.append(slot)
        thread = threading.Thread(target=self._serve, args=(slot, resource), daemon=True)
        self._slot_threads.append(thread)
        thread.start()

    def _serve(self, slot: Slot, resource: Resource) -> None:
        """What the thread of a slot does until the end: take a task, have it done, hand it on."""
        while (task := self._take(resource)) is not None:
            try:
                done = slot.execute(task.function, task.arguments, task.limits)
            except Exception as error:  # for example no memory left to hold the result
                done = CallResult("failed", one_line(error))
            outcome = _outcome(task.index, done)
            once_more = self._once_more(task, outcome, done.lost)
            with self._changed:
                self._running.remove(task)
                if once_more is not None:
                    self._waiting.insert(0, once_more)
                self._changed.notify_all()
            if once_more is None:
                task.done.put(outcome)
        slot.end(_EXIT_PATIENCE)

    def _once_more(self, task: _Task, outcome: Outcome, lost: bool) -> _Task | None:
        """The task as it is to be called again, None where its outcome stands."""
        if outcome.status == "ok" or self._stopping.is_set():
            return None
        if lost and not task.retried:
            return replace(task, retried=True)
        if task.again is not None and task.again(task.arguments, outcome):
            return replace(task, retried=False)
        return None

    def _take(self, resource: Resource) -> _Task | None:
        with self._changed:
            while not self._stopping.is_set():
                mine = [task for task in self._waiting if task.resource == resource]
                running = [task.resource for task in self._running]
                position = pick([task.resource for task in mine], running, self._capacity)
                if position is not None:
                    self._waiting.remove(mine[position])
                    self._running.append(mine[position])
                    return mine[position]
                self._changed.wait()
        return None

    def _monitor_slots(self) -> None:
        pause, looks = _INTERVAL, 0
        while not self._stopping.wait(pause):
            start = time.thread_time()
            busy = [(slot, pid) for slot in self._slots if slot.call and (pid := slot.pid)]
            if busy:
                looks += 1
                thorough = looks % _THOROUGH == 0
                families = processes.trees([pid for _, pid in busy], thorough)
                for slot, pid in busy:
                    slot.check_limits(families[pid])
            pause = min(
                max(_INTERVAL, _MOST_LOAD * (time.thread_time() - start)), _LONGEST_INTERVAL
            )

    def _notify_reaper(self, line: str) -> None:
        with self._reaper_lock, suppress(OSError):
            if self._reaper.stdin is not None:
                self._reaper.stdin.write(line.encode() + b"\n")
                self._reaper.stdin.flush()


def _as_ready(done: "queue.SimpleQueue[Outcome]", number: int) -> Iterator[Outcome]:
    for _ in range(number):
        while True:
            try:
                outcome = done.get(timeout=_POLL)
                break
            except queue.Empty:
                continue
        yield outcome


def _outcome(index: int, done: CallResult) -> Outcome:
    if done.status == "ok":
        return Outcome(index, done.value, seconds=done.seconds)
    return Outcome(index, None, done.status, done.value, done.seconds)


def _start_reaper(token: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", reaper.__file__, f"{processes.MARK}={token}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
