"""Work on several cores at once.

Statistics of small arrays and matplotlib's drawing hold the interpreter's lock, so threads would
not help. The processes are joblib's, which a script may use without a guard for its main module.
Where none can be started, this process does the work alone.
"""

import gc
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

Subject = TypeVar("Subject")
Part = TypeVar("Part")
Result = TypeVar("Result")

_IDLE_SECONDS = 20
_MOST_PROCESSES = 8  # each takes about 250 MB
_OBJECTS = 20_000  # made before the collector looks at them


def begin(module: str) -> None:
    """Start the processes and have them import a module, while this process does the same."""
    executor = _executor()
    if executor is not None:
        executor.submit(import_module, module)


def shared_out(
    work: Callable[[Subject, Part], Result], subject: Subject, parts: Sequence[Part]
) -> list[Result]:
    """`work(subject, part)` of every part, in their order.

    This process takes part, and each takes the next part when it is done with one, so that the
    longest should stand in front.

    Args:
        work: a function at the top of a module; what it gives does not depend on where it runs.
        subject: what all parts are of. It can be pickled, like parts and results.
        parts: in what `work` differs.

    Raises:
        Exception: what `work` raises.
    """
    executor = _executor() if len(parts) > 1 else None
    if executor is None:
        return [work(subject, part) for part in parts]
    pickled = pickle.dumps(subject, protocol=pickle.HIGHEST_PROTOCOL)
    elsewhere = _Elsewhere(executor, lambda part: (_work, work, pickled, part), parts)
    done: dict[int, Result] = {}
    try:
        for _ in range(_others()):
            elsewhere.give_next()
        while (place := elsewhere.take()) is not None:
            done[place] = work(subject, parts[place])
    finally:
        elsewhere.stop()
    for place, future in elsewhere.given.items():
        try:
            done[place] = future.result()
        except BrokenExecutor:  # the other process has died
            done[place] = work(subject, parts[place])
    return [done[place] for place in range(len(parts))]


class _Elsewhere:
    """Parts that wait, and those that other processes have been given, one at a time each."""

    def __init__(
        self, executor: Any, call: Callable[[Any], tuple[Any, ...]], parts: Sequence[Any]
    ) -> None:
        self.given: dict[int, Future[Any]] = {}
        self._executor, self._call, self._parts = executor, call, parts
        self._waiting = deque(range(len(parts)))
        self._lock = threading.RLock()

    def take(self) -> int | None:
        """The place of a part for this process; None where none waits."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def give_next(self, _: Any = None) -> None:
        """Another process gets a part that waits, and the next when it is done with that."""
        with self._lock:
            if not self._waiting:
                return
            place = self._waiting.popleft()
            try:
                future = self._executor.submit(*self._call(self._parts[place]))
            except BrokenExecutor:
                self._waiting.appendleft(place)
                return
            self.given[place] = future
        future.add_done_callback(self.give_next)

    def stop(self) -> None:
        """Nothing more is given."""
        with self._lock:
            self._waiting.clear()


def _executor() -> Any:
    """The other processes, one for every core but the one that this process uses, or None."""
    from joblib.externals import loky  # type: ignore[import-untyped]

    others = _others()
    if others < 1:
        return None
    try:
        return loky.get_reusable_executor(
            max_workers=others, timeout=_IDLE_SECONDS, initializer=_leave_interrupts
        )
    except (OSError, ImportError):  # no semaphores on this system, or no more processes
        return None


def _others() -> int:
    from joblib.externals import loky

    return int(min(loky.cpu_count(), _MOST_PROCESSES)) - 1


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that the user started, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Look for cycles of garbage rarely: figures make many objects, most of them still in use."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _work(work: Callable[[Any, Part], Result], pickled: bytes, part: Part) -> Result:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), rarely_collected():
        return work(_unpickled(pickled), part)


@lru_cache(maxsize=1)
def _unpickled(pickled: bytes) -> Any:
    """The subject, the same object for all parts."""
    return pickle.loads(pickled)
