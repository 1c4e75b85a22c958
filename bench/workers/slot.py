"""One place of the pool: a worker process, started when it is needed and again after its end.

The two talk through the worker's standard input and output, which it keeps for that purpose and
replaces, so nothing that a task prints can come between. A message is its length and a pickle. Each
slot has pipes of its own: a worker that is killed in the middle of a message costs nobody else.
"""

import atexit
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bench.machine import processes
from bench.machine.environment import thread_limits
from bench.machine.limits import Limits, format_bytes
from bench.protocol.errors import one_line
from bench.protocol.record import Status

_HEADER = struct.Struct("<Q")
_LARGEST = 2**31  # bytes of a result; what is larger would fill the main process
_KILLED = 9  # SIGKILL, which Windows has no name for
_STARTS = 3  # attempts to start a worker
_PATIENCE = 2.0  # seconds that an idle worker has to end by itself
_PART = b"part"  # a message that is no pickle
_LOADING = b"loading"  # another one
_LOADING_SECONDS = 300.0  # that loading may take at least, whatever the limit is
_OOM_SCORE = 500  # when memory runs out, the kernel ends workers before the main process

Reply = tuple[Status, Any]
"""The status, and the value if it is "ok" or else one line."""


@dataclass(frozen=True)
class CallResult:
    """What came of a call.

    Attributes:
        status: "ok", or why there is no value.
        value: what the function returned, or one line.
        seconds: that it took.
        lost: whether the worker was killed, and not by us.
    """

    status: Status
    value: Any
    seconds: float = 0.0
    lost: bool = False


@dataclass
class Call:
    """A task that a slot works on.

    Attributes:
        limits: what it may take.
        begun: when the worker received it, by the monotonic clock.
        part_begun: when the part of it that is worked on began.
        loading: whether that part is what comes before the task itself; see `loading`.
        kill_reason: why the worker was killed, None if it was not.
    """

    limits: Limits
    begun: float
    part_begun: float
    loading: bool = True
    kill_reason: Reply | None = None


