"""What the engine may be told of a method, beside how to build it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Space = Mapping[str, list[Any]]


def nothing_to_prepare() -> None:
    """Of a method that needs neither kernels nor slow imports."""


@dataclass(frozen=True)
class Method:
    """A registered method: called without arguments, it gives an unfitted estimator over images.

    The engine reads the fields as attributes of what an entry point names; the first line of the
    summary is what lists and reports say of the method.

    Attributes
    ----------
    build : function
        Returns the estimator. It imports what it needs when it is called.
    summary : str
        One line, with a full stop; also `__doc__`.
    search_space : mapping or None
        Parameter → values that are worth tuning, nested names as scikit-learn writes them.
    deterministic : bool
        Whether nothing is random, although an estimator has a parameter `random_state`.
    importance : function or None
        ``(fitted, images, labels)`` → part of the description of an image → AUC lost without it.
    rung : str
        "pixels" or "features": what of an image is made use of; "" for neither.
    one_class : str
        "only" for a method that is trained on one class alone, "too" for one that can be.
    warm_up : function
        What has to be ready before anything is timed.
    """

    build: Callable[[], Any]
    summary: str
    search_space: Space | None
    deterministic: bool = False
    importance: Callable[[Any, Any, Any], dict[str, float]] | None = None
    warm_up: Callable[[], None] = nothing_to_prepare
    rung: str = "features"
    one_class: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.summary)  # frozen, but not for itself

    def __call__(self) -> Any:
        """The estimator, unfitted."""
        return self.build()
