"""Estimators fitted on toys, on which the contract of methods is checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.methods.parameters import configure
from bench.methods.toys import Images, Labels, toy
from bench.methods.tuning import change
from bench.protocol.errors import ContractError

Build = Callable[[], Any]

SEED = 7
"""Of all fits, where a check needs no other."""


def fitted(build: Build, images: Images, labels: Labels, seed: int = SEED) -> Any:
    """A new estimator that was fitted on the CPU with the budget "quick".

    Raises:
        ContractError: if `fit` does not return it.
    """
    estimator = configure(build(), seed, "cpu", "quick")
    if sees_one_class(build):
        images, labels = images[labels == 0], labels[labels == 0]
    if estimator.fit(images, labels) is not estimator:
        raise ContractError("fit must return self")
    return estimator


class FittedOnce:
    """A method with an estimator of it for all checks that only predict; others fit their own."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def __call__(self) -> Any:
        """A new estimator, which is not fitted."""
        return self._build()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._build, name)

    @cached_property
    def on_toy(self) -> Any:
        """An estimator that was fitted on `toy()`."""
        return fitted(self._build, *toy())


def on_toy(build: Build) -> Any:
    """An estimator that was fitted on `toy()`, the same for all who ask of a `FittedOnce`."""
    return build.on_toy if isinstance(build, FittedOnce) else fitted(build, *toy())


def sees_one_class(build: Build) -> bool:
    """Whether it says that it is trained on label 0 alone; in any other form "extras" fails."""
    return getattr(getattr(build, "spec", build), "one_class", "") == "only"


@dataclass(frozen=True, eq=False)
class Changed:
    """A method with other parameters.

    Attributes:
        build: of the method.
        changes: parameter → value.
    """

    build: Build
    changes: Mapping[str, Any]

    def __call__(self) -> Any:
        """A new estimator with these parameters."""
        estimator = self.build()
        change(estimator, self.changes)
        return estimator

    @property
    def one_class(self) -> str:
        """As the method itself says it."""
        return "only" if sees_one_class(self.build) else ""
