"""Many tasks side by side in processes of their own; a crash or time-out costs one task.

Processes are spawned, not forked (a fork after torch has started threads can deadlock), and reused
for several tasks, because importing torch and scikit-learn takes seconds.
"""

import os
import queue
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from bench.environment import limit_threads
from bench.record import Status

_POLL = 0.5  # seconds; a wait without end would not notice Ctrl-C on Windows


@dataclass(frozen=True)
class Outcome:
    """What came of one task.

    Attributes:
        index: which of the tasks.
        value: what the function returned; None unless status is "ok".
        status: "ok", "failed" (the process ended), "timeout" or "out-of-memory" (it was killed).
        error: one line, "" if ok.
    """

    index: int
    value: Any
    status: Status = "ok"
    error: str = ""


class Workers:
    """A pool of worker processes.

    Args:
        jobs: number of processes.
        threads: threads that each may use.
        quiet: whether what tasks print is thrown away.
    """

    def __init__(self, jobs: int, threads: int = 1, quiet: bool = True) -> None:
        limit_threads(threads)
        self._pool = ProcessPool(
            max_workers=jobs,
            context=get_context("spawn"),
            initializer=_start,
            initargs=(threads, quiet),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._pool.close()  # type: ignore[no-untyped-call]
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def run(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        timeout: float | None = None,
    ) -> Iterator[Outcome]:
        """Call the function once per tuple of arguments; outcomes come as they are ready.

        Args:
            function: importable by name.
            tasks: arguments, picklable.
            timeout: seconds that one task may take, from its start.
        """
        done: queue.SimpleQueue[tuple[int, Future[Any]]] = queue.SimpleQueue()
        for index, arguments in enumerate(tasks):
            scheduled = self._pool.schedule(function, args=arguments, timeout=timeout)
            scheduled.add_done_callback(partial(_hand_on, done, index))
        for _ in tasks:
            while True:
                try:
                    index, future = done.get(timeout=_POLL)
                    break
                except queue.Empty:
                    continue
            yield _outcome(index, future, timeout)


def _hand_on(
    done: "queue.SimpleQueue[tuple[int, Future[Any]]]", index: int, future: Future[Any]
) -> None:
    done.put((index, future))


def _outcome(index: int, future: Future[Any], timeout: float | None) -> Outcome:
    try:
        return Outcome(index, future.result())
    except FutureTimeout:
        return Outcome(index, None, "timeout", f"took longer than the limit of {timeout:g} s")
    except ProcessExpired as error:
        if error.exitcode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            text = "its process was killed, which is what happens when memory runs out"
            return Outcome(index, None, "out-of-memory", text)
        if error.exitcode is not None and error.exitcode < 0:
            name = signal.Signals(-error.exitcode).name
            return Outcome(index, None, "failed", f"its process crashed ({name})")
        text = f"it ended its process (exit status {error.exitcode})"
        return Outcome(index, None, "failed", text)
    except CancelledError:
        return Outcome(index, None, "failed", "it was cancelled")
    except Exception as error:  # raised by the task, or by sending its result
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(index, None, "failed", text[:500])


def _start(threads: int, quiet: bool) -> None:
    """First thing that runs in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to handle
    limit_threads(threads)
    if quiet:
        sink = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(sink, stream.fileno())
