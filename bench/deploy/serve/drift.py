"""The watch of a server that never ends: the same tests again and again, in bounded memory.

A watch remembers what it has seen, so it is begun anew after `MOST` images, from what the bundle
remembers. The n-th has the level α / (n (n + 1)), which sum to α: the probability of a false alarm
of each kind is at most α for all time, by the union bound.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.deploy.asking import Answers
from bench.deploy.bundle import Answer, Bundle
from bench.deploy.watch.watching import ALPHA, Alarm, Seen, Watch

MOST = 10_000
"""Images of one watch."""

_KEPT = 100  # last values of each course


@dataclass(frozen=True)
class Drift:
    """How it stands.

    Attributes:
        seen: images, of all watches.
        level: what the bets of this watch have to win.
        change: what the best bet on a change has won, over their number.
        disagreement: what the bets on more disagreement have won, None where it is not watched.
        alarms: that were raised, of all watches.
    """

    seen: int
    level: float
    change: float
    disagreement: float | None
    alarms: tuple[Alarm, ...]


class EndlessWatch:
    """Watches the images that a bundle is asked about. May be used by several threads.

    Args:
        bundle: that is asked.
        alpha: probability of a false alarm of each kind, for all time.
        most: images of one watch.
    """

    def __init__(self, bundle: Bundle, alpha: float = ALPHA, most: int = MOST) -> None:
        self._bundle = bundle
        self._alpha = alpha
        self._most = most
        self._lock = threading.Lock()
        self._number = 0
        self._seen = 0
        self._alarms: list[Alarm] = []
        self._watch = self._next()

    def _next(self) -> Watch:
        self._number += 1
        n = self._number
        level = self._alpha / (n * (n + 1))
        return Watch(self._bundle.manifest, self._bundle.reference, level, seed=n)

    def see(
        self, case: str, answers: Sequence[Answer], statistics: Mapping[str, float], i: int
    ) -> None:
        """Take the i-th of the images that were answered."""
        values = dict(statistics)
        decisions = {}
        for answer in answers:
            for c, name in enumerate(self._bundle.manifest.classes):
                values[f"{answer.model}/probability:{name}"] = float(answer.probabilities[i, c])
            values[f"{answer.model}/distance"] = float(answer.distances[i])
            for family, found in answer.families.items():
                values[f"{answer.model}/family:{family}"] = float(found[i])
            decisions[answer.model] = int(answer.decisions[i])
        with self._lock:
            self._seen += 1
            self._alarms += self._watch.see(Seen(case, values, decisions))
            self._watch.forget(_KEPT)
            if self._watch.seen >= self._most:
                self._watch = self._next()

    def drift(self) -> Drift:
        """How it stands now."""
        with self._lock:
            watch, n = self._watch, self._number
            return Drift(
                seen=self._seen,
                level=n * (n + 1) / self._alpha,
                change=watch.evidence[-1] if watch.evidence else 1.0,
                disagreement=watch.won_by_disagreement,
                alarms=tuple(self._alarms),
            )


def statistics_of(answers: Answers, i: int) -> dict[str, float]:
    """Brightness, contrast and border of the i-th image."""
    return {name: float(values[i]) for name, values in answers.statistics.items()}
