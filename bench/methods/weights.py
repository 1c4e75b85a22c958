"""Pretrained weights: resolved once in a study, and then the same for every trial of a method.

An estimator with a parameter `pretrained` that is not always a file says by `resolve_weights()`
what it stands for on this machine: an object with `name`, `file` and `source`, or None to start
from scratch. It may look into a cache and download. A trial then has the path of that file, or
False, in the place of the parameter, and asks nobody again.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bench.methods.spec import MethodSpec
from bench.protocol.errors import ContractError, WeightsError
from bench.protocol.plan import ResolvedWeights
from bench.protocol.record import WeightsUsed

PARAMETER = "pretrained"


def can_resolve(spec: MethodSpec, estimator: Any) -> bool:
    """Whether a method has pretrained weights that have to be resolved."""
    return spec.resolve_weights is not None or bool(_asked(estimator))


def resolve(spec: MethodSpec, estimator: Any) -> tuple[ResolvedWeights, ...]:
    """What each parameter of pretrained weights stands for on this machine.

    Raises:
        ContractError: if the method answers in another form.
        Exception: what the method raises where it insists on weights that cannot be had.
    """
    found = (spec.resolve_weights or _of_estimators)(estimator)
    known = estimator.get_params(deep=True)
    for parameter in found:
        if parameter not in known:
            raise ContractError(f"resolve_weights names {parameter!r}, which is no parameter.")
    return tuple(_resolved(parameter, weights) for parameter, weights in found.items())


def pin(estimator: Any, resolved: Sequence[ResolvedWeights], spec: MethodSpec) -> None:
    """Set the parameters to the weights of the study, in place.

    On a machine that does not have the file, such as a worker of a cluster, the method is asked
    for its own, which must be the same to the byte.

    Raises:
        WeightsError: if they are not here, or are others.
    """
    here: dict[str, ResolvedWeights] = {}
    values: dict[str, Any] = {}
    for item in resolved:
        if item.used is None:
            values[item.parameter] = False
            continue
        file = item.file
        if digest_of(file) != item.used.digest:
            here = here or {own.parameter: own for own in _resolved_here(spec, estimator)}
            own = here.get(item.parameter)
            if own is None or own.used is None or own.used.digest != item.used.digest:
                raise WeightsError(
                    f"{item.parameter}: the weights {item.used.name} that this study began with "
                    f"(SHA-256 {item.used.digest[:12]}) are not on this machine: {file} "
                    f"{'is another file now' if Path(file).exists() else 'does not exist'}. Copy "
                    "that file there, or run the study again to begin with what there is now."
                )
            file = own.file
        values[item.parameter] = file
    estimator.set_params(**values)


def digest_of(file: str) -> str:
    """SHA-256 of a file, hexadecimal; "" where there is none."""
    try:
        status = Path(file).stat()
        return _digest(file, status.st_size, status.st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=16)
def _digest(file: str, _size: int, _changed: int) -> str:
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _resolved(parameter: str, weights: Any) -> ResolvedWeights:
    if weights is None:
        return ResolvedWeights(parameter, None)
    try:
        name, file, source = weights.name, os.path.abspath(weights.file), weights.source
    except (AttributeError, TypeError):
        raise ContractError(
            f"resolve_weights gave {weights!r:.100} for {parameter}, not an object with name, file "
            "and source"
        ) from None
    digest = digest_of(file)
    if not digest:
        raise ContractError(f"resolve_weights named {file} for {parameter}, which cannot be read.")
    return ResolvedWeights(parameter, WeightsUsed(name, digest, source), file)


def _resolved_here(spec: MethodSpec, estimator: Any) -> tuple[ResolvedWeights, ...]:
    try:
        return resolve(spec, estimator)
    except Exception:  # what cannot be had here is told with what was expected
        return ()


def _of_estimators(estimator: Any) -> dict[str, Any]:
    """Parameter → weights, of the estimator and those in it.

    What lies in an estimator that has its weights, such as what would be trained without them, is
    not asked.
    """
    found: dict[str, Any] = {}
    for prefix, part in _asked(estimator).items():
        outer = (name.removesuffix(PARAMETER) for name, weights in found.items() if weights)
        if not any(prefix.startswith(name) for name in outer):
            found[prefix + PARAMETER] = part.resolve_weights()
    return found


def _asked(estimator: Any) -> dict[str, Any]:
    """Prefix of its parameters → every estimator that starts from weights, from outside in."""
    parts = {"": estimator}
    parts |= {f"{path}__": part for path, part in estimator.get_params(deep=True).items()}
    return {
        prefix: part
        for prefix, part in sorted(parts.items())
        if hasattr(part, "resolve_weights")
        and not isinstance(part, type)
        and getattr(part, PARAMETER, False) is not False
    }
