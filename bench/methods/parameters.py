"""The parameters of an estimator that the engine reads and sets, by name, nested ones included."""

import json
from typing import Any

ENGINE_SETS = ("random_state", "device", "budget", "cache_folder", "progress_file")
"""Names of the parameters that `configure` sets."""


def leaf_parameters(estimator: Any) -> dict[str, Any]:
    """Every parameter of `get_params(deep=True)` that is not itself an estimator, sorted by name.

    What JSON cannot hold is given as its `repr`, so that two fits can be compared by it.
    """
    values = estimator.get_params(deep=True)
    return {name: as_stored(values[name]) for name in leaf_names(estimator)}


def leaf_names(estimator: Any) -> list[str]:
    """Sorted names of the parameters that are not themselves estimators."""
    values = estimator.get_params(deep=True)
    return sorted(name for name, value in values.items() if not _holds_estimator(value))


def named(estimator: Any, name: str) -> dict[str, Any]:
    """The parameters called `name`, in the estimator itself or nested at any depth."""
    return {
        path: value
        for path, value in estimator.get_params(deep=True).items()
        if path == name or path.endswith(f"__{name}")
    }


def configure(
    estimator: Any,
    seed: int | None,
    device: str,
    budget: str,
    cache_folder: str | None = None,
    progress_file: str | None = None,
) -> Any:
    """Set what the engine decides, by the names of the parameters; in place.

    Every `random_state` to the seed, every `device` that is "auto", every `budget`, and every
    `cache_folder` and `progress_file` that is None.
    """
    values: dict[str, Any] = {}
    if seed is not None:
        values |= dict.fromkeys(named(estimator, "random_state"), seed)
    values |= {path: device for path, v in named(estimator, "device").items() if v == "auto"}
    values |= dict.fromkeys(named(estimator, "budget"), budget)
    for name, place in (("cache_folder", cache_folder), ("progress_file", progress_file)):
        values |= {path: place for path, v in named(estimator, name).items() if v is None}
    return estimator.set_params(**values)


def fit_info(estimator: Any) -> dict[str, Any]:
    """What the fitted estimator, and the parts of a pipeline or union, say in `fit_info_`."""
    info = dict(getattr(estimator, "fit_info_", {}))
    told = {name: fit_info(part) for name, part in _parts(estimator)}
    plain: dict[str, Any] = as_stored(info | {name: said for name, said in told.items() if said})
    return plain


def cached_seconds(estimator: Any) -> float:
    """What other trials spent on what this one found in the cache: `cached_seconds_`, summed."""
    own = float(getattr(estimator, "cached_seconds_", 0.0))
    return own + sum(cached_seconds(part) for _, part in _parts(estimator))


def _parts(estimator: Any) -> list[tuple[str, Any]]:
    """The named parts of a pipeline or of a union of features."""
    return [*getattr(estimator, "steps", []), *getattr(estimator, "transformer_list", [])]


def _holds_estimator(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_estimator(item) for item in value)
    return hasattr(value, "get_params") and not isinstance(value, type)


def as_stored(value: Any) -> Any:
    """The value as JSON gives it back; NaN, callables and other objects as text."""
    try:
        return json.loads(json.dumps(value, allow_nan=False, default=_describe))
    except ValueError:
        return repr(value)


def _describe(value: Any) -> Any:
    for convert in ("item", "tolist"):  # a NumPy scalar, an array
        if hasattr(value, convert):
            try:
                return getattr(value, convert)()
            except (TypeError, ValueError):
                continue
    name = getattr(value, "__qualname__", None)
    return f"{value.__module__}.{name}" if name else repr(value)
