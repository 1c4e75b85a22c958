"""Signals by which a system ends a process (SIGTERM, SIGHUP), taken as Ctrl-C is.

A batch system, a service manager or a terminal that is closed then ends a command as its user does:
`with` blocks end the workers, and what was stored stays.
"""

import os
import signal
import time
from typing import Any

_NAMES = ("SIGTERM", "SIGHUP")  # the second is not there on Windows
_AT_ONCE = 1.0  # seconds; a shell and the kernel both tell of a terminal that is closed
_BY_HAND = signal.SIGINT

_heeding = 0
_first: tuple[int, float] | None = None


def heed() -> None:
    """From now on these signals raise `KeyboardInterrupt` in the main thread.

    One that whoever started us had ignored, as `nohup` does, stays ignored. Those that come within
    a second of each other are one. A child that is forked ends by them as if nothing had been done.
    """
    global _heeding, _first
    _heeding, _first = os.getpid(), None
    for number in signals():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def signals() -> list[signal.Signals]:
    """Those that this system has."""
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def received() -> signal.Signals:
    """The signal that ended the command; SIGINT where it was none of these."""
    return _BY_HAND if _first is None else signal.Signals(_first[0])


def _interrupt(number: int, _: Any) -> None:
    global _first
    if os.getpid() != _heeding:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    now = time.monotonic()
    if _first is not None and now - _first[1] < _AT_ONCE:
        return
    _first = number, now
    raise KeyboardInterrupt
