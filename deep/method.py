"""What the engine may be told of a method beside how it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


@dataclass(frozen=True, eq=False)
class Method:
    """A function that builds an estimator, with the hooks of the engine as attributes.

    Its docstring is that of the function: the first line is the method's summary.

    Attributes:
        build: () → unfitted estimator.
        search_space: parameter → values that are worth tuning.
        rung: "scratch", "frozen" or "fine-tuned".
        needs: "cuda" where a fit takes too long without a GPU.
        warm_up: loads what should not count as time of the method.
        explain: (fitted, images, targets) → maps of where the network looks, None if it has none.
        obstacle: () → why the method cannot work on this machine, "" if it can.
        one_class: "only" for a method that is trained on one class alone.
        settled: () → whether nothing is random on this machine, although there is a `random_state`.
    """

    build: Callable[[], BaseEstimator]
    search_space: Mapping[str, Sequence[Any]]
    rung: str
    needs: str = ""
    warm_up: Callable[[], None] | None = None
    explain: Callable[[Any, Any, Any], Any] | None = None
    obstacle: Callable[[], str] | None = None
    settled: Callable[[], bool] | None = None
    one_class: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.build.__doc__)

    @property
    def deterministic(self) -> bool:
        """Whether the engine runs the method once and not once per seed."""
        return self.settled is not None and self.settled()

    def __call__(self) -> BaseEstimator:
        """A new estimator."""
        return self.build()
