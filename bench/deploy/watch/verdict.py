"""With labels: is one of two models right more often where only one of them is?"""

from collections.abc import Mapping, Sequence

from bench.deploy.manifest import Model
from bench.deploy.watch.sequential import Coin


class Verdict:
    """A sequential test of two models. Of more, or of one alone, it says nothing.

    Of each patient the first image counts on which only one of the two is right; none on which one
    of them did not decide.

    Args:
        models: of a bundle.
        level: what the bets have to win.

    Attributes:
        seen: number of labelled images on which both decided.
    """

    def __init__(self, models: Sequence[Model], level: float) -> None:
        self._models = models
        self._level = level
        self._coins = (Coin(0.5), Coin(0.5))
        self._counted: set[str] = set()
        self._told = False
        self.seen = 0

    @property
    def won(self) -> float:
        """What the bets on a difference have won."""
        return (self._coins[0].value + self._coins[1].value) / 2

    @property
    def apart(self) -> int:
        """On how many of the images only one of the two is right."""
        return self._coins[0].seen

    @property
    def watched(self) -> bool:
        """Whether there are two models."""
        return len(self._models) == 2

    def see(self, label: int, decisions: Mapping[str, int], patient: str = "") -> str | None:
        """Take the next image; what it shows for the first time, a sentence.

        Args:
            label: its class.
            decisions: model → class, of those that decided.
            patient: whom it is of, "" where nobody knows.
        """
        if not self.watched or patient in self._counted:
            return None
        told = [decisions[model.name] for model in self._models if model.name in decisions]
        if len(told) < len(self._models):
            return None
        self.seen += 1
        right = [decided == label for decided in told]
        if right[0] == right[1]:
            return None
        if patient:
            self._counted.add(patient)
        for coin, own in zip(self._coins, right, strict=True):
            coin.toss(own)
        if self._told or self.won < self._level:
            return None
        self._told = True
        better = 0 if self._coins[0].value > self._coins[1].value else 1
        heads, n = self._coins[better].heads, self._coins[better].seen
        one, other = self._models[better], self._models[1 - better]
        return (
            f"{one.name} ({one.family}) is right on {heads} of the {n} labelled images that only "
            f"one of the two gets right: on these images it decides better than {other.name}. "
            "Compare that with the verdict on the model card."
        )
