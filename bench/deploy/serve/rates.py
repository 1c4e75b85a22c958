"""How often somebody may ask: token buckets, a bounded number of them."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000  # of whom something is remembered


class Rates:
    """Each may ask `burst` times at once, and `rate` times a second in the long run.

    >>> clock = iter([0.0, 0.0, 0.0, 1.0]).__next__
    >>> rates = Rates(1, 2, clock)
    >>> [rates.wait("a") for _ in range(4)]
    [0.0, 0.0, 1.0, 0.0]

    Args:
        rate: per second.
        burst: at once.
        clock: seconds.
    """

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str) -> float:
        """Seconds until somebody may ask again; 0 where they may now, which is counted."""
        now = self._clock()
        left, last = self._left.pop(who, (self._burst, now))
        left = min(self._burst, left + (now - last) * self._rate)
        seconds = 0.0 if left >= 1 else (1 - left) / self._rate
        self._left[who] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return seconds
