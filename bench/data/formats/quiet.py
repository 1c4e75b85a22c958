"""Libraries in C that write to the terminal, kept from it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_within = 0  # how many threads want silence
_kept = -1  # where the standard error went before


@contextmanager
def quiet() -> Iterator[None]:
    """While any thread is inside, nothing reaches the standard error of the process: libtiff, for
    one, writes there what Pillow has no way to catch. It is for single calls of a library, since
    what others write meanwhile is lost, too.
    """
    global _within, _kept
    with _lock:
        if _within == 0:
            _kept = _redirected()
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if _within == 0 and _kept >= 0:
                os.dup2(_kept, 2)
                os.close(_kept)
                _kept = -1


def _redirected() -> int:
    """Send the standard error nowhere.

    Returns:
        a descriptor of where it went before, -1 where there is none.
    """
    try:
        before = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return -1
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return before
