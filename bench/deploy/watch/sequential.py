"""Sequential tests that may be looked at after every image.

Each test bets against the hypothesis that nothing has changed, with a capital of 1. Whatever bet is
made, the capital is a non-negative martingale while the hypothesis holds, so that it ever reaches
1/α with a probability of at most α (Ville 1939), however long it is watched.

A bet is on p values. That of a new value is its place among the remembered values and the new ones
before it, ties broken by lot, and so uniform and independent of those before while all are
exchangeable (Vovk, Gammerman & Shafer 2022, Algorithmic Learning in a Random World, ch. 8). No
error of a finite memory can so be taken for a change, however many images come.
"""

import bisect
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SLOPES = (-1.9, -1.0, 1.0, 1.9)
"""Of the densities 1 + slope · (x − ½) that are betted on, x being p or |2p − 1|."""

POWERS = (4.0, 12.0)
"""Of the densities a · x^(a − 1) that are betted on, x being p, 1 − p or |2p − 1|: they win much
where few values are enough, as where each is of another patient."""

_HIGH = [*(slope > 0 and x == "p" for slope in SLOPES for x in ("p", "out"))] + [
    x == "p" for _ in POWERS for x in ("p", "1 - p", "out")
]
_DEALT = [1 / len(_HIGH)] * len(_HIGH)  # of a share to each density, in the order of `bet`
_DEALT_TO_HIGH = [
    each / 2 + high / (2 * sum(_HIGH)) for each, high in zip(_DEALT, _HIGH, strict=True)
]

_MOST = 1e300  # of a stake, which can grow twelvefold at each bet


class Ranks:
    """p values of one statistic against a memory that grows by what it has seen.

    Args:
        remembered: values of images of the same kind.
        seed: of the lots that break ties.
    """

    def __init__(self, remembered: Iterable[float], seed: int = 0) -> None:
        self._values = array("d", sorted(float(v) for v in remembered))  # a fourth of a list
        self._random = np.random.default_rng(seed)

    def p_value(self, value: float) -> float:
        """The place of a value among those before it, from 0 (lowest) to 1, and remember it."""
        below = bisect.bisect_left(self._values, value)
        alike = bisect.bisect_right(self._values, value) - below
        p = (below + float(self._random.random()) * (alike + 1)) / (len(self._values) + 1)
        self._values.insert(below + alike, value)
        return p


class Capital:
    """What betting on p values has won, against "they are uniform".

    At each time a share of the initial capital begins to bet, 1/(t(t+1)) of it, so that a change
    which comes late is found about as soon as one that comes early. Every share is dealt evenly
    among the densities of `SLOPES` and `POWERS`: values that lie too high, too low, too far out or
    too near the middle.

    Args:
        rises: whether a change is likely to raise the values, as it does distances: half of every
            share is then dealt among the densities that win on high values alone.

    Attributes:
        value: what it is now, 1 at the beginning.
        highest: what it was at most.
        seen: how many p values.
    """

    def __init__(self, rises: bool = False) -> None:
        self.value = self.highest = 1.0
        self.seen = 0
        self._stakes = [0.0] * len(_DEALT)
        self._dealt = _DEALT_TO_HIGH if rises else _DEALT

    def bet(self, p: float) -> float:
        """Take the next p value; the capital after it."""
        self.seen += 1
        begins = 1 / (self.seen * (self.seen + 1))
        out = abs(2 * p - 1)
        densities = [1 + slope * (x - 0.5) for slope in SLOPES for x in (p, out)]
        densities += [power * x ** (power - 1) for power in POWERS for x in (p, 1 - p, out)]
        self._stakes = [
            min((stake + begins * dealt) * density, _MOST)
            for stake, dealt, density in zip(self._stakes, self._dealt, densities, strict=True)
        ]
        waiting = 1 / (self.seen + 1)  # the shares that have not begun
        self.value = sum(self._stakes) + waiting
        self.highest = max(self.highest, self.value)
        return self.value


class Coin:
    """Bets against "heads come with a probability of at most `most`".

    The stake is that of the mixture over all higher probabilities (a uniform prior), so that the
    capital is the likelihood ratio of a beta-binomial alternative.

    Attributes:
        value, highest, seen: as in `Capital`.
        heads: how many of them.
    """

    def __init__(self, most: float) -> None:
        self.value = self.highest = 1.0
        self.seen = self.heads = 0
        self._most = most
        self._rates = most + (1 - most) * (np.arange(50) + 0.5) / 50
        self._logs = np.zeros(50)

    def toss(self, heads: bool) -> float:
        """Take the next one; the capital after it."""
        self.seen += 1
        self.heads += heads
        if heads:
            self._logs += np.log(self._rates / self._most)
        else:
            self._logs += np.log((1 - self._rates) / (1 - self._most))
        self.value = float(np.exp(self._logs).mean())
        self.highest = max(self.highest, self.value)
        return self.value


def crossings(values: Sequence[float], memory: Iterable[float], level: float) -> int | None:
    """After how many values the capital reaches a level for the first time; None if never."""
    ranks, capital = Ranks(memory), Capital()
    for position, value in enumerate(values):
        if capital.bet(ranks.p_value(value)) >= level:
            return position + 1
    return None
