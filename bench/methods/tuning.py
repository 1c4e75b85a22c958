"""The search for a method's parameters: as many configurations for every method of a study.

The declared parameters come first, the others are drawn at random from what the method says is
worth tuning (`MethodSpec.search_space`). Each is trained on the training part and asked about the
validation part, of which the cases without a twin in train choose; the test part is shown to the
best one only.
"""

import json
import math
import random
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.methods.parameters import ENGINE_SETS, as_stored
from bench.methods.spec import Space
from bench.protocol.errors import ContractError, did_you_mean, one_line
from bench.protocol.record import Status, Tried

_DRAWS = 50  # for each configuration that is wanted, since some come twice


def configurations(space: Space, declared: Mapping[str, Any], n: int, seed: int) -> list[Any]:
    """Which changes of the declared parameters are tried, `{}` first, at most `n` in all.

    None is tried twice; where the space holds no more, there are fewer than `n`. Those of a smaller
    `n` are the first of a larger one.

    Args:
        space: see `Space`.
        declared: every parameter of the method.
        n: how many.
        seed: of the draws.

    Raises:
        ContractError: see `check_space`; or if it cannot be drawn from.
    """
    check_space(space, declared)
    searched = sorted({name for table in _tables(space) for name in table})
    base = {name: declared.get(name) for name in searched}
    found: dict[str, Any] = {_identity(base): {}}
    try:
        for changes in islice(_draws(space, seed), _DRAWS * n):
            if len(found) == n:
                break
            found.setdefault(_identity({**base, **changes}), changes)
    except (TypeError, ValueError) as error:
        raise ContractError(f"search_space cannot be drawn from: {error}") from None
    return list(found.values())


def _draws(space: Space, seed: int) -> Iterator[dict[str, Any]]:
    """Random configurations one after the other; how many are taken does not change which.

    scikit-learn's `ParameterSampler` draws others for another number of them.
    """
    from sklearn.model_selection import ParameterGrid

    tables = _tables(space)
    if not any(hasattr(value, "rvs") for table in tables for value in table.values()):
        grid = ParameterGrid(space)  # drawn without replacement: a shuffle, as far as it is needed
        with suppress(OverflowError):
            yield from (grid[place] for place in _shuffled(len(grid), random.Random(seed)))
            return
    rng = np.random.RandomState(seed)  # what scipy.stats takes
    while True:
        table = tables[rng.randint(len(tables))]
        yield {
            name: value.rvs(random_state=rng)
            if hasattr(value := table[name], "rvs")
            else value[rng.randint(len(value))]
            for name in sorted(table)
        }


def _shuffled(n: int, rng: random.Random) -> Iterator[int]:
    """The numbers below n in random order (Fisher and Yates); only those moved are kept."""
    moved: dict[int, int] = {}
    for place in range(n):
        other = rng.randrange(place, n)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)


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
        validation: `(n, k)` probabilities of the validation cases, or their label maps `(n, h, w)`.
        score: the study's metric on those of them that choose (`bench.protocol.choosing`).
        fit_seconds, predict_seconds: wall time.
        cached_in_fit: seconds that others had spent on what `fit` found in the cache.
    """

    estimator: Any
    validation: NDArray[Any]
    score: float
    fit_seconds: float
    predict_seconds: float
    cached_in_fit: float


@dataclass(frozen=True, eq=False)
class Search:
    """What came of the configurations of a trial.

    Attributes:
        best: the one with the highest score; of equal ones the earliest.
        tried: all of them, in the order of their draw.
        fit_seconds: wall time of all of it but the prediction by `best`.
        cached_in_fit: what the first that was trained found ready, without what those before it
            had made; what the others find ready, that one has cached or made.
        known_seconds: the part of `fit_seconds` that was spent before, on what was known.
    """

    best: Attempt
    tried: tuple[Tried, ...]
    fit_seconds: float
    cached_in_fit: float
    known_seconds: float = 0.0


class NothingTrainedError(Exception):
    """No configuration could be trained, as was known before.

    Attributes:
        first: what came of the first.
    """

    def __init__(self, first: Tried) -> None:
        super().__init__(first.error)
        self.first = first


def search(
    changes: Sequence[Mapping[str, Any]],
    attempt: Callable[[int], Attempt],
    known: Iterable[Tried] = (),
    record: Callable[[Tried], Tried] = lambda tried: tried,
) -> Search:
    """Try every configuration and keep the best.

    What is known of an earlier search is not tried again, and counts as if it had been tried now.
    Where one of these is the best it is trained once more, since fitted models are not kept; that
    is not charged again.

    Args:
        changes: of each, as `configurations` gives them; at least one.
        attempt: position → what came of that configuration. One that raises is noted and left out.
        known: what came of some of them before.
        record: is given what came of each that is tried now, before the next one is, and may add
            to it.

    Raises:
        Exception: that of the first configuration, if none can be trained.
        NothingTrainedError: the same, where that was known.
    """
    before = {one.changes_key: one for one in known}
    best: tuple[int, float] | None = None
    held: Attempt | None = None
    tried: list[Tried] = []
    cached, spent, known_seconds = 0.0, 0.0, 0.0
    first_error: BaseException | None = None
    for position, changed in enumerate(changes):
        told = {name: as_stored(value) for name, value in changed.items()}
        one, result = Tried(told, None, 0.0), None
        if one.changes_key in before:
            one = replace(before[one.changes_key], chosen=False)
            known_seconds += one.seconds
        else:
            one, result, error = _tried(told, position, attempt)
            first_error = first_error or error
            one = record(one)
        tried.append(one)
        if one.status == "ok":
            if best is None:
                cached = max(0.0, one.cached_seconds - spent)  # the rest was made by these
            score = math.nan if one.score is None else one.score
            if best is None or _above(score, best[1]):
                best, held = (position, score), result
        spent += one.seconds
        del result  # before the next one is trained
    if best is None:
        was_known = tried and tried[0].changes_key in before
        raise NothingTrainedError(tried[0]) if was_known or first_error is None else first_error
    if held is None:
        held = attempt(best[0])
    tried[best[0]] = replace(tried[best[0]], chosen=True)
    fit_seconds = max(0.0, spent - held.predict_seconds)
    return Search(held, tuple(tried), fit_seconds, cached, known_seconds)


def _tried(
    told: dict[str, Any], position: int, attempt: Callable[[int], Attempt]
) -> tuple[Tried, Attempt | None, BaseException | None]:
    start = time.perf_counter()
    try:
        result = attempt(position)
    except (Exception, SystemExit) as error:
        traceback.clear_frames(error.__traceback__)  # they hold what was half trained
        status: Status = "out-of-memory" if is_out_of_memory(error) else "failed"
        seconds = time.perf_counter() - start
        return Tried(told, None, seconds, one_line(error), status=status), None, error
    seconds = result.fit_seconds + result.predict_seconds
    score = result.score if math.isfinite(result.score) else None
    return Tried(told, score, seconds, cached_seconds=result.cached_in_fit), result, None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it says that memory, of the machine or of a GPU, was not enough."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _above(score: float, best: float) -> bool:
    """Whether a score is higher; any is higher than NaN."""
    return score > best or (math.isnan(best) and not math.isnan(score))
