"""The search for a method's parameters: as many configurations for every method of a study.

The declared parameters come first, the others are drawn at random from what the method says is
worth tuning (`build.search_space`). Each is trained on the training part and asked about the
validation part; the test part is shown to the best one only.
"""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import ContractError, did_you_mean
from bench.parameters import as_stored
from bench.record import Tried

Space = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Parameter → list of values or a distribution with `rvs`, or several such tables."""


def configurations(space: Space, declared: Mapping[str, Any], n: int, seed: int) -> list[Any]:
    """Which changes of the declared parameters are tried, `{}` first, at most `n` in all.

    Where every parameter has a list, none is drawn twice, and there may be fewer than `n`.

    Args:
        space: see `Space`.
        declared: every parameter of the method.
        n: how many.
        seed: of the draws.

    Raises:
        ContractError: if the space names no parameters of the method, or cannot be drawn from.
    """
    from sklearn.model_selection import ParameterSampler

    check_names(space, declared)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        try:
            drawn = list(ParameterSampler(space, n, random_state=seed))
        except (TypeError, ValueError) as error:
            raise ContractError(f"search_space cannot be drawn from: {error}") from None
    others = [changes for changes in drawn if not _are_declared(changes, declared)]
    return [{}, *others[: n - 1]]


def check_names(space: Space, declared: Mapping[str, Any]) -> None:
    """Raise ContractError unless a space names parameters of the method only."""
    tables = [space] if isinstance(space, Mapping) else space
    if not isinstance(tables, Sequence) or not all(isinstance(t, Mapping) for t in tables):
        raise ContractError(
            "search_space must be a dictionary of parameter to list of values or distribution, or "
            f"several in a list; it is {space!r:.100}"
        )
    for name in (name for table in tables for name in table):
        if name not in declared:
            hint = did_you_mean(str(name), declared)
            raise ContractError(f"search_space names {name!r}, which is no parameter. {hint}")


def _are_declared(changes: Mapping[str, Any], declared: Mapping[str, Any]) -> bool:
    return all(as_stored(value) == as_stored(declared[name]) for name, value in changes.items())


@dataclass(frozen=True, eq=False)
class Attempt:
    """A configuration, trained and asked about the validation cases.

    Attributes:
        estimator: fitted.
        validation: `(n, k)` probabilities of the validation cases.
        score: the study's metric on them.
        fit_seconds, predict_seconds: wall time.
        borrowed_in_fit: seconds that others had spent on what `fit` found in the cache.
    """

    estimator: Any
    validation: NDArray[np.float64]
    score: float
    fit_seconds: float
    predict_seconds: float
    borrowed_in_fit: float


@dataclass(frozen=True, eq=False)
class Search:
    """What came of the configurations of a trial.

    Attributes:
        best: the one with the highest score; of equal ones the earliest.
        tried: all of them, in the order in which they were tried.
        fit_seconds: wall time of all of it but the prediction by `best`.
        borrowed_in_fit: what the first one found ready; what the others find ready, that one has
            borrowed or made.
    """

    best: Attempt
    tried: tuple[Tried, ...]
    fit_seconds: float
    borrowed_in_fit: float


def search(changes: Sequence[Mapping[str, Any]], attempt: Callable[[int], Attempt]) -> Search:
    """Try every configuration and keep the best.

    Args:
        changes: of each, as `configurations` gives them; at least one.
        attempt: position → what came of that configuration. One that raises is noted and left out.

    Raises:
        Exception: that of the first configuration, if none can be trained.
    """
    best: Attempt | None = None
    tried: list[Tried] = []
    chosen, first_error, borrowed, spent = 0, None, 0.0, 0.0
    for position, (result, seconds) in enumerate(_attempts(len(changes), attempt)):
        told = {name: as_stored(value) for name, value in changes[position].items()}
        if isinstance(result, BaseException):
            first_error = first_error or result
            text = " ".join(f"{type(result).__name__}: {result}".split())[:500]
            tried.append(Tried(told, None, seconds, error=text))
            spent += seconds
            continue
        score = result.score if math.isfinite(result.score) else None
        seconds = result.fit_seconds + result.predict_seconds
        tried.append(Tried(told, score, seconds))
        spent += seconds
        if best is None:
            borrowed = result.borrowed_in_fit
        if best is None or _above(result.score, best.score):
            best, chosen = result, position
    if best is None:
        raise first_error or ValueError("there is nothing to try")
    tried[chosen] = replace(tried[chosen], chosen=True)
    return Search(best, tuple(tried), spent - best.predict_seconds, borrowed)


def _attempts(
    n: int, attempt: Callable[[int], Attempt]
) -> Iterator[tuple[Attempt | BaseException, float]]:
    for position in range(n):
        start = time.perf_counter()
        result: Attempt | BaseException
        try:
            result = attempt(position)
        except (Exception, SystemExit) as error:
            result = error
        yield result, time.perf_counter() - start


def _above(score: float, best: float) -> bool:
    """Whether a score is higher; any is higher than NaN."""
    return score > best or (math.isnan(best) and not math.isnan(score))
