"""Work on several cores at once.

Statistics of small arrays and matplotlib's drawing hold the interpreter's lock, so threads would
not help. The processes are joblib's, which a script may use without a guard for its main module.
Where none can be started, this process does the work alone.
"""

import pickle
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

Subject = TypeVar("Subject")
Part = TypeVar("Part")
Result = TypeVar("Result")

_IDLE_SECONDS = 20
_MOST_PROCESSES = 8  # each takes about 250 MB


def begin(module: str) -> None:
    """Start the processes and have them import a module, while this process does the same."""
    executor = _executor()
    if executor is not None:
        executor.submit(import_module, module)


def shared_out(
    work: Callable[[Subject, Part], Result], subject: Subject, parts: Sequence[Part]
) -> list[Result]:
    """`work(subject, part)` of every part, in their order.

    This process takes part: it works from the last towards the first, the others from the first
    on, so that the longest should stand in front.

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
    begun: list[Future[Result]] = []
    try:
        begun.extend(executor.submit(_work, work, pickled, part) for part in parts)
    except BrokenExecutor:  # the first parts have ended the others
        return [work(subject, part) for part in parts]
    own = {}
    for place in reversed(range(len(parts))):
        if begun[place].cancel():
            own[place] = work(subject, parts[place])
    return [
        own[place] if place in own else _result(future, work, subject, parts[place])
        for place, future in enumerate(begun)
    ]


def _result(
    future: Future[Result],
    work: Callable[[Subject, Part], Result],
    subject: Subject,
    part: Part,
) -> Result:
    """Of another process; of this one where the other has died."""
    try:
        return future.result()
    except BrokenExecutor:
        return work(subject, part)


def _executor() -> Any:
    """The other processes, one for every core but the one that this process uses, or None."""
    from joblib.externals import loky  # type: ignore[import-untyped]

    others = min(loky.cpu_count(), _MOST_PROCESSES) - 1
    if others < 1:
        return None
    try:
        return loky.get_reusable_executor(
            max_workers=others, timeout=_IDLE_SECONDS, initializer=_leave_interrupts
        )
    except (OSError, ImportError):  # no semaphores on this system, or no more processes
        return None


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that the user started, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(work: Callable[[Any, Part], Result], pickled: bytes, part: Part) -> Result:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        return work(_unpickled(pickled), part)


@lru_cache(maxsize=1)
def _unpickled(pickled: bytes) -> Any:
    """The subject, the same object for all parts."""
    return pickle.loads(pickled)
