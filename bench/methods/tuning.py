"""The search for a method's parameters: as many configurations for every method of a study.

The declared parameters come first, the others are drawn at random from what the method says is
worth tuning (`MethodSpec.search_space`). Each is trained on the training part and asked about the
validation part, of which the cases without a twin in train choose; the test part is shown to the
best one only.
"""

import json
import math
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.methods.parameters import ENGINE_SETS, as_stored
from bench.methods.spec import Space
from bench.protocol.errors import ContractError, did_you_mean, one_line
from bench.protocol.record import Tried

_DRAWS = 10  # for each configuration that is wanted, since some come twice


def configurations(space: Space, declared: Mapping[str, Any], n: int, seed: int) -> list[Any]:
    """Which changes of the declared parameters are tried, `{}` first, at most `n` in all.

    None is tried twice; where the space holds no more, there are fewer than `n`.

    Args:
        space: see `Space`.
        declared: every parameter of the method.
        n: how many.
        seed: of the draws.

    Raises:
        ContractError: see `check_space`; or if it cannot be drawn from.
    """
    from sklearn.model_selection import ParameterSampler

    check_space(space, declared)
    searched = sorted({name for table in _tables(space) for name in table})
    base = {name: declared.get(name) for name in searched}
    found: dict[str, Any] = {_identity(base): {}}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        try:
            for changes in ParameterSampler(space, _DRAWS * n, random_state=seed):
                if len(found) == n:
                    break
                found.setdefault(_identity({**base, **changes}), changes)
        except (TypeError, ValueError) as error:
            raise ContractError(f"search_space cannot be drawn from: {error}") from None
    return list(found.values())


def change(estimator: Any, changes: Mapping[str, Any]) -> None:
    """Set what was drawn, estimators as clones, which no other configuration shares."""
    from sklearn.base import clone

    if changes:
        estimator.set_params(**{name: clone(value, safe=False) for name, value in changes.items()})


def check_space(
    space: Any, declared: Mapping[str, Any], fixed: Collection[str] = ENGINE_SETS
) -> None:
    """Raise ContractError unless a space is one of parameters that a method has and may set.

    Args:
        space: see `Space`.
        declared: every parameter of the method.
        fixed: names of those that the engine sets, wherever they are nested.
    """
    if not isinstance(_tables(space), Sequence) or not all(
        isinstance(table, Mapping) for table in _tables(space)
    ):
        raise ContractError(
            "search_space must be a dictionary of parameter to list of values or distribution, or "
            f"several in a list; it is {space!r:.100}"
        )
    for table in _tables(space):
        for name in map(str, table):
            parent, _, own = name.rpartition("__")
            if own in fixed:
                raise ContractError(f"search_space names {name!r}, which the engine sets.")
            if name not in declared and parent not in table:  # or of a step that is exchanged
                hint = did_you_mean(name, declared)
                raise ContractError(f"search_space names {name!r}, which is no parameter. {hint}")


def _tables(space: Any) -> Any:
    return [space] if isinstance(space, Mapping) else space


def _identity(parameters: Mapping[str, Any]) -> str:
    """The same text for the same values; 1 and 1.0 are not, as scikit-learn has it."""
    stored = {name: as_stored(value) for name, value in parameters.items()}
    return json.dumps(stored, sort_keys=True)


@dataclass(frozen=True, eq=False)
class Attempt:
    """A configuration, trained and asked about the validation cases.

    Attributes:
        estimator: fitted.
        validation: `(n, k)` probabilities of the validation cases.
        score: the study's metric on those of them that choose (`bench.protocol.choosing`).
        fit_seconds, predict_seconds: wall time.
        cached_in_fit: seconds that others had spent on what `fit` found in the cache.
    """

    estimator: Any
    validation: NDArray[np.float64]
    score: float
    fit_seconds: float
    predict_seconds: float
    cached_in_fit: float


@dataclass(frozen=True, eq=False)
class Search:
    """What came of the configurations of a trial.

    Attributes:
        best: the one with the highest score; of equal ones the earliest.
        tried: all of them, in the order in which they were tried.
        fit_seconds: wall time of all of it but the prediction by `best`.
        cached_in_fit: what the first that was trained found ready, without what those before it
            had made; what the others find ready, that one has cached or made.
    """

    best: Attempt
    tried: tuple[Tried, ...]
    fit_seconds: float
    cached_in_fit: float


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
    chosen, cached, spent = 0, 0.0, 0.0
    first_error: BaseException | None = None
    for position, changed in enumerate(changes):
        told = {name: as_stored(value) for name, value in changed.items()}
        start = time.perf_counter()
        try:
            result = attempt(position)
        except (Exception, SystemExit) as error:
            traceback.clear_frames(error.__traceback__)  # they hold what was half trained
            first_error = first_error or error
            seconds = time.perf_counter() - start
            tried.append(Tried(told, None, seconds, error=one_line(error)))
            spent += seconds
            continue
        if best is None:
            cached = max(0.0, result.cached_in_fit - spent)  # the rest was made by these
        seconds = result.fit_seconds + result.predict_seconds
        spent += seconds
        tried.append(Tried(told, result.score if math.isfinite(result.score) else None, seconds))
        if best is None or _above(result.score, best.score):
            best, chosen = result, position
        del result  # before the next one is trained
    if best is None:
        raise first_error or ValueError("there is nothing to try")
    tried[chosen] = replace(tried[chosen], chosen=True)
    return Search(best, tuple(tried), spent - best.predict_seconds, cached)


def _above(score: float, best: float) -> bool:
    """Whether a score is higher; any is higher than NaN."""
    return score > best or (math.isnan(best) and not math.isnan(score))
