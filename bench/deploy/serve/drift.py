"""The watch of a server that never ends: the same tests again and again, in bounded memory.

A watch remembers what it has seen, so it is begun anew after `MOST` images, from what the bundle
remembers. The n-th has the level α / (n (n + 1)), which sum to α: the probability of a false alarm
of each kind is at most α for all time, by the union bound.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.deploy.asking import Answers
from bench.deploy.bundle import Answer, Bundle
from bench.deploy.reference import DISTANCE
from bench.deploy.watch.patients import Stream
from bench.deploy.watch.verdict import Verdict
from bench.deploy.watch.watching import ALPHA, Alarm, Seen, SeveralOfOne, Watch
from bench.protocol.columns import FAMILY

MOST = 10_000
"""Images of one watch."""

PAUSE = 600.0
"""Seconds without an image of a patient, after which one of his images counts."""

_KEPT = 100  # last values of each course
_PICTURES = 2 * _KEPT  # of the last images that count
_ALARMS = 8  # whose pictures are kept


@dataclass(frozen=True)
class Drift:
    """How it stands.

    Attributes:
        seen: images that count, of all watches.
        level: what the bets of this watch have to win.
        change: what the best bet on a change has won, times its share.
        disagreement: what the bets on more disagreement have won, None where it is not watched.
        verdict: what the bets on one of two models being better have won, None for one model.
        alarms: that were raised, of all watches.
    """

    seen: int
    level: float
    change: float
    disagreement: float | None
    verdict: float | None
    alarms: tuple[Alarm, ...]


class EndlessWatch:
    """Watches the images that a bundle is asked about. May be used by several threads.

    Args:
        bundle: that is asked.
        alpha: probability of a false alarm of each kind, for all time.
        most: images of one watch.
        pause: see `PAUSE`.
        clock: seconds.
    """

    def __init__(
        self,
        bundle: Bundle,
        alpha: float = ALPHA,
        most: int = MOST,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bundle = bundle
        self._alpha = alpha
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._number = 0
        self._seen = self._position = 0
        self._alarms: list[Alarm] = []
        self._patients = Stream(pause, several=bundle.reference.several)
        self._verdict = Verdict(bundle.manifest.models, 1 / alpha)
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._driving: dict[Alarm, tuple[bytes, ...]] = {}
        self._watch = self._next()

    def _next(self) -> Watch:
        self._number += 1
        n = self._number
        level = self._alpha / (n * (n + 1))
        self._patients.begin_anew()
        return Watch(self._bundle.manifest, self._bundle.reference, level, seed=n)

    def see(self, image: Seen) -> None:
        """Take the next image that was answered, see `seen_of`."""
        with self._lock:
            self._position += 1
            for one in self._patients.take(image, self._clock()):
                self._count(one)

    def _count(self, image: Seen | SeveralOfOne) -> None:
        if isinstance(image, Seen):
            self._seen += 1
            if image.picture is not None:
                self._pictures[image.case] = image.picture
                while len(self._pictures) > _PICTURES:
                    self._pictures.popitem(last=False)
        raised = self._watch.see(image, self._position)
        self._alarms += raised
        for alarm in raised:
            found = tuple(self._pictures[c] for c in alarm.driving if c in self._pictures)
            if found:
                self._driving[alarm] = found
        while len(self._driving) > _ALARMS:
            del self._driving[next(iter(self._driving))]
        self._watch.forget(_KEPT)
        if self._watch.seen >= self._most:
            self._watch = self._next()

    def label(self, case: str, label: int, decisions: Mapping[str, int], patient: str) -> None:
        """Take the class of an image that was answered before."""
        with self._lock:
            sentence = self._verdict.see(label, decisions, patient)
            if sentence is not None:
                self._alarms.append(Alarm("verdict", self._position, self._seen, case, sentence))

    def drift(self) -> Drift:
        """How it stands now."""
        with self._lock:
            for one in self._patients.due(self._clock()):
                self._count(one)
            watch, n = self._watch, self._number
            return Drift(
                seen=self._seen,
                level=n * (n + 1) / self._alpha,
                change=watch.evidence[-1] if watch.evidence else 1.0,
                disagreement=watch.won_by_disagreement,
                verdict=self._verdict.won if self._verdict.watched else None,
                alarms=tuple(self._alarms),
            )

    def driving(self) -> list[tuple[Alarm, tuple[bytes, ...]]]:
        """Every alarm, with pictures of the images that drive it, as PNG: () where none are held,
        or nothing drives it but labels or decisions."""
        with self._lock:
            for one in self._patients.due(self._clock()):
                self._count(one)
            return [(alarm, self._driving.get(alarm, ())) for alarm in self._alarms]


def seen_of(
    case: str,
    patient: str,
    answers: Sequence[Answer],
    statistics: Mapping[str, float],
    i: int,
    classes: Sequence[str],
    picture: bytes | None,
) -> Seen:
    """The i-th of the images that were answered, as the watch wants it."""
    values = dict(statistics)
    decisions = {}
    for answer in answers:
        for c, name in enumerate(classes):
            values[f"{answer.model}/probability:{name}"] = float(answer.probabilities[i, c])
        values[f"{answer.model}/{DISTANCE}"] = float(answer.distances[i])
        for family, found in answer.families.items():
            values[f"{answer.model}/{FAMILY}{family}"] = float(found[i])
        decisions[answer.model] = int(answer.decisions[i])
    return Seen(case, values, decisions, None, patient, picture)


def statistics_of(answers: Answers, i: int) -> dict[str, float]:
    """Brightness, contrast and border of the i-th image."""
    return {name: float(values[i]) for name, values in answers.statistics.items()}