class Slot:
    """One worker process at a time.

    Args:
        mark: tells the processes of this slot from all others.
        settings: environment variables of the worker.
        threads: threads that it may use.
        quiet: whether what tasks print is thrown away.
        notify: told of each worker that starts or ends.
        stopping: set where no worker is to be started any more.
    """

    def __init__(
        self,
        mark: str,
        settings: Mapping[str, str],
        threads: int,
        quiet: bool,
        notify: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        self._mark = mark
        self._settings = settings
        self._threads = threads
        self._quiet = quiet
        self._notify = notify
        self._stopping = stopping
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # protects `call`: who kills must not hit the next task
        self.call: Call | None = None

    @property
    def pid(self) -> int | None:
        """Of the worker, None where there is none."""
        return None if self._process is None else self._process.pid

    def execute(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits
    ) -> CallResult:
        """Have the worker call a function, and wait for it."""
        try:
            message = pickle.dumps((function, arguments))
        except Exception as error:
            return CallResult("failed", one_line(error))
        worker = self._ready()
        if worker is None:
            return CallResult("failed", "no worker process can be started")
        now = time.monotonic()
        call = Call(limits, now, now)
        with self._lock:
            self.call = call
        with suppress(OSError):
            _send(worker.stdin, message)
        while (answer := _receive(worker.stdout)) in (_PART, _LOADING):
            call.loading = True  # so that the monitor never judges the new part by the old start
            call.part_begun = time.monotonic()
            call.loading = answer == _LOADING
        with self._lock:
            self.call = None
        seconds = time.monotonic() - call.begun
        if call.kill_reason is None and answer is not None:
            if self._must_be_replaced(worker.pid, limits):
                self.end()
            return CallResult(*_decoded(answer), seconds)
        by_itself = _exits(worker, _PATIENCE)
        self.end()
        if call.kill_reason is not None:
            return CallResult(*call.kill_reason, seconds)
        if not by_itself:
            return CallResult("failed", "it broke off the connection to the engine", seconds)
        return CallResult(
            *_exit_reason(worker.returncode), seconds, lost=worker.returncode == -_KILLED
        )

    def check_limits(self, family: list[int]) -> None:
        """Kill the worker if its task has gone beyond a limit, or if only its children are left.

        Args:
            family: the worker's process and its descendants.
        """
        call, worker = self.call, self._process
        if call is None or worker is None:
            return
        limits = call.limits
        if worker.poll() is not None:  # a child that lives on may hold the pipe open
            processes.kill_tree(worker.pid, self._mark)
        elif limits.seconds is not None and (text := _too_long(call, limits.seconds)):
            self._kill(call, "timeout", text, worker.pid)
        elif limits.processes is not None and len(family) > limits.processes:
            text = f"it had {len(family)} processes at a time; the limit is {limits.processes}"
            self._kill(call, "failed", text, worker.pid)
        elif limits.memory is not None:
            held = processes.memory(family, limits.memory)
            if held > limits.memory:
                text = (
                    f"it held {format_bytes(held)} of memory, more than the limit of "
                    f"{format_bytes(limits.memory)} (--memory)"
                )
                self._kill(call, "out-of-memory", text, worker.pid)

    def end(self, patience: float = 0.0) -> None:
        """End the worker and whatever descends from it."""
        worker, self._process = self._process, None
        if worker is None:
            return
        with suppress(OSError):
            if worker.stdin is not None:
                worker.stdin.close()
        _exits(worker, patience)
        processes.kill_tree(worker.pid, self._mark)
        worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()
        self._notify(f"-{worker.pid}")

    def _kill(self, call: Call, status: Status, text: str, pid: int) -> None:
        with self._lock:
            if self.call is not call:
                return
            call.kill_reason = (status, text)
            processes.kill_tree(pid, self._mark)

    def _ready(self) -> subprocess.Popen[bytes] | None:
        """A worker that waits for a task; None if none can be started."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        for _ in range(_STARTS):
            self.end()
            if self._stopping.is_set():
                return None
            try:
                worker = self._start()
            except OSError:
                self._stopping.wait(1.0)
                continue
            if _receive(worker.stdout) == b"ready":
                return worker
        self.end()
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            **thread_limits(self._threads),
            **self._settings,
            processes.MARK: self._mark,
            "PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in sys.path),
        }
        worker = subprocess.Popen(
            # -P: a file of the working folder must not stand in for a module of the same name
            [sys.executable, "-P", "-c", "from bench.workers.slot import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if self._quiet else None,
            env=environment,
            start_new_session=True,  # out of reach of Ctrl-C, and one group to be killed
        )
        self._process = worker
        self._notify(f"+{worker.pid}")
        return worker

    def _must_be_replaced(self, pid: int, limits: Limits) -> bool:
        """Whether the worker has kept children, or so much memory that the next task would lack."""
        if processes.remaining_children(pid, self._mark):
            return True
        return limits.memory is not None and (
            processes.memory([pid], limits.memory) > limits.memory / 2
        )


def _too_long(call: Call, limit: float) -> str:
    """That a part of a call takes longer than it may, or ""."""
    loading = call.loading
    allowed = max(limit, _LOADING_SECONDS) if loading else limit
    if time.monotonic() - call.part_begun <= allowed:
        return ""
    return f"took longer than {'' if loading else 'the limit of '}{allowed:g} s" + (
        " to be loaded" if loading else ""
    )


_outbox: IO[bytes] | None = None
_serving = 0  # the process that serves; none but it may write there


def new_part() -> None:
    """Have the limit of seconds count anew: what this task does next is a part of its own.

    Nothing happens outside a worker.
    """
    _tell(_PART)


def loading() -> None:
    """Have what this task does next, up to `new_part`, not count against the limit of seconds.

    It is for imports and warming up: both take long in a new worker, whatever the task is, and no
    time in one that is used again. They have five minutes at least. Nothing happens outside a
    worker.
    """
    _tell(_LOADING)


def _tell(message: bytes) -> None:
    if _outbox is not None and os.getpid() == _serving:
        _send(_outbox, message)


def serve() -> None:
    """What a worker does: answer calls until its standard input ends."""
    global _outbox, _serving
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _outbox, _serving = outbox, os.getpid()
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(str(_OOM_SCORE))
    me = os.getpid()
    _send(outbox, b"ready")
    while (message := _receive(inbox)) is not None:
        answer = _answer(message)
        if os.getpid() != me:  # a child that the task forked and did not end
            os._exit(0)
        _send(outbox, answer)
    atexit._run_exitfuncs()
    os._exit(0)  # taking the interpreter apart takes longer than ending


def _answer(message: bytes) -> bytes:
    reply: Reply
    try:
        function, arguments = pickle.loads(message)  # which imports the module of the function
        new_part()
        reply = "ok", function(*arguments)
    except MemoryError as error:
        reply = "out-of-memory", one_line(error)
    except BaseException as error:  # SystemExit and the like must not end the worker
        reply = "failed", one_line(error)
    try:
        answer = pickle.dumps(reply)
        if len(answer) > _LARGEST:
            raise ValueError(f"it has {format_bytes(len(answer))}")
    except BaseException as error:
        text = f"its result cannot be handed over: {one_line(error)}"
        answer = pickle.dumps(("failed", text[:500]))
    return answer


def _decoded(answer: bytes) -> Reply:
    try:
        status, value = pickle.loads(answer)
    except Exception as error:  # what a plugin returns may fail only when it is put together again
        return "failed", f"its result cannot be read: {one_line(error)}"[:500]
    return status, value


def _exit_reason(status: int | None) -> Reply:
    if status in (-_KILLED, 128 + _KILLED):
        text = "its process was killed, which is what happens when memory runs out"
        return "out-of-memory", text
    if status is not None and status < 0:
        return "failed", f"its process crashed ({signal.Signals(-status).name})"
    return "failed", f"it ended its process (exit status {status})"


def _exits(worker: subprocess.Popen[bytes], patience: float) -> bool:
    """Whether the worker ends by itself in that time."""
    try:
        worker.wait(patience)
    except subprocess.TimeoutExpired:
        return False
    return True


def _send(stream: IO[bytes] | None, message: bytes) -> None:
    assert stream is not None
    stream.write(_HEADER.pack(len(message)))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes] | None) -> bytes | None:
    """The next message, None where the other side is gone."""
    assert stream is not None
    try:
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack(header)
        if length > 2 * _LARGEST:  # not one of ours
            return None
        message = stream.read(length)
    except (OSError, ValueError, MemoryError, OverflowError):
        return None
    return message if len(message) == length else None
